package dev.candlewick.core.quality;

/** Which rules look for outliers (option {@code outlier.rule}). */
public enum OutlierRule {
    /** Hampel's identifier with medians before, around and after. */
    HAMPEL,
    /** Mean and standard deviation of the trades before. */
    MEAN,
    /** Both, with events of their own. */
    BOTH
}
