package dev.candlewick.core.parse;

/**
 * Reads a signed 64-bit integer from text, exactly and without allocation.
 *
 * <p>The grammar is that of JSON integers in every format: {@code -?(0|[1-9][0-9]*)}, ASCII only, at most
 * {@value DecimalParser#LENGTH_MAX} characters; fractions, exponents, {@code +1} and {@code 01} are not accepted. An
 * integer that does not fit is {@link ParseOutcome#RANGE}, so that a time of the year 2300 in nanoseconds can be told
 * from text that is no time at all.
 *
 * <p>An instance holds the last result and may be used by one thread.
 */
public final class IntegerParser {
    private long value;

    /** The last value; only after {@link ParseOutcome#OK}. */
    public long value() {
        return value;
    }

    /** Takes a number that is an integer already. */
    public ParseOutcome take(long number) {
        value = number;
        return ParseOutcome.OK;
    }

    /** Parses a slice to {@link ParseOutcome#OK}, {@link ParseOutcome#UNPARSABLE} or {@link ParseOutcome#RANGE}. */
    public ParseOutcome parse(byte[] buffer, int from, int length) {
        value = 0;
        if (length <= 0 || length > DecimalParser.LENGTH_MAX) {
            return ParseOutcome.UNPARSABLE;
        }
        int position = from;
        int end = from + length;
        boolean negative = buffer[position] == '-';
        if (negative) {
            position++;
        }
        int count = end - position;
        if (count == 0 || (buffer[position] == '0' && count > 1)) {
            return ParseOutcome.UNPARSABLE;
        }
        long number = 0;
        boolean fits = true;
        // Accumulated below zero, where a long reaches one further; 18 digits always fit.
        int safeEnd = Math.min(end, position + 18);
        for (; position < safeEnd; position++) {
            int digit = buffer[position] - '0';
            if (digit < 0 || digit > 9) {
                return ParseOutcome.UNPARSABLE;
            }
            number = number * 10 - digit;
        }
        for (; position < end; position++) {
            int digit = buffer[position] - '0';
            if (digit < 0 || digit > 9) {
                return ParseOutcome.UNPARSABLE;
            }
            if (number < -922337203685477580L || (number == -922337203685477580L && digit > 8)) {
                fits = false;
            }
            number = number * 10 - digit;
        }
        if (!negative) {
            fits &= number != Long.MIN_VALUE;
            number = -number;
        }
        if (!fits) {
            return ParseOutcome.RANGE;
        }
        value = number;
        return ParseOutcome.OK;
    }
}
