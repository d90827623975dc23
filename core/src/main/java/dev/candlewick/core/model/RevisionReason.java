package dev.candlewick.core.model;

/** Why a revision of a published value came out; the names are stable codes. */
public enum RevisionReason {
    /** The first publication, at the end of the window. */
    CLOSED,
    /** A trade within the allowed lateness changed a published value. */
    LATE,
    /** The batch path replaced a value that differed from the archive. */
    HEAL
}
