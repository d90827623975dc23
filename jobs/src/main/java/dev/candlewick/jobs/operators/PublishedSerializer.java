package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Interval;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** The fixed layout of published candles and VWAP rows between operators. */
public final class PublishedSerializer extends RecordSerializer<Published> {
    private static final long serialVersionUID = 1L;

    @Override
    public void serialize(Published value, DataOutputView out) throws IOException {
        if (value instanceof Candle candle) {
            out.writeByte(CANDLE);
            writeCandle(candle, out);
        } else if (value instanceof VwapRow row) {
            out.writeByte(VWAP);
            writeRow(row, out);
        } else {
            throw new IOException("published value must be a candle or a VWAP row, was " + value);
        }
    }

    @Override
    public Published deserialize(DataInputView in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case CANDLE -> readCandle(in);
            case VWAP -> readRow(in);
            default -> throw new IOException("published value must be of kind 1 or 2, was " + kind);
        };
    }

    private static final int CANDLE = 1;
    private static final int VWAP = 2;

    static void writeCandle(Candle candle, DataOutputView out) throws IOException {
        Texts.write(out, candle.venue());
        Texts.write(out, candle.symbol());
        Texts.write(out, candle.interval().name());
        out.writeLong(candle.interval().nanos());
        out.writeLong(candle.startNanos());
        out.writeByte(candle.priceScale());
        out.writeByte(candle.sizeScale());
        out.writeLong(candle.openScaled());
        out.writeLong(candle.highScaled());
        out.writeLong(candle.lowScaled());
        out.writeLong(candle.closeScaled());
        Texts.write(out, candle.volume());
        Texts.write(out, candle.notional());
        out.writeLong(candle.trades());
        out.writeLong(candle.firstTradeNanos());
        out.writeLong(candle.lastTradeNanos());
        out.writeInt(candle.revision());
        out.writeByte(candle.reason().ordinal());
        out.writeBoolean(candle.isFinal());
        Texts.write(out, candle.digest());
        out.writeInt(candle.flags());
        out.writeLong(candle.previousTrades());
    }

    static Candle readCandle(DataInputView in) throws IOException {
        return new Candle(
                Texts.read(in),
                Texts.read(in),
                new Interval(Texts.read(in), in.readLong()),
                in.readLong(),
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                Texts.readInt128(in),
                Texts.readInt128(in),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                RevisionReason.values()[in.readByte()],
                in.readBoolean(),
                Texts.readInt128(in),
                in.readInt(),
                in.readLong());
    }

    private static void writeRow(VwapRow row, DataOutputView out) throws IOException {
        Texts.write(out, row.venue());
        Texts.write(out, row.symbol());
        out.writeLong(row.atNanos());
        out.writeByte(row.priceScale());
        out.writeByte(row.sizeScale());
        Texts.write(out, row.volume());
        Texts.write(out, row.notional());
        out.writeLong(row.trades());
        out.writeInt(row.revision());
        out.writeByte(row.reason().ordinal());
    }

    private static VwapRow readRow(DataInputView in) throws IOException {
        return new VwapRow(
                Texts.read(in),
                Texts.read(in),
                in.readLong(),
                in.readUnsignedByte(),
                in.readUnsignedByte(),
                Texts.readInt128(in),
                Texts.readInt128(in),
                in.readLong(),
                in.readInt(),
                RevisionReason.values()[in.readByte()]);
    }

    @Override
    public TypeSerializerSnapshot<Published> snapshotConfiguration() {
        return new Snapshot();
    }

    /** Names the layout. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Published> {
        /** For Flink. */
        public Snapshot() {
            super(PublishedSerializer::new);
        }
    }
}
