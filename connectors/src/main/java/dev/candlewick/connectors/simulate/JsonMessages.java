package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import java.nio.charset.StandardCharsets;

/** JSON messages: canonical trades; orders are objects whose first name is {@code type}. */
final class JsonMessages extends SimulatedEncoder {
    private static final byte[][] HEADS = new byte[MessageType.values().length][];
    private static final byte[] RECEIVE_TIME = ascii(",\"recv_time_ns\":");
    private static final byte[] VENUE = ascii(",\"venue\":");
    private static final byte[] SYMBOL = ascii(",\"symbol\":");
    private static final byte[] ORDER_ID = ascii(",\"order_id\":\"");
    private static final byte[] BUY = ascii("\",\"side\":\"buy\",\"price\":\"");
    private static final byte[] SELL = ascii("\",\"side\":\"sell\",\"price\":\"");
    private static final byte[] SIZE = ascii("\",\"size\":\"");
    private static final byte[] TAIL = ascii("\"}");
    private static final byte[] PRICE = ascii("\"price\":\"");

    static {
        for (MessageType type : MessageType.values()) {
            HEADS[type.ordinal()] = ascii("{\"type\":\"" + type.word() + "\",\"event_time_ns\":");
        }
    }

    JsonMessages() {
        super(WireFormat.JSON.newEncoder());
    }

    @Override
    void order(SimulatedMessage message, ByteWriter into) {
        Trade values = message.trade;
        into.put(HEADS[message.type.ordinal()]).putNumber(values.eventTimeNanos);
        into.put(RECEIVE_TIME).putNumber(values.receiveTimeNanos);
        into.put(VENUE).putJsonText(values.instrument.venueUtf8());
        into.put(SYMBOL).putJsonText(values.instrument.symbolUtf8());
        into.put(ORDER_ID).putNumber(message.orderId);
        into.put(isBuy(values.side) ? BUY : SELL).putDecimal(values.priceScaled, values.instrument.priceScale());
        into.put(SIZE).putDecimal(values.sizeScaled, values.instrument.sizeScale());
        into.put(TAIL);
    }

    @Override
    void breakBytes(FaultKind fault, long mixed, ByteWriter into, int from) {
        switch (fault) {
            case GARBAGE -> garbage(mixed, into, from);
            case WRONG_TYPE -> into.buffer()[behind(into, from)] = (byte) ('a' + (mixed & 15));
            default -> into.truncate(from + 1 + (int) ((mixed & 0xff) * (into.length() - from - 2) >> 8));
        }
    }

    /** Index of the price's first digit. */
    private static int behind(ByteWriter into, int from) {
        byte[] buffer = into.buffer();
        for (int at = from; ; at++) {
            int i = 0;
            while (i < PRICE.length && buffer[at + i] == PRICE[i]) {
                i++;
            }
            if (i == PRICE.length) {
                return at + i;
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
