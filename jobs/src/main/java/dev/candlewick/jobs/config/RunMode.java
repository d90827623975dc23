package dev.candlewick.jobs.config;

/** How the job runs (option {@code mode}). */
public enum RunMode {
    /** Bounded input in Flink's BATCH runtime mode. */
    BATCH,
    /** Flink's STREAMING runtime mode, over bounded or unbounded input. */
    STREAMING
}
