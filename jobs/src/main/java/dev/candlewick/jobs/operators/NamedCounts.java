package dev.candlewick.jobs.operators;

import dev.candlewick.core.metric.JobMetric;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListState;

/**
 * Counts by metric and label that a restart does not set back; for display, the double entry has counters of its own. Task
 * thread only, but for the gauges that read.
 *
 * <p>A name that this version does not count stays in state with its value.
 */
final class NamedCounts {
    /** A count. */
    static final class Count {
        private long value;

        void add(long more) {
            value += more;
        }

        void increment() {
            value++;
        }

        long value() {
            return value;
        }
    }

    private final Map<String, Count> counts = new TreeMap<>();

    /** The count of a metric with labels, registered as a gauge. */
    Count register(Metrics metrics, JobMetric metric, String... labels) {
        Count count = counts.computeIfAbsent(name(metric, labels), key -> new Count());
        metrics.gauge(metric, count::value, labels);
        return count;
    }

    private static String name(JobMetric metric, String... labels) {
        return labels.length == 0 ? metric.metricName() : metric.metricName() + '.' + String.join(".", labels);
    }

    /** Adds what was kept; several subtasks' counts of one name add up. */
    void restore(ListState<NamedCount> state) throws Exception {
        for (NamedCount kept : state.get()) {
            counts.computeIfAbsent(kept.name(), key -> new Count()).add(kept.value());
        }
    }

    /** Keeps what is not 0. */
    void snapshot(ListState<NamedCount> state) throws Exception {
        List<NamedCount> kept = new ArrayList<>();
        counts.forEach((name, count) -> {
            if (count.value != 0) {
                kept.add(new NamedCount(name, count.value));
            }
        });
        state.update(kept);
    }
}
