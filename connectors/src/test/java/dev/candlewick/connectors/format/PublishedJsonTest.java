package dev.candlewick.connectors.format;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The canonical text, byte by byte. */
class PublishedJsonTest {
    private final PublishedJson json = new PublishedJson("crypto@0a1b");

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Candle candle(boolean isFinal, int flags) {
        return new Candle(
                "binance",
                "XBT/USDT",
                Interval.parse("1m"),
                1_767_571_200_000_000_000L,
                12,
                8,
                42_000_500_000_000_000L,
                42_001_000_000_000_000L,
                3_846_500L,
                42_000_000_000_000_001L,
                Int128.of(250_000_000L),
                Int128.of(new BigInteger("10500125000000000000000000")),
                17,
                1_767_571_200_000_000_001L,
                1_767_571_259_999_999_999L,
                2,
                RevisionReason.LATE,
                isFinal,
                new Int128(0xabL, -1L),
                flags,
                16);
    }

    @Test
    void aCandleHasEveryFieldInItsOrder() {
        int flags = CandleFlag.ZERO_VOLUME.bit() | CandleFlag.ID_CONFLICT.bit();
        assertThat(text(json.candle(candle(true, flags))))
                .isEqualTo("{\"venue\":\"binance\",\"symbol\":\"XBT/USDT\",\"interval\":\"1m\","
                        + "\"start_ns\":1767571200000000000,\"end_ns\":1767571260000000000,"
                        + "\"open\":\"42000.5\",\"high\":\"42001\",\"low\":\"0.0000038465\","
                        + "\"close\":\"42000.000000000001\",\"volume\":\"2.5\",\"notional\":\"105001.25\","
                        + "\"vwap\":\"42000.5\",\"trades\":17,\"first_trade_ns\":1767571200000000001,"
                        + "\"last_trade_ns\":1767571259999999999,\"revision\":2,\"reason\":\"LATE\",\"final\":true,"
                        + "\"digest\":\"00000000000000abffffffffffffffff\","
                        + "\"flags\":[\"ID_CONFLICT\",\"ZERO_VOLUME\"],\"profile\":\"crypto@0a1b\"}");
    }

    @Test
    void liveCandlesAreOneObject() {
        String open = text(json.candle(candle(false, 0)));
        assertThat(open).contains("\"final\":false,\"digest\"").contains("\"flags\":[],\"profile\"");
        LiveCandles live = new LiveCandles("binance", "XBT/USDT", List.of(candle(false, 0), candle(false, 0)));
        assertThat(text(json.live(live)))
                .isEqualTo("{\"venue\":\"binance\",\"symbol\":\"XBT/USDT\",\"candles\":[" + open + "," + open + "]}");
    }

    @Test
    void aVwapRowWithoutVolumeHasNull() {
        VwapRow row =
                new VwapRow("V", "S", -1_000_000_000L, 2, 0, Int128.ZERO, Int128.ZERO, 1, 0, RevisionReason.CLOSED);
        assertThat(text(json.vwap(row)))
                .isEqualTo("{\"venue\":\"V\",\"symbol\":\"S\",\"at_ns\":-1000000000,\"vwap\":null,\"volume\":\"0\","
                        + "\"notional\":\"0\",\"trades\":1,\"revision\":0,\"reason\":\"CLOSED\","
                        + "\"profile\":\"crypto@0a1b\"}");
    }

    @Test
    void namesAndOriginalBytesAreEscaped() {
        Rejected rejected = new Rejected(
                Reason.UNPARSABLE,
                "quote \" backslash \\ tab \t é",
                new byte[] {'"', '\\', 1, 'x'},
                Trade.TIME_ABSENT,
                5,
                Trade.TIME_ABSENT,
                0,
                3,
                9);
        assertThat(text(json.rejected(rejected, "trades")))
                .isEqualTo("{\"reason\":\"UNPARSABLE\",\"message\":\"quote \\\" backslash \\\\ tab \\u0009 é\","
                        + "\"event_time_ns\":null,\"recv_time_ns\":5,\"ingest_time_ns\":null,"
                        + "\"read_source\":\"trades\",\"read_partition\":3,\"read_offset\":9,"
                        + "\"raw\":\"\\\"\\\\\\u0001x\",\"raw_base64\":\"IlwBeA==\"}");
    }

    @Test
    void aRejectedMessageOfAnyLengthFitsItsTopic() {
        for (int length : new int[] {65_536, 65_537, 1_048_588, 3_000_000, 3_000_001, 20_000_000}) {
            for (byte fill : new byte[] {'x', 1, (byte) 0xff}) {
                byte[] raw = new byte[length];
                Arrays.fill(raw, fill);
                byte[] value = json.rejected(
                        new Rejected(Reason.UNPARSABLE, "why", raw, Trade.TIME_ABSENT, 5, Trade.TIME_ABSENT, 0, 3, 9),
                        "trades");

                assertThat(value).hasSizeLessThanOrEqualTo(PublishedJson.REJECTED_BYTES_MAX);
                String text = text(value);
                boolean isText = length <= 65_536 && fill != (byte) 0xff;
                assertThat(text.contains("\"raw\":null"))
                        .as("%d %d", length, fill)
                        .isEqualTo(!isText);
                int begin = text.indexOf("\"raw_base64\":\"") + "\"raw_base64\":\"".length();
                byte[] kept = Base64.getDecoder().decode(text.substring(begin, text.length() - 2));
                assertThat(kept).isEqualTo(Arrays.copyOf(raw, Math.min(length, 3_000_000)));
                assertThat(text.contains("(the first 3000000 of " + length + " bytes)"))
                        .isEqualTo(length > 3_000_000);
            }
        }
    }

