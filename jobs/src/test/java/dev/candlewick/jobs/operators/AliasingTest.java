package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.BTC;
import static dev.candlewick.jobs.operators.TestTrades.ETH;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import dev.candlewick.jobs.testing.HistoryTrades;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.property.SeededProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.memory.MemCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFinalizer;
import org.apache.flink.streaming.api.operators.OperatorSnapshotFutures;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Nobody keeps what another may change: carriers are read and forgotten, snapshots hold what was there when they were
 * taken (failure modes 6.3).
 */
class AliasingTest {
    private static final EngineSettings SETTINGS = EngineSettings.defaults().withFill(FillPolicy.CARRY, 50);
    private static final long OUT_OF_ORDERNESS_MILLIS = 1_000;

    private static List<OracleTrade> records(long seed) {
        return History.random(seed, HistoryOptions.defaults().withTrades(120).withLateTrades(false))
                .partitions()
                .get(0);
    }

    /** Makes every field of a carrier wrong, as a reader does with its next record. */
    private static void scramble(Trade trade) {
        trade.instrument = ETH;
        trade.eventTimeNanos = 1;
        trade.setId("scrambled");
        trade.hasSequence = true;
        trade.sequence = -1;
        trade.priceScaled = 1;
        trade.sizeScaled = Long.MAX_VALUE;
        trade.side = "scrambled";
        trade.conditions = "scrambled";
        trade.placePartition = -1;
        trade.placePosition = -1;
        trade.readPartition = -1;
        trade.readOffset = -1;
        trade.late = true;
    }

    /** Runs a history; with {@code carrier} all trades go through one instance that is scrambled right afterwards. */
    private static List<Published> run(Backend backend, boolean objectReuse, boolean carrier, long seed)
            throws Exception {
        HistoryTrades trades = new HistoryTrades(false);
        Random random = new Random(seed);
        List<Published> published = new ArrayList<>();
        Trade one = new Trade();
        Harness<Trade, Published> market =
                Harness.market(backend, SETTINGS, LiveSettings.OFF, objectReuse, Start.fresh());
        try {
            long high = Long.MIN_VALUE;
            long checkpoint = 0;
            for (OracleTrade record : records(seed)) {
                Trade trade = trades.fill(carrier ? one : new Trade(), record);
                high = Math.max(high, trade.eventTimeNanos);
                market.process(trade);
                if (carrier) {
                    scramble(trade);
                }
                if (random.nextInt(3) == 0) {
                    market.watermark(Math.floorDiv(high, 1_000_000L) - OUT_OF_ORDERNESS_MILLIS - 1);
                }
                if (random.nextInt(50) == 0) {
                    OperatorSubtaskState state = market.checkpoint(++checkpoint);
                    if (random.nextBoolean()) {
                        published.addAll(market.take());
                        market.close();
                        market = Harness.market(backend, SETTINGS, LiveSettings.OFF, objectReuse, Start.from(state));
                    }
                }
            }
            market.finish();
            published.addAll(market.take());
        } finally {
            market.close();
        }
        return published;
    }

    @ParameterizedTest
    @CsvSource({"HEAP, false", "HEAP, true", "ROCKSDB, false", "ROCKSDB, true"})
    void aReusedCarrierGivesTheSameBits(Backend backend, boolean objectReuse) {
        SeededProperty.check(4, seed -> {
            List<Published> expected = run(Backend.HEAP, false, false, seed);
            List<Published> actual = run(backend, objectReuse, true, seed);
            assertThat(expected).hasSizeGreaterThan(100);
            assertThat(inOrderOfKeys(actual)).isEqualTo(inOrderOfKeys(expected));
        });
    }

    /** By key; records of one key keep their order. Timers of different keys fire in an order of the backend's own. */
    private static List<Published> inOrderOfKeys(List<Published> records) {
        List<Published> sorted = new ArrayList<>(records);
        sorted.sort(java.util.Comparator.comparing(record -> record.getClass().getSimpleName()
                + record.key()
                + (record instanceof dev.candlewick.core.model.Candle candle ? candle.interval() : "")));
        return sorted;
    }

