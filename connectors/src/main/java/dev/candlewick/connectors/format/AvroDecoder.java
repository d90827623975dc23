package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.RawTrade;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one message of {@link AvroLayout} whose schema is registered.
 *
 * <p>The fingerprint alone decides what is filtered. Unparsable are: an unknown fingerprint, a value that is cut off or
 * followed by more, lengths and counts that do not lie in the message, texts that are no UTF-8.
 */
public final class AvroDecoder implements MessageDecoder {
    private final TradeValidator validator;
    private final AvroSchemas schemas;
    private final RawTrade raw = new RawTrade();
    private final AvroReader reader = new AvroReader(raw);
    private final int messageBytesMax;

    private long lastFingerprint;
    private @Nullable AvroNode lastNode;

    /** A decoder of the schemas in the jar. */
    public AvroDecoder(TradeValidator validator) {
        this(validator, AvroSchemas.registered());
    }

    /** A decoder of given schemas. */
    public AvroDecoder(TradeValidator validator, AvroSchemas schemas) {
        this.validator = validator;
        this.schemas = schemas;
        messageBytesMax = validator.rules().messageBytesMax();
    }

    @Override
    public void decode(byte @Nullable [] buffer, int offset, int length, ReadContext context, Decoded out) {
        String problem = TextDecoder.earlyProblem(buffer, offset, length, messageBytesMax);
        if (problem == null && buffer != null) {
            if (!AvroLayout.isHeader(buffer, offset, length)) {
                problem = "avro message must begin with bytes c3 01 and have at least 10, was "
                        + head(buffer, offset, length);
            } else {
                long fingerprint = AvroLayout.fingerprint(buffer, offset);
                AvroNode node = node(fingerprint);
                if (node != null) {
                    problem = reader.read(node, buffer, offset + AvroLayout.HEADER_BYTES, offset + length);
                    if (problem == null) {
                        validator.validate(raw, buffer, offset, length, context, out);
                        return;
                    }
                } else if (schemas.isOther(fingerprint)) {
                    out.setFiltered(context.readSource, context.readPartition, context.readOffset);
                    return;
                } else {
                    problem = "avro fingerprint must be that of a registered schema, was "
                            + String.format("%016x", fingerprint);
                }
            }
        }
        validator.rejectUnparsable(problem == null ? "" : problem, buffer, offset, length, context, out);
    }

    private @Nullable AvroNode node(long fingerprint) {
        if (lastNode == null || fingerprint != lastFingerprint) {
            lastFingerprint = fingerprint;
            lastNode = schemas.find(fingerprint);
        }
        return lastNode;
    }

    private static String head(byte[] buffer, int offset, int length) {
        StringBuilder head = new StringBuilder();
        for (int i = offset; i < offset + Math.min(length, 4); i++) {
            head.append(String.format("%02x ", buffer[i]));
        }
        boolean container = length >= 4
                && buffer[offset] == 'O'
                && buffer[offset + 1] == 'b'
                && buffer[offset + 2] == 'j'
                && buffer[offset + 3] == 1;
        return head.append("in ").append(length).append(" bytes").toString()
                + (container ? ", as in an Avro container file, which is not read" : "");
    }
}
