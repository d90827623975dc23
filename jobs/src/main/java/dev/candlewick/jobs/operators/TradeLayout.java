package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Trade;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of a {@link Trade} without its instrument; absent fields cost one bit. Never kept in state. */
final class TradeLayout {
    private static final int ID_KIND = 3;
    private static final int SEQUENCE = 1 << 2;
    private static final int RECEIVE_TIME = 1 << 3;
    private static final int INGEST_TIME = 1 << 4;
    private static final int CONDITIONS = 1 << 5;
    private static final int FLAGS = 1 << 6;
    private static final int LATE = 1 << 7;
    private static final int NEW_PARTITION = 1 << 8;
    private static final int DISORDER = 1 << 9;
    private static final int SIDE = 1 << 10;
    private static final int SIDE_BUY = 1 << 11;
    private static final int SIDE_SELL = 1 << 12;

    private static final byte[] NO_BYTES = new byte[0];

    private TradeLayout() {}

    static void write(Trade trade, DataOutputView out) throws IOException {
        int bits = trade.idKind;
        bits |= trade.hasSequence ? SEQUENCE : 0;
        bits |= trade.receiveTimeNanos != Trade.TIME_ABSENT ? RECEIVE_TIME : 0;
        bits |= trade.ingestTimeNanos != Trade.TIME_ABSENT ? INGEST_TIME : 0;
        bits |= trade.conditions != null ? CONDITIONS : 0;
        bits |= trade.flags != null ? FLAGS : 0;
        bits |= trade.late ? LATE : 0;
        bits |= trade.newPartition ? NEW_PARTITION : 0;
        bits |= trade.disorderNanos != 0 ? DISORDER : 0;
        String side = trade.side;
        if (side != null) {
            bits |= side.equals("buy") ? SIDE_BUY : side.equals("sell") ? SIDE_SELL : SIDE;
        }
        out.writeShort(bits);
        out.writeLong(trade.eventTimeNanos);
        out.writeLong(trade.priceScaled);
        out.writeLong(trade.sizeScaled);
        out.writeInt(trade.placePartition);
        out.writeLong(trade.placePosition);
        SourceNames.write(trade.readSource, out);
        out.writeInt(trade.readPartition);
        out.writeLong(trade.readOffset);
        if (trade.idKind == Trade.ID_NUMBER) {
            out.writeLong(trade.idNumber);
        } else if (trade.idKind == Trade.ID_TEXT) {
            Texts.writeBytes(out, trade.idText);
        }
        if (trade.hasSequence) {
            out.writeLong(trade.sequence);
        }
        if ((bits & RECEIVE_TIME) != 0) {
            out.writeLong(trade.receiveTimeNanos);
        }
        if ((bits & INGEST_TIME) != 0) {
            out.writeLong(trade.ingestTimeNanos);
        }
        if ((bits & SIDE) != 0) {
            Texts.write(out, side);
        }
        if ((bits & CONDITIONS) != 0) {
            Texts.write(out, trade.conditions);
        }
        if ((bits & FLAGS) != 0) {
            Texts.write(out, trade.flags);
        }
        if ((bits & DISORDER) != 0) {
            out.writeLong(trade.disorderNanos);
        }
    }

    /** Sets every field of the trade but its instrument. */
    static void read(Trade trade, DataInputView in) throws IOException {
        int bits = in.readUnsignedShort();
        trade.eventTimeNanos = in.readLong();
        trade.priceScaled = in.readLong();
        trade.sizeScaled = in.readLong();
        trade.placePartition = in.readInt();
        trade.placePosition = in.readLong();
        trade.readSource = SourceNames.read(in);
        trade.readPartition = in.readInt();
        trade.readOffset = in.readLong();
        trade.idKind = (byte) (bits & ID_KIND);
        trade.idNumber = trade.idKind == Trade.ID_NUMBER ? in.readLong() : 0;
        trade.idText = trade.idKind == Trade.ID_TEXT ? Texts.readBytes(in) : NO_BYTES;
        trade.hasSequence = (bits & SEQUENCE) != 0;
        trade.sequence = trade.hasSequence ? in.readLong() : 0;
        trade.receiveTimeNanos = (bits & RECEIVE_TIME) != 0 ? in.readLong() : Trade.TIME_ABSENT;
        trade.ingestTimeNanos = (bits & INGEST_TIME) != 0 ? in.readLong() : Trade.TIME_ABSENT;
        if ((bits & (SIDE | SIDE_BUY | SIDE_SELL)) == 0) {
            trade.side = null;
        } else {
            trade.side = (bits & SIDE_BUY) != 0 ? "buy" : (bits & SIDE_SELL) != 0 ? "sell" : Texts.read(in);
        }
        trade.conditions = (bits & CONDITIONS) != 0 ? Texts.read(in) : null;
        trade.flags = (bits & FLAGS) != 0 ? Texts.read(in) : null;
        trade.disorderNanos = (bits & DISORDER) != 0 ? in.readLong() : 0;
        trade.late = (bits & LATE) != 0;
        trade.newPartition = (bits & NEW_PARTITION) != 0;
    }
}
