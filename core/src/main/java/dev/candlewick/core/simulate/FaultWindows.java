package dev.candlewick.core.simulate;

/**
 * When a venue is silent or its clock is skewed: at most one window in each slice of event time. Stateless.
 *
 * <p>A slice has 2^35 ns. Its window begins 4 to 10 s after its beginning and ends within it. A skew is left out where this
 * slice or the one before has a silence.
 */
final class FaultWindows {
    /** For documentation: 2^35 ns. */
    static final String SLICE_SECONDS_TEXT = "34.36 s";

    static final int SLICE_BITS = 35;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long SKEW_NANOS_MIN = 50_000_000L;
    private static final long SKEW_NANOS_MAX = 800_000_000L;

    private final long seed;
    private final int venues;

    FaultWindows(long seed, int venues) {
        this.seed = seed ^ 0x511e7ce;
        this.venues = venues;
    }

    /** The slice of an event time. */
    static long slice(long timeNanos) {
        return timeNanos >> SLICE_BITS;
    }

    /** The venue that falls silent in a slice, −1 for none. One venue alone is never silenced. */
    int silentVenue(long slice, FaultRates rates) {
        if (venues < 2) {
            return -1;
        }
        return venue(Mix.of(seed, slice, 0), rates.millionths(FaultKind.SILENCE));
    }

    /** The venue whose clock is skewed in a slice, −1 for none. */
    int skewedVenue(long slice, FaultRates rates) {
        if (rates.millionths(FaultKind.CLOCK_SKEW) == 0
                || silentVenue(slice, rates) >= 0
                || silentVenue(slice - 1, rates) >= 0) {
            return -1;
        }
        return venue(Mix.of(seed, slice, 1), rates.millionths(FaultKind.CLOCK_SKEW));
    }

    private int venue(long mixed, int millionths) {
        return Mix.below(mixed, 1_000_000) < millionths ? Mix.below(mixed << 32, venues) : -1;
    }

    /** When the window of a slice begins. */
    long from(long slice) {
        return (slice << SLICE_BITS) + 4 * SECOND_NANOS + Mix.below(Mix.of(seed, slice, 2), 6 * SECOND_NANOS);
    }

    /** When the window of a slice ends; 12 to 20 s after its beginning. */
    long to(long slice) {
        return from(slice) + 12 * SECOND_NANOS + Mix.below(Mix.of(seed, slice, 3), 8 * SECOND_NANOS);
    }

    /** How far a skewed clock runs behind. */
    long skewNanos(long slice) {
        return SKEW_NANOS_MIN + Mix.below(Mix.of(seed, slice, 4), SKEW_NANOS_MAX - SKEW_NANOS_MIN);
    }
}
