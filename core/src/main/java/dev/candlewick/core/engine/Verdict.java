package dev.candlewick.core.engine;

/** What the keyed stage decided about one trade that its stamp did not turn away. */
public enum Verdict {
    /** Taken into its candles. */
    ACCEPTED,
    /** A further copy of an accepted trade. */
    DUPLICATE,
    /** Its window is gone because its partition was idle while time went on. */
    LATE_IDLE,
    /** Its window is gone because its partition was discovered after time had gone on. */
    LATE_NEW_PARTITION
}
