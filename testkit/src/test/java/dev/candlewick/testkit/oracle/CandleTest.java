package dev.candlewick.testkit.oracle;

import static dev.candlewick.testkit.oracle.Log.at;
import static dev.candlewick.testkit.oracle.Log.lines;
import static dev.candlewick.testkit.oracle.Log.log;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.testkit.oracle.OracleSettings.Fill;
import dev.candlewick.testkit.oracle.OracleSettings.Scope;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Windows, sums, VWAP of a candle, scope, fills, inherited flags (3, 4.1, 4.3, 4.8, 4.9). */
class CandleTest {
    private static final OracleSettings SECONDS = OracleSettings.crypto().withIntervals("1s");

    @Test
    void candleHasAllItsFieldsComputedByHand() {
        OracleResult result = log().trade("14:00:00.25", "2", "1.50", "3")
                .trade("14:00:00.125", "1", "1.2", "0.50")
                .trade("14:00:00.75", "3", "1.1", "0.5")
                .trade("14:00:00.999999999", "4", "1.3", "1")
                .run(SECONDS);
        assertThat(result.candles())
                .containsExactly(new OracleCandle(
                        "V",
                        "S",
                        "1s",
                        at("14:00:00"),
                        at("14:00:01"),
                        new BigDecimal("1.2"),
                        new BigDecimal("1.5"),
                        new BigDecimal("1.1"),
                        new BigDecimal("1.3"),
                        new BigDecimal("5"),
                        // 4.5 + 0.6 + 0.55 + 1.3
                        new BigDecimal("6.95"),
                        new BigDecimal("1.39"),
                        4,
                        at("14:00:00.125"),
                        at("14:00:00.999999999"),
                        List.of()));
    }

    @Test
    void windowHoldsItsStartAndNotItsEnd() {
        OracleResult result = log().trade("13:59:59.999999999", "1", "1", "1")
                .trade("14:00:00", "2", "2", "1")
                .trade("14:00:00.999999999", "3", "3", "1")
                .trade("14:00:01", "4", "4", "1")
                .run(OracleSettings.crypto().withIntervals("1s", "1m"));
        assertThat(lines(result, "1s"))
                .containsExactly("13:59:59 1 1 1 1 1 1", "14:00:00 2 3 2 3 2 2", "14:00:01 4 4 4 4 1 1");
        assertThat(lines(result, "1m")).containsExactly("13:59:00 1 1 1 1 1 1", "14:00:00 2 4 2 4 3 3");
    }

    @Test
    void windowsBefore1970StartBelowTheTime() {
        OracleInterval second = OracleInterval.parse("1s");
        assertThat(second.windowStart(-1)).isEqualTo(-1_000_000_000L);
        assertThat(second.windowEnd(-1)).isZero();
        assertThat(second.windowStart(0)).isZero();
        assertThat(second.windowEnd(0)).isEqualTo(1_000_000_000L);
    }

