package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.QualityKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/** Counts quality events by kind, as metrics and as accumulators; for display, and for what a bounded run wrote. */
final class KindCounters {
    private final Map<QualityKind, LongCounter> counters = new EnumMap<>(QualityKind.class);

    KindCounters(RuntimeContext context, List<QualityKind> kinds) {
        MetricGroup group = context.getMetricGroup().addGroup("candlewick");
        for (QualityKind kind : kinds) {
            LongCounter counter = new LongCounter();
            counters.put(kind, counter);
            context.addAccumulator(accumulator(kind), counter);
            group.addGroup("kind", kind.name()).gauge("qualityEvents", (Gauge<Long>) counter::getLocalValuePrimitive);
        }
    }

    /** Name of the accumulator of a kind. */
    static String accumulator(QualityKind kind) {
        return "quality." + kind.name();
    }

    void count(QualityKind kind) {
        LongCounter counter = counters.get(kind);
        if (counter == null) {
            throw new IllegalStateException("events of kind " + kind + " must not come from this operator");
        }
        counter.add(1L);
    }
}
