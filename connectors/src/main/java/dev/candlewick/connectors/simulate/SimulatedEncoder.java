package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.MessageEncoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import org.jspecify.annotations.Nullable;

/**
 * Writes messages of a simulated market as bytes of a format; one thread.
 *
 * <p>Trades are written by the format's own encoder, so they are what its decoder reads. Order messages have a shape of their
 * own that decoders filter by its first bytes. Where a fault breaks the bytes, a trade is written first and then broken in a
 * way that is surely unparsable and never looks like a message of another type.
 */
public abstract class SimulatedEncoder {
    private final MessageEncoder trades;

    SimulatedEncoder(MessageEncoder trades) {
        this.trades = trades;
    }

    /** The encoder of a format. */
    public static SimulatedEncoder of(WireFormat format) {
        return switch (format) {
            case CSV -> new CsvMessages();
            case JSON -> new JsonMessages();
            case BINARY -> new BinaryMessages();
            case AVRO -> new AvroMessages();
        };
    }

    /** Appends one message without any separator behind it. */
    public final void encode(SimulatedMessage message, ByteWriter into) {
        if (message.type != MessageType.TRADE) {
            order(message, into);
            return;
        }
        int from = into.length();
        trades.encode(message.trade, into);
        FaultKind fault = message.fault;
        if (fault != null && fault.breaksBytes()) {
            breakBytes(fault, message.mixed, into, from);
        }
    }

    abstract void order(SimulatedMessage message, ByteWriter into);

    /** Makes the trade message from an index to the end unparsable. */
    abstract void breakBytes(FaultKind fault, long mixed, ByteWriter into, int from);

    /** Replaces a text message by bytes that are not UTF-8 and hold no quote, comma or line end. */
    static void garbage(long mixed, ByteWriter into, int from) {
        into.truncate(from);
        into.put(0xff);
        for (int i = 0; i < 8 + (mixed & 15); i++) {
            into.put('a' + (int) (mixed >>> i & 15));
        }
    }

    static boolean isBuy(@Nullable String side) {
        return "buy".equals(side);
    }
}
