package dev.candlewick.core.vwap;

import dev.candlewick.core.number.Int128;
import dev.candlewick.core.state.StateInput;
import dev.candlewick.core.state.StateOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.LongToIntFunction;

/**
 * The seconds of one instrument that hold trades, as exact sums, and the rows published from them; mutable, one thread.
 *
 * <p>Row T covers [T − 300 s, T) and belongs to the pane of second T − 1 s. A row's value changes exactly when the number
 * of trades in its window changes, because accepted trades are only ever added. All panes stand in one primitive array,
 * ascending, so that copies and snapshots are cheap.
 */
public final class VwapPanes {
    /** Length of the rolling window. */
    public static final long WINDOW_NANOS = 300_000_000_000L;

    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int STRIDE = 8;
    private static final int SECOND = 0;
    private static final int TRADES = 1;
    private static final int VOLUME_HIGH = 2;
    private static final int VOLUME_LOW = 3;
    private static final int NOTIONAL_HIGH = 4;
    private static final int NOTIONAL_LOW = 5;
    private static final int REVISION = 6;
    private static final int PUBLISHED_TRADES = 7;

    /** Receives a row that is published. */
    @FunctionalInterface
    public interface RowOutput {
        /** One row; {@code revision} 0 is the first publication. */
        void row(long atNanos, Int128 volume, Int128 notional, long trades, int revision);
    }

    private long[] panes = new long[4 * STRIDE];
    private int from;
    private int to;

    /** Rows up to this T were considered for publication. */
    private long doneUntilNanos = Long.MIN_VALUE;
    /** Panes that ended up to here were dropped; a row that reaches before it can no longer be computed. */
    private long droppedUntilNanos = Long.MIN_VALUE;
    /** Smallest and largest second that changed at or before {@link #doneUntilNanos}. */
    private long dirtyFromNanos = Long.MAX_VALUE;

    private long dirtyToNanos = Long.MIN_VALUE;

    /** Running sum over the panes in [sumFrom, sumTo), both offsets into the array; invalid where sumTo is −1. */
    private int sumFrom;

    private int sumTo = -1;
    private long sumTrades;
    private long sumVolumeHigh;
    private long sumVolumeLow;
    private long sumNotionalHigh;
    private long sumNotionalLow;

    /** Panes of its own with the same content. */
    public VwapPanes copy() {
        VwapPanes copy = new VwapPanes();
        copy.panes = Arrays.copyOfRange(panes, from, Math.max(to, from + 4 * STRIDE));
        copy.to = to - from;
        copy.doneUntilNanos = doneUntilNanos;
        copy.droppedUntilNanos = droppedUntilNanos;
        copy.dirtyFromNanos = dirtyFromNanos;
        copy.dirtyToNanos = dirtyToNanos;
        return copy;
    }

    /** Receives each pane as text. */
    @FunctionalInterface
    public interface PaneConsumer {
        /** One pane: sums as scaled integers, and what was published of its row. */
        void accept(long secondNanos, String text);
    }

    /** Passes on every pane, ascending. */
    public void forEach(PaneConsumer consumer) {
        for (int at = from; at < to; at += STRIDE) {
            consumer.accept(
                    panes[at + SECOND],
                    "trades=" + panes[at + TRADES] + " volume="
                            + new Int128(panes[at + VOLUME_HIGH], panes[at + VOLUME_LOW]) + " notional="
                            + new Int128(panes[at + NOTIONAL_HIGH], panes[at + NOTIONAL_LOW]) + " revision="
                            + panes[at + REVISION] + " published-trades=" + panes[at + PUBLISHED_TRADES]);
        }
    }

    /** What is remembered beside the panes, as text: up to where rows were considered and panes dropped, and what changed. */
    public String marks() {
        return "done-until=" + doneUntilNanos + " dropped-until=" + droppedUntilNanos + " dirty-from=" + dirtyFromNanos
                + " dirty-to=" + dirtyToNanos;
    }

