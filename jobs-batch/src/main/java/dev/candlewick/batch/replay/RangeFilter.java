package dev.candlewick.batch.replay;

import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFilterFunction;

/**
 * Lets through what belongs to the range that a run publishes, and counts it by table: candles and reports wholly inside,
 * VWAP rows, quality events and rejected messages by their time (design section 4.13).
 */
final class RangeFilter {
    /** Accumulators are this and the table's name. */
    static final String PREFIX = "range.";

    private RangeFilter() {}

    /** Of published values. */
    static final class Values extends RichFilterFunction<Published> {
        private static final long serialVersionUID = 1L;

        private final TimeRange range;
        private final LongCounter candles = new LongCounter();
        private final LongCounter vwap = new LongCounter();
        private final LongCounter quality = new LongCounter();
        private final LongCounter reports = new LongCounter();

        Values(TimeRange range) {
            this.range = range;
        }

        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator(PREFIX + "candles", candles);
            getRuntimeContext().addAccumulator(PREFIX + "vwap", vwap);
            getRuntimeContext().addAccumulator(PREFIX + "quality", quality);
            getRuntimeContext().addAccumulator(PREFIX + "reports", reports);
        }

        @Override
        public boolean filter(Published value) {
            if (value instanceof Candle candle) {
                return count(candles, isInside(candle.startNanos(), candle.endNanos()));
            }
            if (value instanceof VwapRow row) {
                return count(vwap, range.contains(row.atNanos()));
            }
            if (value instanceof QualityEvent event) {
                return count(quality, range.contains(event.eventTimeNanos()));
            }
            if (value instanceof MinuteReport report) {
                return count(reports, isInside(report.startNanos(), report.endNanos()));
            }
            throw new IllegalStateException("a published value must be of a known table, was " + value);
        }

        private boolean isInside(long startNanos, long endNanos) {
            return startNanos >= range.fromNanos() && endNanos <= range.toNanos();
        }

        private static boolean count(LongCounter counter, boolean taken) {
            if (taken) {
                counter.add(1L);
            }
            return taken;
        }
    }

    /** Of rejected messages, by the time that decides their partition. */
    static final class Rejections extends RichFilterFunction<Rejected> {
        private static final long serialVersionUID = 1L;

        private final TimeRange range;
        private final long eventTimeMinNanos;
        private final long eventTimeMaxNanos;
        private final LongCounter rejected = new LongCounter();

        Rejections(TimeRange range, long eventTimeMinNanos, long eventTimeMaxNanos) {
            this.range = range;
            this.eventTimeMinNanos = eventTimeMinNanos;
            this.eventTimeMaxNanos = eventTimeMaxNanos;
        }

        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator(PREFIX + "rejected", rejected);
        }

        @Override
        public boolean filter(Rejected row) {
            boolean taken = range.contains(timeNanos(row));
            if (taken) {
                rejected.add(1L);
            }
            return taken;
        }

        private long timeNanos(Rejected row) {
            long event = row.eventTimeNanos();
            if (event != Trade.TIME_ABSENT && event >= eventTimeMinNanos && event <= eventTimeMaxNanos) {
                return event;
            }
            if (row.receiveTimeNanos() != Trade.TIME_ABSENT) {
                return row.receiveTimeNanos();
            }
            return row.ingestTimeNanos() == Trade.TIME_ABSENT ? 0 : row.ingestTimeNanos();
        }
    }

    /** Of valid trades, for the archive of a run over Parquet files that are no lake. */
    static final class Trades extends RichFilterFunction<Trade> {
        private static final long serialVersionUID = 1L;

        private final TimeRange range;
        private final LongCounter trades = new LongCounter();

        Trades(TimeRange range) {
            this.range = range;
        }

        @Override
        public void open(OpenContext context) {
            getRuntimeContext().addAccumulator(PREFIX + "trades", trades);
        }

        @Override
        public boolean filter(Trade trade) {
            boolean taken = range.contains(trade.eventTimeNanos);
            if (taken) {
                trades.add(1L);
            }
            return taken;
        }
    }
}
