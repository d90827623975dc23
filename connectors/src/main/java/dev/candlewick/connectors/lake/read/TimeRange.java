package dev.candlewick.connectors.lake.read;

import java.io.Serial;
import java.io.Serializable;

/**
 * A half-open range of event time in nanoseconds since the epoch; immutable.
 *
 * @param fromNanos first nanosecond in it
 * @param toNanos first nanosecond after it
 */
public record TimeRange(long fromNanos, long toNanos) implements Serializable {
    /** All time. */
    public static final TimeRange ALL = new TimeRange(Long.MIN_VALUE, Long.MAX_VALUE);

    @Serial
    private static final long serialVersionUID = 1L;

    /** Checks the order. */
    public TimeRange {
        if (fromNanos >= toNanos) {
            throw new IllegalArgumentException(
                    "time range must begin before it ends, was " + fromNanos + " to " + toNanos);
        }
    }

    /** Whether it has no bounds; then rows without a time belong to it too. */
    public boolean isAll() {
        return fromNanos == Long.MIN_VALUE && toNanos == Long.MAX_VALUE;
    }

    /** Whether a time lies in it. */
    public boolean contains(long nanos) {
        return nanos >= fromNanos && nanos < toNanos || isAll();
    }

    /** Whether a time from the least to the largest of a file or row group may lie in it. */
    public boolean overlaps(long minNanos, long maxNanos) {
        return maxNanos >= fromNanos && minNanos < toNanos || isAll();
    }

    /** The range with more time at both ends, as far as 64 bits go. */
    public TimeRange widened(long beforeNanos, long afterNanos) {
        long from = fromNanos - beforeNanos;
        long to = toNanos + afterNanos;
        return new TimeRange(from > fromNanos ? Long.MIN_VALUE : from, to < toNanos ? Long.MAX_VALUE : to);
    }
}
