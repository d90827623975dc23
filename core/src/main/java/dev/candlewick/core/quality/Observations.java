package dev.candlewick.core.quality;

import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Prices by (event time, price), the order that the outlier rules go by; mutable, one thread.
 *
 * <p>Equal pairs are interchangeable, so the order is a function of the set of trades. What comes out of order is sorted
 * when somebody looks.
 */
final class Observations {
    /** Pairs of time and price. */
    private long[] pairs = new long[8];

    private int from;
    private int to;
    private boolean sorted = true;

    void add(long timeNanos, long price) {
        if (2 * to == pairs.length) {
            int kept = to - from;
            long[] wider = 2 * kept > pairs.length / 2 ? new long[2 * pairs.length] : pairs;
            System.arraycopy(pairs, 2 * from, wider, 0, 2 * kept);
            pairs = wider;
            from = 0;
            to = kept;
        }
        if (sorted && to > from) {
            sorted = PairSort.compare(pairs[2 * to - 2], pairs[2 * to - 1], timeNanos, price) <= 0;
        }
        pairs[2 * to] = timeNanos;
        pairs[2 * to + 1] = price;
        to++;
    }

    private void sort() {
        if (!sorted) {
            if (from > 0) {
                System.arraycopy(pairs, 2 * from, pairs, 0, 2 * (to - from));
                to -= from;
                from = 0;
            }
            PairSort.sort(pairs, to);
            sorted = true;
        }
    }

    int size() {
        sort();
        return to - from;
    }

    long timeNanos(int index) {
        return pairs[2 * (from + index)];
    }

    long price(int index) {
        return pairs[2 * (from + index) + 1];
    }

    /** Index of the first observation that is not before a time. */
    int indexOf(long timeNanos) {
        sort();
        int low = 0;
        int high = to - from;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (timeNanos(middle) < timeNanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Drops the oldest observations. */
    void drop(int count) {
        sort();
        from += count;
        if (from == to) {
            from = 0;
            to = 0;
        }
        if (pairs.length > 512 && 16 * (to - from) < pairs.length) {
            pairs = Arrays.copyOfRange(pairs, 2 * from, Math.max(2 * to, 2 * from + 8));
            to -= from;
            from = 0;
        }
    }

    /** Drops all from an index on. */
    void truncate(int size) {
        sort();
        to = from + size;
    }

    Observations copy() {
        Observations copy = new Observations();
        copy.pairs = pairs.clone();
        copy.from = from;
        copy.to = to;
        copy.sorted = sorted;
        return copy;
    }

    void write(StateOutput out) {
        sort();
        out.count(to - from);
        long time = 0;
        long price = 0;
        for (int i = 2 * from; i < 2 * to; i += 2) {
            out.number(pairs[i], time);
            out.number(pairs[i + 1], price);
            time = pairs[i];
            price = pairs[i + 1];
        }
    }

    static Observations read(StateInput in) throws IOException {
        Observations read = new Observations();
        int size = in.count();
        if (size < 0 || size > 1 << 28) {
            throw new IOException("observations must number 0 to 2^28, was " + size);
        }
        long time = 0;
        long price = 0;
        for (int i = 0; i < 2 * size; i += 2) {
            read.pairs = StateInput.room(read.pairs, i + 2, 2 * size);
            time = in.number(time);
            price = in.number(price);
            read.pairs[i] = time;
            read.pairs[i + 1] = price;
        }
        read.to = size;
        for (int i = 1; i < size; i++) {
            if (PairSort.compare(read.timeNanos(i - 1), read.price(i - 1), read.timeNanos(i), read.price(i)) > 0) {
                throw new IOException(
                        "observations must ascend, was " + read.timeNanos(i) + " behind " + read.timeNanos(i - 1));
            }
        }
        return read;
    }
}
