package dev.candlewick.testkit.oracle;

import org.jspecify.annotations.Nullable;

/**
 * What became of one trade record.
 *
 * <p>Where copies of one trade lie in several partitions, which of them is the accepted one depends on how a job
 * interleaves the partitions; the oracle takes the partitions one after the other in the order given. Everything else
 * in a verdict depends on the record's own partition alone.
 *
 * @param trade the record
 * @param kind the verdict
 * @param reason the reject code, or null if not rejected
 * @param late whether the record is late by its partition's high-water mark; under {@code late = accept} a late record
 *     is nevertheless accepted or a duplicate; false if rejected
 * @param disorderNanos by how much the event time lies behind the high-water mark; 0 if it does not, or if rejected
 */
public record OracleVerdict(
        OracleTrade trade, Kind kind, @Nullable RejectReason reason, boolean late, long disorderNanos) {

    /** The verdicts, in the order in which they are judged. */
    public enum Kind {
        /** Turned away by validation; never moves event time. */
        REJECTED,
        /** Turned away because its windows are closed for good. */
        LATE,
        /** A further copy of an accepted trade: counts once only, but takes part in the order for open and close. */
        DUPLICATE,
        /** Counts. */
        ACCEPTED
    }

    /** The reject codes that can be judged on a parsed record, in the order in which they apply. */
    public enum RejectReason {
        /** Event time before event.time.min or after event.time.max. */
        TIME_RANGE,
        /** Event time later than receive time plus tolerance. */
        TIME_FUTURE,
        /** Without receive time: too far after the largest valid event time of the partition. */
        TIME_JUMP,
        /** Price 0 or less. */
        PRICE_NOT_POSITIVE,
        /** Size below 0, or 0 where the feed does not allow it. */
        SIZE_NOT_POSITIVE,
        /** More significant decimals than the instrument's scale. */
        PRECISION,
        /** Beyond 64 bits at the instrument's scale. */
        RANGE
    }
}
