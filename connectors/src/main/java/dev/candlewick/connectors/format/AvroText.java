package dev.candlewick.connectors.format;

import dev.candlewick.core.validate.RawTrade;
import dev.candlewick.core.validate.TradeField;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Avro messages as texts of fields and back, judging nothing: for tools that change the format of messages. */
public final class AvroText {
    private static final byte[] HEADER = AvroLayout.header(AvroSchemas.fingerprint(AvroSchemas.trade()));

    private AvroText() {}

    /**
     * Reads the fields of a trade message.
     *
     * @return false where the bytes are not a whole trade message of a registered schema; nothing is read then
     */
    public static boolean read(byte[] message, BiConsumer<TradeField, String> fields) {
        if (!AvroLayout.isHeader(message, 0, message.length)) {
            return false;
        }
        AvroNode node = AvroSchemas.registered().find(AvroLayout.fingerprint(message, 0));
        RawTrade raw = new RawTrade();
        if (node == null || new AvroReader(raw).read(node, message, AvroLayout.HEADER_BYTES, message.length) != null) {
            return false;
        }
        for (TradeField field : TradeField.values()) {
            if (raw.has(field)) {
                fields.accept(field, raw.text(field));
            }
        }
        return true;
    }

    /**
     * Writes fields as a trade message in the published schema; decimals and ids as they stand.
     *
     * @param fields text of a field, empty where absent
     * @return null where a field cannot be written so: a time, sequence or row that is no whole number of 64 bits, or no
     *     event time
     */
    public static byte @Nullable [] write(Function<TradeField, String> fields) {
        try {
            ByteWriter into = new ByteWriter(160);
            into.put(HEADER).putZigZag(wholeNumber(fields.apply(TradeField.EVENT_TIME_NS)));
            number(fields.apply(TradeField.RECV_TIME_NS), into);
            text(fields.apply(TradeField.VENUE), into);
            text(fields.apply(TradeField.SYMBOL), into);
            AvroEncoder.optional(fields.apply(TradeField.TRADE_ID), into);
            number(fields.apply(TradeField.SEQUENCE), into);
            text(fields.apply(TradeField.PRICE), into);
            text(fields.apply(TradeField.SIZE), into);
            AvroEncoder.optional(fields.apply(TradeField.SIDE), into);
            AvroEncoder.optional(fields.apply(TradeField.CONDITIONS), into);
            AvroEncoder.optional(fields.apply(TradeField.FLAGS), into);
            AvroEncoder.number(false, 0, into);
            number(fields.apply(TradeField.ROW), into);
            return into.toByteArray();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static void number(String text, ByteWriter into) {
        boolean present = !text.isEmpty();
        AvroEncoder.number(present, present ? wholeNumber(text) : 0, into);
    }

    /** Only what every format takes for a whole number: the job must not accept what it would reject as text. */
    private static long wholeNumber(String text) {
        long value = Long.parseLong(text);
        if (!Long.toString(value).equals(text)) {
            throw new NumberFormatException(text);
        }
        return value;
    }

    private static void text(String text, ByteWriter into) {
        AvroEncoder.text(text.getBytes(StandardCharsets.UTF_8), into);
    }
}
