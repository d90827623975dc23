package dev.candlewick.core.model;

/**
 * Why a message was rejected; the names are stable codes that scripts and topics carry.
 *
 * <p>The constants stand in order of precedence: a message that breaks several rules has the first code that applies,
 * price before size (design section 4.5).
 */
public enum Reason {
    /** The bytes are not a message of the declared format, or a field's text is not of its type. */
    UNPARSABLE,
    /** A required field is absent, null or empty. */
    MISSING_FIELD,
    /** The event time lies before {@code event.time.min} or after {@code event.time.max}. */
    TIME_RANGE,
    /** The event time is later than the receive time (or the broker's time) plus {@code future.tolerance}. */
    TIME_FUTURE,
    /** Without another clock: the event time is more than {@code time.jump} after the partition's high-water mark. */
    TIME_JUMP,
    /** The feed lists its instruments and this symbol is not among them. */
    UNKNOWN_INSTRUMENT,
    /** The price is zero or negative. */
    PRICE_NOT_POSITIVE,
    /** The size is negative, or zero where the feed does not allow it. */
    SIZE_NOT_POSITIVE,
    /** More significant decimals than the instrument's scale holds. */
    PRECISION,
    /** The value at the instrument's scale does not fit into 64 bits. */
    RANGE
}
