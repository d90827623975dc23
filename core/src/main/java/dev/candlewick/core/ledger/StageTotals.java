package dev.candlewick.core.ledger;

import java.util.Map;

/**
 * What one subtask of one stage has counted up to a checkpoint barrier, or to its end; immutable.
 *
 * @param stage which stage
 * @param subtask index of the subtask
 * @param checkpointId the barrier's checkpoint, or {@link #END}
 * @param partitions counters in the order of {@link Counter} by {@code source/partition}
 * @param intervals trades by interval index: open ones of the market stage, published ones of the outlet; else empty
 */
public record StageTotals(
        Stage stage, int subtask, long checkpointId, Map<String, long[]> partitions, long[] intervals) {
    /** Tag of totals at the end of the input. */
    public static final long END = -1;

    /** Where is counted. */
    public enum Stage {
        /** Behind the source: read, filtered, rejected, late. */
        STAMP,
        /** The keyed stage: duplicate, late behind a mark, accepted, and trades in open candles. */
        MARKET,
        /** In front of the sinks: trades in published candles. */
        OUTLET
    }
}
