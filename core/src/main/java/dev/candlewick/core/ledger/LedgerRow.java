package dev.candlewick.core.ledger;

import java.io.Serializable;

/**
 * One line of the double entry; immutable.
 *
 * <p>A line of a partition has {@code residual = read − filtered − rejected − duplicate − late − accepted}; a line of an
 * interval has {@code residual = accepted − published − open}. Columns that do not apply are zero.
 *
 * @param scope {@code partition} or {@code interval}
 * @param readPartition the partition as read, {@code source/partition}; empty on a line of an interval
 * @param interval the interval's name; empty on a line of a partition
 */
public record LedgerRow(
        String scope,
        String readPartition,
        String interval,
        long read,
        long filtered,
        long rejected,
        long duplicate,
        long late,
        long accepted,
        long published,
        long open,
        long residual)
        implements Serializable {
    /** Scope of lines that balance what was read from one partition. */
    public static final String PARTITION = "partition";

    /** Scope of lines that balance what one interval's candles hold. */
    public static final String INTERVAL = "interval";

    /** A line of a partition; counters stand in the order of {@link Counter}. */
    public static LedgerRow ofPartition(String readPartition, long[] counters) {
        long read = counters[Counter.READ.ordinal()];
        long filtered = counters[Counter.FILTERED.ordinal()];
        long rejected = counters[Counter.REJECTED.ordinal()];
        long duplicate = counters[Counter.DUPLICATE.ordinal()];
        long late = counters[Counter.LATE.ordinal()];
        long accepted = counters[Counter.ACCEPTED.ordinal()];
        return new LedgerRow(
                PARTITION,
                readPartition,
                "",
                read,
                filtered,
                rejected,
                duplicate,
                late,
                accepted,
                0,
                0,
                read - filtered - rejected - duplicate - late - accepted);
    }

    /** A line of an interval. */
    public static LedgerRow ofInterval(String interval, long accepted, long published, long open) {
        return new LedgerRow(
                INTERVAL, "", interval, 0, 0, 0, 0, 0, accepted, published, open, accepted - published - open);
    }
}
