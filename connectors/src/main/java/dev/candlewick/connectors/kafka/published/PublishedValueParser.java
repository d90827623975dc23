package dev.candlewick.connectors.kafka.published;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileMaps;
import dev.candlewick.core.reconcile.ValueField;
import dev.candlewick.core.time.Interval;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the canonical JSON of a candle or a VWAP row; what no job writes becomes a value with a defect, never an
 * exception. One thread.
 */
public final class PublishedValueParser {
    private static final JsonFactory JSON = new JsonFactory();

    private final PublishedTopics topics;
    private final int priceScale;
    private final int sizeScale;

    /**
     * A parser.
     *
     * @param priceScale decimals that prices are compared at
     * @param sizeScale decimals that sizes are compared at
     */
    public PublishedValueParser(PublishedTopics topics, int priceScale, int sizeScale) {
        this.topics = topics;
        this.priceScale = priceScale;
        this.sizeScale = sizeScale;
    }

    /**
     * Reads a record.
     *
     * @param value null for a tombstone
     * @param knownAtNanos the record's broker time
     * @param where topic, partition and offset
     * @return null where the record's key names no value of the topic
     */
    public @Nullable ObservedValue parse(
            String topic, byte @Nullable [] key, byte @Nullable [] value, long knownAtNanos, String where) {
        ReconcileKey named = key == null ? null : topics.key(topic, new String(key, StandardCharsets.UTF_8));
        if (named == null) {
            return null;
        }
        ObservedValue.Builder builder = ObservedValue.builder(named, priceScale, sizeScale)
                .knownAt(knownAtNanos)
                .where(where);
        if (value == null) {
            return builder.defect("value must be there, was a tombstone").build();
        }
        try {
            read(value, named, builder);
        } catch (IOException | RuntimeException e) {
            builder.defect("value must be one JSON object, was not");
        }
        return builder.build();
    }

    private static void read(byte[] value, ReconcileKey key, ObservedValue.Builder builder) throws IOException {
        Map<String, @Nullable Object> fields = fields(value);
        expect(builder, fields, "venue", key.venue());
        expect(builder, fields, "symbol", key.symbol());
        Interval interval = key.interval();
        if (interval != null) {
            expect(builder, fields, "interval", interval.name());
            expect(builder, fields, "start_ns", Long.toString(key.timeNanos()));
            expect(builder, fields, "end_ns", Long.toString(key.timeNanos() + interval.nanos()));
            expect(builder, fields, "final", "true");
        } else {
            expect(builder, fields, "at_ns", Long.toString(key.timeNanos()));
        }
        for (ValueField field : ValueField.of(key.kind())) {
            Object text = fields.get(field.column());
            boolean nullable =
                    field == ValueField.VWAP || field == ValueField.FIRST_TRADE || field == ValueField.LAST_TRADE;
            if (text == null) {
                if (!nullable || !fields.containsKey(field.column())) {
                    builder.defect(field.column() + " must be there, was not");
                }
            } else if (field == ValueField.FLAGS) {
                ReconcileMaps.set(
                        builder, field, text instanceof List<?> names ? String.join(",", texts(names)) : "?" + text);
            } else {
                ReconcileMaps.set(builder, field, String.valueOf(text));
            }
        }
        builder.revision(Long.parseLong(String.valueOf(fields.get("revision"))), String.valueOf(fields.get("reason")));
        builder.profile(String.valueOf(fields.get("profile")));
    }

    private static List<String> texts(List<?> items) {
        return items.stream().map(String::valueOf).toList();
    }

    private static void expect(
            ObservedValue.Builder builder, Map<String, @Nullable Object> fields, String name, String expected) {
        if (!expected.equals(fields.get(name))) {
            builder.defect(
                    name + " must be that of the record's key and topic, " + expected + ", was " + fields.get(name));
        }
    }

    /** Scalars as their text, so that no number loses digits; one level of lists. */
    private static Map<String, @Nullable Object> fields(byte[] value) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(value)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("no object");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                if (parser.currentToken() == null) {
                    throw new IOException("cut");
                }
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (token == JsonToken.START_ARRAY) {
                    List<String> items = new ArrayList<>();
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        if (parser.currentToken() == null) {
                            throw new IOException("cut");
                        }
                        items.add(parser.getText());
                    }
                    fields.put(name, items);
                } else if (token == JsonToken.START_OBJECT) {
                    parser.skipChildren();
                } else {
                    fields.put(name, token == JsonToken.VALUE_NULL ? null : parser.getText());
                }
            }
        }
        return fields;
    }
}
