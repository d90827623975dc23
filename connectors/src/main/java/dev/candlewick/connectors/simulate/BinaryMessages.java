package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.BinaryLayout;
import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.SimulatedMessage;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Binary messages: trades by {@link BinaryLayout}, orders under the same header of 8 bytes with types 2 to 5.
 *
 * <pre>
 * offset size  field of an order message, little-endian
 *      8    8  event time, ns
 *     16    8  receive time, ns
 *     24    8  price, unscaled
 *     32    8  size, unscaled
 *     40    8  order id
 *     48    1  price scale
 *     49    1  size scale
 *     50    1  side: 1 buy, 2 sell
 *     51    1  0
 *     52    2  venue length in bytes
 *     54    2  symbol length
 *     56    -  venue, symbol as UTF-8
 * </pre>
 *
 * <p>A broken message keeps its header, so that messages stored back to back stay apart.
 */
final class BinaryMessages extends SimulatedEncoder {
    private static final int TEXTS_AT = 56;
    private static final int LENGTH_AT = 4;
    private static final int PRICE_SCALE_AT = 68;
    private static final int TEXT_LENGTHS_AT = 70;
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final byte[] fixed = new byte[TEXTS_AT];

    BinaryMessages() {
        super(WireFormat.BINARY.newEncoder());
        fixed[0] = BinaryLayout.MAGIC;
        fixed[1] = BinaryLayout.VERSION;
    }

    @Override
    void order(SimulatedMessage message, ByteWriter into) {
        Trade values = message.trade;
        byte[] venue = values.instrument.venueUtf8();
        byte[] symbol = values.instrument.symbolUtf8();
        byte[] to = fixed;
        to[2] = (byte) message.type.code();
        INT.set(to, LENGTH_AT, TEXTS_AT + venue.length + symbol.length);
        LONG.set(to, 8, values.eventTimeNanos);
        LONG.set(to, 16, values.receiveTimeNanos);
        LONG.set(to, 24, values.priceScaled);
        LONG.set(to, 32, values.sizeScaled);
        LONG.set(to, 40, message.orderId);
        to[48] = (byte) values.instrument.priceScale();
        to[49] = (byte) values.instrument.sizeScale();
        to[50] = (byte) (isBuy(values.side) ? 1 : 2);
        SHORT.set(to, 52, (short) venue.length);
        SHORT.set(to, 54, (short) symbol.length);
        into.put(to);
        into.put(venue);
        into.put(symbol);
    }

    @Override
    void breakBytes(FaultKind fault, long mixed, ByteWriter into, int from) {
        switch (fault) {
            case GARBAGE -> {
                // The text lengths together are far beyond the message.
                LONG.set(into.buffer(), from + TEXT_LENGTHS_AT, mixed | 0x4000_4000_4000_4000L);
            }
            case WRONG_TYPE -> into.buffer()[from + PRICE_SCALE_AT] = (byte) (19 + (mixed & 63));
            default -> {
                int length = BinaryLayout.HEADER_BYTES + 1 + (int) (mixed & 63);
                into.truncate(from + length);
                INT.set(into.buffer(), from + LENGTH_AT, length);
            }
        }
    }
}
