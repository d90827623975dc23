package dev.candlewick.core.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalParserTest {
    private static final Pattern GRAMMAR = Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?");

    private final DecimalParser parser = new DecimalParser();

    private ParseOutcome parse(String text, int scale) {
        byte[] bytes = ("<<" + text + "99").getBytes(StandardCharsets.UTF_8);
        return parser.parse(bytes, 2, bytes.length - 4, scale);
    }

    @ParameterizedTest
    @CsvSource({
        "1.50, 8, 150000000",
        "15e-1, 8, 150000000",
        "1E3, 0, 1000",
        "1e+3, 2, 100000",
        "1e05, 0, 100000",
        "0.00141342, 8, 141342",
        "0.1, 1, 1",
        "-12.5, 1, -125",
        "-0.0, 8, 0",
        "0e400, 0, 0",
        "0.000e-99999999999999, 0, 0",
        "1.500000000000000000000000000000, 1, 15",
        "100000000000000000000000000000e-29, 0, 1",
        "9223372036854775807, 0, 9223372036854775807",
        "9.223372036854775807, 18, 9223372036854775807",
        "92233720368.54775807, 8, 9223372036854775807",
        "-9223372036854775808, 0, -9223372036854775808",
        "1e18, 0, 1000000000000000000",
    })
    void readsExactly(String text, int scale, long expected) {
        assertThat(parse(text, scale)).isEqualTo(ParseOutcome.OK);
        assertThat(parser.unscaled()).isEqualTo(expected);
        assertThat(parser.sign()).isEqualTo(Long.signum(expected));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "-", "+1", "01", "-01", "00", ".5", "5.", "1..2", "1.2.3", "NaN", "Infinity", "-Infinity", "0x10",
                        "1,5",
                "1_000", "１２", "1e", "1e+", "e5", "1e5.0", "1 ", " 1", "1e1e1", "--1", "\u0661", "1\u0000", "1f", "1d",
                        "1L"
            })
    void refusesWhatIsNotANumber(String text) {
        assertThat(parse(text, 8)).isEqualTo(ParseOutcome.UNPARSABLE);
    }

    @Test
    void refusesMoreThanSixtyFourCharacters() {
        assertThat(parse("1." + "0".repeat(62), 8)).isEqualTo(ParseOutcome.OK);
        assertThat(parse("1." + "0".repeat(63), 8)).isEqualTo(ParseOutcome.UNPARSABLE);
        assertThat(parse("9".repeat(1000), 8)).isEqualTo(ParseOutcome.UNPARSABLE);
    }

    @ParameterizedTest
    @CsvSource({
        "1.123456789, 8, 1",
        "-1.123456789, 8, -1",
        "1e-19, 18, 1",
        "0.5, 0, 1",
        "1e-99999999999999999999, 18, 1",
        "99999999999999999999999.5, 0, 1",
        "12345678901234567890.123456789, 8, 1"
    })
    void tellsTooManyDecimals(String text, int scale, int sign) {
        assertThat(parse(text, scale)).isEqualTo(ParseOutcome.PRECISION);
        assertThat(parser.sign()).isEqualTo(sign);
    }

    @ParameterizedTest
    @CsvSource({
        "9223372036854775808, 0, 1",
        "92233720368.54775808, 8, 1",
        "1e400, 0, 1",
        "-1e400, 0, -1",
        "1e12, 8, 1",
        "-9223372036854775809, 0, -1",
        "10, 18, 1",
        "1e19, 0, 1"
    })
    void tellsTooLargeValues(String text, int scale, int sign) {
        assertThat(parse(text, scale)).isEqualTo(ParseOutcome.RANGE);
        assertThat(parser.sign()).isEqualTo(sign);
    }

    @Test
    void agreesWithBigDecimalOnRandomText() {
        for (long seed = 0; seed < 300_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String text = random.nextInt(4) == 0 ? soup(random) : number(random);
            int scale = random.nextInt(19);
            ParseOutcome outcome = parse(text, scale);
            String description = "seed " + seed + ", text " + text + ", scale " + scale;
            if (!GRAMMAR.matcher(text).matches() || text.length() > DecimalParser.LENGTH_MAX) {
                assertThat(outcome).as(description).isEqualTo(ParseOutcome.UNPARSABLE);
                continue;
            }
            BigDecimal value = new BigDecimal(text);
            assertThat(parser.sign()).as(description).isEqualTo(value.signum());
            if (value.signum() != 0 && value.stripTrailingZeros().scale() > scale) {
                assertThat(outcome).as(description).isEqualTo(ParseOutcome.PRECISION);
            } else {
                BigInteger scaled = value.signum() == 0
                        ? BigInteger.ZERO
                        : value.precision() - value.scale() > 60
                                ? BigInteger.ONE.shiftLeft(100)
                                : value.setScale(scale).unscaledValue();
                if (scaled.bitLength() > 63) {
                    assertThat(outcome).as(description).isEqualTo(ParseOutcome.RANGE);
                } else {
                    assertThat(outcome).as(description).isEqualTo(ParseOutcome.OK);
                    assertThat(parser.unscaled()).as(description).isEqualTo(scaled.longValueExact());
                }
            }
        }
    }

    @Test
    void rescalesLikeBigDecimal() {
        for (long seed = 0; seed < 100_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            long value = random.nextLong() >> random.nextInt(64);
            if (random.nextBoolean()) {
                value = value / 1_000_000 * 1_000_000;
            }
            int fromScale = random.nextInt(19);
            int scale = random.nextInt(19);
            ParseOutcome outcome = parser.rescale(value, fromScale, scale);
            BigDecimal exact = BigDecimal.valueOf(value, fromScale);
            String description = "seed " + seed;
            if (value != 0 && exact.stripTrailingZeros().scale() > scale) {
                assertThat(outcome).as(description).isEqualTo(ParseOutcome.PRECISION);
            } else if (exact.setScale(scale).unscaledValue().bitLength() > 63) {
                assertThat(outcome).as(description).isEqualTo(ParseOutcome.RANGE);
            } else {
                assertThat(outcome).as(description).isEqualTo(ParseOutcome.OK);
                assertThat(parser.unscaled())
                        .as(description)
                        .isEqualTo(exact.setScale(scale).unscaledValue().longValueExact());
            }
        }
    }

    private static String number(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        if (random.nextInt(4) == 0) {
            text.append('-');
        }
        int whole = random.nextInt(random.nextInt(5) == 0 ? 30 : 6);
        if (whole == 0) {
            text.append('0');
        } else {
            text.append(1 + random.nextInt(9));
            digits(text, whole - 1, random);
        }
        if (random.nextBoolean()) {
            text.append('.');
            digits(text, 1 + random.nextInt(random.nextInt(5) == 0 ? 30 : 9), random);
        }
        if (random.nextInt(4) == 0) {
            text.append(random.nextBoolean() ? 'e' : 'E');
            int sign = random.nextInt(3);
            text.append(sign == 0 ? "" : sign == 1 ? "-" : "+").append(random.nextInt(25));
        }
        return text.toString();
    }

    private static void digits(StringBuilder text, int count, SplittableRandom random) {
        int zerosFrom = random.nextBoolean() ? random.nextInt(count + 1) : count;
        for (int i = 0; i < count; i++) {
            text.append(i >= zerosFrom ? 0 : random.nextInt(10));
        }
    }

    private static String soup(SplittableRandom random) {
        String alphabet = "0123456789.-+eE ";
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(9); i >= 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }
}
