package dev.candlewick.jobs.operators;

import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.time.Interval;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/**
 * How long after the end of its window a candle first came out, by Flink's processing time; a metric, and nothing else
 * depends on it. Task thread only.
 */
final class CloseDelay {
    private final ProcessingTimeService time;
    private final RecentValues delays = new RecentValues();

    CloseDelay(ProcessingTimeService time, Metrics metrics) {
        this.time = time;
        metrics.histogram(JobMetric.CLOSE_DELAY_MILLIS, delays);
    }

    void published(Published published) {
        if (published instanceof Candle candle && candle.reason() == RevisionReason.CLOSED) {
            delays.update(time.getCurrentProcessingTime() - Math.floorDiv(candle.endNanos(), Interval.MILLI_NANOS));
        }
    }
}
