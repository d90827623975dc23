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
import org.jspecify.annotations.Nullable;

/** Connects the named streams of a graph to the lake's sinks, with uids that never change. */
public final class LakeOutputs {
    private LakeOutputs() {}

    /**
     * Connects the sinks.
     *
     * @param withQuality whether quality events and reports come at all
     * @param archive every valid trade; null where none are kept
     * @param eventTimeMinNanos first valid event time, as for TIME_RANGE
     * @param eventTimeMaxNanos last valid event time, as for TIME_RANGE
     */
    public static void attach(
            LakeTarget lake,
            DataStream<Published> published,
            DataStream<Rejected> rejected,
            boolean withQuality,
            @Nullable DataStream<Trade> archive,
            long eventTimeMinNanos,
            long eventTimeMaxNanos) {
        published
                .filter(Candle.class::isInstance)
                .uid("candles-only")
                .name("candles-only")
                .sinkTo(narrowed(LakeSinks.candles(lake)))
                .uid("lake-candles")
                .name("lake-candles");
        published
                .filter(VwapRow.class::isInstance)
                .uid("vwap-only")
                .name("vwap-only")
                .sinkTo(narrowed(LakeSinks.vwap(lake)))
                .uid("lake-vwap")
                .name("lake-vwap");
        if (withQuality) {
            published
                    .filter(QualityEvent.class::isInstance)
                    .uid("quality-only")
                    .name("quality-only")
                    .sinkTo(narrowed(LakeSinks.quality(lake)))
                    .uid("lake-quality")
                    .name("lake-quality");
            published
                    .filter(MinuteReport.class::isInstance)
                    .uid("reports-only")
                    .name("reports-only")
                    .sinkTo(narrowed(LakeSinks.reports(lake)))
                    .uid("lake-reports")
                    .name("lake-reports");
        }
        rejected.sinkTo(LakeSinks.rejected(lake, eventTimeMinNanos, eventTimeMaxNanos))
                .uid("lake-rejected")
                .name("lake-rejected")
                .setParallelism(1);
        if (archive != null) {
            archive.sinkTo(LakeSinks.trades(lake)).uid("lake-trades").name("lake-trades");
        }
    }

    /** The filter in front lets only values of the sink's kind through, which the type system cannot see. */
    @SuppressWarnings("unchecked")
    private static Sink<Published> narrowed(Sink<? extends Published> sink) {
        return (Sink<Published>) sink;
    }
}