    @Test
    void decimalsEqualBigDecimals() {
        Random random = new Random(11);
        ByteWriter writer = new ByteWriter(64);
        for (int i = 0; i < 200_000; i++) {
            int scale = random.nextInt(19);
            long value = random.nextLong() >> random.nextInt(64);
            // Trailing zeros are what is cut.
            value = i % 3 == 0 ? value / 1_000_000 * 1_000_000 : value;
            writer.clear();
            writer.putDecimal(value, scale).put(' ').putDecimal(Int128.of(value), scale);
            String expected = plain(BigDecimal.valueOf(value, scale));
            assertThat(text(writer.toByteArray())).isEqualTo(expected + ' ' + expected);
            BigInteger wide = new BigInteger(random.nextInt(127), random);
            wide = random.nextBoolean() ? wide.negate() : wide;
            int wideScale = random.nextInt(37);
            writer.clear();
            assertThat(text(writer.putDecimal(Int128.of(wide), wideScale).toByteArray()))
                    .isEqualTo(plain(new BigDecimal(wide, wideScale)));
        }
        writer.clear();
        assertThat(text(writer.putDecimal(Long.MIN_VALUE, 18).toByteArray())).isEqualTo("-9.223372036854775808");
    }

    private static String plain(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    @Test
    void aQualityEventHasItsDetailAsAnObject() {
        QualityEvent gap = new QualityEvent(
                QualityKind.SEQUENCE_GAP, "binance", "XBT/USDT", 30, 10, 30, 2, "{\"first\":4,\"last\":5}");
        assertThat(text(json.event(gap)))
                .isEqualTo("{\"kind\":\"SEQUENCE_GAP\",\"venue\":\"binance\",\"symbol\":\"XBT/USDT\","
                        + "\"event_time_ns\":30,\"start_ns\":10,\"end_ns\":30,\"count\":2,"
                        + "\"detail\":{\"first\":4,\"last\":5},\"profile\":\"crypto@0a1b\"}");

        QualityEvent silence = new QualityEvent(QualityKind.SILENCE, "a\"b", null, 30, 10, Trade.TIME_ABSENT, 10, null);
        assertThat(text(json.event(silence)))
                .isEqualTo("{\"kind\":\"SILENCE\",\"venue\":\"a\\\"b\",\"symbol\":null,"
                        + "\"event_time_ns\":30,\"start_ns\":10,\"end_ns\":null,\"count\":10,"
                        + "\"detail\":null,\"profile\":\"crypto@0a1b\"}");
        assertThat(silence.key()).isEqualTo("a\"b|");
        assertThat(gap.key()).isEqualTo("binance|XBT/USDT");
    }

    @Test
    void aReportHasEveryFieldInItsOrder() {
        MinuteReport report = new MinuteReport(
                "v|1",
                "S",
                60_000_000_000L,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                9,
                10,
                11,
                12,
                -13,
                14,
                15,
                16,
                17,
                18,
                19,
                20,
                21);
        assertThat(text(json.report(report)))
                .isEqualTo("{\"venue\":\"v|1\",\"symbol\":\"S\",\"start_ns\":60000000000,\"end_ns\":120000000000,"
                        + "\"trades\":1,\"duplicates\":2,\"conflicts\":3,\"suspects\":4,\"outliers\":5,"
                        + "\"zero_sizes\":6,\"stale_runs\":7,\"gaps_500ms\":8,\"gaps_5s\":9,\"gaps_30s\":10,"
                        + "\"missing_sequences\":11,\"latency_count\":12,\"latency_min_ns\":-13,"
                        + "\"latency_p50_ns\":14,\"latency_p90_ns\":15,\"latency_p99_ns\":16,\"latency_max_ns\":17,"
                        + "\"largest_gap_ns\":18,\"largest_gap_start_ns\":19,\"largest_hole\":20,"
                        + "\"worst_outlier_bps\":21,\"profile\":\"crypto@0a1b\"}");
        assertThat(report.key()).isEqualTo("v\\|1|S|60000000000");

        long none = MinuteReport.ABSENT;
        MinuteReport bare = new MinuteReport(
                "v", "S", 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, none, none, none, none, none, none, none, none, none);
        assertThat(text(json.report(bare)))
                .contains("\"latency_min_ns\":null,\"latency_p50_ns\":null")
                .contains("\"largest_gap_ns\":null,\"largest_gap_start_ns\":null,\"largest_hole\":null");
    }
}
