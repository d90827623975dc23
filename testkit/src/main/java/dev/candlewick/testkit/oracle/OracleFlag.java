package dev.candlewick.testkit.oracle;

/** The closed list of candle flags, in the alphabetical order in which a candle prints them. */
public enum OracleFlag {
    /** The first fill.max windows of the gap in front of this candle were filled, the others were not. */
    FILL_TRUNCATED,
    /** An accepted trade has the id of another payload that is near in time and not in a later finest window. */
    ID_CONFLICT,
    /** A price is far from the median of the trades before it. */
    OUTLIER,
    /** Two rows without id are alike in everything that could tell them apart. */
    SUSPECT_DUP,
    /** No trade: a fill at the previous close. */
    SYNTHETIC,
    /** Trades with the first (or last) time, sequence and id have different prices. */
    TIE_AMBIGUOUS,
    /** Trades, but no volume; or a finer candle inside is so. */
    ZERO_VOLUME;

    /** Whether a coarser candle has the flag when a candle that it is merged from has it. */
    boolean isInherited() {
        return this != TIE_AMBIGUOUS && this != SYNTHETIC;
    }
}
