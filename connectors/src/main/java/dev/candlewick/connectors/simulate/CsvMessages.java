package dev.candlewick.connectors.simulate;

import dev.candlewick.connectors.format.ByteWriter;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.simulate.FaultKind;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import java.nio.charset.StandardCharsets;

/** CSV lines: canonical trades; of an order, the first column is the word that says what happens to it. */
final class CsvMessages extends SimulatedEncoder {
    private static final byte[][] HEADS = new byte[MessageType.values().length][];
    private static final byte[] BUY = ",buy".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SELL = ",sell".getBytes(StandardCharsets.US_ASCII);
    private static final int PRICE_COLUMN = 6;

    static {
        for (MessageType type : MessageType.values()) {
            HEADS[type.ordinal()] = (type.word() + ",").getBytes(StandardCharsets.US_ASCII);
        }
    }

    CsvMessages() {
        super(WireFormat.CSV.newEncoder());
    }

    @Override
    void order(SimulatedMessage message, ByteWriter into) {
        Trade values = message.trade;
        into.put(HEADS[message.type.ordinal()])
                .putNumber(values.receiveTimeNanos)
                .put(',');
        into.putNumber(values.eventTimeNanos).put(',');
        into.put(values.instrument.venueUtf8()).put(',');
        into.put(values.instrument.symbolUtf8()).put(',');
        into.putNumber(message.orderId).put(',');
        into.putDecimal(values.priceScaled, values.instrument.priceScale()).put(',');
        into.putDecimal(values.sizeScaled, values.instrument.sizeScale());
        into.put(isBuy(values.side) ? BUY : SELL);
    }

    @Override
    void breakBytes(FaultKind fault, long mixed, ByteWriter into, int from) {
        switch (fault) {
            case GARBAGE -> garbage(mixed, into, from);
            case WRONG_TYPE -> into.buffer()[column(into, from, PRICE_COLUMN)] = (byte) ('a' + (mixed & 15));
            default -> into.truncate(column(into, from, 1 + (int) (mixed & 3)) + 1);
        }
    }

    /** Index of the first byte of a column, counted from 0. */
    private static int column(ByteWriter into, int from, int column) {
        int at = from;
        for (int left = column; left > 0; at++) {
            left -= into.buffer()[at] == ',' ? 1 : 0;
        }
        return at;
    }
}
