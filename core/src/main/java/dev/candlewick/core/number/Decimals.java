package dev.candlewick.core.number;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Integers with a decimal scale: text forms, rescaling, and the division that makes a VWAP; pure functions.
 *
 * <p>The text form is plain (never with an exponent), without trailing zeros and without a sign on zero, so that a value
 * has one canonical form whatever scale it is held at.
 */
public final class Decimals {
    /** The least number of decimals of a published VWAP. */
    public static final int VWAP_SCALE_MIN = 12;

    private static final long[] POWERS = new long[19];
    private static final BigInteger[] BIG_POWERS = new BigInteger[39];

    static {
        POWERS[0] = 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = POWERS[i - 1] * 10;
        }
        for (int i = 0; i < BIG_POWERS.length; i++) {
            BIG_POWERS[i] = BigInteger.TEN.pow(i);
        }
    }

    private Decimals() {}

    /** 10 to the given power, 0 to 18. */
    public static long powerOfTen(int exponent) {
        return POWERS[exponent];
    }

    /** 10 to the given power, 0 to 38. */
    public static BigInteger bigPowerOfTen(int exponent) {
        return BIG_POWERS[exponent];
    }

    /** Decimals of a VWAP over prices of the given scale: the scale itself or 12, whichever is finer. */
    public static int vwapScale(int priceScale) {
        return Math.max(priceScale, VWAP_SCALE_MIN);
    }

    /**
     * Notional over volume, rounded HALF_EVEN at {@link #vwapScale(int)}; null when the volume is zero.
     *
     * <p>The rounding grid holds every price, so the result never leaves [low, high].
     *
     * @param notional sum of price times size, at scale {@code priceScale + sizeScale}
     * @param volume sum of sizes at {@code sizeScale}; not negative
     * @param priceScale decimals of the prices
     */
    public static @Nullable Int128 vwap(Int128 notional, Int128 volume, int priceScale) {
        if (volume.isZero()) {
            return null;
        }
        BigInteger numerator = notional.toBigInteger().multiply(BIG_POWERS[vwapScale(priceScale) - priceScale]);
        return Int128.of(divideHalfEven(numerator, volume.toBigInteger()));
    }

    /** Quotient rounded HALF_EVEN; the divisor is positive. */
    static BigInteger divideHalfEven(BigInteger numerator, BigInteger divisor) {
        BigInteger[] parts = numerator.abs().divideAndRemainder(divisor);
        int half = parts[1].shiftLeft(1).compareTo(divisor);
        BigInteger quotient = parts[0];
        if (half > 0 || (half == 0 && quotient.testBit(0))) {
            quotient = quotient.add(BigInteger.ONE);
        }
        return numerator.signum() < 0 ? quotient.negate() : quotient;
    }

    /** The canonical text of {@code unscaled} at {@code scale} decimals. */
    public static String format(long unscaled, int scale) {
        StringBuilder text = new StringBuilder(24);
        append(text, unscaled, scale);
        return text.toString();
    }

    /** The canonical text of {@code unscaled} at {@code scale} decimals. */
    public static String format(Int128 unscaled, int scale) {
        StringBuilder text = new StringBuilder(44);
        append(text, unscaled, scale);
        return text.toString();
    }

    /** Appends the canonical text of {@code unscaled} at {@code scale} decimals. */
    public static void append(StringBuilder text, long unscaled, int scale) {
        if (unscaled == 0) {
            text.append('0');
            return;
        }
        while (scale > 0 && unscaled % 10 == 0) {
            unscaled /= 10;
            scale--;
        }
        if (scale == 0) {
            text.append(unscaled);
            return;
        }
        if (unscaled < 0) {
            text.append('-');
        }
        appendDigits(
                text, unscaled == Long.MIN_VALUE ? "9223372036854775808" : Long.toString(Math.abs(unscaled)), scale);
    }

    /** Appends the canonical text of {@code unscaled} at {@code scale} decimals. */
    public static void append(StringBuilder text, Int128 unscaled, int scale) {
        if (unscaled.isLong()) {
            append(text, unscaled.low(), scale);
            return;
        }
        BigInteger value = unscaled.toBigInteger();
        String digits = value.abs().toString();
        int end = digits.length();
        while (scale > 0 && digits.charAt(end - 1) == '0') {
            end--;
            scale--;
        }
        if (value.signum() < 0) {
            text.append('-');
        }
        digits = digits.substring(0, end);
        if (scale == 0) {
            text.append(digits);
        } else {
            appendDigits(text, digits, scale);
        }
    }

    private static void appendDigits(StringBuilder text, String digits, int scale) {
        int whole = digits.length() - scale;
        if (whole > 0) {
            text.append(digits, 0, whole).append('.').append(digits, whole, digits.length());
            return;
        }
        text.append("0.");
        for (int i = whole; i < 0; i++) {
            text.append('0');
        }
        text.append(digits);
    }

    /**
     * The same value at a larger scale.
     *
     * @throws ArithmeticException where it does not fit into 128 bits
     */
    public static Int128 rescaleUp(Int128 unscaled, int fromScale, int toScale) {
        if (toScale == fromScale || unscaled.isZero()) {
            return unscaled;
        }
        return Int128.of(unscaled.toBigInteger().multiply(BIG_POWERS[toScale - fromScale]));
    }
}