    @Test
    void allDefaultIntervalsAreLabelledByTheirStart() {
        OracleResult result = log().trade("14:38:47.5", "1", "1", "1").run(OracleSettings.crypto());
        assertThat(result.candles())
                .extracting(OracleCandle::interval, OracleCandle::startNanos, OracleCandle::endNanos)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("1s", at("14:38:47"), at("14:38:48")),
                        org.assertj.core.groups.Tuple.tuple("10s", at("14:38:40"), at("14:38:50")),
                        org.assertj.core.groups.Tuple.tuple("1m", at("14:38:00"), at("14:39:00")),
                        org.assertj.core.groups.Tuple.tuple("3m", at("14:36:00"), at("14:39:00")),
                        org.assertj.core.groups.Tuple.tuple("5m", at("14:35:00"), at("14:40:00")),
                        org.assertj.core.groups.Tuple.tuple("15m", at("14:30:00"), at("14:45:00")));
    }

    @Test
    void vwapIsRoundedHalfEvenAtTwelveDecimals() {
        assertThat(vwapOf("0.000000000001", "0.000000000002")).isEqualTo(new BigDecimal("0.000000000002"));
        assertThat(vwapOf("0.000000000002", "0.000000000003")).isEqualTo(new BigDecimal("0.000000000002"));
        OracleResult thirds = log().trade("14:00:00", "1", "1", "1")
                .trade("14:00:00", "2", "2", "2")
                .run(SECONDS);
        assertThat(thirds.candles().get(0).vwap()).isEqualTo(new BigDecimal("1.666666666667"));
    }

    private static BigDecimal vwapOf(String first, String second) {
        OracleResult result = log().trade("14:00:00", "1", first, "1")
                .trade("14:00:00", "2", second, "1")
                .run(SECONDS);
        return result.candles().get(0).vwap();
    }

    @Test
    void vwapIsRoundedAtTheInstrumentsPriceScaleWhereThatIsFiner() {
        OracleSettings settings = SECONDS.withScales(symbol -> symbol.equals("S") ? 18 : 2, symbol -> 0);
        OracleResult result = log().on("V", "S", "14:00:00", "1", null, "1", "1")
                .on("V", "S", "14:00:00", "2", null, "2", "2")
                .on("V", "T", "14:00:00", "1", null, "1", "1")
                .on("V", "T", "14:00:00", "2", null, "2", "2")
                .run(settings);
        assertThat(result.candles())
                .extracting(OracleCandle::vwap)
                .containsExactly(new BigDecimal("1.666666666666666667"), new BigDecimal("1.666666666667"));
    }

    @Test
    void sumsBeyond64BitsAreExact() {
        OracleResult result = log().trade("14:00:00", "1", "700000.000000000", "20000000")
                .trade("14:00:00", "2", "700000.000000001", "20000000")
                .run(OracleSettings.futures().withIntervals("1s"));
        OracleCandle candle = result.candles().get(0);
        assertThat(candle.notional()).isEqualTo(new BigDecimal("28000000000000.02"));
        assertThat(candle.vwap()).isEqualTo(new BigDecimal("700000.0000000005"));
    }

    @Test
    void sumBeyond38DigitsStopsWithInstrumentAndWindow() {
        OracleSettings settings = SECONDS.withScales(symbol -> 0, symbol -> 0);
        Log log = log().trade("14:00:00", "1", "9000000000000000000", "9000000000000000000");
        assertThat(log.run(settings).candles()).hasSize(1);
        log.trade("14:00:00", "2", "9000000000000000000", "9000000000000000000");
        assertThatThrownBy(() -> log.run(settings))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("V, S, 1s window at " + at("14:00:00"));
    }

    @Test
    void scopeSeparatesVenuesOrJoinsThem() {
        Log log = log().on("A", "S", "14:00:00.2", "1", null, "2", "1")
                .on("B", "S", "14:00:00.1", "1", null, "1", "1")
                .on("A", "s", "14:00:00.3", "1", null, "3", "1");
        assertThat(log.run(SECONDS).candles())
                .extracting(OracleCandle::venue, OracleCandle::symbol, OracleCandle::trades)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("A", "S", 1L),
                        org.assertj.core.groups.Tuple.tuple("A", "s", 1L),
                        org.assertj.core.groups.Tuple.tuple("B", "S", 1L));
        OracleResult consolidated = log.run(SECONDS.withScope(Scope.CONSOLIDATED));
        assertThat(consolidated.candles())
                .extracting(OracleCandle::venue, OracleCandle::symbol)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("CONSOLIDATED", "S"),
                        org.assertj.core.groups.Tuple.tuple("CONSOLIDATED", "s"));
        // One id on two venues is two trades and no conflict.
        assertThat(lines(consolidated, "1s")).containsExactly("14:00:00 1 2 1 2 2 2", "14:00:00 3 3 3 3 1 1");
        assertThat(consolidated.idConflicts()).isEmpty();
    }

    @Test
    void zeroSizesSetPricesAndFlagTheCandleAndAllCoarserOnes() {
        OracleResult result = log().trade("14:00:00", "1", "3", "0")
                .trade("14:00:00.5", "2", "4", "0.0")
                .trade("14:00:10", "3", "5", "2")
                .run(OracleSettings.crypto().withZeroSizeAllowed(true).withIntervals("1s", "10s", "1m"));
        assertThat(lines(result, "1s")).containsExactly("14:00:00 3 4 3 4 0 2 [ZERO_VOLUME]", "14:00:10 5 5 5 5 2 1");
        assertThat(lines(result, "10s")).containsExactly("14:00:00 3 4 3 4 0 2 [ZERO_VOLUME]", "14:00:10 5 5 5 5 2 1");
        assertThat(lines(result, "1m")).containsExactly("14:00:00 3 5 3 5 2 3 [ZERO_VOLUME]");
        assertThat(result.candles("1s").get(0).vwap()).isNull();
        assertThat(result.candles("1s").get(0).notional()).isEqualTo(BigDecimal.ZERO);
        assertThat(result.candles("1m").get(0).vwap()).isEqualTo(new BigDecimal("5"));
    }

    @Test
    void zeroSizeBesideAnotherSizeIsNoZeroVolume() {
        OracleResult result = log().trade("14:00:00", "1", "3", "0")
                .trade("14:00:00", "2", "4", "1")
                .run(SECONDS.withZeroSizeAllowed(true));
        assertThat(lines(result, "1s")).containsExactly("14:00:00 3 4 3 4 1 2");
    }

    @Test
    void flagsGoUpThroughTheCoarsestIntervalThatDivides() {
        // 6s is merged from 3s, not from 2s; the flag arrives all the same, and nowhere else.
        OracleResult result = log().trade("14:00:00", "1", "3", "0")
                .trade("14:00:02", "2", "4", "1")
                .trade("14:00:06", "3", "4", "1")
                .run(OracleSettings.crypto().withZeroSizeAllowed(true).withIntervals("1s", "2s", "3s", "6s"));
        assertThat(result.candles())
                .filteredOn(candle -> candle.flags().contains(OracleFlag.ZERO_VOLUME))
                .allMatch(candle -> candle.startNanos() == at("14:00:00"))
                .extracting(OracleCandle::interval)
                .containsExactly("1s", "2s", "3s", "6s");
    }

    @Test
    void emptyWindowsAreOmittedByDefault() {
        OracleResult result = log().trade("14:00:00", "1", "1", "1")
                .trade("14:00:05", "2", "2", "1")
                .run(SECONDS);
        assertThat(result.candles()).hasSize(2);
    }

    @Test
    void carryFillsFlatAtThePreviousCloseUpToTheNextCandleAndNeverBehindTheLast() {
        OracleResult result = log().trade("14:00:00", "1", "7", "1")
                .trade("14:00:00.5", "2", "5", "1")
                .trade("14:00:03", "3", "6", "1")
                .trade("14:00:04", "4", "9", "1")
                .run(OracleSettings.crypto().withIntervals("1s", "10s").withFill(Fill.CARRY, 100_000));
        assertThat(lines(result, "1s"))
                .containsExactly(
                        "14:00:00 7 7 5 5 2 2",
                        "14:00:01 5 5 5 5 0 0 [SYNTHETIC]",
                        "14:00:02 5 5 5 5 0 0 [SYNTHETIC]",
                        "14:00:03 6 6 6 6 1 1",
                        "14:00:04 9 9 9 9 1 1");
        assertThat(lines(result, "10s")).containsExactly("14:00:00 7 9 5 9 4 4");
        OracleCandle fill = result.candles("1s").get(1);
        assertThat(fill.isSynthetic()).isTrue();
        assertThat(fill.vwap()).isNull();
        assertThat(fill.notional()).isEqualTo(BigDecimal.ZERO);
        assertThat(fill.firstTradeNanos()).isNull();
        assertThat(fill.lastTradeNanos()).isNull();
        assertThat(fill.endNanos()).isEqualTo(at("14:00:02"));
    }

    @Test
    void gapOfExactlyFillMaxIsNotTruncated() {
        OracleResult result = log().trade("14:00:00", "1", "7", "1")
                .trade("14:00:03", "2", "6", "1")
                .run(SECONDS.withFill(Fill.CARRY, 2));
        assertThat(lines(result, "1s"))
                .containsExactly(
                        "14:00:00 7 7 7 7 1 1",
                        "14:00:01 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:02 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:03 6 6 6 6 1 1");
    }

    @Test
    void longerGapFillsTheFirstWindowsAndFlagsTheNextCandleAndItsCoarserOnes() {
        OracleResult result = log().trade("14:00:00", "1", "7", "1")
                .trade("14:00:34", "2", "6", "1")
                .trade("14:00:35", "3", "6", "1")
                .run(OracleSettings.crypto().withIntervals("1s", "10s", "1m").withFill(Fill.CARRY, 2));
        assertThat(lines(result, "1s"))
                .containsExactly(
                        "14:00:00 7 7 7 7 1 1",
                        "14:00:01 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:02 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:34 6 6 6 6 1 1 [FILL_TRUNCATED]",
                        "14:00:35 6 6 6 6 1 1");
        // Its own gap of two windows is filled; the flag is inherited from the 1s candle.
        assertThat(lines(result, "10s"))
                .containsExactly(
                        "14:00:00 7 7 7 7 1 1",
                        "14:00:10 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:20 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:30 6 6 6 6 2 2 [FILL_TRUNCATED]");
        assertThat(lines(result, "1m")).containsExactly("14:00:00 7 7 6 6 3 3 [FILL_TRUNCATED]");
    }

    @Test
    void fillRepeatsTheCloseOfACandleWithoutVolumeAndNotItsFlags() {
        OracleResult result = log().trade("14:00:00", "1", "7", "0")
                .trade("14:00:02", "2", "6", "1")
                .run(SECONDS.withZeroSizeAllowed(true).withFill(Fill.CARRY, 9));
        assertThat(lines(result, "1s"))
                .containsExactly(
                        "14:00:00 7 7 7 7 0 1 [ZERO_VOLUME]",
                        "14:00:01 7 7 7 7 0 0 [SYNTHETIC]",
                        "14:00:02 6 6 6 6 1 1");
    }

    @Test
    void otherIntervalListsAreRefused() {
        OracleSettings settings = OracleSettings.crypto();
        assertThatThrownBy(() -> settings.withIntervals("2s", "5s"))
                .hasMessage("intervals must be multiples of the finest one, 2s, was 5s (intervals)");
        assertThatThrownBy(() -> settings.withIntervals("1m", "60s")).hasMessageContaining("must differ");
        assertThatThrownBy(settings::withIntervals).hasMessageContaining("must not be empty");
        assertThatThrownBy(() -> settings.withIntervals("0s")).hasMessageContaining("was 0s");
        assertThatThrownBy(() -> new OracleInterval("odd", 1_500_000L)).hasMessageContaining("multiple of 1 ms");
        assertThat(settings.withIntervals("1m", "500ms").finest().name()).isEqualTo("500ms");
    }
}
