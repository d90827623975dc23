package dev.candlewick.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.candlewick.jobs.operators.LedgerOperator;
import dev.candlewick.jobs.pipeline.PipelineRun.How;
import dev.candlewick.jobs.testing.CapturedLog;
import dev.candlewick.jobs.testing.PartitionedSource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A job that is stopped with a savepoint and started again at another parallelism and on another state backend publishes
 * what an undisturbed one would have: 2 → 3 → 1 → 4 (design section 4.11).
 */
class SavepointChainTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());

    private static final int[] PARALLELISM = {2, 3, 1, 4};
    private static final boolean[] ROCKSDB = {false, true, true, false};

    @TempDir
    Path savepoints;

    @ParameterizedTest(name = "group {0}")
    @ValueSource(ints = {0, 1, 2, 4, 6, 7, 9})
    void theChainChangesNothing(int group) throws Exception {
        TestCase drawn = TestCase.of(group, TestCase.seedsOf(group));
        Random random = new Random(group);
        int[] weights = PipelineRun.weights(drawn.messages().size(), random);
        try (CapturedLog log = CapturedLog.warnings();
                PartitionedSource.Run source =
                        new PartitionedSource.Run(drawn.messages(), drawn.consolidated(), weights, true);
                PipelineRun run = new PipelineRun(drawn.pipeline(), source)) {
            String savepoint = null;
            for (int phase = 0; phase < PARALLELISM.length; phase++) {
                boolean last = phase == PARALLELISM.length - 1;
                source.pauseAt(last ? 1 : (phase + 1.0) / PARALLELISM.length);
                How how = How.drawn(RuntimeExecutionMode.STREAMING, 1, random)
                        .withParallelism(PARALLELISM[phase])
                        .from(savepoint, ROCKSDB[phase]);
                JobClient job = run.graph(how, true).executeAsync();
                try {
                    if (!last) {
                        await().atMost(Duration.ofSeconds(60))
                                .pollInterval(Duration.ofMillis(5))
                                .until(() -> source.isPaused()
                                        || job.getJobStatus().get().isTerminalState());
                        assertThat(source.isPaused()).as("the job runs").isTrue();
                        savepoint = job.stopWithSavepoint(
                                        false, savepoints.toUri().toString(), SavepointFormatType.CANONICAL)
                                .get();
                    }
                    job.getJobExecutionResult().get();
                } catch (Exception | Error failure) {
                    job.cancel();
                    throw failure;
                }
            }
            Outcome outcome = Outcome.of(run);
            outcome.assertEquals(drawn.expected());
            if (!drawn.revisionsPossible()) {
                assertThat(outcome.revised()).as("revisions").isZero();
            }
            assertThat(log.containing(LedgerOperator.class.getName()))
                    .as("residuals at cuts")
                    .isEmpty();
        } catch (AssertionError failure) {
            throw new AssertionError("the chain must change nothing for " + drawn + "\n  " + failure, failure);
        }
    }
}
