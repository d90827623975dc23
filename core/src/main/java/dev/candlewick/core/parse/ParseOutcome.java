package dev.candlewick.core.parse;

/** What became of parsing one number. */
public enum ParseOutcome {
    /** The value was read exactly. */
    OK,
    /** The text is not a number of the accepted grammar, or is longer than the limit. */
    UNPARSABLE,
    /** The value has more significant decimals than the scale holds. */
    PRECISION,
    /** The value does not fit into a signed 64-bit integer (at the scale). */
    RANGE
}
