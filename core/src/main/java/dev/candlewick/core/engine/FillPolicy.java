package dev.candlewick.core.engine;

/** What happens to windows without a trade (option {@code fill}). */
public enum FillPolicy {
    /** Nothing is published for them. */
    OMIT,
    /** A flat candle at the previous close, once the next real candle of the interval closes. */
    CARRY
}
