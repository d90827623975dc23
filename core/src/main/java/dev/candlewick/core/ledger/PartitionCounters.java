package dev.candlewick.core.ledger;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counters by partition as read; mutable, one thread. Counting does not allocate but for a partition's first message. */
public final class PartitionCounters {
    /** Receives the counters of one partition. */
    @FunctionalInterface
    public interface CountersConsumer {
        /** Counters in the order of {@link Counter}; the array belongs to the caller's counters and must not be kept. */
        void accept(int source, int partition, long[] counters);
    }

    private static final int CACHED = 64;

    private final Map<Long, long[]> counters = new HashMap<>();
    /** Some of the entries: behind the shuffle, records of all partitions alternate. */
    private final long[] cachedKeys = new long[CACHED];

    private final long[][] cached = new long[CACHED][];

    /** The entry asked for last: records come in long runs of one partition, and then nothing else need be touched. */
    private long lastKey;

    private long @Nullable [] last;

    /** The counters of a partition in the order of {@link Counter}; the caller may add to them. */
    public long[] of(int source, int partition) {
        long key = ((long) source << 32) | (partition & 0xffffffffL);
        long[] same = last;
        if (same != null && lastKey == key) {
            return same;
        }
        int slot = (partition + 31 * source) & (CACHED - 1);
        long[] found = cached[slot];
        if (found == null || cachedKeys[slot] != key) {
            found = counters.computeIfAbsent(key, k -> new long[Counter.COUNT]);
            cachedKeys[slot] = key;
            cached[slot] = found;
        }
        lastKey = key;
        last = found;
        return found;
    }

    /** Adds one. */
    public void count(int source, int partition, Counter counter) {
        of(source, partition)[counter.ordinal()]++;
    }

    /** Passes on the counters of every partition. */
    public void forEach(CountersConsumer consumer) {
        counters.forEach((key, values) -> consumer.accept((int) (key >> 32), key.intValue(), values));
    }
}
