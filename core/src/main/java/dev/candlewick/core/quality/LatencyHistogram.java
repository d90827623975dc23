package dev.candlewick.core.quality;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A sparse log-linear histogram of signed nanoseconds: 16 steps per octave, counts only, so order and merges cannot
 * matter; mutable, one thread.
 *
 * <p>Values of magnitude below 16 have steps of their own. The layout is that of HdrHistogram with four significant
 * bits, with a mirror image for negative values.
 */
public final class LatencyHistogram {
    private static final int STEPS = 16;
    private static final int STEP_BITS = 4;
    /** A power of two: four octaves side by side. */
    private static final int HINTS = 4 * STEPS;

    private static final int HINTS_FROM = 8;
    private static final int BUCKET_MAX = (63 - STEP_BITS) * STEPS + STEPS;

    private int[] buckets = new int[8];
    private long[] counts = new long[8];
    private int size;
    private int last;
    /**
     * Where a step was found last, by its lowest bits; may be wrong, never outside of a byte. Not part of the state, and
     * there only once a search would take more than a few looks.
     */
    private byte @Nullable [] hints;

    private long count;
    private long min = Long.MAX_VALUE;
    private long max = Long.MIN_VALUE;

    /** How many values there are. */
    public long count() {
        return count;
    }

    /** Smallest value, {@link MinuteReport#ABSENT} where there is none. */
    public long min() {
        return count == 0 ? MinuteReport.ABSENT : min;
    }

    /** Largest value, {@link MinuteReport#ABSENT} where there is none. */
    public long max() {
        return count == 0 ? MinuteReport.ABSENT : max;
    }

    /** Step of a value; ascending with it. */
    static int bucketOf(long value) {
        if (value >= 0) {
            return magnitudeBucket(value);
        }
        return -1 - magnitudeBucket(value == Long.MIN_VALUE ? Long.MAX_VALUE : -value);
    }

    private static int magnitudeBucket(long magnitude) {
        if (magnitude < STEPS) {
            return (int) magnitude;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(magnitude);
        int step = (int) (magnitude >>> exponent - STEP_BITS) & STEPS - 1;
        return (exponent - STEP_BITS + 1) * STEPS + step;
    }

    /** Smallest value of a step. */
    static long lowerEnd(int bucket) {
        if (bucket >= 0) {
            return magnitude(bucket);
        }
        int mirrored = -1 - bucket;
        return mirrored == BUCKET_MAX - 1 ? -Long.MAX_VALUE : -(magnitude(mirrored + 1) - 1);
    }

    private static long magnitude(int bucket) {
        if (bucket < STEPS) {
            return bucket;
        }
        int exponent = bucket / STEPS - 1;
        return (long) (STEPS + bucket % STEPS) << exponent;
    }

    /** Counts a value. */
    public void add(long value) {
        count++;
        if (value < min) {
            min = value;
        }
        if (value > max) {
            max = value;
        }
        int bucket = bucketOf(value);
        if (last < size && buckets[last] == bucket) {
            counts[last]++;
            return;
        }
        byte[] known = hints;
        if (known != null) {
            int hinted = known[bucket & HINTS - 1] & 0xff;
            if (hinted < size && buckets[hinted] == bucket) {
                counts[hinted]++;
                last = hinted;
                return;
            }
        }
        int at = Arrays.binarySearch(buckets, 0, size, bucket);
        if (at < 0) {
            at = -at - 1;
            if (size == buckets.length) {
                buckets = Arrays.copyOf(buckets, 2 * size);
                counts = Arrays.copyOf(counts, 2 * size);
            }
            System.arraycopy(buckets, at, buckets, at + 1, size - at);
            System.arraycopy(counts, at, counts, at + 1, size - at);
            buckets[at] = bucket;
            counts[at] = 0;
            size++;
        }
        counts[at]++;
        last = at;
        if (known != null) {
            known[bucket & HINTS - 1] = (byte) at;
        } else if (size > HINTS_FROM) {
            hints = new byte[HINTS];
        }
    }

    /**
     * Lower end of the step that holds the ⌈percent · count / 100⌉-th smallest value, not below the smallest value;
     * {@link MinuteReport#ABSENT} where there is none.
     */
    public long quantile(int percent) {
        if (count == 0) {
            return MinuteReport.ABSENT;
        }
        long rank = Math.max(1, (percent * count + 99) / 100);
        long seen = 0;
        for (int i = 0; i < size; i++) {
            seen += counts[i];
            if (seen >= rank) {
                return Math.max(min, lowerEnd(buckets[i]));
            }
        }
        throw new IllegalStateException("counts of a histogram must add up to " + count + ", was " + seen);
    }

    LatencyHistogram copy() {
        LatencyHistogram copy = new LatencyHistogram();
        copy.buckets = buckets.clone();
        copy.counts = counts.clone();
        copy.size = size;
        copy.count = count;
        copy.min = min;
        copy.max = max;
        return copy;
    }

    void write(StateOutput out) {
        out.count(size);
        out.number(min);
        out.number(max);
        for (int i = 0; i < size; i++) {
            out.small(buckets[i]);
            out.number(counts[i]);
        }
    }

    static LatencyHistogram read(StateInput in) throws IOException {
        LatencyHistogram read = new LatencyHistogram();
        int size = in.count();
        if (size < 0 || size > 2 * BUCKET_MAX) {
            throw new IOException("latency histogram must have at most " + 2 * BUCKET_MAX + " steps, was " + size);
        }
        read.min = in.number();
        read.max = in.number();
        read.buckets = new int[Math.max(8, size)];
        read.counts = new long[Math.max(8, size)];
        read.size = size;
        for (int i = 0; i < size; i++) {
            read.buckets[i] = in.small();
            read.counts[i] = in.number();
            if (read.counts[i] < 1 || (i > 0 && read.buckets[i] <= read.buckets[i - 1])) {
                throw new IOException("steps of a latency histogram must ascend and count, was " + read.buckets[i]
                        + " with " + read.counts[i]);
            }
            read.count += read.counts[i];
        }
        return read;
    }
}