    /** The synchronous part of a snapshot only, as the task's thread does it; the rest runs when the caller says so. */
    private static OperatorSnapshotFutures begin(Harness<Trade, Published> market, long id) throws Exception {
        market.flink.prepareSnapshotPreBarrier(id);
        return market.flink
                .getOperator()
                .snapshotState(
                        id,
                        id,
                        CheckpointOptions.forCheckpointWithDefaultLocation(),
                        new MemCheckpointStreamFactory(1 << 24));
    }

    @ParameterizedTest
    @EnumSource
    void aSnapshotHoldsTheOldContentThoughTheStateMovesOn(Backend backend) throws Exception {
        SeededProperty.check(LongStream.rangeClosed(1, 5), seed -> {
            HistoryTrades trades = new HistoryTrades(false);
            List<OracleTrade> records = records(seed);
            int cut = records.size() / 2;
            try (var market = Harness.market(backend, SETTINGS, Start.fresh());
                    var still = Harness.market(backend, SETTINGS, Start.fresh())) {
                long watermark = 0;
                for (OracleTrade record : records.subList(0, cut)) {
                    market.process(trades.fill(new Trade(), record));
                    still.process(trades.fill(new Trade(), record));
                    watermark = Math.max(watermark, record.eventTimeNanos() / 1_000_000 - 1_001);
                }
                market.watermark(watermark);
                still.watermark(watermark);

                OperatorSnapshotFutures writing = begin(market, 1);
                // While it is being written, every window of every key changes and most are purged.
                for (OracleTrade record : records.subList(cut, records.size())) {
                    market.process(trades.fill(new Trade(), record));
                    watermark = Math.max(watermark, record.eventTimeNanos() / 1_000_000 - 1_001);
                    market.watermark(watermark);
                }
                market.watermark(watermark + 3_600_000);
                OperatorSubtaskState written =
                        OperatorSnapshotFinalizer.create(writing).getJobManagerOwnedState();

                still.checkpoint(1);
                List<String> keys = records.stream()
                        .map(record ->
                                trades.fill(new Trade(), record).instrument.key())
                        .distinct()
                        .toList();
                try (var restored = Harness.market(backend, SETTINGS, Start.from(written))) {
                    int compared = 0;
                    for (String key : keys) {
                        InstrumentState expected = still.state(key);
                        if (expected == null) {
                            assertThat(restored.state(key)).as(key).isNull();
                        } else {
                            InstrumentStateCodecTest.assertSame(restored.state(key), expected);
                            compared++;
                        }
                    }
                    assertThat(compared).isGreaterThan(1);
                    assertThat(restored.timers()).isEqualTo(still.timers());
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void theStampEmitsWhatItWasGivenThoughTheArchiveTookItFirst(Backend backend) throws Exception {
        // A chained archive sink reads the same instance that goes on: neither the stamp nor the keyed operator keeps
        // it.
        try (var stamp = Harness.stamp(Harness.SETTINGS, true, Start.fresh());
                var market = Harness.market(backend, Harness.SETTINGS, Start.fresh())) {
            var carrier = at("12:00:00.200").price("101").decoded();
            stamp.process(carrier);
            scramble(carrier.trade());
            assertThat(stamp.take(StampOperator.ARCHIVE))
                    .singleElement()
                    .satisfies(trade -> assertThat(trade.instrument).isEqualTo(BTC));
            for (Trade trade : stamp.take()) {
                market.process(trade);
                scramble(trade);
            }
            market.finish();
            assertThat(market.candles("1s")).singleElement().satisfies(candle -> {
                assertThat(candle.symbol()).isEqualTo(BTC.symbol());
                assertThat(TestTrades.open(candle)).isEqualTo("101");
            });
        }
    }
}
