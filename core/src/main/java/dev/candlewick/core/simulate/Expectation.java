package dev.candlewick.core.simulate;

/** What must become of a message in a job with the plan's horizon, or of a trade that was never sent. */
public enum Expectation {
    /** Not a trade: counted and dropped. */
    FILTERED,
    /** Taken into its candles. */
    ACCEPTED,
    /** A further copy of an accepted trade. */
    DUPLICATE,
    /** Turned away as late by its partition's log. */
    LATE,
    /** Turned away with a reason. */
    REJECTED,
    /** A trade that happened and was never sent; another message stands at its position. */
    NOT_SENT
}
