package dev.candlewick.connectors.format;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.jspecify.annotations.Nullable;

/**
 * The Avro schemas whose messages are read, by fingerprint; immutable.
 *
 * <p>Those in the jar are listed in {@code candlewick/avro/registered}: for each one a line {@code trade FILE} (read) or
 * {@code other FILE} (filtered). A schema of trades that is added there is read by the rules of schema resolution: fields
 * by name, further ones skipped, absent ones absent.
 */
public final class AvroSchemas {
    private static final String RESOURCES = "/candlewick/avro/";
    private static final String TRADE = "trade.avsc";
    private static final String ORDER = "order.avsc";

    private final long[] tradeFingerprints;
    private final AvroNode[] trades;
    private final long[] otherFingerprints;

    private AvroSchemas(List<Schema> trades, List<Schema> others) {
        this.trades = trades.stream().map(AvroNode::ofTrade).toArray(AvroNode[]::new);
        this.tradeFingerprints =
                trades.stream().mapToLong(AvroSchemas::fingerprint).toArray();
        this.otherFingerprints =
                others.stream().mapToLong(AvroSchemas::fingerprint).toArray();
    }

    private static final class Registered {
        static final AvroSchemas SCHEMAS = load();
    }

    /** The schemas in the jar. */
    public static AvroSchemas registered() {
        return Registered.SCHEMAS;
    }

    /**
     * Schemas of one's own.
     *
     * @param trades records that hold a trade
     * @param others whose messages are filtered
     * @throws IllegalArgumentException where a field of a trade has a type that its value cannot have
     */
    public static AvroSchemas of(List<Schema> trades, List<Schema> others) {
        return new AvroSchemas(trades, others);
    }

    /** The schema in which trades are written. */
    public static Schema trade() {
        return parse(TRADE);
    }

    /** The schema of messages about orders, which are filtered. */
    public static Schema order() {
        return parse(ORDER);
    }

    /** The CRC-64-AVRO fingerprint of a schema's canonical form. */
    public static long fingerprint(Schema schema) {
        return SchemaNormalization.parsingFingerprint64(schema);
    }

    /** How to read the trades of a schema, null where it is none that holds trades. */
    @Nullable
    AvroNode find(long fingerprint) {
        for (int i = 0; i < tradeFingerprints.length; i++) {
            if (tradeFingerprints[i] == fingerprint) {
                return trades[i];
            }
        }
        return null;
    }

    /** Whether messages of a schema are filtered. */
    boolean isOther(long fingerprint) {
        for (long other : otherFingerprints) {
            if (other == fingerprint) {
                return true;
            }
        }
        return false;
    }

    private static AvroSchemas load() {
        List<Schema> trades = new ArrayList<>();
        List<Schema> others = new ArrayList<>();
        for (String line : read("registered").lines().toList()) {
            String[] words = line.strip().split(" +");
            if (words.length == 2 && words[0].equals("trade")) {
                trades.add(parse(words[1]));
            } else if (words.length == 2 && words[0].equals("other")) {
                others.add(parse(words[1]));
            } else if (!line.isBlank() && !line.startsWith("#")) {
                throw new IllegalStateException(
                        "line of candlewick/avro/registered must be trade or other and a file, was '" + line + "'");
            }
        }
        return new AvroSchemas(trades, others);
    }

    private static Schema parse(String file) {
        return new Schema.Parser().parse(read(file));
    }

    private static String read(String file) {
        try (InputStream resource = AvroSchemas.class.getResourceAsStream(RESOURCES + file)) {
            if (resource == null) {
                throw new IllegalStateException("Avro schema must be in the jar, was missing (" + file + ")");
            }
            return new String(resource.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("Avro schema must be readable, was not (" + file + ")", e);
        }
    }
}
