package dev.candlewick.core.ledger;

import java.util.Map;

/**
 * What one subtask of one stage has counted up to a checkpoint barrier, or to its end; immutable.
 *
 * @param stage which stage
 * @param subtask index of the subtask
 * @param checkpointId the barrier's checkpoint, {@link #END}, {@link #BETWEEN} where no barrier follows, or
 *     {@link #RESTORED}
 * @param partitions counters in the order of {@link Counter} by {@code source/partition}
 * @param intervals trades by interval index: open ones of the market stage, published ones of the outlet; else empty
 */
public record StageTotals(
        Stage stage, int subtask, long checkpointId, Map<String, long[]> partitions, long[] intervals) {
    /** Tag of totals at the end of the input. */
    public static final long END = -1;

    /** Tag of a count that is sent at once; never of totals that are balanced. */
    public static final long BETWEEN = 0;

    /** Tag of what a subtask was restored with, sent once in front of the first barrier or the end; never balanced. */
    public static final long RESTORED = -2;

    /** Where is counted. */
    public enum Stage {
        /** Behind the source: read, filtered, rejected, late. */
        STAMP,
        /** The keyed stage: duplicate, late behind a mark, accepted, and trades in open candles. */
        MARKET,
        /** In front of the sinks: trades in published candles. */
        OUTLET,
        /** The keyed stage too: how many instruments the subtask holds, as the only number of {@link #intervals()}. */
        INSTRUMENTS
    }
}
