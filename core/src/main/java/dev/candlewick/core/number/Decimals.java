package dev.candlewick.core.number;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
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

    /** The most digits of a value of 128 bits. */
    public static final int DIGITS_MAX = 39;

    private static final int LIMB_DIGITS = 18;
    private static final long LIMB = 1_000_000_000_000_000_000L;
    /** The digits of 00 to 99. */
    private static final byte[] PAIRS = new byte[200];

    private static final long[] POWERS = new long[19];
    private static final BigInteger[] BIG_POWERS = new BigInteger[39];

    static {
        POWERS[0] = 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = POWERS[i - 1] * 10;
        }
        for (int i = 0; i < 100; i++) {
            PAIRS[2 * i] = (byte) ('0' + i / 10);
            PAIRS[2 * i + 1] = (byte) ('0' + i % 10);
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
        int rescale = vwapScale(priceScale) - priceScale;
        if (rescale == 0 && notional.high() >= 0 && volume.high() == 0 && volume.low() > 0) {
            return divideHalfEven(notional.high(), notional.low(), volume.low());
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

    /** The same for a numerator that is not negative and a positive divisor of 63 bits, without a {@link BigInteger}. */
    private static Int128 divideHalfEven(long high, long low, long divisor) {
        long quotientHigh = high / divisor;
        long quotientLow = UnsignedDivision.quotient(high % divisor, low, divisor);
        long remainder = low - quotientLow * divisor;
        int half = Long.compare(remainder, divisor - remainder);
        if (half > 0 || (half == 0 && (quotientLow & 1) != 0)) {
            quotientLow++;
            if (quotientLow == 0) {
                quotientHigh++;
            }
        }
        return new Int128(quotientHigh, quotientLow);
    }

    /**
     * Writes the decimal digits of a magnitude in ASCII, without leading zeros, so that they end in front of an index.
     *
     * @param magnitude not negative; 0 has one digit
     * @param into has room for 19 digits in front of {@code end}
     * @return index of the first digit
     */
    public static int digits(long magnitude, byte[] into, int end) {
        int at = end;
        long rest = magnitude;
        while (rest >= 100) {
            long next = rest / 100;
            int pair = (int) (rest - next * 100) * 2;
            into[--at] = PAIRS[pair + 1];
            into[--at] = PAIRS[pair];
            rest = next;
        }
        int pair = (int) rest * 2;
        into[--at] = PAIRS[pair + 1];
        if (rest >= 10) {
            into[--at] = PAIRS[pair];
        }
        return at;
    }

    /**
     * Writes the decimal digits of a value's magnitude in ASCII, without leading zeros, so that they end in front of an
     * index.
     *
     * @param into has room for 39 digits in front of {@code end}
     * @return index of the first digit
     */
    public static int digits(Int128 value, byte[] into, int end) {
        long high = value.high();
        long low = value.low();
        if (high < 0) {
            high = ~high + (low == 0 ? 1 : 0);
            low = -low;
        }
        int at = end;
        // Eighteen digits at a time; the magnitude of the smallest value has its upper bit set, so all is unsigned.
        while (high != 0 || low < 0) {
            long quotientHigh = Long.divideUnsigned(high, LIMB);
            long quotientLow = UnsignedDivision.quotient(high - quotientHigh * LIMB, low, LIMB);
            int start = digits(low - quotientLow * LIMB, into, at);
            at -= LIMB_DIGITS;
            while (start > at) {
                into[--start] = '0';
            }
            high = quotientHigh;
            low = quotientLow;
        }
        // What is left in front of a limb may be zero, and then it is no digit.
        return low == 0 && at < end ? skipZeros(into, at, end) : digits(low, into, at);
    }

    private static int skipZeros(byte[] digits, int from, int end) {
        int at = from;
        while (at < end - 1 && digits[at] == '0') {
            at++;
        }
        return at;
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
        byte[] buffer = new byte[DIGITS_MAX];
        int start = digits(unscaled, buffer, DIGITS_MAX);
        String digits = new String(buffer, start, DIGITS_MAX - start, StandardCharsets.ISO_8859_1);
        int end = digits.length();
        while (scale > 0 && digits.charAt(end - 1) == '0') {
            end--;
            scale--;
        }
        if (unscaled.high() < 0) {
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
