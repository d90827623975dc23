package dev.candlewick.core.parse;

import dev.candlewick.core.number.Decimals;

/**
 * Reads decimal text into a 64-bit integer at a given decimal scale, exactly and without allocation.
 *
 * <p>The grammar is that of JSON numbers in every format: {@code -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?}, ASCII
 * only, at most {@value #LENGTH_MAX} characters. So {@code 1.50}, {@code 15e-1} and {@code 1E3} are accepted, while
 * {@code +1}, {@code 01}, {@code .5}, {@code 5.}, {@code NaN}, {@code 0x10}, {@code 1_000} and {@code 1,5} are not.
 * Trailing zeros are not significant: {@code 1.500} fits scale 1. Any spelling of zero, also {@code -0.0} and
 * {@code 0e400}, is zero.
 *
 * <p>Where a value has both too many decimals and too large a magnitude, the outcome is {@link ParseOutcome#PRECISION},
 * which stands first in the order of codes.
 *
 * <p>An instance holds the last result and may be used by one thread.
 */
public final class DecimalParser {
    /** The most characters that a number may have. */
    public static final int LENGTH_MAX = 64;

    /** Digits that always fit into a long. */
    private static final int DIGITS_SAFE = 18;

    /** Exponents are held at this magnitude, far beyond any that could matter. */
    private static final int EXPONENT_CAP = 1_000_000;

    private final byte[] digits = new byte[LENGTH_MAX];
    private long unscaled;
    private int sign;

    /** The last value at the scale asked for; only after {@link ParseOutcome#OK}. */
    public long unscaled() {
        return unscaled;
    }

    /**
     * The sign of the last value, −1, 0 or 1; known after every outcome but {@link ParseOutcome#UNPARSABLE}.
     *
     * <p>So a negative price is known as such even where it has too many decimals.
     */
    public int sign() {
        return sign;
    }

    /**
     * Parses a slice.
     *
     * @param buffer where the text stands
     * @param from index of its first byte
     * @param length number of bytes
     * @param scale decimals of the result, 0 to 18
     */
    public ParseOutcome parse(byte[] buffer, int from, int length, int scale) {
        unscaled = 0;
        sign = 0;
        if (length <= 0 || length > LENGTH_MAX) {
            return ParseOutcome.UNPARSABLE;
        }
        int position = from;
        int end = from + length;
        boolean negative = buffer[position] == '-';
        if (negative) {
            position++;
        }
        int mantissaFrom = position;
        long mantissa = 0;
        // Digits since the first one that is not zero: as long as they are few, the mantissa is exact.
        int significant = 0;
        int digit = position < end ? buffer[position] - '0' : -1;
        if (digit < 0 || digit > 9) {
            return ParseOutcome.UNPARSABLE;
        }
        position++;
        if (digit != 0) {
            mantissa = digit;
            significant = 1;
            while (position < end && (digit = buffer[position] - '0') >= 0 && digit <= 9) {
                mantissa = mantissa * 10 + digit;
                significant++;
                position++;
            }
        }
        int fractionDigits = 0;
        if (position < end && buffer[position] == '.') {
            position++;
            int fractionFrom = position;
            while (position < end && (digit = buffer[position] - '0') >= 0 && digit <= 9) {
                mantissa = mantissa * 10 + digit;
                if (significant > 0 || digit != 0) {
                    significant++;
                }
                position++;
            }
            fractionDigits = position - fractionFrom;
            if (fractionDigits == 0) {
                return ParseOutcome.UNPARSABLE;
            }
        }
        int mantissaEnd = position;
        int exponent = 0;
        if (position < end) {
            if ((buffer[position] | 0x20) != 'e') {
                return ParseOutcome.UNPARSABLE;
            }
            position++;
            boolean exponentNegative = false;
            if (position < end && (buffer[position] == '-' || buffer[position] == '+')) {
                exponentNegative = buffer[position] == '-';
                position++;
            }
            if (position >= end) {
                return ParseOutcome.UNPARSABLE;
            }
            while (position < end) {
                digit = buffer[position] - '0';
                if (digit < 0 || digit > 9) {
                    return ParseOutcome.UNPARSABLE;
                }
                exponent = Math.min(exponent * 10 + digit, EXPONENT_CAP);
                position++;
            }
            if (exponentNegative) {
                exponent = -exponent;
            }
        }
        if (significant == 0) {
            return ParseOutcome.OK;
        }
        sign = negative ? -1 : 1;
        int shift = exponent - fractionDigits + scale;
        if (significant > DIGITS_SAFE) {
            return finishLong(buffer, mantissaFrom, mantissaEnd, negative, shift);
        }
        return finish(negative ? -mantissa : mantissa, shift);
    }

    /**
     * Takes a value that is an integer at another scale over to the scale asked for.
     *
     * @param value the integer
     * @param fromScale its decimals, 0 to 18
     * @param scale decimals of the result, 0 to 18
     */
    public ParseOutcome rescale(long value, int fromScale, int scale) {
        unscaled = 0;
        sign = Long.signum(value);
        if (sign == 0) {
            return ParseOutcome.OK;
        }
        return finish(value, scale - fromScale);
    }

    /** Multiplies by a power of ten, where the result is exact and fits. */
    private ParseOutcome finish(long mantissa, int shift) {
        if (shift == 0) {
            unscaled = mantissa;
            return ParseOutcome.OK;
        }
        if (shift > 0) {
            if (shift > DIGITS_SAFE) {
                return ParseOutcome.RANGE;
            }
            long factor = Decimals.powerOfTen(shift);
            long product = mantissa * factor;
            if (Math.multiplyHigh(mantissa, factor) != (product >> 63)) {
                return ParseOutcome.RANGE;
            }
            unscaled = product;
            return ParseOutcome.OK;
        }
        if (shift < -DIGITS_SAFE) {
            // A long has at most 18 trailing zeros.
            return ParseOutcome.PRECISION;
        }
        long divisor = Decimals.powerOfTen(-shift);
        long quotient = mantissa / divisor;
        if (quotient * divisor != mantissa) {
            return ParseOutcome.PRECISION;
        }
        unscaled = quotient;
        return ParseOutcome.OK;
    }

    /** The rare case of 19 digits and more: trailing zeros are taken off before anything is decided. */
    private ParseOutcome finishLong(byte[] buffer, int from, int end, boolean negative, int shift) {
        int count = 0;
        for (int i = from; i < end; i++) {
            byte b = buffer[i];
            if (b != '.' && (count > 0 || b != '0')) {
                digits[count++] = b;
            }
        }
        int stripped = shift;
        while (digits[count - 1] == '0') {
            count--;
            stripped++;
        }
        if (stripped < 0) {
            return ParseOutcome.PRECISION;
        }
        if (count + stripped > 19) {
            return ParseOutcome.RANGE;
        }
        // Accumulated below zero, where a long reaches one further.
        long value = 0;
        for (int i = 0; i < count + stripped; i++) {
            int digit = i < count ? digits[i] - '0' : 0;
            if (value < -922337203685477580L || (value == -922337203685477580L && digit > 8)) {
                return ParseOutcome.RANGE;
            }
            value = value * 10 - digit;
        }
        if (!negative) {
            if (value == Long.MIN_VALUE) {
                return ParseOutcome.RANGE;
            }
            value = -value;
        }
        unscaled = value;
        return ParseOutcome.OK;
    }
}
