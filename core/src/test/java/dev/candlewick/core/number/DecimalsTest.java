package dev.candlewick.core.number;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Fixed point and 128-bit sums against {@link BigDecimal} and {@link BigInteger}. */
class DecimalsTest {
    private static final int CANDLES = 10_000_000;

    @Test
    void textIsPlainWithoutTrailingZerosAndWithoutASignOnZero() {
        assertThat(Decimals.format(0, 8)).isEqualTo("0");
        assertThat(Decimals.format(150, 2)).isEqualTo("1.5");
        assertThat(Decimals.format(-150, 2)).isEqualTo("-1.5");
        assertThat(Decimals.format(5, 18)).isEqualTo("0.000000000000000005");
        assertThat(Decimals.format(100, 0)).isEqualTo("100");
        assertThat(Decimals.format(Long.MIN_VALUE, 18)).isEqualTo("-9.223372036854775808");
        assertThat(Decimals.format(Int128.of(BigInteger.TEN.pow(37)), 12)).isEqualTo("10000000000000000000000000");
    }

    @Test
    void textEqualsBigDecimals() {
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            int scale = random.nextInt(19);
            long value = random.nextLong() >> random.nextInt(64);
            String expected = plain(BigDecimal.valueOf(value, scale));
            assertThat(Decimals.format(value, scale)).isEqualTo(expected);
            BigInteger wide = new BigInteger(random.nextInt(126), random);
            assertThat(Decimals.format(Int128.of(wide), scale)).isEqualTo(plain(new BigDecimal(wide, scale)));
        }
    }

    @Test
    void textOfWideValuesOfEitherSignAndOfEveryDigitPatternEqualsBigDecimals() {
        Random random = new Random(5);
        BigInteger limb = BigInteger.TEN.pow(18);
        for (int i = 0; i < 200_000; i++) {
            int scale = random.nextInt(37);
            // Limbs that are zero, small or full, so that zeros inside and in front are met.
            BigInteger value = BigInteger.ZERO;
            for (int part = 0; part < 3; part++) {
                value = value.multiply(limb)
                        .add(BigInteger.valueOf(
                                Math.floorMod(random.nextLong(), 1_000_000_000_000_000_000L) >> random.nextInt(64)));
            }
            value = value.shiftRight(random.nextInt(180));
            value = value.bitLength() > 127 ? value.shiftRight(value.bitLength() - 127) : value;
            value = random.nextBoolean() ? value.negate() : value;
            assertThat(Decimals.format(Int128.of(value), scale)).isEqualTo(plain(new BigDecimal(value, scale)));
        }
        Int128 least = new Int128(Long.MIN_VALUE, 0);
        assertThat(Decimals.format(least, 0)).isEqualTo(least.toBigInteger().toString());
        for (int exponent = 0; exponent <= 38; exponent++) {
            for (int off = -1; off <= 1; off++) {
                BigInteger value = BigInteger.TEN.pow(exponent).add(BigInteger.valueOf(off));
                assertThat(Decimals.format(Int128.of(value), 12)).isEqualTo(plain(new BigDecimal(value, 12)));
            }
        }
    }

    @Test
    void quotientsOf128BitsBy63AreExact() {
        Random random = new Random(6);
        for (int i = 0; i < 500_000; i++) {
            long divisor = Math.max(1, random.nextLong() >>> 1 + random.nextInt(63));
            // Ones and zeros in blocks are where a guessed digit is too large.
            divisor =
                    i % 3 == 0 ? Math.max(1, (divisor | 0x7fff_ffffL << random.nextInt(32)) & Long.MAX_VALUE) : divisor;
            long high = Math.floorMod(random.nextLong(), divisor);
            long low = i % 5 == 0 ? -1L >>> random.nextInt(64) : random.nextLong();
            BigInteger numerator = new Int128(high, low).toBigInteger();
            assertThat(UnsignedDivision.quotient(high, low, divisor))
                    .as("%d, %d by %d", high, low, divisor)
                    .isEqualTo(numerator.divide(BigInteger.valueOf(divisor)).longValue());
        }
    }

    @Test
    void aVwapIsTheRoundedQuotientWhateverItsSize() {
        Random random = new Random(7);
        int ties = 0;
        for (int i = 0; i < 300_000; i++) {
            BigInteger volume = new BigInteger(1 + random.nextInt(i % 10 == 0 ? 100 : 63), random).add(BigInteger.ONE);
            BigInteger quotient = new BigInteger(1 + random.nextInt(60), random);
            BigInteger twice = quotient.shiftLeft(1).add(BigInteger.valueOf(random.nextInt(2)));
            // Half a unit, and one raw unit beside it.
            BigInteger notional = twice.multiply(volume)
                    .shiftRight(1)
                    .add(BigInteger.valueOf(random.nextInt(3) - 1))
                    .max(BigInteger.ZERO);
            if (notional.bitLength() > 127) {
                continue;
            }
            BigDecimal exact = new BigDecimal(notional).divide(new BigDecimal(volume), 0, RoundingMode.HALF_EVEN);
            ties += notional.shiftLeft(1).mod(volume).signum() == 0
                            && notional.mod(volume).signum() != 0
                    ? 1
                    : 0;
            Int128 vwap = Decimals.vwap(Int128.of(notional), Int128.of(volume), 12);
            assertThat(vwap).isEqualTo(Int128.of(exact.toBigIntegerExact()));
        }
        assertThat(ties).isGreaterThan(10_000);
        assertThat(Decimals.vwap(Int128.of(1), Int128.ZERO, 12)).isNull();
    }

    @Test
    void hexHasThirtyTwoDigits() {
        assertThat(new Int128(0x1L, 0xabcL).toHex()).isEqualTo("00000000000000010000000000000abc");
        assertThat(new Int128(-1, Long.MIN_VALUE).toHex()).isEqualTo("ffffffffffffffff8000000000000000");
    }

    private static String plain(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    @Test
    void int128IsExactTwosComplement() {
        Random random = new Random(2);
        BigInteger modulus = BigInteger.ONE.shiftLeft(128);
        for (int i = 0; i < 200_000; i++) {
            Int128 left = new Int128(random.nextLong() >> random.nextInt(64), random.nextLong());
            Int128 right = new Int128(random.nextLong() >> random.nextInt(64), random.nextLong());
            assertThat(left.plus(right).toBigInteger().mod(modulus))
                    .isEqualTo(left.toBigInteger().add(right.toBigInteger()).mod(modulus));
            assertThat(left.minus(right).toBigInteger().mod(modulus))
                    .isEqualTo(
                            left.toBigInteger().subtract(right.toBigInteger()).mod(modulus));
            assertThat(left.compareTo(right)).isEqualTo(left.toBigInteger().compareTo(right.toBigInteger()));
            long a = random.nextLong();
            long b = random.nextLong();
            assertThat(Int128.product(a, b).toBigInteger())
                    .isEqualTo(BigInteger.valueOf(a).multiply(BigInteger.valueOf(b)));
        }
        BigInteger limit = BigInteger.TEN.pow(38);
        assertThat(Int128.of(limit.subtract(BigInteger.ONE)).isDecimal38()).isTrue();
        assertThat(Int128.of(limit).isDecimal38()).isFalse();
        assertThat(Int128.of(limit.negate().add(BigInteger.ONE)).isDecimal38()).isTrue();
        assertThat(Int128.of(limit.negate()).isDecimal38()).isFalse();
        assertThatThrownBy(() -> Int128.of(BigInteger.ONE.shiftLeft(127))).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void vwapIsRoundedHalfEvenAtTheFinerOfPriceScaleAndTwelve() {
        assertThat(Decimals.vwap(Int128.of(5), Int128.of(2), 0)).isEqualTo(Int128.of(2_500_000_000_000L));
        assertThat(Decimals.vwap(Int128.of(1), Int128.of(0), 0)).isNull();
        // 1.0000000000005 and 1.0000000000015 lie half-way between two steps of 1e-12: the even one wins.
        assertThat(Decimals.vwap(Int128.of(10_000_000_000_005L), Int128.of(10), 12))
                .isEqualTo(Int128.of(1_000_000_000_000L));
        assertThat(Decimals.vwap(Int128.of(10_000_000_000_015L), Int128.of(10), 12))
                .isEqualTo(Int128.of(1_000_000_000_002L));
        assertThat(Decimals.vwapScale(15)).isEqualTo(15);
    }

    @Test
    void vwapOfSevenHundredThousandTimesTwentyMillionSharesIsExact() {
        long price = 700_000_000_000_000L;
        Int128 notional = Int128.product(price, 20_000_000L);
        assertThat(notional.isLong()).isFalse();
        assertThat(Decimals.vwap(notional, Int128.of(20_000_000L), 9)).isEqualTo(Int128.of(700_000_000_000_000_000L));
    }

    @Test
    void vwapNeverLeavesLowAndHighOverTenMillionRandomCandles() {
        Random random = new Random(3);
        for (int candle = 0; candle < CANDLES; candle++) {
            int scale = random.nextInt(19);
            int trades = 1 + random.nextInt(3);
            long low = Long.MAX_VALUE;
            long high = 0;
            Int128 notional = Int128.ZERO;
            Int128 volume = Int128.ZERO;
            for (int i = 0; i < trades; i++) {
                long price = 1 + (random.nextLong() >>> (2 + random.nextInt(60)));
                long size = random.nextLong() >>> (4 + random.nextInt(59));
                low = Math.min(low, price);
                high = Math.max(high, price);
                notional = notional.plus(Int128.product(price, size));
                volume = volume.plus(Int128.of(size));
            }
            @Nullable Int128 vwap = Decimals.vwap(notional, volume, scale);
            if (vwap == null) {
                continue;
            }
            BigInteger step = Decimals.bigPowerOfTen(Decimals.vwapScale(scale) - scale);
            BigInteger value = vwap.toBigInteger();
            if (value.compareTo(BigInteger.valueOf(low).multiply(step)) < 0
                    || value.compareTo(BigInteger.valueOf(high).multiply(step)) > 0) {
                throw new AssertionError("VWAP must lie in [" + low + ", " + high + "] at scale " + scale + ", was "
                        + vwap + " (candle=" + candle + ")");
            }
            if (candle % 1_000 == 0) {
                assertThat(new BigDecimal(value, Decimals.vwapScale(scale)))
                        .isEqualByComparingTo(new BigDecimal(notional.toBigInteger(), scale)
                                .divide(
                                        new BigDecimal(volume.toBigInteger()),
                                        Decimals.vwapScale(scale),
                                        RoundingMode.HALF_EVEN));
            }
        }
    }
}
