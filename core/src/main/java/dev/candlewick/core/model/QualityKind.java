package dev.candlewick.core.model;

/** What a quality event tells of; a closed list whose names are published, in topics, tables and metrics. */
public enum QualityKind {
    /** A pause of 500 ms to 5 s between two trades. */
    GAP_500MS,
    /** A pause of 5 s to 30 s between two trades. */
    GAP_5S,
    /** A pause of 30 s and more between two trades. */
    GAP_30S,
    /** Numbers of a contiguous sequence that no trade carries. */
    SEQUENCE_GAP,
    /** A venue without a trade while others have some. */
    SILENCE,
    /** The end of such a silence. */
    SILENCE_END,
    /** A price far from the medians before, around and after it. */
    OUTLIER,
    /** A price far from the rolling mean before it. */
    OUTLIER_MEAN,
    /** A price that does not move. */
    STALE_RUN,
    /** Trades of size zero in a minute. */
    ZERO_SIZE,
    /** Copies that were left out in a minute. */
    DUPLICATE,
    /** Equal rows without an id. */
    SUSPECT_DUP,
    /** One id with two payloads. */
    ID_CONFLICT
}