    /** Number of panes kept. */
    public int size() {
        return (to - from) / STRIDE;
    }

    /** Whether a published row must come again. */
    public boolean isDirty() {
        return dirtyFromNanos != Long.MAX_VALUE;
    }

    /** Adds an accepted trade. */
    public void add(long eventTimeNanos, long priceScaled, long sizeScaled) {
        int at = to - STRIDE;
        long second = at >= from ? panes[at + SECOND] : 0;
        if (at < from || eventTimeNanos < second || eventTimeNanos - second >= SECOND_NANOS) {
            // Nearly all trades of a busy instrument fall into its newest second and need no division.
            second = eventTimeNanos - Math.floorMod(eventTimeNanos, SECOND_NANOS);
            at = floor(second);
            if (at < from || panes[at + SECOND] < second) {
                at = insert(at + STRIDE, second);
            }
        }
        panes[at + TRADES]++;
        addTo(panes, at + VOLUME_HIGH, 0, sizeScaled);
        addTo(panes, at + NOTIONAL_HIGH, Math.multiplyHigh(priceScaled, sizeScaled), priceScaled * sizeScaled);
        if (at < sumTo) {
            sumTo = -1;
        }
        if (second < doneUntilNanos) {
            dirtyFromNanos = Math.min(dirtyFromNanos, second);
            dirtyToNanos = Math.max(dirtyToNanos, second);
        }
    }

    /** Offset of the last pane that starts at or before a second; below {@link #from} where there is none. */
    private int floor(long second) {
        int at = to - STRIDE;
        for (int steps = 0; at >= from && panes[at + SECOND] > second; steps++) {
            if (steps == 4) {
                int low = 0;
                int high = (at - from) / STRIDE;
                while (low <= high) {
                    int middle = (low + high) >>> 1;
                    if (panes[from + middle * STRIDE + SECOND] <= second) {
                        low = middle + 1;
                    } else {
                        high = middle - 1;
                    }
                }
                return from + high * STRIDE;
            }
            at -= STRIDE;
        }
        return at;
    }

    private static void addTo(long[] words, int at, long high, long low) {
        long sum = words[at + 1] + low;
        words[at] += high + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
        words[at + 1] = sum;
    }

    private int insert(int at, long second) {
        if (to == panes.length) {
            // Room is taken back from dropped panes first; only then the array grows.
            int used = to - from;
            long[] grown = used > panes.length / 2 ? new long[panes.length * 2] : panes;
            System.arraycopy(panes, from, grown, 0, used);
            panes = grown;
            at -= from;
            if (sumTo >= 0) {
                sumTo -= from;
                sumFrom -= from;
            }
            from = 0;
            to = used;
        }
        System.arraycopy(panes, at, panes, at + STRIDE, to - at);
        Arrays.fill(panes, at, at + STRIDE, 0);
        panes[at + SECOND] = second;
        panes[at + REVISION] = -1;
        to += STRIDE;
        if (at < sumTo) {
            sumTo = -1;
        }
        return at;
    }

    /**
     * Publishes every row that is due or changed.
     *
     * @param untilNanos rows with T up to this one are due; a whole second or {@link Long#MAX_VALUE}
     */
    public void publish(long untilNanos, VwapEmit emit, RowOutput output) {
        if (emit == VwapEmit.ACTIVE) {
            publishActive(untilNanos, output);
        } else {
            publishEverySecond(untilNanos, output);
        }
        dirtyFromNanos = Long.MAX_VALUE;
        dirtyToNanos = Long.MIN_VALUE;
        if (untilNanos != Long.MAX_VALUE) {
            doneUntilNanos = Math.max(doneUntilNanos, untilNanos);
        } else if (to > from) {
            doneUntilNanos = Math.max(doneUntilNanos, panes[to - STRIDE + SECOND] + WINDOW_NANOS);
        }
    }

