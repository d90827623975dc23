package dev.candlewick.connectors.format;

import static dev.candlewick.connectors.format.BinaryLayout.INT;
import static dev.candlewick.connectors.format.BinaryLayout.LONG;
import static dev.candlewick.connectors.format.BinaryLayout.SHORT;

import dev.candlewick.core.model.Trade;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes a trade as one message of {@link BinaryLayout}, with its place. */
public final class BinaryEncoder implements MessageEncoder {
    private static final byte[] NO_BYTES = new byte[0];

    @Override
    public void encode(Trade trade, ByteWriter into) {
        byte[] venue = trade.instrument.venueUtf8();
        byte[] symbol = trade.instrument.symbolUtf8();
        byte[] id = trade.idKind == Trade.ID_TEXT ? trade.idText : NO_BYTES;
        byte[] side = utf8(trade.side);
        byte[] conditions = utf8(trade.conditions);
        byte[] flagsText = utf8(trade.flags);
        int total = BinaryLayout.TEXTS_AT
                + venue.length
                + symbol.length
                + id.length
                + side.length
                + conditions.length
                + flagsText.length;
        int from = into.reserve(total);
        byte[] buffer = into.buffer();
        boolean received = trade.receiveTimeNanos != Trade.TIME_ABSENT;
        int flags = BinaryLayout.FLAG_PLACE
                | (received ? BinaryLayout.FLAG_RECEIVE_TIME : 0)
                | (trade.hasSequence ? BinaryLayout.FLAG_SEQUENCE : 0)
                | (trade.idKind == Trade.ID_NUMBER ? BinaryLayout.FLAG_ID_NUMBER : 0);
        buffer[from] = BinaryLayout.MAGIC;
        buffer[from + BinaryLayout.VERSION_AT] = BinaryLayout.VERSION;
        buffer[from + BinaryLayout.TYPE_AT] = BinaryLayout.TYPE_TRADE;
        buffer[from + BinaryLayout.FLAGS_AT] = (byte) flags;
        INT.set(buffer, from + BinaryLayout.LENGTH_AT, total);
        LONG.set(buffer, from + BinaryLayout.EVENT_TIME_AT, trade.eventTimeNanos);
        LONG.set(buffer, from + BinaryLayout.RECEIVE_TIME_AT, received ? trade.receiveTimeNanos : 0L);
        LONG.set(buffer, from + BinaryLayout.PRICE_AT, trade.priceScaled);
        LONG.set(buffer, from + BinaryLayout.SIZE_AT, trade.sizeScaled);
        LONG.set(buffer, from + BinaryLayout.PLACE_POSITION_AT, trade.placePosition);
        LONG.set(buffer, from + BinaryLayout.SEQUENCE_AT, trade.hasSequence ? trade.sequence : 0L);
        LONG.set(buffer, from + BinaryLayout.ID_AT, trade.idKind == Trade.ID_NUMBER ? trade.idNumber : 0L);
        INT.set(buffer, from + BinaryLayout.PLACE_PARTITION_AT, trade.placePartition);
        buffer[from + BinaryLayout.PRICE_SCALE_AT] = (byte) trade.instrument.priceScale();
        buffer[from + BinaryLayout.SIZE_SCALE_AT] = (byte) trade.instrument.sizeScale();
        int at = from + BinaryLayout.TEXTS_AT;
        at = text(buffer, from, 0, venue, at);
        at = text(buffer, from, 1, symbol, at);
        at = text(buffer, from, 2, id, at);
        at = text(buffer, from, 3, side, at);
        at = text(buffer, from, 4, conditions, at);
        text(buffer, from, 5, flagsText, at);
    }

    private static int text(byte[] buffer, int from, int index, byte[] text, int at) {
        SHORT.set(buffer, from + BinaryLayout.TEXT_LENGTHS_AT + 2 * index, (short) text.length);
        System.arraycopy(text, 0, buffer, at, text.length);
        return at + text.length;
    }

    private static byte[] utf8(@Nullable String text) {
        return text == null || text.isEmpty() ? NO_BYTES : text.getBytes(StandardCharsets.UTF_8);
    }
}
