package dev.candlewick.jobs.operators;

import java.io.Serializable;

/**
 * How the live tap runs; immutable.
 *
 * @param enabled off in bounded runs
 * @param maxRate records a second over all subtasks, positive
 */
public record LiveSettings(boolean enabled, int maxRate) implements Serializable {
    /** No live candles. */
    public static final LiveSettings OFF = new LiveSettings(false, 1);
}
