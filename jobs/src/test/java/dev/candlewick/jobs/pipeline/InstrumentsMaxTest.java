package dev.candlewick.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.jobs.pipeline.PipelineRun.How;
import dev.candlewick.jobs.testing.CapturedLog;
import dev.candlewick.jobs.testing.PartitionedSource;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code instruments.max} counts the instruments of the whole job, at any parallelism, in both runtime modes. */
class InstrumentsMaxTest {
    private static final int MAX = 400;
    private static final long NOON = 1_710_158_400_000_000_000L;

    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());

    private static void run(int symbols, RuntimeExecutionMode mode, int parallelism) throws Exception {
        List<OracleTrade> trades = new ArrayList<>();
        for (int i = 0; i < 2 * symbols; i++) {
            trades.add(new OracleTrade(
                    "alpha",
                    "S" + i % symbols,
                    Integer.toString(i),
                    NOON + i,
                    null,
                    BigDecimal.ONE,
                    BigDecimal.ONE,
                    null,
                    null,
                    null,
                    0,
                    i,
                    0,
                    i));
        }
        OracleSettings settings = OracleSettings.crypto()
                .withScales(History::priceScale, History::sizeScale)
                .withIntervals("1m");
        TestCase drawn = TestCase.of(-1, List.of(), List.of(trades), settings, false);
        PipelineSettings given = drawn.pipeline();
        PipelineSettings bounded = new PipelineSettings(
                given.engine(),
                given.outOfOrdernessNanos(),
                given.sources(),
                given.archive(),
                given.live(),
                MAX,
                given.maxParallelism());
        try (PartitionedSource.Run source = new PartitionedSource.Run(
                        drawn.messages(),
                        drawn.consolidated(),
                        PipelineRun.weights(drawn.messages().size(), new Random(1)),
                        false);
                PipelineRun run = new PipelineRun(bounded, source)) {
            run.execute(new How(mode, parallelism, 1, false, true, Duration.ofMillis(20), 5, null), false);
            Outcome.of(run).assertEquals(drawn.expected());
        }
    }

    @ParameterizedTest
    @CsvSource({"STREAMING, 1", "STREAMING, 4", "BATCH, 1", "BATCH, 4"})
    void theMaximumPassesAfterOneAlarm(RuntimeExecutionMode mode, int parallelism) throws Exception {
        try (CapturedLog log = CapturedLog.warnings()) {
            run(MAX, mode, parallelism);
            assertThat(log.containing("instruments should stay below 80 % of instruments.max=400"))
                    .hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"STREAMING, 1", "STREAMING, 4", "BATCH, 1", "BATCH, 4"})
    void oneMoreStopsTheJob(RuntimeExecutionMode mode, int parallelism) {
        assertThatThrownBy(() -> run(MAX + 1, mode, parallelism))
                .hasStackTraceContaining("instruments must number at most instruments.max=400");
    }

    @ParameterizedTest
    @CsvSource({"STREAMING, 4", "BATCH, 4"})
    void belowEightyPerCentNothingIsSaid(RuntimeExecutionMode mode, int parallelism) throws Exception {
        try (CapturedLog log = CapturedLog.warnings()) {
            run(MAX * 80 / 100 - 1, mode, parallelism);
            assertThat(log.containing("instruments.max")).isEmpty();
        }
    }
}
