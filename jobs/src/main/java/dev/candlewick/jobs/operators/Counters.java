package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.PartitionCounters;
import dev.candlewick.core.metric.JobMetric;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.util.ExceptionUtils;

/** Moves partition counters between memory, list state and metrics. */
final class Counters {
    /** A consumer that may fail. */
    @FunctionalInterface
    interface Failing<T> {
        void accept(T value) throws Exception;
    }

    private Counters() {}

    static <T> void unchecked(Failing<T> consumer, T value) {
        try {
            consumer.accept(value);
        } catch (Exception e) {
            ExceptionUtils.rethrow(e);
        }
    }

    static void restore(ListState<PartitionCount> state, PartitionCounters counters, SourceNames sources)
            throws Exception {
        for (PartitionCount restored : state.get()) {
            long[] counts = counters.of(sources.ordinal(restored.source()), restored.partition());
            for (int i = 0; i < Counter.COUNT; i++) {
                counts[i] += restored.counters()[i];
            }
        }
    }

    static void snapshot(ListState<PartitionCount> state, PartitionCounters counters, SourceNames sources)
            throws Exception {
        List<PartitionCount> entries = new ArrayList<>();
        counters.forEach((source, partition, values) ->
                entries.add(new PartitionCount(sources.name(source), partition, values)));
        state.update(entries);
    }

    /** A gauge over the counter of all partitions; from state, so a restart does not set it back. */
    static void register(
            Metrics metrics, JobMetric metric, PartitionCounters counters, Counter counter, String... labels) {
        LongSupplier sumOf = () -> {
            long[] sum = new long[1];
            counters.forEach((source, partition, values) -> sum[0] += values[counter.ordinal()]);
            return sum[0];
        };
        metrics.gauge(metric, sumOf, labels);
    }
}
