package dev.candlewick.core.ledger;

/** What is counted for each partition as read. */
public enum Counter {
    /** Messages read. */
    READ,
    /** Messages of another type or of an instrument that this run does not take. */
    FILTERED,
    /** Messages that broke a rule. */
    REJECTED,
    /** Further copies of accepted trades. */
    DUPLICATE,
    /** Trades turned away as late. */
    LATE,
    /** Trades taken into candles. */
    ACCEPTED;

    /** Number of counters. */
    public static final int COUNT = values().length;
}
