package dev.candlewick.core.quality;

/** Which numbers of an instrument are contiguous, so that a hole means missing trades (option {@code gap.sequence}). */
public enum GapSequence {
    /** The feed's sequence number. */
    SEQUENCE,
    /** The trade id, where it is a number. */
    TRADE_ID,
    /** None is: holes mean nothing. */
    OFF
}
