package dev.candlewick.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The moments that evidence reckons with are those at which the engine acts, to the nanosecond. */
class EvidenceTest {
    private static final int ROUNDS = 200;
    private static final long SECOND_NANOS = Interval.SECOND_NANOS;
    private static final Instrument INSTRUMENT = Instrument.ofVenue("v", "S", 9, 8);

    private static Evidence evidence(Intervals intervals, long outOfOrdernessNanos, long allowedLatenessNanos) {
        return new Evidence(
                intervals.finest(),
                outOfOrdernessNanos,
                allowedLatenessNanos,
                30 * SECOND_NANOS,
                10 * SECOND_NANOS,
                DedupKey.TRADE_ID,
                "crypto@1",
                "crypto@1",
                Map.of(),
                Map.of(),
                List.of(),
                new PartitionHistories(),
                Map.of(),
                new CommitGroups());
    }

    private static Trade trade(long id, long eventTimeNanos) {
        Trade trade = new Trade();
        trade.instrument = INSTRUMENT;
        trade.eventTimeNanos = eventTimeNanos;
        trade.setIdNumber(id);
        trade.priceScaled = 1_000_000_000L;
        trade.sizeScaled = 1;
        return trade;
    }

    /** Whether the row of a trade's second comes where another partition had reached a time before the trade came. */
    private static boolean hasRow(
            EngineSettings settings, long oldNanos, long newNanos, long reachedNanos, long outOfOrdernessNanos) {
        List<VwapRow> rows = new ArrayList<>();
        MarketEngine engine = new MarketEngine(settings, new EngineOutput() {
            @Override
            public void candle(Candle candle) {}

            @Override
            public void vwap(VwapRow row) {
                rows.add(row);
            }
        });
        InstrumentState state = engine.newState(INSTRUMENT);
        engine.process(state, trade(1, oldNanos), Long.MIN_VALUE);
        long watermarkMillis = Math.floorDiv(reachedNanos - outOfOrdernessNanos, 1_000_000L) - 1;
        engine.advance(state, watermarkMillis);
        rows.clear();
        engine.process(state, trade(2, newNanos), watermarkMillis);
        engine.advance(state, watermarkMillis);
        return rows.stream().anyMatch(row -> row.atNanos() > newNanos);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aSecondIsGoneFromRollingVwapWhenTheEngineDropsIt(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Intervals intervals = Intervals.parse(random.nextBoolean() ? "1s,1m" : "10s,1m");
            long outOfOrdernessNanos = random.nextInt(4) * SECOND_NANOS / 2;
            long allowedLatenessNanos = random.nextInt(300) * SECOND_NANOS;
            EngineSettings settings =
                    EngineSettings.defaults().withIntervals(intervals).withAllowedLatenessNanos(allowedLatenessNanos);
            long oldNanos = 1_700_000_000L * SECOND_NANOS + (long) (random.nextDouble() * 600 * SECOND_NANOS);
            // In a row with the old one, and in a window of its own.
            long newNanos = oldNanos + 120 * SECOND_NANOS;
            long gone = evidence(intervals, outOfOrdernessNanos, allowedLatenessNanos)
                    .droppedFrom(oldNanos);
            String which = "seed " + seed + " round " + round;
            assertThat(hasRow(settings, oldNanos, newNanos, gone - 1, outOfOrdernessNanos))
                    .as(which)
                    .isTrue();
            assertThat(hasRow(settings, oldNanos, newNanos, gone, outOfOrdernessNanos))
                    .as(which)
                    .isFalse();
        }
    }
}
