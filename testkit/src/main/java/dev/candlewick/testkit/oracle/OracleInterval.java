package dev.candlewick.testkit.oracle;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A candle interval with the name that the contract writes ({@code 1s}, {@code 5m}).
 *
 * @param name the name as given, such as {@code 10s}
 * @param nanos its length in nanoseconds, positive and a multiple of 1 ms
 */
public record OracleInterval(String name, long nanos) {
    private static final long NANOS_PER_MILLISECOND = 1_000_000L;
    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,8})(ms|s|m|h|d)");
    private static final Map<String, Long> UNIT_NANOS = Map.of(
            "ms", NANOS_PER_MILLISECOND,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L,
            "d", 86_400_000_000_000L);

    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if the length is not a positive multiple of 1 ms
     */
    public OracleInterval {
        if (nanos <= 0 || nanos % NANOS_PER_MILLISECOND != 0) {
            throw new IllegalArgumentException(
                    "interval must be a positive multiple of 1 ms, was " + nanos + " ns (" + name + ")");
        }
    }

    /**
     * Parses {@code <number><ms|s|m|h|d>}.
     *
     * @throws IllegalArgumentException if the text is something else
     */
    public static OracleInterval parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("interval must be a number and ms, s, m, h or d, was " + text);
        }
        long unitNanos = UNIT_NANOS.getOrDefault(matcher.group(2), 0L);
        return new OracleInterval(text, Math.multiplyExact(Long.parseLong(matcher.group(1)), unitNanos));
    }

    /** Returns the start of the window [start, start + length) that holds a time, counted from 1970 UTC. */
    public long windowStart(long timeNanos) {
        return Math.floorDiv(timeNanos, nanos) * nanos;
    }

    /** Returns the end of the window that holds a time; the end itself belongs to the next window. */
    public long windowEnd(long timeNanos) {
        return Math.addExact(windowStart(timeNanos), nanos);
    }
}
