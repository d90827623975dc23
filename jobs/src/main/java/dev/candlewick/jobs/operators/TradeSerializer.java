package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * The fixed layout of a {@link Trade} between operators; absent fields cost one bit. Never kept in state.
 */
public final class TradeSerializer extends TypeSerializer<Trade> {
    private static final long serialVersionUID = 1L;

    private static final int ID_KIND = 3;
    private static final int SEQUENCE = 1 << 2;
    private static final int RECEIVE_TIME = 1 << 3;
    private static final int INGEST_TIME = 1 << 4;
    private static final int CONDITIONS = 1 << 5;
    private static final int FLAGS = 1 << 6;
    private static final int LATE = 1 << 7;
    private static final int NEW_PARTITION = 1 << 8;
    private static final int DISORDER = 1 << 9;
    private static final int CONSOLIDATED = 1 << 10;
    private static final int SIDE = 1 << 11;
    private static final int SIDE_BUY = 1 << 12;
    private static final int SIDE_SELL = 1 << 13;

    private static final byte[] NO_BYTES = new byte[0];

    private transient InstrumentInterner instruments = new InstrumentInterner();
    private transient byte[] buffer = new byte[256];

    @Override
    public boolean isImmutableType() {
        return false;
    }

    @Override
    public TypeSerializer<Trade> duplicate() {
        return new TradeSerializer();
    }

    @Override
    public Trade createInstance() {
        return new Trade();
    }

    @Override
    public Trade copy(Trade from) {
        return from.copy();
    }

    @Override
    public Trade copy(Trade from, Trade reuse) {
        reuse.set(from);
        return reuse;
    }

    @Override
    public int getLength() {
        return -1;
    }

    @Override
    public void serialize(Trade trade, DataOutputView out) throws IOException {
        Instrument instrument = trade.instrument;
        int bits = trade.idKind;
        bits |= trade.hasSequence ? SEQUENCE : 0;
        bits |= trade.receiveTimeNanos != Trade.TIME_ABSENT ? RECEIVE_TIME : 0;
        bits |= trade.ingestTimeNanos != Trade.TIME_ABSENT ? INGEST_TIME : 0;
        bits |= trade.conditions != null ? CONDITIONS : 0;
        bits |= trade.flags != null ? FLAGS : 0;
        bits |= trade.late ? LATE : 0;
        bits |= trade.newPartition ? NEW_PARTITION : 0;
        bits |= trade.disorderNanos != 0 ? DISORDER : 0;
        bits |= instrument.isConsolidated() ? CONSOLIDATED : 0;
        String side = trade.side;
        if (side != null) {
            bits |= side.equals("buy") ? SIDE_BUY : side.equals("sell") ? SIDE_SELL : SIDE;
        }
        out.writeShort(bits);
        byte[] venue = instrument.venueUtf8();
        byte[] symbol = instrument.symbolUtf8();
        out.writeShort(venue.length);
        out.writeShort(symbol.length);
        out.write(venue);
        out.write(symbol);
        out.writeByte(instrument.priceScale());
        out.writeByte(instrument.sizeScale());
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

    @Override
    public Trade deserialize(DataInputView in) throws IOException {
        return deserialize(new Trade(), in);
    }

    @Override
    public Trade deserialize(Trade trade, DataInputView in) throws IOException {
        int bits = in.readUnsignedShort();
        int venueLength = in.readUnsignedShort();
        int symbolLength = in.readUnsignedShort();
        if (buffer.length < venueLength + symbolLength) {
            buffer = new byte[venueLength + symbolLength];
        }
        in.readFully(buffer, 0, venueLength + symbolLength);
        int priceScale = in.readUnsignedByte();
        int sizeScale = in.readUnsignedByte();
        trade.instrument = instruments.intern(
                buffer, venueLength, symbolLength, (bits & CONSOLIDATED) != 0, priceScale, sizeScale);
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
        return trade;
    }

    @Override
    public void copy(DataInputView in, DataOutputView out) throws IOException {
        serialize(deserialize(in), out);
    }

    private void readObject(java.io.ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        instruments = new InstrumentInterner();
        buffer = new byte[256];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TradeSerializer;
    }

    @Override
    public int hashCode() {
        return TradeSerializer.class.hashCode();
    }

    @Override
    public TypeSerializerSnapshot<Trade> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout in checkpoints of buffers; the layout itself is never kept in state. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Trade> {
        /** For Flink. */
        public Snapshot() {
            super(TradeSerializer::new);
        }
    }
}
