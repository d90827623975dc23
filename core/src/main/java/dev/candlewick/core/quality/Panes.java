package dev.candlewick.core.quality;

import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * First and last time, lowest and highest price and number of the trades of each pane, ascending; mutable, one thread.
 *
 * <p>A pane is at most a quarter second, so every pause of half a second stands between two panes and is decided exactly
 * by their last and first times.
 */
final class Panes {
    private static final int STRIDE = 5;
    private static final int FIRST = 0;
    private static final int LAST = 1;
    private static final int LOW = 2;
    private static final int HIGH = 3;
    private static final int COUNT = 4;

    private long[] panes = new long[2 * STRIDE];
    private int size;
    /** Start of the newest pane where it is known, which saves two divisions a trade; not part of the state. */
    private long newestStartNanos = Long.MAX_VALUE;

    int size() {
        return size;
    }

    long firstNanos(int pane) {
        return panes[pane * STRIDE + FIRST];
    }

    long lastNanos(int pane) {
        return panes[pane * STRIDE + LAST];
    }

    long low(int pane) {
        return panes[pane * STRIDE + LOW];
    }

    long high(int pane) {
        return panes[pane * STRIDE + HIGH];
    }

    long count(int pane) {
        return panes[pane * STRIDE + COUNT];
    }

    void add(long timeNanos, long price, long paneNanos) {
        if (timeNanos >= newestStartNanos && timeNanos - newestStartNanos < paneNanos) {
            take(size - 1, timeNanos, price);
            return;
        }
        long pane = Math.floorDiv(timeNanos, paneNanos);
        int at = size - 1;
        if (at >= 0) {
            long newest = Math.floorDiv(panes[at * STRIDE + FIRST], paneNanos);
            if (newest > pane) {
                at = search(pane, paneNanos);
            } else if (newest < pane) {
                at = -size - 1;
            }
        } else {
            at = -1;
        }
        if (at < 0) {
            insert(-at - 1, timeNanos, price);
            at = -at - 1;
        } else {
            take(at, timeNanos, price);
        }
        if (at == size - 1) {
            newestStartNanos = pane * paneNanos;
        }
    }

    private void take(int at, long timeNanos, long price) {
        int from = at * STRIDE;
        if (timeNanos < panes[from + FIRST]) {
            panes[from + FIRST] = timeNanos;
        }
        if (timeNanos > panes[from + LAST]) {
            panes[from + LAST] = timeNanos;
        }
        if (price < panes[from + LOW]) {
            panes[from + LOW] = price;
        }
        if (price > panes[from + HIGH]) {
            panes[from + HIGH] = price;
        }
        panes[from + COUNT]++;
    }

    private int search(long pane, long paneNanos) {
        int low = 0;
        int high = size - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = Math.floorDiv(panes[middle * STRIDE + FIRST], paneNanos);
            if (found == pane) {
                return middle;
            }
            if (found < pane) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    private void insert(int at, long timeNanos, long price) {
        if ((size + 1) * STRIDE > panes.length) {
            panes = Arrays.copyOf(panes, 2 * panes.length);
        }
        int from = at * STRIDE;
        System.arraycopy(panes, from, panes, from + STRIDE, (size - at) * STRIDE);
        panes[from + FIRST] = timeNanos;
        panes[from + LAST] = timeNanos;
        panes[from + LOW] = price;
        panes[from + HIGH] = price;
        panes[from + COUNT] = 1;
        size++;
    }

    Panes copy() {
        Panes copy = new Panes();
        copy.panes = panes.clone();
        copy.size = size;
        return copy;
    }

    void write(StateOutput out) {
        out.count(size);
        long time = 0;
        long price = 0;
        for (int i = 0; i < size; i++) {
            out.number(firstNanos(i), time);
            out.number(lastNanos(i), firstNanos(i));
            out.number(low(i), price);
            out.number(high(i), low(i));
            out.number(count(i));
            time = lastNanos(i);
            price = high(i);
        }
    }

    static Panes read(StateInput in) throws IOException {
        Panes read = new Panes();
        int size = in.count();
        if (size < 0 || size > 60_000) {
            throw new IOException("quality panes of a minute must number 0 to 60000, was " + size);
        }
        read.size = size;
        long time = 0;
        long price = 0;
        for (int i = 0; i < size; i++) {
            read.panes = StateInput.room(read.panes, (i + 1) * STRIDE, size * STRIDE);
            int at = i * STRIDE;
            read.panes[at + FIRST] = in.number(time);
            read.panes[at + LAST] = in.number(read.panes[at + FIRST]);
            read.panes[at + LOW] = in.number(price);
            read.panes[at + HIGH] = in.number(read.panes[at + LOW]);
            read.panes[at + COUNT] = in.number();
            time = read.lastNanos(i);
            price = read.high(i);
            boolean ordered = i == 0 || read.firstNanos(i) > read.lastNanos(i - 1);
            if (!ordered || read.lastNanos(i) < read.firstNanos(i) || read.high(i) < read.low(i) || read.count(i) < 1) {
                throw new IOException("quality panes must ascend with times and prices in order, was pane " + i + " at "
                        + read.firstNanos(i));
            }
        }
        return read;
    }
}
