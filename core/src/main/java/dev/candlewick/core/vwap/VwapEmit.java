package dev.candlewick.core.vwap;

/** For which whole seconds T a rolling VWAP row is published (option {@code vwap.emit}). */
public enum VwapEmit {
    /** Where [T − 1 s, T) holds an accepted trade. */
    ACTIVE,
    /** Also where only older trades of [T − 5 min, T) remain. */
    EVERY_SECOND,
    /** None. */
    OFF
}
