package dev.candlewick.benchmarks.system;

import java.util.TreeMap;

/** Counts of whole milliseconds, with exact quantiles; one thread. */
final class Latencies {
    private final TreeMap<Long, Long> counts = new TreeMap<>();
    private long count;

    void add(long millis) {
        counts.merge(millis, 1L, Long::sum);
        count++;
    }

    long count() {
        return count;
    }

    /** The smallest latency that at least this share of all do not exceed. */
    long quantile(double share) {
        long wanted = Math.max(1, (long) Math.ceil(share * count));
        long seen = 0;
        for (var each : counts.entrySet()) {
            seen += each.getValue();
            if (seen >= wanted) {
                return each.getKey();
            }
        }
        throw new IllegalStateException("latencies must have samples, had none");
    }
}
