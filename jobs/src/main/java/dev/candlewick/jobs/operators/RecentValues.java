package dev.candlewick.jobs.operators;

import java.util.Arrays;
import org.apache.flink.metrics.Histogram;
import org.apache.flink.metrics.HistogramStatistics;

/**
 * A histogram of the last {@value #SIZE} values; updated by one thread without allocating, read by any.
 *
 * <p>Display only: a reader may see a value half old, half new.
 */
final class RecentValues implements Histogram {
    private static final int SIZE = 1 << 10;

    private final long[] values = new long[SIZE];
    private volatile long count;

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void update(long value) {
        values[(int) count & (SIZE - 1)] = value;
        count++;
    }

    @Override
    public long getCount() {
        return count;
    }

    @Override
    public HistogramStatistics getStatistics() {
        long[] sorted = Arrays.copyOf(values, (int) Math.min(count, SIZE));
        Arrays.sort(sorted);
        return new Statistics(sorted);
    }

    private static final class Statistics extends HistogramStatistics {
        private final long[] sorted;

        Statistics(long[] sorted) {
            this.sorted = sorted;
        }

        /** The smallest value that at least the given share of all do not exceed. */
        @Override
        public double getQuantile(double quantile) {
            int at = (int) Math.ceil(quantile * sorted.length) - 1;
            return sorted.length == 0 ? 0 : sorted[Math.max(0, at)];
        }

        @Override
        public long[] getValues() {
            return sorted.clone();
        }

        @Override
        public int size() {
            return sorted.length;
        }

        @Override
        public double getMean() {
            return Arrays.stream(sorted).average().orElse(0);
        }

        @Override
        public double getStdDev() {
            double mean = getMean();
            return Math.sqrt(Arrays.stream(sorted)
                    .mapToDouble(value -> (value - mean) * (value - mean))
                    .average()
                    .orElse(0));
        }

        @Override
        public long getMax() {
            return sorted.length == 0 ? 0 : sorted[sorted.length - 1];
        }

        @Override
        public long getMin() {
            return sorted.length == 0 ? 0 : sorted[0];
        }
    }
}
