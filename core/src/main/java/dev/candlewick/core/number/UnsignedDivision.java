package dev.candlewick.core.number;

/** Division of 128 bits by 64 without allocation: long division in base 2^32 (Knuth, algorithm D). */
final class UnsignedDivision {
    private static final long MASK = 0xffff_ffffL;

    private UnsignedDivision() {}

    /**
     * The quotient of the unsigned number {@code high · 2^64 + low} by a divisor.
     *
     * <p>The remainder is {@code low − quotient · divisor} in 64 bits.
     *
     * @param high below the divisor, so that the quotient has 64 bits; not negative
     * @param divisor positive
     * @return the quotient, unsigned
     */
    static long quotient(long high, long low, long divisor) {
        if (high == 0) {
            return Long.divideUnsigned(low, divisor);
        }
        // The divisor's upper digit must be at least half of the base; then a digit is guessed too large by 2 at most.
        int shift = Long.numberOfLeadingZeros(divisor);
        long normalized = divisor << shift;
        long divisorHigh = normalized >>> 32;
        long divisorLow = normalized & MASK;
        // A positive divisor has a leading zero, so the shift is at least 1.
        long rest = (high << shift) | (low >>> (Long.SIZE - shift));
        long lower = low << shift;
        long first = digit(rest, lower >>> 32, divisorHigh, divisorLow);
        rest = (rest << 32 | lower >>> 32) - first * normalized;
        long second = digit(rest, lower & MASK, divisorHigh, divisorLow);
        return (first << 32) + second;
    }

    /** One digit of the quotient in base 2^32: of {@code rest · 2^32 + next} by the normalized divisor. */
    private static long digit(long rest, long next, long divisorHigh, long divisorLow) {
        long digit = Long.divideUnsigned(rest, divisorHigh);
        long left = rest - digit * divisorHigh;
        while (digit > MASK || Long.compareUnsigned(digit * divisorLow, left << 32 | next) > 0) {
            digit--;
            left += divisorHigh;
            if (left > MASK) {
                break;
            }
        }
        return digit;
    }
}
