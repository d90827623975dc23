package dev.candlewick.testkit.realdata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.testkit.oracle.Oracle;
import dev.candlewick.testkit.oracle.OracleCandle;
import dev.candlewick.testkit.oracle.OracleFlag;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleSettings.DedupKey;
import dev.candlewick.testkit.oracle.OracleSettings.Fill;
import dev.candlewick.testkit.oracle.OracleSettings.Scope;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.oracle.OracleVerdict.Kind;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The oracle against the bars that third parties made of real trades; figures from the sets' PROVENANCE.md. */
class RealDataTest {
    private record BarKey(String symbol, long startNanos) {}

    private static final BiPredicate<OracleCandle, RealBar> PRICES = (candle, bar) -> equal(candle.open(), bar.open())
            && equal(candle.high(), bar.high())
            && equal(candle.low(), bar.low())
            && equal(candle.close(), bar.close());
    private static final BiPredicate<OracleCandle, RealBar> PRICES_AND_VOLUME =
            PRICES.and((candle, bar) -> equal(candle.volume(), bar.volume()));

    private static boolean equal(BigDecimal a, BigDecimal b) {
        return a.compareTo(b) == 0;
    }

    private static Map<BarKey, OracleCandle> byKey(OracleResult result, String interval) {
        Map<BarKey, OracleCandle> byKey = new HashMap<>();
        result.candles(interval).forEach(candle -> byKey.put(new BarKey(candle.symbol(), candle.startNanos()), candle));
        return byKey;
    }

    private static Set<BarKey> keys(List<RealBar> bars) {
        Set<BarKey> keys = new HashSet<>();
        bars.forEach(bar -> keys.add(new BarKey(bar.symbol(), bar.startNanos())));
        return keys;
    }

    private static long matches(
            OracleResult result, String interval, List<RealBar> bars, BiPredicate<OracleCandle, RealBar> equal) {
        Map<BarKey, OracleCandle> candles = byKey(result, interval);
        return bars.stream()
                .filter(bar -> {
                    OracleCandle candle = candles.get(new BarKey(bar.symbol(), bar.startNanos()));
                    return candle != null && equal.test(candle, bar);
                })
                .count();
    }

    private static OracleResult run(List<OracleTrade> trades, OracleSettings settings) {
        OracleResult result = Oracle.run(List.of(trades), settings);
        assertThat(result.doubleEntry().partitions()).allMatch(totals -> totals.residual() == 0);
        assertThat(result.doubleEntry().intervals()).allMatch(totals -> totals.residual() == 0);
        return result;
    }

    @Test
    void binanceCandlesWithVolumeEqualAllReferenceBars() {
        RealData data = RealData.require(RealData.BINANCE);
        List<OracleTrade> trades = data.trades();
        assertThat(trades).hasSize(12_477);
        OracleResult result = run(trades, OracleSettings.crypto());
        assertThat(result.count(Kind.ACCEPTED)).isEqualTo(12_477);

        List<RealBar> minutes = withVolume(data.bars("1m"));
        assertThat(minutes).hasSize(2_469);
        assertThat(matches(result, "1m", minutes, PRICES_AND_VOLUME)).isEqualTo(2_469);
        assertThat(byKey(result, "1m").keySet()).isEqualTo(keys(minutes));
        List<RealBar> fiveMinutes = withVolume(data.bars("5m"));
        assertThat(fiveMinutes).hasSize(706);
        assertThat(matches(result, "5m", fiveMinutes, PRICES_AND_VOLUME)).isEqualTo(706);
        assertThat(byKey(result, "5m").keySet()).isEqualTo(keys(fiveMinutes));
    }

    @Test
    void binanceCarryFillsEqualAllFlatReferenceBars() {
        RealData data = RealData.require(RealData.BINANCE);
        OracleResult result = run(data.trades(), OracleSettings.crypto().withFill(Fill.CARRY, 100_000));
        List<RealBar> minutes = data.bars("1m");
        assertThat(minutes).hasSize(3_560);
        assertThat(matches(result, "1m", minutes, PRICES_AND_VOLUME)).isEqualTo(3_560);
        assertThat(byKey(result, "1m").keySet()).isEqualTo(keys(minutes));
        assertThat(result.candles("1m").stream().filter(OracleCandle::isSynthetic))
                .hasSize(1_091);
        List<RealBar> fiveMinutes = data.bars("5m");
        assertThat(matches(result, "5m", fiveMinutes, PRICES_AND_VOLUME))
                .isEqualTo(712)
                .isEqualTo(fiveMinutes.size());
        assertThat(result.candles("5m").stream().filter(OracleCandle::isSynthetic))
                .hasSize(6);
    }

