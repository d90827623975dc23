package dev.candlewick.jobs.config;

/** Whose trade messages are read (option {@code preset}). */
public enum MessagePreset {
    /** Messages with the canonical names. */
    NONE,
    /** The web socket of Binance. */
    BINANCE,
    /** The web sockets of Coinbase. */
    COINBASE,
    /** The web socket of Kraken. */
    KRAKEN
}
