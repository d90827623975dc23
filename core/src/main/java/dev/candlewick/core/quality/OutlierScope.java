package dev.candlewick.core.quality;

/** What the outlier rules run over (option {@code outlier.scope}). */
public enum OutlierScope {
    /** Every trade. */
    TRADE,
    /** Highest and lowest price of every quarter second. */
    PANE
}