    @Test
    void binanceDedupWithoutIdsBreaksExactlyOneBar() {
        RealData data = RealData.require(RealData.BINANCE);
        OracleResult result = run(data.trades(), OracleSettings.crypto().withDedupKey(DedupKey.FINGERPRINT));
        assertThat(matches(result, "1m", withVolume(data.bars("1m")), PRICES_AND_VOLUME))
                .isEqualTo(2_468);
    }

    private static List<RealBar> withVolume(List<RealBar> bars) {
        return bars.stream().filter(bar -> bar.volume().signum() > 0).toList();
    }

    @Test
    void comexPricesEqualAllReferenceBarsAndVolumesAllButTheRepeatedLastRows() {
        RealData data = RealData.require(RealData.COMEX);
        List<OracleTrade> trades = data.trades();
        assertThat(trades).hasSize(92_514);
        OracleResult result = run(trades, OracleSettings.futures());
        assertThat(result.count(Kind.ACCEPTED)).isEqualTo(92_514);
        List<RealBar> minutes = data.bars("1m");
        assertThat(minutes).hasSize(3_037);
        assertThat(byKey(result, "1m").keySet()).isEqualTo(keys(minutes));
        assertThat(matches(result, "1m", minutes, PRICES)).isEqualTo(3_037);
        assertThat(matches(result, "1m", minutes, PRICES_AND_VOLUME)).isEqualTo(3_024);
        // 52 bars without volume although trades happened: their own flag, whatever is inherited.
        assertThat(result.candles("1m").stream()
                        .filter(candle -> candle.volume().signum() == 0))
                .hasSize(52)
                .allMatch(candle -> candle.vwap() == null && candle.flags().contains(OracleFlag.ZERO_VOLUME));
    }

    @Test
    void comexDedupOfIdenticalRowsLeavesOnly1238Bars() {
        RealData data = RealData.require(RealData.COMEX);
        OracleResult result = run(data.trades(), OracleSettings.futures().withDedupKey(DedupKey.FINGERPRINT));
        assertThat(result.count(Kind.DUPLICATE)).isEqualTo(17_376);
        assertThat(matches(result, "1m", data.bars("1m"), PRICES_AND_VOLUME)).isEqualTo(1_238);
    }

    @Test
    void ibmConsolidatedEqualsTheReferenceAsFarAsPossibleWithoutSaleConditions() {
        RealData data = RealData.require(RealData.IBM);
        List<OracleTrade> trades = data.trades();
        assertThat(trades).hasSize(57_674);
        OracleResult result = run(trades, OracleSettings.usEquities());
        assertThat(result.count(Kind.ACCEPTED)).isEqualTo(57_674);
        List<RealBar> minutes = data.bars("1m");
        List<RealBar> seconds = data.bars("1s");
        assertThat(minutes).hasSize(877);
        assertThat(seconds).hasSize(11_949);
        assertThat(matches(result, "1m", minutes, PRICES_AND_VOLUME)).isEqualTo(469);
        assertThat(matches(result, "1s", seconds, PRICES_AND_VOLUME)).isEqualTo(7_993);
    }

    @Test
    void ibmPerVenueHasOneCandleOfEachVenue() {
        RealData data = RealData.require(RealData.IBM);
        OracleResult result = run(data.trades(), OracleSettings.usEquities().withScope(Scope.VENUE));
        assertThat(result.candles().stream().map(OracleCandle::venue).distinct())
                .hasSize(13);
    }

    @Test
    void absentSetSkipsTheTestAndNamesTheFolder() {
        assertThatThrownBy(() -> RealData.require("no-such-set"))
                .isInstanceOf(TestAbortedException.class)
                .hasMessageContaining(RealData.root().resolve("no-such-set").toString())
                .hasMessageContaining("candlewick.data");
    }
}
