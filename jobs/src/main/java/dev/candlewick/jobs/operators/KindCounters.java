package dev.candlewick.jobs.operators;

import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.model.QualityKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * Counts quality events by kind: as metrics over all restarts, and as accumulators of this attempt for what a bounded run
 * wrote.
 */
final class KindCounters {
    private final Map<QualityKind, LongCounter> counters = new EnumMap<>(QualityKind.class);
    private final Map<QualityKind, NamedCounts.Count> counts = new EnumMap<>(QualityKind.class);

    KindCounters(RuntimeContext context, List<QualityKind> kinds, NamedCounts named) {
        Metrics metrics = new Metrics(context.getMetricGroup());
        for (QualityKind kind : kinds) {
            LongCounter counter = new LongCounter();
            counters.put(kind, counter);
            context.addAccumulator(accumulator(kind), counter);
            counts.put(kind, named.register(metrics, JobMetric.QUALITY_EVENTS, kind.name()));
        }
    }

    /** Name of the accumulator of a kind. */
    static String accumulator(QualityKind kind) {
        return "quality." + kind.name();
    }

    void count(QualityKind kind) {
        LongCounter counter = counters.get(kind);
        NamedCounts.Count count = counts.get(kind);
        if (counter == null || count == null) {
            throw new IllegalStateException("events of kind " + kind + " must not come from this operator");
        }
        counter.add(1L);
        count.increment();
    }
}
