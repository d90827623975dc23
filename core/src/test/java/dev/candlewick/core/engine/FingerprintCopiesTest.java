package dev.candlewick.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Copies by fingerprint may carry ids of their own: which one comes first changes nothing that is published. */
class FingerprintCopiesTest {
    private static final Instrument BTC = Instrument.ofVenue("alpha", "BTC-USD", 2, 0);
    private static final int[][] ORDERS = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    private static Trade trade(String id, long timeNanos, long price) {
        Trade trade = new Trade();
        trade.instrument = BTC;
        trade.setId(id);
        trade.eventTimeNanos = timeNanos;
        trade.priceScaled = price;
        trade.sizeScaled = 1;
        return trade;
    }

    private static List<Candle> candles(List<Trade> trades, int[] order) {
        List<Candle> candles = new ArrayList<>();
        EngineSettings settings = EngineSettings.defaults()
                .withIntervals(Intervals.parse("1s,10s"))
                .withDedupKey(DedupKey.FINGERPRINT);
        MarketEngine engine = new MarketEngine(settings, new EngineOutput() {
            @Override
            public void candle(Candle candle) {
                candles.add(candle);
            }

            @Override
            public void vwap(VwapRow row) {}
        });
        InstrumentState state = engine.newState(BTC);
        for (int index : order) {
            engine.process(state, trades.get(index), Long.MIN_VALUE);
        }
        engine.advance(state, Long.MAX_VALUE);
        return candles;
    }

    @Test
    void theConflictOfACopysIdIsFoundInAnyOrder() {
        // Copies 1 and 2 of one row; the id of the second is used again for another price.
        List<Trade> trades = List.of(
                trade("1", 1_000_000_000L, 10_000),
                trade("2", 1_000_000_000L, 10_000),
                trade("2", 1_500_000_000L, 10_100));
        List<Candle> first = candles(trades, ORDERS[0]);
        assertThat(first)
                .allSatisfy(
                        candle -> assertThat(CandleFlag.names(candle.flags())).containsExactly("ID_CONFLICT"));
        for (int[] order : ORDERS) {
            assertThat(candles(trades, order)).isEqualTo(first);
        }
    }

    @Test
    void aCopyThatComesAfterTheCloseFlagsTheCandleAgain() {
        List<Candle> candles = new ArrayList<>();
        EngineSettings settings =
                EngineSettings.defaults().withIntervals(Intervals.parse("1s")).withDedupKey(DedupKey.FINGERPRINT);
        MarketEngine engine = new MarketEngine(settings, new EngineOutput() {
            @Override
            public void candle(Candle candle) {
                candles.add(candle);
            }

            @Override
            public void vwap(VwapRow row) {}
        });
        InstrumentState state = engine.newState(BTC);
        engine.process(state, trade("1", 1_000_000_000L, 10_000), Long.MIN_VALUE);
        engine.process(state, trade("2", 1_500_000_000L, 10_100), Long.MIN_VALUE);
        engine.advance(state, 1_999);
        engine.process(state, trade("2", 1_000_000_000L, 10_000), 1_999);
        engine.advance(state, 2_000);

        assertThat(candles).extracting(Candle::revision).containsExactly(0, 1);
        assertThat(CandleFlag.names(candles.get(1).flags())).containsExactly("ID_CONFLICT");
        assertThat(candles.get(1).trades()).isEqualTo(2);
    }

    @Test
    void theDigestLeavesIdsOut() {
        List<Trade> trades = List.of(
                trade("1", 1_000_000_000L, 10_000),
                trade("2", 1_000_000_000L, 10_000),
                trade(null, 1_000_000_000L, 10_000));
        List<Candle> first = candles(trades, ORDERS[0]);
        for (int[] order : ORDERS) {
            List<Candle> other = candles(trades, order);
            assertThat(other).isEqualTo(first);
            assertThat(other).extracting(Candle::trades).containsOnly(1L);
        }
        assertThat(candles(List.of(trade("1", 1_000_000_000L, 10_001)), new int[] {0})
                        .get(0)
                        .digest())
                .as("another price is another trade")
                .isNotEqualTo(first.get(0).digest());
    }
}
