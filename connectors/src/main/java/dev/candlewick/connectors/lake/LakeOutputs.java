package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.jspecify.annotations.Nullable;

/** Connects the named streams of a graph to the lake's sinks, with uids that never change. */
public final class LakeOutputs {
    private LakeOutputs() {}

    /**
     * Connects the sinks.
     *
     * @param rejected rejected messages; null where none are kept
     * @param withQuality whether quality events and reports come at all
     * @param archive every valid trade; null where none are kept
     * @param eventTimeMinNanos first valid event time, as for TIME_RANGE
     * @param eventTimeMaxNanos last valid event time, as for TIME_RANGE
     */
    public static void attach(
            LakeTarget lake,
            DataStream<Published> published,
            @Nullable DataStream<Rejected> rejected,
            boolean withQuality,
            @Nullable DataStream<Trade> archive,
            long eventTimeMinNanos,
            long eventTimeMaxNanos) {
        attach(lake, published, null, rejected, withQuality, archive, eventTimeMinNanos, eventTimeMaxNanos);
    }

    /**
     * The same, where quality events about whole venues come in a stream of their own, so that everything else can be
     * chained to what makes it.
     *
     * @param published candles, VWAP rows, reports and quality events
     * @param venues further quality events, few of them; null where there are none
     */
    public static void attach(
            LakeTarget lake,
            DataStream<Published> published,
            @Nullable DataStream<Published> venues,
            @Nullable DataStream<Rejected> rejected,
            boolean withQuality,
            @Nullable DataStream<Trade> archive,
            long eventTimeMinNanos,
            long eventTimeMaxNanos) {
        connect(published, Candle.class, "candles", LakeSinks.candles(lake));
        connect(published, VwapRow.class, "vwap", LakeSinks.vwap(lake));
        if (withQuality) {
            connect(published, QualityEvent.class, "quality", LakeSinks.quality(lake));
            if (venues != null) {
                connect(venues, QualityEvent.class, "quality-of-venues", LakeSinks.quality(lake))
                        .setParallelism(1);
            }
            connect(published, MinuteReport.class, "reports", LakeSinks.reports(lake));
        }
        if (rejected != null) {
            rejected.sinkTo(LakeSinks.rejected(lake, eventTimeMinNanos, eventTimeMaxNanos))
                    .uid("lake-rejected")
                    .name("lake-rejected")
                    .setParallelism(1);
        }
        if (archive != null) {
            archive.sinkTo(LakeSinks.trades(lake)).uid("lake-trades").name("lake-trades");
        }
    }

    /** Writes the published values of one kind to their table. */
    @SuppressWarnings("unchecked") // The filter lets only values of the kind through, which the type system cannot see.
    private static <T extends Published> DataStreamSink<Published> connect(
            DataStream<Published> published, Class<T> kind, String table, Sink<T> sink) {
        return published
                .filter(kind::isInstance)
                .uid(table + "-only")
                .name(table + "-only")
                .sinkTo((Sink<Published>) (Sink<? extends Published>) sink)
                .uid("lake-" + table)
                .name("lake-" + table);
    }
}