    private void publishActive(long untilNanos, RowOutput output) {
        long changedFrom = Math.min(dirtyFromNanos, doneUntilNanos);
        int at = to;
        while (at > from && panes[at - STRIDE + SECOND] >= changedFrom) {
            at -= STRIDE;
        }
        for (; at < to; at += STRIDE) {
            long row = panes[at + SECOND] + SECOND_NANOS;
            if (row > untilNanos) {
                return;
            }
            if (panes[at + REVISION] < 0 || panes[at + SECOND] < dirtyReach()) {
                publishRow(at, output);
            }
        }
    }

    /** First second whose row no changed pane can reach. */
    private long dirtyReach() {
        return isDirty() ? dirtyToNanos + WINDOW_NANOS : Long.MIN_VALUE;
    }

    private void publishEverySecond(long untilNanos, RowOutput output) {
        if (to == from) {
            return;
        }
        long firstRow = panes[from + SECOND] + SECOND_NANOS;
        long row = Math.max(firstRow, Math.min(addSecond(doneUntilNanos), addSecond(dirtyFromNanos)));
        long reach = dirtyReach();
        int at = from;
        while (row <= untilNanos) {
            while (at < to && panes[at + SECOND] < row - SECOND_NANOS) {
                at += STRIDE;
            }
            if (row > doneUntilNanos || row <= reach) {
                long held = sum(row, at < to && panes[at + SECOND] == row - SECOND_NANOS ? at + STRIDE : at);
                if (held == 0) {
                    // Nothing within five minutes before this row: go on with the next pane, or end.
                    while (at < to && panes[at + TRADES] == 0) {
                        at += STRIDE;
                    }
                    if (at >= to) {
                        return;
                    }
                    row = Math.max(addSecond(row), addSecond(panes[at + SECOND]));
                    continue;
                }
                if (at >= to || panes[at + SECOND] != row - SECOND_NANOS) {
                    at = insert(at, row - SECOND_NANOS);
                }
                publishRow(at, output);
            }
            row = addSecond(row);
        }
    }

    private static long addSecond(long nanos) {
        return nanos >= Long.MAX_VALUE - SECOND_NANOS ? Long.MAX_VALUE : nanos + SECOND_NANOS;
    }

    private void publishRow(int at, RowOutput output) {
        long row = panes[at + SECOND] + SECOND_NANOS;
        if (row - WINDOW_NANOS < droppedUntilNanos) {
            // Reached only by a trade of a partition that was idle: part of its window is gone, and a missing row is
            // found and healed, a wrong one is believed.
            return;
        }
        long trades = sum(row, at + STRIDE);
        if (trades == panes[at + PUBLISHED_TRADES] && panes[at + REVISION] >= 0) {
            return;
        }
        panes[at + PUBLISHED_TRADES] = trades;
        panes[at + REVISION]++;
        output.row(
                row, new Int128(sumVolumeHigh, sumVolumeLow), new Int128(sumNotionalHigh, sumNotionalLow), trades, (int)
                        panes[at + REVISION]);
    }

