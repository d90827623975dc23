package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import java.io.Serial;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.formats.parquet.ParquetWriterFactory;
import org.apache.flink.streaming.api.functions.sink.filesystem.BucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.SimpleVersionedStringSerializer;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Flink file sinks that write the lake's tables below a {@link LakeTarget}'s root, in bounded and streaming jobs.
 *
 * <p>Files are complete Parquet files, closed at each checkpoint and at the end of the input, in
 * {@code <table>/version=N[/interval=I]/year=YYYY/month=MM/day=DD/part-<uuid>-<n>.parquet}; until their commit the names
 * start with a dot. Nobody reads them before {@link LakePublisher} has named them in a manifest. The caller sets uid,
 * name and parallelism where it attaches a sink. A job in STREAMING mode needs checkpointing, or nothing is ever
 * committed.
 *
 * <p>The files that a subtask holds open are bounded by the heap; see {@link BoundedFileSink}.
 *
 * <p>Rows are written at once and never kept, so reused carriers and object reuse are safe.
 */
public final class LakeSinks {
    /** Files are rolled by checkpoints alone, so the check by processing time has nothing to do. */
    private static final long BUCKET_CHECK_MILLIS = 3_600_000;

    private LakeSinks() {}

    /** The trades table, by the day of the event time. */
    public static Sink<Trade> trades(LakeTarget target) {
        return trades(target, 0);
    }

    /** With the bounds on open files that belong to a heap of this size; 0 for that of the process. */
    static Sink<Trade> trades(LakeTarget target, long heapBytes) {
        return sink(
                heapBytes,
                LakeTable.TRADES,
                target,
                TradeWriteSupport::new,
                new DayAssigner<>(LakeTable.TRADES, target, row -> row.eventTimeNanos));
    }

    /** The candles table, by interval and the day of the window's start. */
    public static Sink<Candle> candles(LakeTarget target) {
        return sink(LakeTable.CANDLES, target, CandleWriteSupport::new, new CandleAssigner(target.version()));
    }

    /** The vwap table, by the day of {@code at_ns}. */
    public static Sink<VwapRow> vwap(LakeTarget target) {
        return sink(
                LakeTable.VWAP,
                target,
                VwapWriteSupport::new,
                new DayAssigner<>(LakeTable.VWAP, target, VwapRow::atNanos));
    }

    /** The quality table, by the day of the event time. */
    public static Sink<QualityEvent> quality(LakeTarget target) {
        return sink(
                0,
                LakeTable.QUALITY,
                target,
                QualityWriteSupport::new,
                new DayAssigner<>(LakeTable.QUALITY, target, QualityEvent::eventTimeNanos));
    }

    /** The reports table, by the day of the minute. */
    public static Sink<MinuteReport> reports(LakeTarget target) {
        return sink(
                0,
                LakeTable.REPORTS,
                target,
                ReportWriteSupport::new,
                new DayAssigner<>(LakeTable.REPORTS, target, MinuteReport::startNanos));
    }

    /**
     * The rejected table, by the day of the event time where it is readable and lies in the given range, else of the
     * receive time, else of the ingest time, else 1970-01-01.
     *
     * @param eventTimeMinNanos first valid event time, as for TIME_RANGE
     * @param eventTimeMaxNanos last valid event time, as for TIME_RANGE
     */
    public static Sink<Rejected> rejected(LakeTarget target, long eventTimeMinNanos, long eventTimeMaxNanos) {
        return sink(
                LakeTable.REJECTED,
                target,
                RejectedWriteSupport::new,
                new DayAssigner<>(LakeTable.REJECTED, target, row -> {
                    long event = row.eventTimeNanos();
                    if (event != Trade.TIME_ABSENT && event >= eventTimeMinNanos && event <= eventTimeMaxNanos) {
                        return event;
                    }
                    if (row.receiveTimeNanos() != Trade.TIME_ABSENT) {
                        return row.receiveTimeNanos();
                    }
                    return row.ingestTimeNanos() == Trade.TIME_ABSENT ? 0 : row.ingestTimeNanos();
                }));
    }

    private static <T> Sink<T> sink(
            LakeTable table,
            LakeTarget target,
            LakeParquet.SupportFactory<T> support,
            BucketAssigner<T, String> assigner) {
        return sink(0, table, target, support, assigner);
    }

    private static <T> Sink<T> sink(
            long heapBytes,
            LakeTable table,
            LakeTarget target,
            LakeParquet.SupportFactory<T> support,
            BucketAssigner<T, String> assigner) {
        FileSink<T> sink = FileSink.forBulkFormat(
                        new Path(target.root()),
                        new ParquetWriterFactory<>(LakeParquet.builder(table, target, support)))
                .withBucketAssigner(assigner)
                .withRollingPolicy(OnCheckpointRollingPolicy.build())
                .withOutputFileConfig(OutputFileConfig.builder()
                        .withPartPrefix("part")
                        .withPartSuffix(".parquet")
                        .build())
                .withBucketCheckInterval(BUCKET_CHECK_MILLIS)
                .build();
        return new BoundedFileSink<>(sink, assigner, heapBytes, target.run());
    }

    /** Finds the partition of a row. */
    private abstract static class LakeAssigner<T> implements BucketAssigner<T, String> {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public SimpleVersionedSerializer<String> getSerializer() {
            return SimpleVersionedStringSerializer.INSTANCE;
        }
    }

    /** The time by which a row goes to its day, in nanoseconds. */
    @FunctionalInterface
    private interface RowTime<T> extends Serializable {
        long nanos(T row);
    }

    private static final class DayAssigner<T> extends LakeAssigner<T> {
        @Serial
        private static final long serialVersionUID = 1L;

        private final LakePartitions partitions;
        private final RowTime<T> time;

        DayAssigner(LakeTable table, LakeTarget target, RowTime<T> time) {
            this.partitions = new LakePartitions(table, target.version(), null);
            this.time = time;
        }

        @Override
        public String getBucketId(T row, Context context) {
            return partitions.at(time.nanos(row));
        }
    }

    private static final class CandleAssigner extends LakeAssigner<Candle> {
        @Serial
        private static final long serialVersionUID = 1L;

        private final int version;
        private transient @Nullable Map<String, LakePartitions> byInterval;

        CandleAssigner(int version) {
            this.version = version;
        }

        @Override
        public String getBucketId(Candle row, Context context) {
            Map<String, LakePartitions> map = byInterval;
            if (map == null) {
                map = new HashMap<>();
                byInterval = map;
            }
            return map.computeIfAbsent(
                            row.interval().name(), name -> new LakePartitions(LakeTable.CANDLES, version, name))
                    .at(row.startNanos());
        }
    }
}
