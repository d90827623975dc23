package dev.candlewick.jobs.config;

/** Which numbers of a feed are contiguous, so that a hole is missing trades (option {@code gap.sequence}). */
public enum GapSequence {
    /** The sequence number. */
    SEQUENCE,
    /** The trade id. */
    TRADE_ID,
    /** None: no sequence gaps. */
    OFF
}