    /** Moves the running sum to the window of a row whose panes end before the given offset; returns its trades. */
    private long sum(long row, int end) {
        if (sumTo < 0 || sumTo > end) {
            sumFrom = from;
            sumTo = from;
            sumTrades = 0;
            sumVolumeHigh = 0;
            sumVolumeLow = 0;
            sumNotionalHigh = 0;
            sumNotionalLow = 0;
            while (sumFrom < end && panes[sumFrom + SECOND] < row - WINDOW_NANOS) {
                sumFrom += STRIDE;
            }
            sumTo = sumFrom;
        } else if (sumFrom > from && panes[sumFrom - STRIDE + SECOND] >= row - WINDOW_NANOS) {
            // The row lies before the one summed last.
            sumTo = -1;
            return sum(row, end);
        }
        while (sumTo < end) {
            sumTrades += panes[sumTo + TRADES];
            long low = sumVolumeLow + panes[sumTo + VOLUME_LOW];
            sumVolumeHigh += panes[sumTo + VOLUME_HIGH] + (Long.compareUnsigned(low, sumVolumeLow) < 0 ? 1 : 0);
            sumVolumeLow = low;
            low = sumNotionalLow + panes[sumTo + NOTIONAL_LOW];
            sumNotionalHigh += panes[sumTo + NOTIONAL_HIGH] + (Long.compareUnsigned(low, sumNotionalLow) < 0 ? 1 : 0);
            sumNotionalLow = low;
            sumTo += STRIDE;
        }
        while (sumFrom < sumTo && panes[sumFrom + SECOND] < row - WINDOW_NANOS) {
            sumTrades -= panes[sumFrom + TRADES];
            long low = panes[sumFrom + VOLUME_LOW];
            sumVolumeHigh -= panes[sumFrom + VOLUME_HIGH] + (Long.compareUnsigned(sumVolumeLow, low) < 0 ? 1 : 0);
            sumVolumeLow -= low;
            low = panes[sumFrom + NOTIONAL_LOW];
            sumNotionalHigh -= panes[sumFrom + NOTIONAL_HIGH] + (Long.compareUnsigned(sumNotionalLow, low) < 0 ? 1 : 0);
            sumNotionalLow -= low;
            sumFrom += STRIDE;
        }
        return sumTrades;
    }

    /**
     * The smallest T of a row that is due next, {@link Long#MAX_VALUE} where none is.
     *
     * <p>Under {@link VwapEmit#EVERY_SECOND} it is the next second as long as the window holds a trade.
     */
    public long nextRowNanos(VwapEmit emit) {
        if (to == from) {
            return Long.MAX_VALUE;
        }
        if (emit == VwapEmit.EVERY_SECOND) {
            int last = to - STRIDE;
            while (last >= from && panes[last + TRADES] == 0) {
                last -= STRIDE;
            }
            if (last < from || doneUntilNanos >= panes[last + SECOND] + WINDOW_NANOS) {
                return Long.MAX_VALUE;
            }
            return Math.max(addSecond(doneUntilNanos), panes[from + SECOND] + SECOND_NANOS);
        }
        long next = Long.MAX_VALUE;
        for (int at = to - STRIDE; at >= from && panes[at + SECOND] >= doneUntilNanos; at -= STRIDE) {
            next = panes[at + SECOND] + SECOND_NANOS;
        }
        return next;
    }

    /** Start of the oldest pane, {@link Long#MAX_VALUE} where there is none. */
    public long oldestNanos() {
        return to == from ? Long.MAX_VALUE : panes[from + SECOND];
    }

    /** Drops panes that start before the bound. */
    public void drop(long beforeNanos) {
        while (from < to && panes[from + SECOND] < beforeNanos) {
            droppedUntilNanos = Math.max(droppedUntilNanos, panes[from + SECOND] + SECOND_NANOS);
            from += STRIDE;
        }
        if (sumTo >= 0 && sumFrom < from) {
            sumTo = -1;
        }
        if (from == to) {
            from = 0;
            to = 0;
            sumTo = -1;
            if (panes.length > 16 * STRIDE) {
                panes = new long[4 * STRIDE];
            }
        }
    }

    /** Looks up the last revision of a row that was published with so many trades, −1 where it was not. */
    @FunctionalInterface
    public interface RevisionOfValue {
        /** The revision. */
        int of(long atNanos, long trades);
    }

