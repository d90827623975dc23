package dev.candlewick.local.picture;

/**
 * The time that a picture shows.
 *
 * @param from seconds since 1970, of the first sample
 * @param to seconds since 1970, of the last; behind {@code from}
 * @param step seconds between two samples, above 0
 */
public record TimeRange(long from, long to, long step) {
    public TimeRange {
        if (to <= from || step <= 0) {
            throw new IllegalArgumentException(
                    "a range must end behind its beginning and have a step, was " + from + " to " + to + " by " + step);
        }
    }

    /** A range of at most so many samples. */
    public static TimeRange of(long from, long to, int samples) {
        return new TimeRange(from, to, Math.max(1, (to - from + samples - 1) / samples));
    }

    /** The same time with other samples, at most so many. */
    TimeRange withSamples(int samples) {
        return of(from, to, samples);
    }

    double length() {
        return to - from;
    }
}
