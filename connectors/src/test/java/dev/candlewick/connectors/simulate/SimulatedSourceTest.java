package dev.candlewick.connectors.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.simulate.FaultRates;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.simulate.MarketPartition;
import dev.candlewick.core.simulate.MarketSettings;
import dev.candlewick.core.simulate.MarketSimulator;
import dev.candlewick.core.simulate.MessageType;
import dev.candlewick.core.simulate.SimulatedMessage;
import dev.candlewick.core.validate.FeedRules;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The source in a mini cluster. */
class SimulatedSourceTest {
    private static final MarketSettings SETTINGS =
            MarketSettings.of(4).withPartitions(3).withFirehose(false).withMessagesPerSecond(3_000);
    private static final FaultRates RATES = FaultRates.parse("20%");

    private static SimulatedSource source(long messagesOfPartition) {
        return new SimulatedSource(
                SETTINGS,
                RATES,
                Horizon.DEFAULT,
                WireFormat.BINARY,
                FeedRules.builder().build(),
                messagesOfPartition);
    }

    private static String describe(Decoded decoded) {
        return decoded.readPartition() + ":" + decoded.readOffset() + " "
                + (decoded.isTrade()
                        ? decoded.trade().id() + " " + decoded.trade().eventTimeNanos
                        : decoded.kind().name());
    }

    /** What the market says each message is, without a source. */
    private static List<String> expected(int messagesOfPartition) {
        MarketSimulator market = new MarketSimulator(SETTINGS, RATES, Horizon.DEFAULT);
        List<String> all = new ArrayList<>();
        SimulatedMessage message = new SimulatedMessage();
        for (int i = 0; i < SETTINGS.partitions(); i++) {
            MarketPartition partition = market.partition(i);
            for (int j = 0; j < messagesOfPartition; j++) {
                partition.next(message);
                String what = message.type != MessageType.TRADE
                        ? "FILTERED"
                        : message.reason != null ? "REJECTED" : message.trade.id() + " " + message.trade.eventTimeNanos;
                all.add(i + ":" + j + " " + what);
            }
        }
        return all;
    }

    /** Fails once, at the first element behind a completed checkpoint. */
    private static final class FailsOnce extends ProcessFunction<Decoded, String> implements CheckpointListener {
        static final AtomicBoolean FAILED = new AtomicBoolean();
        private boolean checkpointed;

        @Override
        public void notifyCheckpointComplete(long checkpoint) {
            checkpointed = true;
        }

        @Override
        public void processElement(Decoded decoded, Context context, Collector<String> out) {
            if (checkpointed && FAILED.compareAndSet(false, true)) {
                throw new IllegalStateException("a failure as planned");
            }
            out.collect(describe(decoded));
        }
    }

    private static List<String> run(int parallelism, long messagesOfPartition, long checkpointMillis) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.OBJECT_REUSE, true);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
        if (checkpointMillis > 0) {
            environment.enableCheckpointing(checkpointMillis);
        }
        List<String> results = new ArrayList<>();
        try (CloseableIterator<String> iterator = environment
                .fromSource(
                        source(messagesOfPartition),
                        HighWaterWatermarks.of(Duration.ofSeconds(1)),
                        "market",
                        TypeInformation.of(Decoded.class))
                .process(new FailsOnce())
                .executeAndCollect()) {
            iterator.forEachRemaining(results::add);
        }
        return results;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void givesTheSameMessagesAtAnyParallelism(int parallelism) throws Exception {
        FailsOnce.FAILED.set(true);
        assertThat(run(parallelism, 2_000, 0)).containsExactlyInAnyOrderElementsOf(expected(2_000));
    }

    @Test
    void goesOnAtTheExactMessageOverAFailure() throws Exception {
        FailsOnce.FAILED.set(false);
        List<String> results = run(2, 150_000, 20);
        assertThat(FailsOnce.FAILED).isTrue();
        List<String> expected = expected(150_000);
        assertThat(results).hasSameSizeAs(expected);
        results.sort(null);
        expected.sort(null);
        assertThat(results.equals(expected)).as("each message once").isTrue();
    }

    @Test
    void stateIsReadAsItWasWritten() throws IOException {
        SimulatedSource source = source(Long.MAX_VALUE);
        SimulatedSplit split = new SimulatedSplit(7, 123_456_789_012L);
        assertSame(source.getSplitSerializer(), new SimulatedSplitSerializer(), split);
        SimulatedSplit.Pending pending = new SimulatedSplit.Pending(List.of(split, new SimulatedSplit(0, 0)));
        assertSame(source.getEnumeratorCheckpointSerializer(), new SimulatedSplitSerializer.OfPending(), pending);
    }

    /** What is written now, and what was written without a checksum. */
    private static <T> void assertSame(
            SimpleVersionedSerializer<T> serializer, SimpleVersionedSerializer<T> unchecked, T value)
            throws IOException {
        assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(value)))
                .isEqualTo(value);
        assertThat(serializer.deserialize(unchecked.getVersion(), unchecked.serialize(value)))
                .isEqualTo(value);
    }
}