    /**
     * Gives published rows the revision numbers that they had where they were published before.
     *
     * @param sameValue revision of a row of the same value
     * @param last last revision of any value of a row, −1 where it was never published
     * @param again whether a row that was not published with its value comes again
     * @return how many rows got another number, and how many come again
     */
    public long[] takeRevisions(RevisionOfValue sameValue, LongToIntFunction last, boolean again) {
        long[] counts = new long[2];
        for (int at = from; at < to; at += STRIDE) {
            if (panes[at + REVISION] < 0) {
                continue;
            }
            long row = panes[at + SECOND] + SECOND_NANOS;
            int revision = sameValue.of(row, panes[at + PUBLISHED_TRADES]);
            if (revision >= 0) {
                counts[0] += revision == panes[at + REVISION] ? 0 : 1;
                panes[at + REVISION] = revision;
            } else if (again) {
                panes[at + REVISION] = Math.max(panes[at + REVISION], last.applyAsInt(row));
                panes[at + PUBLISHED_TRADES] = -1;
                dirtyFromNanos = Math.min(dirtyFromNanos, panes[at + SECOND]);
                dirtyToNanos = Math.max(dirtyToNanos, panes[at + SECOND]);
                counts[1]++;
            }
        }
        return counts;
    }

    /** Writes the panes. */
    public void write(StateOutput out) {
        out.number(doneUntilNanos);
        out.number(droppedUntilNanos, doneUntilNanos);
        out.number(dirtyFromNanos);
        out.number(dirtyToNanos);
        out.count(size());
        long second = 0;
        long published = 0;
        for (int at = from; at < to; at += STRIDE) {
            out.multiple(panes[at + SECOND], second, SECOND_NANOS);
            out.number(panes[at + TRADES]);
            out.number(panes[at + VOLUME_HIGH]);
            out.number(panes[at + VOLUME_LOW]);
            out.number(panes[at + NOTIONAL_HIGH]);
            out.number(panes[at + NOTIONAL_LOW]);
            out.number(panes[at + REVISION]);
            // A row's window shares all but two panes with that of the row before.
            out.number(panes[at + PUBLISHED_TRADES], published);
            second = panes[at + SECOND];
            published = panes[at + PUBLISHED_TRADES];
        }
    }

    /**
     * Reads panes.
     *
     * @throws IOException where the bytes break an invariant
     */
    public static VwapPanes read(StateInput in) throws IOException {
        VwapPanes read = new VwapPanes();
        read.doneUntilNanos = in.number();
        read.droppedUntilNanos = in.number(read.doneUntilNanos);
        read.dirtyFromNanos = in.number();
        read.dirtyToNanos = in.number();
        int count = in.count();
        if (count < 0 || count > 1 << 24) {
            throw new IOException("VWAP panes must number 0 to 2^24, was " + count);
        }
        read.to = count * STRIDE;
        long second = 0;
        long published = 0;
        for (int at = 0; at < read.to; at += STRIDE) {
            read.panes = StateInput.room(read.panes, at + STRIDE, read.to);
            second = in.multiple(second, SECOND_NANOS);
            read.panes[at + SECOND] = second;
            read.panes[at + TRADES] = in.number();
            read.panes[at + VOLUME_HIGH] = in.number();
            read.panes[at + VOLUME_LOW] = in.number();
            read.panes[at + NOTIONAL_HIGH] = in.number();
            read.panes[at + NOTIONAL_LOW] = in.number();
            read.panes[at + REVISION] = in.number();
            published = in.number(published);
            read.panes[at + PUBLISHED_TRADES] = published;
        }
        for (int at = 0; at < read.to; at += STRIDE) {
            boolean ascending = at == 0 || read.panes[at + SECOND] > read.panes[at - STRIDE + SECOND];
            boolean sane = Math.floorMod(read.panes[at + SECOND], SECOND_NANOS) == 0
                    && read.panes[at + TRADES] >= 0
                    && read.panes[at + VOLUME_HIGH] >= 0
                    && read.panes[at + NOTIONAL_HIGH] >= 0
                    && read.panes[at + REVISION] >= -1;
            if (!ascending || !sane) {
                throw new IOException("VWAP panes must be ascending whole seconds with sums that are not negative, was "
                        + read.panes[at + SECOND] + " (pane=" + at / STRIDE + ")");
            }
        }
        return read;
    }
}
