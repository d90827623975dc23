package dev.candlewick.core.quality;

import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * A set of numbers as ascending ranges without touching neighbours, each with the earliest time of its first number and
 * the latest of its last; mutable, one thread.
 *
 * <p>Numbers that come in order extend the last range. Others wait in a heap of their own until they are a quarter of
 * the set, so that a million numbers in random order cost their sorting and not their square.
 */
final class NumberRanges {
    private static final int STRIDE = 4;
    private static final int LOW = 0;
    private static final int HIGH = 1;
    private static final int LOW_TIME = 2;
    private static final int HIGH_TIME = 3;
    private static final int WAITING_MIN = 64;

    private long[] ranges = new long[STRIDE];
    private int size;
    /** Pairs of number and time that are not in the ranges yet. */
    private long[] waiting = new long[0];

    private int waitingSize;

    void add(long number, long timeNanos) {
        if (size > 0) {
            int from = (size - 1) * STRIDE;
            long high = ranges[from + HIGH];
            if (number > high) {
                if (number - 1 == high) {
                    ranges[from + HIGH] = number;
                    ranges[from + HIGH_TIME] = timeNanos;
                    return;
                }
            } else if (number > ranges[from + LOW]) {
                if (number == high && timeNanos > ranges[from + HIGH_TIME]) {
                    ranges[from + HIGH_TIME] = timeNanos;
                }
                return;
            } else if (number < ranges[from + LOW]) {
                await(number, timeNanos);
                return;
            } else {
                ranges[from + LOW_TIME] = Math.min(ranges[from + LOW_TIME], timeNanos);
                if (number == high) {
                    ranges[from + HIGH_TIME] = Math.max(ranges[from + HIGH_TIME], timeNanos);
                }
                return;
            }
        }
        if ((size + 1) * STRIDE > ranges.length) {
            ranges = Arrays.copyOf(ranges, 2 * ranges.length);
        }
        int from = size * STRIDE;
        ranges[from + LOW] = number;
        ranges[from + HIGH] = number;
        ranges[from + LOW_TIME] = timeNanos;
        ranges[from + HIGH_TIME] = timeNanos;
        size++;
    }

    private void await(long number, long timeNanos) {
        if (2 * waitingSize == waiting.length) {
            waiting = Arrays.copyOf(waiting, Math.max(16, 2 * waiting.length));
        }
        waiting[2 * waitingSize] = number;
        waiting[2 * waitingSize + 1] = timeNanos;
        waitingSize++;
        if (waitingSize > Math.max(WAITING_MIN, size / 4)) {
            settle();
        }
    }

    /** Merges what waits into the ranges. */
    private void settle() {
        if (waitingSize == 0) {
            return;
        }
        PairSort.sort(waiting, waitingSize);
        long[] left = ranges;
        int leftSize = size;
        ranges = new long[(leftSize + waitingSize) * STRIDE];
        size = 0;
        int i = 0;
        int j = 0;
        while (i < leftSize || j < waitingSize) {
            if (j == waitingSize || (i < leftSize && left[i * STRIDE + LOW] <= waiting[2 * j])) {
                int from = i * STRIDE;
                join(left[from + LOW], left[from + HIGH], left[from + LOW_TIME], left[from + HIGH_TIME]);
                i++;
            } else {
                join(waiting[2 * j], waiting[2 * j], waiting[2 * j + 1], waiting[2 * j + 1]);
                j++;
            }
        }
        waitingSize = 0;
        if (size * STRIDE < ranges.length / 2) {
            ranges = Arrays.copyOf(ranges, Math.max(1, size) * STRIDE);
        }
    }

    /** Adds a range that does not begin before any other. */
    private void join(long low, long high, long lowTime, long highTime) {
        if (size > 0) {
            int from = (size - 1) * STRIDE;
            long lastHigh = ranges[from + HIGH];
            if (low <= lastHigh || low - 1 == lastHigh) {
                if (low == ranges[from + LOW]) {
                    ranges[from + LOW_TIME] = Math.min(ranges[from + LOW_TIME], lowTime);
                }
                if (high > lastHigh) {
                    ranges[from + HIGH] = high;
                    ranges[from + HIGH_TIME] = highTime;
                } else if (high == lastHigh) {
                    ranges[from + HIGH_TIME] = Math.max(ranges[from + HIGH_TIME], highTime);
                }
                return;
            }
        }
        int from = size * STRIDE;
        ranges[from + LOW] = low;
        ranges[from + HIGH] = high;
        ranges[from + LOW_TIME] = lowTime;
        ranges[from + HIGH_TIME] = highTime;
        size++;
    }

    int size() {
        settle();
        return size;
    }

    long low(int range) {
        return ranges[range * STRIDE + LOW];
    }

    long high(int range) {
        return ranges[range * STRIDE + HIGH];
    }

    long lowNanos(int range) {
        return ranges[range * STRIDE + LOW_TIME];
    }

    long highNanos(int range) {
        return ranges[range * STRIDE + HIGH_TIME];
    }

    NumberRanges copy() {
        NumberRanges copy = new NumberRanges();
        copy.ranges = ranges.clone();
        copy.size = size;
        copy.waiting = waiting.clone();
        copy.waitingSize = waitingSize;
        return copy;
    }

    void write(StateOutput out) {
        settle();
        out.count(size);
        long number = 0;
        long timeNanos = 0;
        for (int at = 0; at < size * STRIDE; at += STRIDE) {
            out.number(ranges[at + LOW], number);
            out.number(ranges[at + HIGH], ranges[at + LOW]);
            out.number(ranges[at + LOW_TIME], timeNanos);
            out.number(ranges[at + HIGH_TIME], ranges[at + LOW_TIME]);
            number = ranges[at + HIGH];
            timeNanos = ranges[at + HIGH_TIME];
        }
    }

    static NumberRanges read(StateInput in) throws IOException {
        NumberRanges read = new NumberRanges();
        int size = in.count();
        if (size < 0 || size > 1 << 26) {
            throw new IOException("ranges of numbers must be 0 to 2^26, was " + size);
        }
        read.size = size;
        long number = 0;
        long timeNanos = 0;
        for (int i = 0; i < size; i++) {
            read.ranges = StateInput.room(read.ranges, (i + 1) * STRIDE, size * STRIDE);
            int at = i * STRIDE;
            read.ranges[at + LOW] = in.number(number);
            read.ranges[at + HIGH] = in.number(read.ranges[at + LOW]);
            read.ranges[at + LOW_TIME] = in.number(timeNanos);
            read.ranges[at + HIGH_TIME] = in.number(read.ranges[at + LOW_TIME]);
            number = read.ranges[at + HIGH];
            timeNanos = read.ranges[at + HIGH_TIME];
            boolean apart = i == 0 || (read.low(i) > read.high(i - 1) && read.low(i) - 1 != read.high(i - 1));
            if (!apart || read.high(i) < read.low(i)) {
                throw new IOException(
                        "ranges of numbers must ascend without touching, was " + read.low(i) + " to " + read.high(i));
            }
        }
        return read;
    }
}
