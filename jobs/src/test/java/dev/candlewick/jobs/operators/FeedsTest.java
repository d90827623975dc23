package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.BTC;
import static dev.candlewick.jobs.operators.TestTrades.ETH;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.quality.GapSequence;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Interval;
import dev.candlewick.jobs.operators.Harness.Start;
import dev.candlewick.jobs.testing.HistoryTrades;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.property.SeededProperty;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each feed of a job has its own engine settings, and an instrument is one of a feed. */
class FeedsTest {
    private static final EngineSettings CRYPTO = EngineSettings.defaults().withQuality(QualitySettings.defaults());
    private static final EngineSettings FUTURES = CRYPTO.withAllowedLatenessNanos(30 * Interval.SECOND_NANOS)
            .withDedupKey(DedupKey.FINGERPRINT)
            .withConflictHorizonNanos(30 * Interval.SECOND_NANOS)
            .withQuality(
                    QualitySettings.defaults().withGapSequence(GapSequence.OFF).withStale(5, Interval.SECOND_NANOS));
    private static final FeedSettings FIRST = new FeedSettings("trades", CRYPTO);
    private static final FeedSettings SECOND = new FeedSettings("futures", FUTURES);

    /** One trade and the watermark behind it. */
    private record Step(Trade trade, long watermarkMillis) {}

