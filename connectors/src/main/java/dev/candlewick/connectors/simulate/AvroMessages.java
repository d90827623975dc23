package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.AvroLayout;
import dev.candlewick.connectors.format.AvroSchemas;
import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import java.nio.charset.StandardCharsets;

/**
 * Avro messages: trades in the published schema, orders in {@link AvroSchemas#order()}.
 *
 * <p>A broken message keeps its header, so that messages stored behind their lengths stay apart.
 */
final class AvroMessages extends SimulatedEncoder {
    private static final byte[] ORDER_HEADER = AvroLayout.header(AvroSchemas.fingerprint(AvroSchemas.order()));
    private static final byte[][] ACTIONS = new byte[MessageType.values().length][];
    private static final byte[] BUY = ascii("buy");
    private static final byte[] SELL = ascii("sell");
    private static final int GARBAGE_BYTES_MIN = 12;

    static {
        for (MessageType type : MessageType.values()) {
            ACTIONS[type.ordinal()] = ascii(type.word());
        }
    }

    private final ByteWriter digits = new ByteWriter(64);

    AvroMessages() {
        super(WireFormat.AVRO.newEncoder());
    }

    @Override
    void order(SimulatedMessage message, ByteWriter into) {
        Trade values = message.trade;
        into.put(ORDER_HEADER).putZigZag(values.eventTimeNanos);
        into.putZigZag(1).putZigZag(values.receiveTimeNanos);
        text(values.instrument.venueUtf8(), into);
        text(values.instrument.symbolUtf8(), into);
        text(ACTIONS[message.type.ordinal()], into);
        decimal(message.orderId, 0, into);
        into.putZigZag(0);
        text(isBuy(values.side) ? BUY : SELL, into.putZigZag(1));
        decimal(values.priceScaled, values.instrument.priceScale(), into.putZigZag(1));
        decimal(values.sizeScaled, values.instrument.sizeScale(), into.putZigZag(1));
    }

    private void decimal(long unscaled, int scale, ByteWriter into) {
        digits.clear();
        digits.putDecimal(unscaled, scale);
        into.putZigZag(digits.length());
        into.put(digits.buffer(), 0, digits.length());
    }

    private static void text(byte[] utf8, ByteWriter into) {
        into.putZigZag(utf8.length).put(utf8);
    }

    @Override
    void breakBytes(FaultKind fault, long mixed, ByteWriter into, int from) {
        int body = from + AvroLayout.HEADER_BYTES;
        switch (fault) {
            case GARBAGE -> {
                // A number that never ends.
                into.truncate(body);
                for (int i = 0; i < GARBAGE_BYTES_MIN + (mixed & 15); i++) {
                    into.put(0xff);
                }
            }
            case WRONG_TYPE -> into.buffer()[firstDigitOfPrice(into.buffer(), body)] = (byte) ('a' + (mixed & 15));
            default -> into.truncate(body + (int) ((mixed & 0xff) * (into.length() - body - 1) >> 8));
        }
    }

    /** Behind event time, receive time, venue, symbol, id, the absent sequence, and the price's length. */
    private static int firstDigitOfPrice(byte[] buffer, int body) {
        int at = behindNumber(buffer, body);
        at = behindNumber(buffer, at + 1);
        at = behindText(buffer, at);
        at = behindText(buffer, at);
        at = behindText(buffer, at + 1);
        return behindNumber(buffer, at + 1);
    }

    private static int behindNumber(byte[] buffer, int at) {
        int next = at;
        while (buffer[next] < 0) {
            next++;
        }
        return next + 1;
    }

    /** Behind a text of fewer than 64 bytes, as all are here. */
    private static int behindText(byte[] buffer, int at) {
        return at + 1 + (buffer[at] >> 1);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
