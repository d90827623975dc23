package dev.candlewick.core.parse;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Times are read exactly, and what is no time is told apart from what does not fit. */
final class TimeParserTest {
    private final TimeParser parser = new TimeParser();

    private ParseOutcome iso(String text) {
        byte[] bytes = (" " + text + " ").getBytes(StandardCharsets.UTF_8);
        return parser.parseIso(bytes, 1, bytes.length - 2);
    }

    private ParseOutcome seconds(String text) {
        byte[] bytes = (" " + text + "9").getBytes(StandardCharsets.UTF_8);
        return parser.parseSeconds(bytes, 1, bytes.length - 2);
    }

    private ParseOutcome millis(String text) {
        byte[] bytes = (" " + text + "9").getBytes(StandardCharsets.UTF_8);
        return parser.parseMillis(bytes, 1, bytes.length - 2);
    }

    @Test
    void readsDatesAsTheJdkDoes() {
        DateTimeFormatter form =
                DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);
        for (long seed = 0; seed < 50_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Instant instant = Instant.ofEpochSecond(random.nextLong(-9_000_000_000L, 9_000_000_000L), 0)
                    .plusNanos(random.nextLong(1_000_000_000L));
            int digits = random.nextInt(10);
            String fraction = "%09d".formatted(instant.getNano()).substring(0, digits);
            String text = form.format(instant) + (digits == 0 ? "" : "." + fraction) + "Z";
            assertThat(iso(text)).as(text).isEqualTo(ParseOutcome.OK);
            Instant expected = Instant.parse(text);
            assertThat(parser.nanos())
                    .as("seed " + seed + ": " + text)
                    .isEqualTo(expected.getEpochSecond() * 1_000_000_000L + expected.getNano());
        }
    }

    @Test
    void readsOffsetsAndFurtherZeros() {
        assertThat(iso("2023-09-25T09:49:37.708706+02:00")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_695_628_177_708_706_000L);
        assertThat(iso("2023-09-25T04:19:37.708706-03:30")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_695_628_177_708_706_000L);
        assertThat(iso("2023-09-25t07:49:37.70870600000z")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_695_628_177_708_706_000L);
        assertThat(iso("2024-02-29T23:59:59.999999999Z")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_709_251_199_999_999_999L);
    }

    @Test
    void refusesWhatIsNoDate() {
        for (String text : new String[] {
            "",
            "Z",
            "2023-09-25",
            "2023-09-25T07:49:37",
            "2023-09-25 07:49:37Z",
            "2023-09-25T07:49:37.Z",
            "2023-09-25T07:49:37.7087060001Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2023-00-10T00:00:00Z",
            "2023-13-10T00:00:00Z",
            "2023-04-31T00:00:00Z",
            "2023-09-25T24:00:00Z",
            "2023-09-25T23:60:00Z",
            "2023-09-25T23:59:60Z",
            "2023-09-25T23:59:5xZ",
            "2O23-09-25T23:59:50Z",
            "-023-09-25T23:59:50Z",
            "2023-09-25T07:49:37ZZ",
            "2023-09-25T07:49:37+24:00",
            "2023-09-25T07:49:37+0200",
            "1695628177708706000000000"
        }) {
            assertThat(iso(text)).as(text).isEqualTo(ParseOutcome.UNPARSABLE);
        }
        assertThat(iso("0001-01-01T00:00:00Z")).isEqualTo(ParseOutcome.RANGE);
        assertThat(iso("9999-12-31T23:59:59Z")).isEqualTo(ParseOutcome.RANGE);
    }

    @Test
    void readsSecondsDigitByDigit() {
        for (long seed = 0; seed < 50_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            String text = BigDecimal.valueOf(random.nextLong(Long.MAX_VALUE), 9)
                    .setScale(random.nextInt(10), java.math.RoundingMode.DOWN)
                    .toPlainString();
            assertThat(seconds(text)).as(text).isEqualTo(ParseOutcome.OK);
            assertThat(parser.nanos())
                    .as("seed " + seed + ": " + text)
                    .isEqualTo(new BigDecimal(text).movePointRight(9).longValueExact());
        }
        assertThat(seconds("1534614057.321597")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_534_614_057_321_597_000L);
        for (String text :
                new String[] {"", ".5", "5.", "-1", "1e9", "01", "1.5.5", "1,5", "0x1", "1534614057.3215970001"}) {
            assertThat(seconds(text)).as(text).isEqualTo(ParseOutcome.UNPARSABLE);
        }
        assertThat(seconds("9223372036.854775807")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(Long.MAX_VALUE);
        assertThat(seconds("9223372036.854775808")).isEqualTo(ParseOutcome.RANGE);
        assertThat(seconds("9".repeat(40))).isEqualTo(ParseOutcome.RANGE);
    }

    @Test
    void readsMillisecondsAndMicroseconds() {
        assertThat(millis("1672515782136")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_672_515_782_136_000_000L);
        assertThat(millis("1672515782136125")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(1_672_515_782_136_125_000L);
        assertThat(millis("0")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isZero();
        assertThat(millis("-5")).isEqualTo(ParseOutcome.OK);
        assertThat(parser.nanos()).isEqualTo(-5_000_000L);
        assertThat(millis("99999999999999")).isEqualTo(ParseOutcome.RANGE);
        assertThat(millis("1".repeat(30))).isEqualTo(ParseOutcome.RANGE);
        for (String text : new String[] {"", "-", "1.5", "1e3", "007", "abc", "+1"}) {
            assertThat(millis(text)).as(text).isEqualTo(ParseOutcome.UNPARSABLE);
        }
    }
}
