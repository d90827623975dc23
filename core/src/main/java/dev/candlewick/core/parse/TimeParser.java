package dev.candlewick.core.parse;

/**
 * Reads points in time from text to whole nanoseconds since the epoch in UTC, digit by digit and without allocation.
 *
 * <p>More than nine decimals of a second are accepted only where the further ones are zeros: nothing is rounded. Times
 * that 64 bits do not hold (before 1678 and after 2262) are {@link ParseOutcome#RANGE}. An instance holds the last result
 * and may be used by one thread.
 */
public final class TimeParser {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int NANO_DIGITS = 9;
    private static final int DIGITS_MAX = 18;

    private long nanos;
    private int position;

    /** The last value, in nanoseconds since the epoch; only after {@link ParseOutcome#OK}. */
    public long nanos() {
        return nanos;
    }

    /**
     * Parses a whole number of milliseconds since the epoch, or of microseconds where it has 16 digits: that many
     * milliseconds are beyond every time that 64 bits of nanoseconds hold.
     */
    public ParseOutcome parseMillis(byte[] buffer, int from, int length) {
        int end = from + length;
        int at = from;
        boolean negative = length > 1 && buffer[at] == '-';
        at += negative ? 1 : 0;
        int digits = end - at;
        if (!isWhole(buffer, at, end)) {
            return ParseOutcome.UNPARSABLE;
        }
        if (digits > DIGITS_MAX) {
            return ParseOutcome.RANGE;
        }
        long value = number(buffer, at, end);
        long unit = digits == 16 ? 1_000L : 1_000_000L;
        return take(negative ? -value : value, unit, 0);
    }

    /** Parses seconds since the epoch as a plain decimal number, as {@code 1534614057.321597}. */
    public ParseOutcome parseSeconds(byte[] buffer, int from, int length) {
        int end = from + length;
        int point = from;
        while (point < end && buffer[point] != '.') {
            point++;
        }
        if (!isWhole(buffer, from, point)) {
            return ParseOutcome.UNPARSABLE;
        }
        long fraction = 0;
        if (point < end) {
            position = point + 1;
            fraction = fraction(buffer, end);
            if (fraction < 0 || position != end) {
                return ParseOutcome.UNPARSABLE;
            }
        }
        if (point - from > DIGITS_MAX) {
            return ParseOutcome.RANGE;
        }
        return take(number(buffer, from, point), NANOS_PER_SECOND, fraction);
    }

    /**
     * Parses a date and time of RFC 3339, as {@code 2023-09-25T07:49:37.708706Z}, with {@code Z} or an offset as
     * {@code +02:00}; second 60 is not accepted.
     */
    public ParseOutcome parseIso(byte[] buffer, int from, int length) {
        int end = from + length;
        // The shortest one is 2023-09-25T07:49:37Z.
        if (length < 20
                || buffer[from + 4] != '-'
                || buffer[from + 7] != '-'
                || (buffer[from + 10] | 0x20) != 't'
                || buffer[from + 13] != ':'
                || buffer[from + 16] != ':') {
            return ParseOutcome.UNPARSABLE;
        }
        int year = two(buffer, from) * 100 + two(buffer, from + 2);
        int month = two(buffer, from + 5);
        int day = two(buffer, from + 8);
        int hour = two(buffer, from + 11);
        int minute = two(buffer, from + 14);
        int second = two(buffer, from + 17);
        if (two(buffer, from) < 0
                || two(buffer, from + 2) < 0
                || month < 1
                || month > 12
                || day < 1
                || day > daysOf(year, month)
                || hour < 0
                || hour > 23
                || minute < 0
                || minute > 59
                || second < 0
                || second > 59) {
            return ParseOutcome.UNPARSABLE;
        }
        position = from + 19;
        long fraction = 0;
        if (buffer[position] == '.') {
            position++;
            fraction = fraction(buffer, end);
            if (fraction < 0) {
                return ParseOutcome.UNPARSABLE;
            }
        }
        long offsetSeconds = offset(buffer, end);
        if (offsetSeconds == Long.MIN_VALUE) {
            return ParseOutcome.UNPARSABLE;
        }
        long seconds = daysSinceEpoch(year, month, day) * 86_400L + hour * 3_600L + minute * 60L + second;
        return take(seconds - offsetSeconds, NANOS_PER_SECOND, fraction);
    }

    /** The value of {@code Z} or {@code ±hh:mm} from the position to the end, in seconds; the minimum where it is none. */
    private long offset(byte[] buffer, int end) {
        int rest = end - position;
        if (rest == 1 && (buffer[position] | 0x20) == 'z') {
            return 0;
        }
        if (rest != 6 || buffer[position + 3] != ':' || (buffer[position] != '+' && buffer[position] != '-')) {
            return Long.MIN_VALUE;
        }
        int hours = two(buffer, position + 1);
        int minutes = two(buffer, position + 4);
        if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
            return Long.MIN_VALUE;
        }
        long seconds = hours * 3_600L + minutes * 60L;
        return buffer[position] == '-' ? -seconds : seconds;
    }

    /** Reads the digits behind a point, at least one, and moves the position behind them; nanoseconds, or −1. */
    private long fraction(byte[] buffer, int end) {
        long value = 0;
        int count = 0;
        while (position < end && isDigit(buffer[position])) {
            if (count < NANO_DIGITS) {
                value = value * 10 + (buffer[position] - '0');
            } else if (buffer[position] != '0') {
                return -1;
            }
            count++;
            position++;
        }
        if (count == 0) {
            return -1;
        }
        for (; count < NANO_DIGITS; count++) {
            value *= 10;
        }
        return value;
    }

    private ParseOutcome take(long value, long unitNanos, long fractionNanos) {
        long high = Math.multiplyHigh(value, unitNanos);
        long low = value * unitNanos;
        if (high != low >> 63) {
            return ParseOutcome.RANGE;
        }
        long sum = low + fractionNanos;
        if (sum < low) {
            return ParseOutcome.RANGE;
        }
        nanos = sum;
        return ParseOutcome.OK;
    }

    /** Whether there is at least one digit, only digits, and no leading zero. */
    private static boolean isWhole(byte[] buffer, int from, int end) {
        if (from >= end || (buffer[from] == '0' && end - from > 1)) {
            return false;
        }
        for (int at = from; at < end; at++) {
            if (!isDigit(buffer[at])) {
                return false;
            }
        }
        return true;
    }

    private static long number(byte[] buffer, int from, int end) {
        long value = 0;
        for (int at = from; at < end; at++) {
            value = value * 10 + (buffer[at] - '0');
        }
        return value;
    }

    /** Two digits, or a negative number. */
    private static int two(byte[] buffer, int at) {
        return isDigit(buffer[at]) && isDigit(buffer[at + 1])
                ? (buffer[at] - '0') * 10 + buffer[at + 1] - '0'
                : Integer.MIN_VALUE / 1_000;
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static int daysOf(int year, int month) {
        return switch (month) {
            case 2 -> year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
            case 4, 6, 9, 11 -> 30;
            default -> 31;
        };
    }

    /** Days from 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March. */
    private static long daysSinceEpoch(int year, int month, int day) {
        int shifted = month <= 2 ? year - 1 : year;
        int era = Math.floorDiv(shifted, 400);
        int yearOfEra = shifted - era * 400;
        int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * 146_097L + dayOfEra - 719_468L;
    }
}
