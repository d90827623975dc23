package dev.candlewick.connectors.format;

import dev.candlewick.core.model.Trade;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes a trade as one JSON object with the canonical names, times as numbers, decimals and ids as strings; absent
 * fields are left out.
 *
 * <p>{@code row} is the position of the trade's place; JSON does not carry the place's partition.
 */
public final class JsonEncoder implements MessageEncoder {
    private static final byte[] ROW = ascii("{\"row\":");
    private static final byte[] RECEIVE_TIME = ascii(",\"recv_time_ns\":");
    private static final byte[] EVENT_TIME = ascii(",\"event_time_ns\":");
    private static final byte[] VENUE = ascii(",\"venue\":");
    private static final byte[] SYMBOL = ascii(",\"symbol\":");
    private static final byte[] TRADE_ID = ascii(",\"trade_id\":");
    private static final byte[] SEQUENCE = ascii(",\"sequence\":");
    private static final byte[] PRICE = ascii(",\"price\":\"");
    private static final byte[] SIZE = ascii("\",\"size\":\"");
    private static final byte[] SIDE = ascii(",\"side\":");
    private static final byte[] CONDITIONS = ascii(",\"conditions\":");
    private static final byte[] FLAGS = ascii(",\"flags\":");

    @Override
    public void encode(Trade trade, ByteWriter into) {
        into.put(ROW).putNumber(trade.placePosition);
        if (trade.receiveTimeNanos != Trade.TIME_ABSENT) {
            into.put(RECEIVE_TIME).putNumber(trade.receiveTimeNanos);
        }
        into.put(EVENT_TIME).putNumber(trade.eventTimeNanos);
        text(VENUE, trade.instrument.venueUtf8(), into);
        text(SYMBOL, trade.instrument.symbolUtf8(), into);
        if (trade.idKind == Trade.ID_NUMBER) {
            into.put(TRADE_ID).put('"').putNumber(trade.idNumber).put('"');
        } else if (trade.idKind == Trade.ID_TEXT) {
            text(TRADE_ID, trade.idText, into);
        }
        if (trade.hasSequence) {
            into.put(SEQUENCE).putNumber(trade.sequence);
        }
        into.put(PRICE).putDecimal(trade.priceScaled, trade.instrument.priceScale());
        into.put(SIZE)
                .putDecimal(trade.sizeScaled, trade.instrument.sizeScale())
                .put('"');
        text(SIDE, trade.side, into);
        text(CONDITIONS, trade.conditions, into);
        text(FLAGS, trade.flags, into);
        into.put('}');
    }

    private static void text(byte[] name, @Nullable String text, ByteWriter into) {
        if (text != null && !text.isEmpty()) {
            text(name, text.getBytes(StandardCharsets.UTF_8), into);
        }
    }

    private static void text(byte[] name, byte[] utf8, ByteWriter into) {
        into.put(name).putJsonText(utf8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
