package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How open candles go out, on a processing time that the test moves by hand (design section 3, candles.live). */
class LiveTapTest {
    private static final int UNLIMITED = 1_000_000;

    private static Harness<Trade, Published> market(Backend backend, int maxRate) throws Exception {
        return Harness.market(backend, Harness.SETTINGS, new LiveSettings(true, maxRate), false, Start.fresh());
    }

    private static List<LiveCandles> live(Harness<Trade, Published> market) {
        return market.take(MarketDataOperator.LIVE);
    }

    @ParameterizedTest
    @EnumSource
    void theFirstChangeGoesOutAtOnceWithAllOpenCandles(Backend backend) throws Exception {
        try (var market = market(backend, UNLIMITED)) {
            market.process(at("12:00:00.200").price("101"));

            assertThat(live(market)).singleElement().satisfies(open -> {
                assertThat(open.symbol()).isEqualTo("BTC-USD");
                assertThat(open.candles())
                        .extracting(candle -> candle.interval().name())
                        .containsExactly("1s", "10s");
                assertThat(open.candles()).noneMatch(Candle::isFinal).allMatch(candle -> candle.trades() == 1);
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterThatItGoesOutFiveTimesASecondAtMostAndOnlyWhenChanged(Backend backend) throws Exception {
        try (var market = market(backend, UNLIMITED)) {
            List<Long> sent = new ArrayList<>();
            long lastCount = 0;
            // A trade every 10 ms for 2 s.
            for (long now = 0; now < 2_000; now += 10) {
                market.flink.setProcessingTime(now);
                market.process(at("12:00:00.200"));
                for (LiveCandles open : live(market)) {
                    sent.add(now);
                    lastCount = open.candles().get(0).trades();
                }
            }
            assertThat(sent).hasSizeBetween(9, 11);
            for (int i = 1; i < sent.size(); i++) {
                assertThat(sent.get(i) - sent.get(i - 1)).as("sent at %s", sent).isGreaterThanOrEqualTo(200);
            }
            assertThat(lastCount).as("trades in the last update").isGreaterThan(160);

            // The rest comes with the next turn; then it is quiet.
            int after = 0;
            for (long now = 2_000; now < 3_000; now += 10) {
                market.flink.setProcessingTime(now);
                for (LiveCandles open : live(market)) {
                    after++;
                    assertThat(open.candles().get(0).trades()).isEqualTo(200);
                }
            }
            assertThat(after).isEqualTo(1);

            // And after the quiet the next change goes out at once again.
            market.process(at("12:00:00.300"));
            assertThat(live(market)).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingGoesOutForAnInstrumentWhoseCandlesAllClosed(Backend backend) throws Exception {
        try (var market = market(backend, UNLIMITED)) {
            market.process(at("12:00:00.200"));
            market.process(at("12:00:00.300"));
            live(market);
            market.watermark("12:00:10");
            for (long now = 0; now < 1_000; now += 50) {
                market.flink.setProcessingTime(now);
            }
            assertThat(live(market)).isEmpty();
        }
    }

    /** A partition that is silent from the beginning holds back time while another one brings a backlog. */
    @ParameterizedTest
    @EnumSource
    void ofVeryManyOpenCandlesTheNewestGoOut(Backend backend) throws Exception {
        try (var market = market(backend, UNLIMITED)) {
            LocalTime noon = LocalTime.NOON;
            for (int second = 0; second < 700; second++) {
                market.process(at(noon.plusSeconds(second).toString()));
            }
            live(market);
            market.flink.setProcessingTime(1_000);

            List<Candle> open = live(market).get(0).candles();

            assertThat(open).hasSize(2 * MarketEngine.OPEN_CANDLES_MAX);
            assertNewest(open.subList(0, 64), "1s", noon.plusSeconds(699), 1_000_000_000L);
            assertNewest(open.subList(64, 128), "10s", noon.plusSeconds(690), 10_000_000_000L);
        }
    }

    private static void assertNewest(List<Candle> candles, String interval, LocalTime last, long lengthNanos) {
        long start = TestTrades.nanos(last.toString()) - (candles.size() - 1) * lengthNanos;
        for (Candle candle : candles) {
            assertThat(candle.interval().name()).isEqualTo(interval);
            assertThat(candle.startNanos()).isEqualTo(start);
            assertThat(candle.isFinal()).isFalse();
            start += lengthNanos;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theRateLimitHoldsBackCountsAndCatchesUp(Backend backend) throws Exception {
        // 10 a second over all, 40 instruments that change all the time.
        try (var market = market(backend, 10)) {
            int sent = 0;
            Set<String> symbols = new HashSet<>();
            for (long now = 0; now < 10_000; now += 50) {
                market.flink.setProcessingTime(now);
                for (int i = 0; i < 40; i++) {
                    market.process(at("12:00:00.200").of(Instrument.ofVenue("alpha", "S" + i, 12, 8)));
                }
                for (LiveCandles open : live(market)) {
                    sent++;
                    symbols.add(open.symbol());
                }
            }
            assertThat(sent).isBetween(90, 103);
            assertThat(market.metric("liveSuppressed")).isGreaterThan(1_000);

            // When the burst is over, what was held back is sent with its last content.
            for (long now = 10_000; now < 20_000; now += 50) {
                market.flink.setProcessingTime(now);
                for (LiveCandles open : live(market)) {
                    symbols.add(open.symbol());
                    assertThat(open.candles().get(0).trades()).isEqualTo(200);
                }
            }
            assertThat(symbols).hasSize(40);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLiveTapChangesNothingThatIsFinal(Backend backend) throws Exception {
        List<List<Published>> results = new ArrayList<>();
        for (LiveSettings settings : List.of(LiveSettings.OFF, new LiveSettings(true, UNLIMITED))) {
            try (var market = Harness.market(backend, Harness.SETTINGS, settings, false, Start.fresh())) {
                for (int i = 0; i < 300; i++) {
                    market.flink.setProcessingTime(i * 37L);
                    market.process(at("12:00:%02d.%03d".formatted(i / 10, (i * 97) % 1000))
                            .of(i % 3 == 0 ? TestTrades.ETH : TestTrades.BTC)
                            .price("1" + i)
                            .id("" + i));
                    if (i % 7 == 0) {
                        market.watermark(TestTrades.millis("12:00:%02d".formatted(i / 10)) - 1_500);
                    }
                    if (i % 50 == 0) {
                        market.checkpoint(i);
                    }
                }
                market.finish();
                results.add(market.take());
            }
        }
        assertThat(results.get(0)).hasSizeGreaterThan(50);
        assertThat(results.get(1)).containsExactlyInAnyOrderElementsOf(results.get(0));
    }
}
