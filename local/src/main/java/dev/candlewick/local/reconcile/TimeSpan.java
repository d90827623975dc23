package dev.candlewick.local.reconcile;

import dev.candlewick.local.cli.CommandFailure;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A range of UTC time: a day as {@code --to} is in it as a whole, an instant is the first moment that is not.
 *
 * @param fromNanos first nanosecond
 * @param toNanos first nanosecond after it
 */
record TimeSpan(long fromNanos, long toNanos) {
    /** Reads the options; null where none is given. */
    static @Nullable TimeSpan parse(@Nullable String date, @Nullable String from, @Nullable String to) {
        if (date != null) {
            if (from != null || to != null) {
                throw CommandFailure.usage(
                        "range must be given by --date or by --from and --to, was by both",
                        "--date",
                        "leave one of them out");
            }
            return new TimeSpan(nanos(date, "--date", 0), nanos(date, "--date", 1));
        }
        if (from == null && to == null) {
            return null;
        }
        if (from == null || to == null) {
            throw CommandFailure.usage(
                    "range must have both ends, was without " + (from == null ? "--from" : "--to"),
                    from == null ? "--from" : "--to",
                    "for example --from 2026-03-01 --to 2026-03-31");
        }
        TimeSpan span = new TimeSpan(nanos(from, "--from", 0), nanos(to, "--to", 1));
        if (span.fromNanos >= span.toNanos) {
            throw CommandFailure.usage(
                    "range must begin before it ends, was " + from + " to " + to,
                    "--to",
                    "a day that is not before the first, or a later instant");
        }
        return span;
    }

    private static long nanos(String text, String option, int daysLater) {
        try {
            if (text.length() == 10) {
                LocalDate day = LocalDate.parse(text);
                return TimeUnit.SECONDS.toNanos(
                        day.plusDays(daysLater).atStartOfDay(ZoneOffset.UTC).toEpochSecond());
            }
            if (option.equals("--date")) {
                throw new DateTimeException("no day");
            }
            Instant instant = Instant.parse(text);
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
        } catch (DateTimeException | ArithmeticException e) {
            throw CommandFailure.usage(
                    option.substring(2) + " must be a day or an instant in UTC, was '" + text + "'",
                    option,
                    "for example 2026-03-01 or 2026-03-01T10:00:00Z");
        }
    }
}
