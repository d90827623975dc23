package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.BTC;
import static dev.candlewick.jobs.operators.TestTrades.ETH;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import dev.candlewick.testkit.property.SeededProperty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Trades that cross the shuffle in batches: each one arrives, in order, in front of whatever came behind it. */
class TradeBatchTest {
    private static List<Trade> trades(Random random, int count) {
        List<Trade> trades = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Trade trade = at("12:00:00." + String.format("%03d", random.nextInt(1000)))
                    .of(random.nextInt(3) == 0 ? ETH : BTC)
                    .price(String.valueOf(1 + random.nextInt(50)))
                    .read(random.nextInt(3), i)
                    .trade();
            trade.eventTimeNanos += random.nextInt(20) * 1_000_000_000L;
            if (random.nextInt(4) != 0) {
                trade.setId(String.valueOf(random.nextInt(count)));
            }
            trade.newPartition = random.nextInt(50) == 0;
            if (random.nextInt(20) == 0) {
                trade.conditions = "c".repeat(random.nextInt(1 << 16));
            }
            trades.add(trade);
        }
        return trades;
    }

    private static List<Trade> read(TradeBatch batch) throws IOException {
        TradeBatch.Reader reader = new TradeBatch.Reader();
        reader.open(batch);
        List<Trade> trades = new ArrayList<>();
        while (reader.hasNext()) {
            trades.add(reader.next().copy());
        }
        reader.close();
        return trades;
    }

    private static void assertSame(List<Trade> actual, List<Trade> expected) {
        assertThat(actual).usingRecursiveFieldByFieldElementComparator().isEqualTo(expected);
    }

    @Test
    void everyTradeIsPassedOnOnceInTheOrderOfItsInstrument() {
        SeededProperty.check(20, seed -> {
            Random random = new Random(seed);
            Map<Instrument, List<Trade>> expected = new LinkedHashMap<>();
            Map<Instrument, List<Trade>> passedOn = new LinkedHashMap<>();
            TradeGatherer gatherer = new TradeGatherer(batch -> {
                assertThat(batch.trades).isBetween(1, TradeGatherer.BATCH_MAX);
                assertThat(batch.trades == 1 || batch.length <= TradeGatherer.BATCH_BYTES_MAX)
                        .as("%s bytes of %s trades", batch.length, batch.trades)
                        .isTrue();
                try {
                    passedOn.computeIfAbsent(batch.instrument, key -> new ArrayList<>())
                            .addAll(read(batch));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            Trade carrier = new Trade();
            for (Trade trade : trades(random, 2_000)) {
                expected.computeIfAbsent(trade.instrument, key -> new ArrayList<>())
                        .add(trade);
                carrier.set(trade);
                gatherer.add(carrier);
                if (random.nextInt(500) == 0) {
                    gatherer.flush();
                }
            }
            gatherer.flush();
            assertThat(passedOn).containsOnlyKeys(expected.keySet());
            for (Instrument instrument : expected.keySet()) {
                assertSame(passedOn.get(instrument), expected.get(instrument));
            }
            passedOn.clear();
            gatherer.flush();
            assertThat(passedOn).as("passed on twice").isEmpty();
        });
    }

    @Test
    void aFullGathererPassesOnByItself() throws Exception {
        long[] passedOn = new long[1];
        TradeGatherer gatherer = new TradeGatherer(batch -> passedOn[0] += batch.trades);
        Trade trade = at("12:00:00").id("7").trade();
        for (int i = 1; i < TradeGatherer.TRADES_MAX; i++) {
            gatherer.add(trade);
        }
        assertThat(passedOn[0]).isZero();
        gatherer.add(trade);
        assertThat(passedOn[0]).isEqualTo(TradeGatherer.TRADES_MAX);
    }

    /** In a quiet market and for few instruments nothing is gained by waiting, so nobody waits. */
    @Test
    void onlyManyTradesOfManyInstrumentsWaitLongerThanATick() {
        long[] passedOn = new long[1];
        TradeGatherer gatherer = new TradeGatherer(batch -> passedOn[0] += batch.trades);
        GatherWait wait = new GatherWait(gatherer);
        int many = TradeGatherer.MANY_TRADES;

        fill(gatherer, many - 1, many);
        wait.tick();
        assertThat(passedOn[0]).as("few trades").isEqualTo(many - 1);

        passedOn[0] = 0;
        fill(gatherer, many, many / TradeGatherer.ENOUGH_PER_INSTRUMENT);
        wait.tick();
        assertThat(passedOn[0]).as("few instruments").isEqualTo(many);

        passedOn[0] = 0;
        fill(gatherer, many, many);
        for (int tick = 1; tick < GatherWait.TICKS_MAX; tick++) {
            wait.tick();
            assertThat(passedOn[0]).as("tick %s", tick).isZero();
        }
        wait.tick();
        assertThat(passedOn[0]).as("many of both").isEqualTo(many);

        passedOn[0] = 0;
        fill(gatherer, many, many);
        wait.tick();
        assertThat(passedOn[0]).as("a wait begins anew").isZero();
    }

    private static void fill(TradeGatherer gatherer, int trades, int instruments) {
        for (int i = 0; i < trades; i++) {
            Instrument instrument = Instrument.ofVenue("alpha", "S" + i % instruments, 12, 8);
            gatherer.add(at("12:00:00").of(instrument).id("7").trade());
        }
    }

    @Test
    void longTextsDoNotFillTheMemory() {
        long[] passedOn = new long[1];
        TradeGatherer gatherer = new TradeGatherer(batch -> passedOn[0] += batch.trades);
        Trade trade = at("12:00:00").trade();
        trade.conditions = "c".repeat(1 << 16);
        for (int i = 1; i < TradeGatherer.BYTES_MAX >> 16; i++) {
            gatherer.add(trade);
        }
        assertThat(passedOn[0]).isZero();
        gatherer.add(trade);
        assertThat(passedOn[0]).isEqualTo(TradeGatherer.BYTES_MAX >> 16);
    }

    @Test
    void aBatchWithBytesThatNoTradeTookIsRefused() throws Exception {
        List<TradeBatch> batches = new ArrayList<>();
        TradeGatherer gatherer = new TradeGatherer(batch -> batches.add(batch.copy()));
        gatherer.add(at("12:00:00").trade());
        gatherer.add(at("12:00:01").trade());
        gatherer.flush();
        TradeBatch whole = batches.get(0);
        TradeBatch shorter = new TradeBatch(whole.instrument, 1, whole.bytes, whole.length);
        assertThatThrownBy(() -> read(shorter)).isInstanceOf(IOException.class).hasMessageContaining("bytes longer");
    }

    @Test
    void nothingOvertakesATrade() throws Exception {
        try (var stamp = Harness.batchingStamp(Harness.SETTINGS, Start.fresh())) {
            stamp.process(at("12:00:00.100").decoded());
            stamp.process(at("12:00:00.200").of(ETH).decoded());
            assertThat(stamp.flink.getOutput()).as("waits for others").isEmpty();

            stamp.watermark("12:00:00");
            assertThat(stamp.flink.getOutput()).hasSize(3).last().isInstanceOf(Watermark.class);
            stamp.flink.getOutput().clear();

            stamp.process(at("12:00:00.300").decoded());
            stamp.flink.processWatermarkStatus(WatermarkStatus.IDLE);
            assertThat(stamp.flink.getOutput()).hasSize(2).last().isInstanceOf(WatermarkStatus.class);
            stamp.flink.getOutput().clear();

            stamp.process(at("12:00:00.400").decoded());
            stamp.flink.prepareSnapshotPreBarrier(1);
            assertThat(stamp.take()).as("in front of the barrier").hasSize(1);
            assertThat(stamp.take(StampOperator.TOTALS))
                    .singleElement()
                    .satisfies(totals -> assertThat(totals.checkpointId()).isEqualTo(1));

            stamp.process(at("12:00:00.500").decoded());
            stamp.flink.setProcessingTime(1_000);
            assertThat(stamp.take()).as("after a while").hasSize(1);
            stamp.flink.setProcessingTime(2_000);
            assertThat(stamp.take()).as("nothing was left").isEmpty();

            stamp.process(at("12:00:00.600").decoded());
            stamp.flink.getOperator().finish();
            assertThat(stamp.take()).as("at the end").hasSize(1);
            assertThat(stamp.take(StampOperator.TOTALS))
                    .singleElement()
                    .satisfies(totals -> assertThat(totals.checkpointId()).isEqualTo(StageTotals.END));
        }
    }

    @ParameterizedTest
    @EnumSource
    void batchesGiveWhatSingleTradesGive(Backend backend) {
        SeededProperty.check(3, seed -> {
            Random random = new Random(seed);
            List<Trade> trades = trades(random, 700);
            List<Boolean> cuts = new ArrayList<>();
            trades.forEach(trade -> cuts.add(random.nextInt(120) == 0));
            try (var single = Harness.market(backend, Harness.SETTINGS, Start.fresh());
                    var batched = Harness.batchedMarket(backend, Harness.SETTINGS, Start.fresh())) {
                TradeGatherer gatherer = new TradeGatherer(batch -> process(batched, batch.copy()));
                long second = 0;
                for (int i = 0; i < trades.size(); i++) {
                    single.process(trades.get(i));
                    gatherer.add(trades.get(i));
                    if (cuts.get(i)) {
                        long millis = TestTrades.millis("12:00:00") + 1_000 * second++;
                        gatherer.flush();
                        single.watermark(millis);
                        batched.watermark(millis);
                    }
                }
                gatherer.flush();
                assertThat(totals(batched)).isEqualTo(totals(single));
                OperatorSubtaskState state = batched.checkpoint(1);
                single.checkpoint(1);
                for (Instrument instrument : List.of(BTC, ETH)) {
                    assertThat(batched.state(instrument.key()))
                            .usingRecursiveComparison()
                            .isEqualTo(single.state(instrument.key()));
                }
                assertThat(byInstrument(batched)).isEqualTo(byInstrument(single));
                // What one shuffle left, the other goes on with: an older version's state is that of single trades.
                try (var restored = Harness.market(backend, Harness.SETTINGS, Start.from(state, 1))) {
                    restored.finish();
                    single.finish();
                    assertThat(byInstrument(restored)).isEqualTo(byInstrument(single));
                }
            }
        });
    }

    private static void process(Harness<TradeBatch, Published> market, TradeBatch batch) {
        try {
            market.flink.processElement(new StreamRecord<>(batch));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Long> totals(Harness<?, Published> market) {
        Map<String, Long> totals = new TreeMap<>();
        for (String name : List.of(
                "accepted",
                "duplicate",
                "cause.IDLE.candlewick.late",
                "cause.NEW_PARTITION.candlewick.late",
                "instruments")) {
            totals.put(name, market.metric(name));
        }
        return totals;
    }

    private static Map<String, List<String>> byInstrument(Harness<?, Published> market) {
        Map<String, List<String>> published = new TreeMap<>();
        for (Published record : market.take()) {
            String symbol = record.toString().contains(ETH.symbol()) ? ETH.symbol() : BTC.symbol();
            published.computeIfAbsent(symbol, key -> new ArrayList<>()).add(record.toString());
        }
        return published;
    }
}
