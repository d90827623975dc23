package dev.candlewick.core.time;

import java.io.Serializable;

/**
 * The length of a candle's window in nanoseconds, with the name that topics and lake paths carry; immutable.
 *
 * <p>Windows are {@code [start, end)} in UTC, labelled by their start, aligned by floor division, so that they are right
 * before the epoch too.
 *
 * @param name for example {@code 1s}, {@code 15m}
 * @param nanos a positive multiple of one millisecond
 */
public record Interval(String name, long nanos) implements Serializable {
    /** Nanoseconds in a second. */
    public static final long SECOND_NANOS = 1_000_000_000L;

    /** Nanoseconds in a millisecond. */
    public static final long MILLI_NANOS = 1_000_000L;

    /** Checks the length. */
    public Interval {
        if (nanos <= 0 || nanos % MILLI_NANOS != 0) {
            throw new IllegalArgumentException(
                    "interval must be a positive multiple of 1 ms, was " + nanos + " ns (interval=" + name + ")");
        }
    }

    /**
     * Reads a length such as {@code 250ms}, {@code 10s}, {@code 5m}, {@code 1h}.
     *
     * @throws IllegalArgumentException where the text is not a whole number and one of these units
     */
    public static Interval parse(String text) {
        String name = text.strip();
        int split = 0;
        while (split < name.length() && name.charAt(split) >= '0' && name.charAt(split) <= '9') {
            split++;
        }
        long unit = switch (name.substring(split)) {
            case "ms" -> MILLI_NANOS;
            case "s" -> SECOND_NANOS;
            case "m" -> 60 * SECOND_NANOS;
            case "h" -> 3_600 * SECOND_NANOS;
            default -> 0;
        };
        if (split == 0 || split > 9 || unit == 0) {
            throw new IllegalArgumentException(
                    "interval must be a whole number and one of ms, s, m, h, was '" + text + "' (example: 10s)");
        }
        return new Interval(name, Math.multiplyExact(Long.parseLong(name.substring(0, split)), unit));
    }

    /** Start of the window that holds the given time. */
    public long startOf(long timeNanos) {
        return timeNanos - Math.floorMod(timeNanos, nanos);
    }

    /** First nanosecond after the window that holds the given time. */
    public long endOf(long timeNanos) {
        return startOf(timeNanos) + nanos;
    }

    @Override
    public String toString() {
        return name;
    }
}
