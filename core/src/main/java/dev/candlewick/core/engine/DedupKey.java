package dev.candlewick.core.engine;

/** What makes two trades copies of each other (option {@code dedup.key}). */
public enum DedupKey {
    /** Venue, symbol, id, event time, price and size; rows without an id are never copies, but suspects. */
    TRADE_ID,
    /** Venue, symbol, event time, price, size, side and conditions; ids play no part, in the digest neither. */
    FINGERPRINT,
    /** Nothing: every trade is accepted. */
    NONE
}
