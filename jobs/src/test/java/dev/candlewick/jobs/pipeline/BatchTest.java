package dev.candlewick.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.jobs.pipeline.PipelineRun.How;
import dev.candlewick.jobs.testing.CapturedLog;
import dev.candlewick.jobs.testing.PartitionedSource;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What BATCH does otherwise: timers of timers are dropped, and sorts spill (design section 4.14, failure modes 9). */
class BatchTest {
    private static final String TIMER_OF_TIMER = "Timer service is quiesced";

    /** One slot with so little managed memory that a sort of a few megabytes spills. */
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setConfiguration(
                    new Configuration().set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(2)))
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(1)
            .build());

    private static How how(RuntimeExecutionMode mode, boolean objectReuse) {
        return new How(mode, 1, 1, false, objectReuse, Duration.ofMillis(20), 5, null);
    }

    private static Outcome run(TestCase drawn, How how) throws Exception {
        try (PartitionedSource.Run source = new PartitionedSource.Run(
                        drawn.messages(),
                        drawn.consolidated(),
                        PipelineRun.weights(drawn.messages().size(), new Random(1)),
                        false);
                PipelineRun run = new PipelineRun(drawn.pipeline(), source)) {
            run.execute(how, false);
            return Outcome.of(run);
        }
    }

    private static OracleTrade trade(long eventTimeNanos, String price, long position) {
        return new OracleTrade(
                "alpha",
                "BTC-USD",
                "" + position,
                eventTimeNanos,
                null,
                new BigDecimal(price),
                BigDecimal.ONE,
                null,
                null,
                null,
                0,
                position,
                0,
                position);
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "STREAMING"})
    void tenThousandEmptySecondsAreFilledAndNoTimerIsLost(RuntimeExecutionMode mode) throws Exception {
        long noon = 1_710_158_400_000_000_000L;
        List<OracleTrade> trades = List.of(
                trade(noon, "100", 0),
                trade(noon + 10_001_000_000_000L, "105", 1),
                trade(noon + 10_001_000_000_000L + 250_000_000L, "104", 2));
        OracleSettings settings = OracleSettings.crypto()
                .withScales(History::priceScale, History::sizeScale)
                .withIntervals("1s", "10s", "1m", "3m", "5m", "15m")
                .withFill(OracleSettings.Fill.CARRY, 100_000);
        TestCase drawn = TestCase.of(-1, List.of(), List.of(trades), settings, false);
        try (CapturedLog log = CapturedLog.warnings()) {
            Outcome outcome = run(drawn, how(mode, false));

            outcome.assertEquals(drawn.expected());
            assertThat(outcome.last().values().stream()
                            .filter(record -> record instanceof Candle candle
                                    && candle.interval().name().equals("1s")))
                    .hasSize(10_002);
            assertThat(log.containing(TIMER_OF_TIMER)).isEmpty();
        }
    }

    /** Registers a timer from a timer, which BATCH drops. */
    private static final class TimerOfTimer extends KeyedProcessFunction<Integer, Integer, Integer> {
        private static final long serialVersionUID = 1L;

        @Override
        public void processElement(Integer value, Context context, Collector<Integer> out) {
            context.timerService().registerEventTimeTimer(1);
        }

        @Override
        public void onTimer(long timestamp, OnTimerContext context, Collector<Integer> out) {
            context.timerService().registerEventTimeTimer(timestamp + 1);
        }
    }

    @Test
    void theLogWouldTellOfATimerThatATimerRegistered() throws Exception {
        try (CapturedLog log = CapturedLog.warnings()) {
            StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
            environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
            environment.setParallelism(1);
            environment
                    .fromData(1, 2)
                    .keyBy(value -> value, Types.INT)
                    .process(new TimerOfTimer(), Types.INT)
                    .sinkTo(new DiscardingSink<>());
            environment.execute();

            assertThat(log.containing(TIMER_OF_TIMER)).isNotEmpty();
        }
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(booleans = {false, true})
    void aSortThatSpillsGivesTheSameBits(boolean objectReuse) throws Exception {
        HistoryOptions options = HistoryOptions.defaults()
                .withTrades(20_000)
                .withPartitions(3, true)
                .withInstruments(2, 12)
                .withLongGap(Duration.ofMinutes(2));
        TestCase drawn = TestCase.of(
                -1,
                List.of(1L),
                History.random(1, options).partitions(),
                options.oracleSettings().withIntervals("10s", "1m", "5m"),
                true);
        try (CapturedLog log = CapturedLog.debug("org.apache.flink.runtime.operators.sort.SpillingThread")) {
            Outcome outcome = run(drawn, how(RuntimeExecutionMode.BATCH, objectReuse));

            assertThat(log.containing("Spilling buffer")).as("the sort spilled").isNotEmpty();
            outcome.assertEquals(drawn.expected());
        }
    }
}
