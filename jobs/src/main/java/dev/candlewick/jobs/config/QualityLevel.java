package dev.candlewick.jobs.config;

/** Which quality rules run (option {@code quality}). */
public enum QualityLevel {
    /** None. */
    OFF,
    /** All but outliers. */
    DEFAULT,
    /** All. */
    FULL
}
