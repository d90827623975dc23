package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
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
        } else if (value instanceof QualityEvent event) {
            out.writeByte(EVENT);
            writeEvent(event, out);
        } else if (value instanceof MinuteReport report) {
            out.writeByte(REPORT);
            writeReport(report, out);
        }
    }

    @Override
    public Published deserialize(DataInputView in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case CANDLE -> readCandle(in);
            case VWAP -> readRow(in);
            case EVENT -> readEvent(in);
            case REPORT -> readReport(in);
            default -> throw new IOException("published value must be of kind 1 to 4, was " + kind);
        };
    }

    private static final int CANDLE = 1;
    private static final int VWAP = 2;
    private static final int EVENT = 3;
    private static final int REPORT = 4;

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

    private static void writeEvent(QualityEvent event, DataOutputView out) throws IOException {
        Texts.write(out, event.kind().name());
        Texts.write(out, event.venue());
        Texts.write(out, event.symbol());
        out.writeLong(event.eventTimeNanos());
        out.writeLong(event.startNanos());
        out.writeLong(event.endNanos());
        out.writeLong(event.count());
        Texts.write(out, event.detail());
    }

    private static QualityEvent readEvent(DataInputView in) throws IOException {
        return new QualityEvent(
                QualityKind.valueOf(Texts.read(in)),
                Texts.read(in),
                Texts.readNullable(in),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                Texts.readNullable(in));
    }

    private static void writeReport(MinuteReport report, DataOutputView out) throws IOException {
        Texts.write(out, report.venue());
        Texts.write(out, report.symbol());
        for (long value : new long[] {
            report.startNanos(),
            report.trades(),
            report.duplicates(),
            report.conflicts(),
            report.suspects(),
            report.outliers(),
            report.zeroSizes(),
            report.staleRuns(),
            report.gaps500Millis(),
            report.gaps5Seconds(),
            report.gaps30Seconds(),
            report.missingSequences(),
            report.latencyCount(),
            report.latencyMinNanos(),
            report.latencyP50Nanos(),
            report.latencyP90Nanos(),
            report.latencyP99Nanos(),
            report.latencyMaxNanos(),
            report.largestGapNanos(),
            report.largestGapStartNanos(),
            report.largestHole(),
            report.worstOutlierBasisPoints()
        }) {
            out.writeLong(value);
        }
    }

    private static MinuteReport readReport(DataInputView in) throws IOException {
        return new MinuteReport(
                Texts.read(in),
                Texts.read(in),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                in.readLong());
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
