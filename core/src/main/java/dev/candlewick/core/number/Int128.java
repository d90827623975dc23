package dev.candlewick.core.number;

import java.math.BigInteger;
import java.util.HexFormat;

/**
 * A signed 128-bit integer, two's complement; immutable.
 *
 * <p>Sums of sizes and of price times size are exact in it. {@link #isDecimal38()} tells whether it fits the 38 digits
 * that Parquet's and SQL's decimals hold.
 *
 * @param high upper 64 bits, signed
 * @param low lower 64 bits, unsigned
 */
public record Int128(long high, long low) implements Comparable<Int128> {
    /** Zero. */
    public static final Int128 ZERO = new Int128(0, 0);

    private static final BigInteger DECIMAL_38_MAX = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
    private static final Int128 DECIMAL_38_MAX_INT128 = of(DECIMAL_38_MAX);

    /** A 64-bit value, sign kept. */
    public static Int128 of(long value) {
        return new Int128(value >> 63, value);
    }

    /**
     * A value of at most 127 bits and a sign.
     *
     * @throws ArithmeticException where it needs more
     */
    public static Int128 of(BigInteger value) {
        if (value.bitLength() > 127) {
            throw new ArithmeticException("value must fit into 128 bits, was " + value);
        }
        return new Int128(value.shiftRight(64).longValue(), value.longValue());
    }

    /** The exact product of two 64-bit values. */
    public static Int128 product(long left, long right) {
        return new Int128(Math.multiplyHigh(left, right), left * right);
    }

    /** The sum modulo 2^128. */
    public Int128 plus(Int128 other) {
        long sumLow = low + other.low;
        long carry = Long.compareUnsigned(sumLow, low) < 0 ? 1 : 0;
        return new Int128(high + other.high + carry, sumLow);
    }

    /** The difference modulo 2^128. */
    public Int128 minus(Int128 other) {
        long borrow = Long.compareUnsigned(low, other.low) < 0 ? 1 : 0;
        return new Int128(high - other.high - borrow, low - other.low);
    }

    /** Whether it is zero. */
    public boolean isZero() {
        return (high | low) == 0;
    }

    /** Whether the value fits a signed 64-bit integer. */
    public boolean isLong() {
        return high == low >> 63;
    }

    /** Whether the value's magnitude is at most 10^38 − 1. */
    public boolean isDecimal38() {
        if (high >= 0) {
            return compareTo(DECIMAL_38_MAX_INT128) <= 0;
        }
        return toBigInteger().negate().compareTo(DECIMAL_38_MAX) <= 0;
    }

    /** The same value without a bound. */
    public BigInteger toBigInteger() {
        if (isLong()) {
            return BigInteger.valueOf(low);
        }
        return new BigInteger(toBytes());
    }

    /** Sixteen bytes, big endian, two's complement. */
    public byte[] toBytes() {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 8; i++) {
            bytes[i] = (byte) (high >>> (56 - 8 * i));
            bytes[8 + i] = (byte) (low >>> (56 - 8 * i));
        }
        return bytes;
    }

    /** Thirty-two hexadecimal digits, as digests are written. */
    public String toHex() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }

    @Override
    public int compareTo(Int128 other) {
        int byHigh = Long.compare(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        return toBigInteger().toString();
    }
}