    /** Two histories in turns; the instruments of the second are of the second feed and have keys of their own. */
    private static List<Step> steps(long seed) {
        List<List<OracleTrade>> histories = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            histories.add(History.random(2 * seed + i, HistoryOptions.defaults().withTrades(150))
                    .partitions()
                    .get(0));
        }
        HistoryTrades[] trades = {new HistoryTrades(false), new HistoryTrades(true)};
        int[] at = new int[2];
        long high = Long.MIN_VALUE;
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        while (at[0] < histories.get(0).size() || at[1] < histories.get(1).size()) {
            int feed = random.nextInt(2);
            if (at[feed] < histories.get(feed).size()) {
                Trade trade = trades[feed].fill(new Trade(), histories.get(feed).get(at[feed]++));
                trade.instrument = trade.instrument.withFeed(feed);
                high = Math.max(high, trade.eventTimeNanos);
                steps.add(new Step(trade, Math.floorDiv(high, 1_000_000L) - 1_001));
            }
        }
        return steps;
    }

    /** Runs the trades of some feeds; restores in the middle, with feeds that are listed the other way round. */
    private static List<Published> run(
            Backend backend, List<FeedSettings> feeds, List<Step> steps, Set<Integer> taken, boolean turned)
            throws Exception {
        List<Published> published = new ArrayList<>();
        List<FeedSettings> now = feeds;
        Harness<Trade, Published> market = Harness.market(backend, now, Start.fresh());
        try {
            for (int i = 0; i < steps.size(); i++) {
                Step step = steps.get(i);
                int feed = step.trade.instrument.feed();
                if (taken.contains(feed)) {
                    Trade trade = step.trade.copy();
                    trade.instrument =
                            trade.instrument.withFeed(feeds.size() == 1 ? 0 : now == feeds ? feed : 1 - feed);
                    market.process(trade);
                }
                if (i % 3 == 0) {
                    market.watermark(step.watermarkMillis);
                }
                if (turned && i == steps.size() / 2) {
                    OperatorSubtaskState state = market.checkpoint(1);
                    published.addAll(market.take());
                    market.close();
                    now = List.of(feeds.get(1), feeds.get(0));
                    market = Harness.market(backend, now, Start.from(state));
                    market.watermark(step.watermarkMillis);
                }
            }
            market.finish();
            published.addAll(market.take());
        } finally {
            market.close();
        }
        return published;
    }

    private static List<Published> alone(Backend backend, EngineSettings settings, List<Step> steps, int feed)
            throws Exception {
        return run(backend, List.of(new FeedSettings("trades", settings)), steps, Set.of(feed), false);
    }

    @ParameterizedTest
    @EnumSource
    void feedsInOneJobGiveWhatEachGivesAlone(Backend backend) {
        Set<String> reached = new HashSet<>();
        SeededProperty.check(5, seed -> {
            List<Step> steps = steps(seed);
            List<Published> first = alone(backend, CRYPTO, steps, 0);
            List<Published> second = alone(backend, FUTURES, steps, 1);
            List<Published> expected = new ArrayList<>(first);
            expected.addAll(second);
            assertThat(first).hasSizeGreaterThan(50);
            assertThat(second).hasSizeGreaterThan(50);
            assertThat(run(backend, List.of(FIRST, SECOND), steps, Set.of(0, 1), false))
                    .containsExactlyInAnyOrderElementsOf(expected);
            assertThat(run(backend, List.of(FIRST, SECOND), steps, Set.of(0, 1), true))
                    .containsExactlyInAnyOrderElementsOf(expected);
            // The settings matter: under those of the other feed the same trades give something else.
            List<Published> other = alone(backend, CRYPTO, steps, 1);
            if (!of(Candle.class, other).equals(of(Candle.class, second))) {
                reached.add("candles");
            }
            if (!of(QualityEvent.class, other).equals(of(QualityEvent.class, second))) {
                reached.add("events");
            }
        });
        assertThat(reached).containsExactlyInAnyOrder("candles", "events");
    }

    private static Set<Published> of(Class<?> type, List<Published> records) {
        Set<Published> found = new HashSet<>();
        records.stream().filter(type::isInstance).forEach(found::add);
        return found;
    }

    @Test
    void anInstrumentOfTwoFeedsWithDifferentSettingsStopsTheJobAndNamesBoth() throws Exception {
        try (var market = Harness.market(Backend.HEAP, List.of(FIRST, SECOND), Start.fresh())) {
            market.process(at("12:00:00.200"));
            assertThatThrownBy(() -> market.process(at("12:00:00.300").of(BTC.withFeed(1))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("an instrument must have the same settings in all sources that have it")
                    .hasMessageContaining("allowed-lateness=10000ms, dedup.key=trade-id")
                    .hasMessageContaining("] in trades and [")
                    .hasMessageContaining("allowed-lateness=30000ms, dedup.key=fingerprint")
                    .hasMessageContaining("] in futures (instrument=alpha|BTC-USD)");
        }
    }

    @Test
    void anInstrumentOfTwoFeedsWithEqualSettingsIsOneMarketUnlessItsScalesDiffer() throws Exception {
        List<FeedSettings> feeds = List.of(FIRST, SECOND, new FeedSettings("mirror", CRYPTO));
        try (var market = Harness.market(Backend.HEAP, feeds, Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.process(at("12:00:00.300").of(BTC.withFeed(2)));
            market.process(at("12:00:00.400"));
            market.watermark("12:00:01");
            assertThat(market.candles("1s"))
                    .singleElement()
                    .satisfies(candle -> assertThat(candle.trades()).isEqualTo(3));
            Instrument scaled = Instrument.ofVenue("alpha", "BTC-USD", 12, 6).withFeed(2);
            assertThatThrownBy(() -> market.process(at("12:00:01.300").of(scaled)))
                    .hasMessageContaining("price.scale=12, size.scale=8")
                    .hasMessageContaining("] in trades and [price.scale=12, size.scale=6")
                    .hasMessageContaining("] in mirror");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStateWhoseSourceIsGoneStopsTheJobAtTheFirstLook(Backend backend) throws Exception {
        OperatorSubtaskState kept;
        try (var market = Harness.market(backend, List.of(FIRST, SECOND), Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.process(at("12:00:00.200").of(ETH.withFeed(1)));
            kept = market.checkpoint(1);
        }
        String message = "sources must hold that of each instrument in kept state, was [trades] without futures"
                + " (venue=alpha, symbol=ETH-USD)";
        // The first look is at the start, before anything is read or published.
        assertThatThrownBy(() -> Harness.market(backend, List.of(FIRST), Start.from(kept)))
                .hasMessageContaining(message);
    }

    @Test
    void aStateWithoutAFeedIsThatOfTheFirstFeedUntilATradeTells() throws Exception {
        OperatorSubtaskState kept;
        try (var market = Harness.market(Backend.HEAP, List.of(FIRST, SECOND), Start.fresh())) {
            // As an older version left it: no feed.
            MarketEngine engine = new MarketEngine(CRYPTO, new dev.candlewick.core.engine.EngineOutput() {
                @Override
                public void candle(Candle candle) {}

                @Override
                public void vwap(dev.candlewick.core.model.VwapRow row) {}
            });
            market.process(at("12:00:00.200"));
            InstrumentState old = engine.newState(ETH);
            engine.process(old, at("12:00:00.200").of(ETH).trade(), Long.MIN_VALUE);
            assertThat(old.feedName()).isNull();
            market.state(ETH.key());
            market.flink
                    .getOperator()
                    .getKeyedStateBackend()
                    .getPartitionedState(
                            org.apache.flink.runtime.state.VoidNamespace.INSTANCE,
                            org.apache.flink.runtime.state.VoidNamespaceSerializer.INSTANCE,
                            States.INSTRUMENT)
                    .update(old);
            kept = market.checkpoint(1);
        }
        try (var market = Harness.market(Backend.HEAP, List.of(SECOND, FIRST), Start.from(kept))) {
            market.checkpoint(2);
            assertThat(market.state(ETH.key()).feedName()).isNull();
            assertThat(market.state(BTC.key()).feedName()).isEqualTo("trades");
            market.process(at("12:00:00.300").of(ETH.withFeed(1)));
            assertThat(market.state(ETH.key()).feedName()).isEqualTo("trades");
            assertThatThrownBy(() -> market.process(at("12:00:00.400").of(ETH)))
                    .hasMessageContaining("] in trades and [")
                    .hasMessageContaining("] in futures");
        }
    }
}
