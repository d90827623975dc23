package dev.candlewick.jobs.config;

/** Which rules on sale conditions apply (option {@code conditions}); engines are added here when they exist. */
public enum Conditions {
    /** Every trade counts in full. */
    NONE
}
