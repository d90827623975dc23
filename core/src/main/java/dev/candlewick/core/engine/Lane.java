package dev.candlewick.core.engine;

import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The windows of one interval that are not purged yet, ascending, and what is remembered of the purged ones; mutable.
 */
final class Lane {
    /** A time before every window. */
    static final long NONE = Long.MIN_VALUE;

    final long lengthNanos;
    final List<Window> windows;
    /** End of the last real window that was purged, {@link #NONE} before the first. */
    long lastRealEndNanos = NONE;
    /** Close of that window, at the instrument's scale. */
    long lastRealClose;
    /** Largest end of a purged window, fills included. */
    long purgedUntilNanos = NONE;
    /** The last answer of {@link #startOf}, which saves a division for nearly every trade; not part of the state. */
    private long recentStart;

    Lane(long lengthNanos) {
        this(lengthNanos, new ArrayList<>());
    }

    private Lane(long lengthNanos, List<Window> windows) {
        this.lengthNanos = lengthNanos;
        this.windows = windows;
    }

    long endNanos(Window window) {
        return window.startNanos + lengthNanos;
    }

    long startOf(long timeNanos) {
        long into = timeNanos - recentStart;
        // An overflow cannot hide here: it is negative, or the times are more than 292 years apart.
        if (into >= 0 && into < lengthNanos && timeNanos >= recentStart) {
            return recentStart;
        }
        long start = timeNanos - Math.floorMod(timeNanos, lengthNanos);
        recentStart = start;
        return start;
    }

    /** Index of the window that starts at a time, or −(insertion point) − 1; looks from the newest on. */
    int indexOf(long startNanos) {
        int i = windows.size() - 1;
        for (int steps = 0; i >= 0 && windows.get(i).startNanos > startNanos; steps++) {
            if (steps == 4) {
                return search(startNanos, i);
            }
            i--;
        }
        return i >= 0 && windows.get(i).startNanos == startNanos ? i : -(i + 1) - 1;
    }

    private int search(long startNanos, int to) {
        int low = 0;
        int high = to;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long found = windows.get(middle).startNanos;
            if (found == startNanos) {
                return middle;
            }
            if (found < startNanos) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -low - 1;
    }

    Lane copy() {
        List<Window> copies = new ArrayList<>(windows.size() + 2);
        for (Window window : windows) {
            copies.add(window.copy());
        }
        Lane copy = new Lane(lengthNanos, copies);
        copy.lastRealEndNanos = lastRealEndNanos;
        copy.lastRealClose = lastRealClose;
        copy.purgedUntilNanos = purgedUntilNanos;
        return copy;
    }

    void write(StateOutput out) {
        out.number(lengthNanos);
        out.number(lastRealEndNanos);
        out.number(lastRealClose);
        out.number(purgedUntilNanos, lastRealEndNanos);
        out.count(windows.size());
        long startNanos = 0;
        for (Window window : windows) {
            out.multiple(window.startNanos, startNanos, lengthNanos);
            window.write(out);
            startNanos = window.startNanos;
        }
    }

    static Lane read(StateInput in) throws IOException {
        long lengthNanos = in.number();
        if (lengthNanos <= 0) {
            throw new IOException("lane must have a positive interval, was " + lengthNanos + " ns");
        }
        Lane lane = new Lane(lengthNanos);
        lane.lastRealEndNanos = in.number();
        lane.lastRealClose = in.number();
        lane.purgedUntilNanos = in.number(lane.lastRealEndNanos);
        int count = in.count();
        if (count < 0 || count > 1 << 24) {
            throw new IOException("lane must hold 0 to 2^24 windows, was " + count);
        }
        long startNanos = 0;
        for (int i = 0; i < count; i++) {
            startNanos = in.multiple(startNanos, lengthNanos);
            Window window = Window.read(startNanos, in);
            boolean ascending = i == 0 || window.startNanos > lane.windows.get(i - 1).startNanos;
            if (!ascending || Math.floorMod(window.startNanos, lengthNanos) != 0) {
                throw new IOException(
                        "windows must be ascending and aligned to " + lengthNanos + " ns, was " + window.startNanos);
            }
            lane.windows.add(window);
        }
        return lane;
    }
}
