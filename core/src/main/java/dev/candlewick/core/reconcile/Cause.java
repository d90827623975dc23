package dev.candlewick.core.reconcile;

/** Why a value differs, as the evidence says; a closed list of stable codes. */
public enum Cause {
    /** The stream turned trades away as late by their partition's mark; the archive says which. */
    LATE,
    /** The stream turned trades away that came from a partition after it had been idle. */
    IDLE,
    /** The stream turned trades away that came from a partition that was discovered while it ran. */
    NEW_PARTITION,
    /** A trade was counted twice on one side. */
    DUPLICATE,
    /** The stream used trades that the archive does not have. */
    LOST_IN_ARCHIVE,
    /** A transaction of the stream was lost: all that it held is missing in the topics. */
    LOST_TRANSACTION,
    /** One side has a later correction of the value that the other lacks. */
    CORRECTION,
    /** The published value was made with other settings. */
    PROFILE,
    /** The same trades and settings give something else with the code of today. */
    CODE,
    /** Somebody changed, added or removed data after it was written. */
    ALTERED,
    /** Nothing explains it. */
    UNKNOWN;

    /** Whether the evidence explains the difference. */
    public boolean isExplained() {
        return this != UNKNOWN;
    }
}
