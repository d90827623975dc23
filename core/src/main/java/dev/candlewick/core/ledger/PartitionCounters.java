package dev.candlewick.core.ledger;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counters by partition as read; one thread counts, others may look. Counting does not allocate but for a partition's first
 * message.
 */
public final class PartitionCounters {
    /** Receives the counters of one partition. */
    @FunctionalInterface
    public interface CountersConsumer {
        /** Counters in the order of {@link Counter}, a copy. */
        void accept(int source, int partition, long[] counters);
    }

    private static final int CACHED = 64;

    /**
     * Longer than needed by two cache lines: with those of another task's thread on the same line, each count of the one
     * took the line from the other, a twentieth of the whole job's time.
     */
    private static final int LENGTH = Counter.COUNT + 2 * 64 / Long.BYTES;

    /** Read by metrics while another partition comes in. */
    private final Map<Long, long[]> counters = new ConcurrentHashMap<>();
    /** Some of the entries: behind the shuffle, records of all partitions alternate. */
    private final long[] cachedKeys = new long[CACHED];

    private final long[][] cached = new long[CACHED][];

    /** The counters of a partition, in the order of {@link Counter} from the first on; the caller may add to them. */
    public long[] of(int source, int partition) {
        long key = ((long) source << 32) | (partition & 0xffffffffL);
        int slot = (partition + 31 * source) & (CACHED - 1);
        long[] found = cached[slot];
        if (found == null || cachedKeys[slot] != key) {
            found = counters.computeIfAbsent(key, k -> new long[LENGTH]);
            cachedKeys[slot] = key;
            cached[slot] = found;
        }
        return found;
    }

    /** Adds one. */
    public void count(int source, int partition, Counter counter) {
        count(source, partition, counter, 1);
    }

    /** Adds so many. */
    public void count(int source, int partition, Counter counter, long times) {
        of(source, partition)[counter.ordinal()] += times;
    }

    /** Passes on the counters of every partition. */
    public void forEach(CountersConsumer consumer) {
        counters.forEach((key, values) ->
                consumer.accept((int) (key >> 32), key.intValue(), Arrays.copyOf(values, Counter.COUNT)));
    }
}
