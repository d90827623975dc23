package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.validate.TradeField;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The binary layout as texts of fields and back, judging nothing: for tools that change the format of messages. */
public final class BinaryText {
    private static final long ID_LIMIT = 1_000_000_000_000_000_000L;

    private BinaryText() {}

    /**
     * Reads the fields of a trade message.
     *
     * @return false where the bytes are not a whole trade message of this version; nothing is read then
     */
    public static boolean read(byte[] message, BiConsumer<TradeField, String> fields) {
        if (!BinaryLayout.isHeader(message, 0, message.length)
                || message.length < BinaryLayout.TEXTS_AT
                || BinaryLayout.totalLength(message, 0) != message.length
                || message[BinaryLayout.TYPE_AT] != BinaryLayout.TYPE_TRADE) {
            return false;
        }
        int flags = message[BinaryLayout.FLAGS_AT];
        int priceScale = message[BinaryLayout.PRICE_SCALE_AT];
        int sizeScale = message[BinaryLayout.SIZE_SCALE_AT];
        int textBytes = 0;
        for (int i = 0; i < 6; i++) {
            textBytes += textLength(message, i);
        }
        if ((flags & ~BinaryLayout.FLAGS_KNOWN) != 0
                || priceScale < 0
                || priceScale > Instrument.SCALE_MAX
                || sizeScale < 0
                || sizeScale > Instrument.SCALE_MAX
                || BinaryLayout.TEXTS_AT + textBytes != message.length) {
            return false;
        }
        fields.accept(TradeField.EVENT_TIME_NS, Long.toString(number(message, BinaryLayout.EVENT_TIME_AT)));
        fields.accept(TradeField.PRICE, Decimals.format(number(message, BinaryLayout.PRICE_AT), priceScale));
        fields.accept(TradeField.SIZE, Decimals.format(number(message, BinaryLayout.SIZE_AT), sizeScale));
        if ((flags & BinaryLayout.FLAG_RECEIVE_TIME) != 0) {
            fields.accept(TradeField.RECV_TIME_NS, Long.toString(number(message, BinaryLayout.RECEIVE_TIME_AT)));
        }
        if ((flags & BinaryLayout.FLAG_PLACE) != 0) {
            fields.accept(TradeField.ROW, Long.toString(number(message, BinaryLayout.PLACE_POSITION_AT)));
        }
        if ((flags & BinaryLayout.FLAG_SEQUENCE) != 0) {
            fields.accept(TradeField.SEQUENCE, Long.toString(number(message, BinaryLayout.SEQUENCE_AT)));
        }
        if ((flags & BinaryLayout.FLAG_ID_NUMBER) != 0) {
            fields.accept(TradeField.TRADE_ID, Long.toString(number(message, BinaryLayout.ID_AT)));
        }
        TradeField[] texts = {
            TradeField.VENUE,
            TradeField.SYMBOL,
            TradeField.TRADE_ID,
            TradeField.SIDE,
            TradeField.CONDITIONS,
            TradeField.FLAGS
        };
        int at = BinaryLayout.TEXTS_AT;
        for (int i = 0; i < texts.length; i++) {
            int length = textLength(message, i);
            if (length > 0) {
                fields.accept(texts[i], new String(message, at, length, StandardCharsets.UTF_8));
            }
            at += length;
        }
        return true;
    }

    private static long number(byte[] message, int at) {
        return (long) BinaryLayout.LONG.get(message, at);
    }

    private static int textLength(byte[] message, int index) {
        return ((short) BinaryLayout.SHORT.get(message, BinaryLayout.TEXT_LENGTHS_AT + 2 * index)) & 0xffff;
    }

    /**
     * Writes fields as a trade message; each decimal at its own scale.
     *
     * @param fields text of a field, empty where absent
     * @return null where a field cannot be written so: a decimal that is none, or of more than 18 decimals or 64 bits, a
     *     time that is no whole number, a text that is too long
     */
    public static byte @Nullable [] write(Function<TradeField, String> fields) {
        try {
            BigDecimal price = decimal(fields.apply(TradeField.PRICE));
            BigDecimal size = decimal(fields.apply(TradeField.SIZE));
            String venue = fields.apply(TradeField.VENUE);
            String symbol = fields.apply(TradeField.SYMBOL);
            Trade trade = new Trade();
            trade.instrument = Instrument.ofVenue(venue, symbol, price.scale(), size.scale());
            trade.priceScaled = price.unscaledValue().longValueExact();
            trade.sizeScaled = size.unscaledValue().longValueExact();
            trade.eventTimeNanos = Long.parseLong(fields.apply(TradeField.EVENT_TIME_NS));
            String received = fields.apply(TradeField.RECV_TIME_NS);
            trade.receiveTimeNanos = received.isEmpty() ? Trade.TIME_ABSENT : Long.parseLong(received);
            String row = fields.apply(TradeField.ROW);
            trade.placePosition = row.isEmpty() ? 0 : Long.parseLong(row);
            String sequence = fields.apply(TradeField.SEQUENCE);
            trade.hasSequence = !sequence.isEmpty();
            trade.sequence = trade.hasSequence ? Long.parseLong(sequence) : 0;
            trade.setId(fields.apply(TradeField.TRADE_ID));
            trade.side = fields.apply(TradeField.SIDE);
            trade.conditions = fields.apply(TradeField.CONDITIONS);
            trade.flags = fields.apply(TradeField.FLAGS);
            boolean fits = trade.idNumber < ID_LIMIT
                    && isShort(venue)
                    && isShort(symbol)
                    && trade.idText.length <= 0xffff
                    && isShort(trade.side)
                    && isShort(trade.conditions)
                    && isShort(trade.flags)
                    && !venue.isEmpty()
                    && !symbol.isEmpty();
            return fits ? new BinaryEncoder().encode(trade) : null;
        } catch (ArithmeticException | IllegalArgumentException e) {
            return null;
        }
    }

    private static BigDecimal decimal(String text) {
        if (text.length() > 64 || !text.matches("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")) {
            throw new IllegalArgumentException("decimal must be plain digits, was " + text);
        }
        BigDecimal value = new BigDecimal(text).stripTrailingZeros();
        value = value.scale() < 0 ? value.setScale(0) : value;
        if (value.scale() > Instrument.SCALE_MAX) {
            throw new IllegalArgumentException("decimal must have at most 18 decimals, was " + text);
        }
        return value;
    }

    private static boolean isShort(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length <= 0xffff;
    }
}
