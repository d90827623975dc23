package dev.candlewick.testkit.oracle;

import java.util.List;

/**
 * The double entry of a bounded run: every record read is filed once, every accepted trade is in one candle per
 * interval.
 *
 * @param partitions totals per partition as read, in order of the partitions
 * @param intervals totals per interval, the finest first
 */
public record OracleDoubleEntry(List<PartitionTotals> partitions, List<IntervalTotals> intervals) {
    /** Copies the lists. */
    public OracleDoubleEntry {
        partitions = List.copyOf(partitions);
        intervals = List.copyOf(intervals);
    }

    /**
     * Totals of one partition as read.
     *
     * <p>With copies across partitions only {@code duplicate + accepted} is the same in every run, and the sum of each
     * over all partitions.
     *
     * @param partition the partition
     * @param read records read
     * @param filtered records of another type; always 0 here
     * @param rejected records turned away by validation
     * @param duplicate further copies
     * @param late records turned away as late; 0 under {@code late = accept}
     * @param accepted records that count
     */
    public record PartitionTotals(
            int partition, long read, long filtered, long rejected, long duplicate, long late, long accepted) {
        /** Returns what is not accounted for; 0 in a correct run. */
        public long residual() {
            return read - filtered - rejected - duplicate - late - accepted;
        }
    }

    /**
     * Totals of one interval.
     *
     * @param interval the interval's name
     * @param accepted accepted trades of all partitions
     * @param published sum of the trades over the last state of all candles
     * @param open trades in candles not yet published; always 0 at the end of a bounded run
     */
    public record IntervalTotals(String interval, long accepted, long published, long open) {
        /** Returns what is not accounted for; 0 in a correct run. */
        public long residual() {
            return accepted - published - open;
        }
    }
}
