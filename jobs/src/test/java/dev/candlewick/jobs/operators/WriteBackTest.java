package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.BTC;
import static dev.candlewick.jobs.operators.TestTrades.ETH;
import static dev.candlewick.jobs.operators.TestTrades.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.Harness.Start;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** The write-back cache in front of RocksDB: what is dirty is written in front of the barrier, and nothing else is. */
class WriteBackTest {
    @Test
    void dirtyKeysAreInTheBackendInFrontOfTheBarrierAndARestoreHasThem() throws Exception {
        OperatorSubtaskState state;
        try (var market = Harness.market(Backend.ROCKSDB, Harness.SETTINGS, Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.process(at("12:00:00.200").of(ETH).price("7"));
            assertThat(market.state(BTC.key())).as("before the barrier").isNull();

            market.flink.prepareSnapshotPreBarrier(1);

            assertThat(market.state(BTC.key()).windowCount()).isEqualTo(2);
            state = market.flink.snapshot(1, 1);

            // What comes behind the barrier is not in that snapshot.
            market.process(at("12:00:00.300").price("999"));
            market.process(at("12:00:00.300").of(TestTrades.BTC).price("999"));
        }
        try (var market = Harness.market(Backend.ROCKSDB, Harness.SETTINGS, Start.from(state))) {
            assertThat(market.metric("instruments")).isEqualTo(2);
            market.process(at("12:00:00.400").price("102"));
            market.finish();
            List<Candle> candles = market.candles("1s");
            assertThat(candles).hasSize(2);
            assertThat(candles)
                    .filteredOn(candle -> candle.symbol().equals(BTC.symbol()))
                    .singleElement()
                    .satisfies(candle -> {
                        assertThat(candle.trades()).isEqualTo(2);
                        assertThat(TestTrades.close(candle)).isEqualTo("102");
                    });
        }
    }

    @Test
    void aStateThatMovedOnByTimersAloneIsWrittenToo() throws Exception {
        OperatorSubtaskState state;
        try (var market = Harness.market(Backend.ROCKSDB, Harness.SETTINGS, Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.checkpoint(1);
            market.watermark("12:00:01");
            assertThat(market.candles("1s")).hasSize(1);
            state = market.checkpoint(2);
        }
        try (var market = Harness.market(Backend.ROCKSDB, Harness.SETTINGS, Start.from(state))) {
            market.finish();
            assertThat(market.take().stream().filter(Candle.class::isInstance).map(Candle.class::cast))
                    .as("the 1 s candle is not published twice")
                    .extracting(candle -> candle.interval().name())
                    .containsExactly("10s");
        }
    }

    /** A backend of one map that counts what is written. */
    private static final class CountingState implements ValueState<InstrumentState> {
        final Map<String, InstrumentState> values = new HashMap<>();
        final List<String> written = new ArrayList<>();
        String key = "";

        @Override
        public InstrumentState value() {
            InstrumentState stored = values.get(key);
            return stored == null ? null : stored.copy();
        }

        @Override
        public void update(InstrumentState value) {
            values.put(key, value.copy());
            written.add(key);
        }

        @Override
        public void clear() {
            values.remove(key);
        }
    }

    private static InstrumentState state(dev.candlewick.core.model.Instrument instrument) {
        return new InstrumentState(instrument, Intervals.DEFAULT);
    }

    @Test
    void onlyKeysThatMayHaveChangedAreWritten() throws Exception {
        CountingState backend = new CountingState();
        InstrumentStates states = new InstrumentStates.WriteBack(backend, key -> backend.key = key);
        for (var instrument : List.of(BTC, ETH)) {
            backend.key = instrument.key();
            states.put(instrument.key(), state(instrument));
        }
        states.flush();
        assertThat(backend.written).containsExactlyInAnyOrder(BTC.key(), ETH.key());

        backend.written.clear();
        states.flush();
        assertThat(backend.written).as("nothing changed").isEmpty();

        // The double entry and the live tap look at every key in front of every barrier.
        backend.key = BTC.key();
        assertThat(states.peek(BTC.key())).isNotNull();
        backend.key = ETH.key();
        states.get(ETH.key()).setTimerMillis(5);
        backend.key = BTC.key();
        states.flush();

        assertThat(backend.written).containsExactly(ETH.key());
        assertThat(backend.values.get(ETH.key()).timerMillis()).isEqualTo(5);
    }

    @Test
    void aKeyThatIsOnlyLookedAtIsTheSameObjectWhenItIsChangedLater() throws Exception {
        CountingState backend = new CountingState();
        backend.values.put(BTC.key(), state(BTC));
        InstrumentStates states = new InstrumentStates.WriteBack(backend, key -> backend.key = key);
        backend.key = BTC.key();

        InstrumentState looked = states.peek(BTC.key());
        assertThat(states.get(BTC.key())).isSameAs(looked);
        states.flush();
        assertThat(backend.written).containsExactly(BTC.key());

        backend.key = ETH.key();
        assertThat(states.peek(ETH.key())).isNull();
        assertThat(states.get(ETH.key())).isNull();
    }

    @Test
    void theDoubleEntryOfACheckpointMarksNothingDirty() throws Exception {
        try (var market = Harness.market(Backend.ROCKSDB, Harness.SETTINGS, Start.fresh())) {
            market.process(at("12:00:00.200"));
            market.checkpoint(1);
            InstrumentState old = market.state(BTC.key());
            assertThat(old.windowCount()).isEqualTo(2);
            // Replaced behind the cache's back: a second barrier must not write the unchanged state over it.
            market.flink.getOperator().setCurrentKey(BTC.key());
            InstrumentState planted = old.copy();
            planted.setTimerMillis(4_711);
            market.flink
                    .getOperator()
                    .getKeyedStateBackend()
                    .getPartitionedState(
                            org.apache.flink.runtime.state.VoidNamespace.INSTANCE,
                            org.apache.flink.runtime.state.VoidNamespaceSerializer.INSTANCE,
                            States.INSTRUMENT)
                    .update(planted);
            market.checkpoint(2);
            assertThat(market.state(BTC.key()).timerMillis()).isEqualTo(4_711);
        }
    }
}
