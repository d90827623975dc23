package dev.candlewick.core.simulate;

/** When the market is open; times of day are UTC. */
public enum SessionPlan {
    /** Always: a day that never ends. */
    CONTINUOUS,
    /** Every day from 09:30 to 12:00 and from 13:00 to 16:00. */
    DAY;

    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final long DAY_NANOS = 24 * HOUR_NANOS;
    private static final long OPEN_NANOS = 9 * HOUR_NANOS + HOUR_NANOS / 2;
    private static final long MORNING_NANOS = 2 * HOUR_NANOS + HOUR_NANOS / 2;
    private static final long AFTERNOON_OPEN_NANOS = 13 * HOUR_NANOS;
    private static final long AFTERNOON_NANOS = 3 * HOUR_NANOS;

    /** Trading time that lies before a time of the calendar; counted from the epoch. */
    long tradedBefore(long timeNanos) {
        if (this == CONTINUOUS) {
            return timeNanos;
        }
        long day = Math.floorDiv(timeNanos, DAY_NANOS);
        long ofDay = Math.floorMod(timeNanos, DAY_NANOS);
        return day * (MORNING_NANOS + AFTERNOON_NANOS)
                + Math.max(0, Math.min(ofDay - OPEN_NANOS, MORNING_NANOS))
                + Math.max(0, Math.min(ofDay - AFTERNOON_OPEN_NANOS, AFTERNOON_NANOS));
    }

    /** The time of the calendar at which so much trading time has passed since the epoch; never in a break. */
    long timeAt(long tradedNanos) {
        if (this == CONTINUOUS) {
            return tradedNanos;
        }
        long day = Math.floorDiv(tradedNanos, MORNING_NANOS + AFTERNOON_NANOS);
        long ofDay = Math.floorMod(tradedNanos, MORNING_NANOS + AFTERNOON_NANOS);
        return day * DAY_NANOS
                + (ofDay < MORNING_NANOS ? OPEN_NANOS + ofDay : AFTERNOON_OPEN_NANOS + ofDay - MORNING_NANOS);
    }

    /** Whether the market is open at a time. */
    public boolean isOpen(long timeNanos) {
        return tradedBefore(timeNanos + 1) > tradedBefore(timeNanos);
    }
}
