package dev.candlewick.core.reconcile;

/** What kind of published value is compared; the names are stable codes. */
public enum ValueKind {
    /** A candle, from {@code candles.<interval>} and table {@code candles}. */
    CANDLE,
    /** A rolling five-minute VWAP, from {@code vwap.5m} and table {@code vwap}. */
    VWAP
}
