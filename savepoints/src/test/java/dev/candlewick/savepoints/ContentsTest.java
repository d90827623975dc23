package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.candlewick.core.ledger.Counter;
import dev.candlewick.jobs.operators.Uids;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands in a savepoint is told the same for every backend and format. */
class ContentsTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    private static final int STOPPED_AT = 1_500;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "false, CANONICAL, CANONICAL",
        "false, NATIVE, HEAP",
        "true, CANONICAL, CANONICAL",
        "true, NATIVE, ROCKSDB",
    })
    void aSavepointTellsWhatTheJobRemembers(boolean rocksDb, SavepointFormatType format, KeyedFormat expected)
            throws Exception {
        try (TestJob job = new TestJob()) {
            String path = job.stoppedAt(
                    STOPPED_AT, rocksDb ? TestJob.How.rocksDb(2) : TestJob.How.heap(2), directory, format);

            Savepoint savepoint = Savepoint.open(path);
            assertThat(savepoint.kind()).isEqualTo(Savepoint.Kind.STOPPED);
            assertThat(savepoint.operator(Uids.MARKET_DATA).format()).isEqualTo(expected);
            check(savepoint);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, true, ROCKSDB", "true, false, ROCKSDB", "false, false, HEAP"})
    void aCheckpointTellsTheSame(
            boolean rocksDb, boolean incremental, KeyedFormat expected, @InjectMiniCluster MiniCluster cluster)
            throws Exception {
        try (TestJob job = new TestJob()) {
            TestJob.How how = rocksDb ? TestJob.How.rocksDb(2) : TestJob.How.heap(2);
            job.gate.allow(STOPPED_AT);
            JobClient client = job.graph(new TestJob.How(
                            how.parallelism(), 128, rocksDb, incremental, null, how.engine(), environment -> {
                                environment.configure(
                                        org.apache.flink.configuration.Configuration.fromMap(java.util.Map.of(
                                                "execution.checkpointing.dir",
                                                directory.toUri().toString(),
                                                "execution.checkpointing.interval",
                                                "1 h",
                                                "execution.checkpointing.externalized-checkpoint-retention",
                                                "RETAIN_ON_CANCELLATION")));
                                return environment;
                            }))
                    .executeAsync();
            job.awaitShut(client);
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(20))
                    .ignoreExceptionsMatching(e -> SavepointException.reasons(e).contains("Not all required tasks"))
                    .until(() -> cluster.triggerCheckpoint(client.getJobID()).get() != null);
            client.cancel().get();

            Savepoint savepoint = Savepoint.open(directory.toString());
            assertThat(savepoint.kind()).isEqualTo(Savepoint.Kind.CHECKPOINT);
            assertThat(savepoint.operator(Uids.MARKET_DATA).format()).isEqualTo(expected);
            check(savepoint);
        }
    }

    private static void check(Savepoint savepoint) {
        assertThat(savepoint.operators())
                .extracting(OperatorInfo::label)
                .contains(Uids.SOURCE, Uids.STAMP, Uids.MARKET_DATA, Uids.OUTLET, Uids.LEDGER, Uids.SILENCE);
        assertThat(savepoint.operator(Uids.MARKET_DATA).parallelism()).isEqualTo(2);
        assertThat(savepoint.operator(Uids.MARKET_DATA).maxParallelism()).isEqualTo(128);
        assertThat(savepoint.operator(Uids.STAMP).state("marks").kind()).isEqualTo(StateInfo.Kind.UNION);

        SavepointContents contents = new SavepointContents(savepoint);
        List<String> keys = new ArrayList<>();
        List<String> withoutTimer = new ArrayList<>();
        long[] remembered = new long[1];
        SavepointContents.KeyedTotals totals = contents.forEachInstrument((key, state, timers) -> {
            keys.add(key);
            assertThat(state.key()).isEqualTo(key);
            assertThat(timers).containsExactly(state.timerMillis());
            remembered[0] += state.idCount();
            assertThat(state.windowCount()).isPositive();
        });
        assertThat(keys)
                .containsExactly("alpha|S0", "alpha|S1", "alpha|S2", "alpha|S3", "alpha|S4", "alpha|S5", "alpha|S6");
        assertThat(withoutTimer).isEmpty();
        assertThat(totals.instruments()).isEqualTo(7);
        assertThat(totals.timers()).isEqualTo(7);
        assertThat(totals.orphanTimers()).isEmpty();
        assertThat(remembered[0]).isPositive();

        assertThat(contents.marks()).hasSize(2);
        assertThat(contents.marks()).allSatisfy(mark -> {
            assertThat(mark.source()).isEqualTo("trades");
            assertThat(mark.markNanos()).isGreaterThan(TestJob.START_NANOS);
        });
        assertThat(contents.counters(Uids.STAMP).stream()
                        .mapToLong(count -> count.counters()[Counter.READ.ordinal()])
                        .sum())
                .isEqualTo(STOPPED_AT);
        long accepted = contents.counters(Uids.MARKET_DATA).stream()
                .mapToLong(count -> count.counters()[Counter.ACCEPTED.ordinal()])
                .sum();
        long duplicate = contents.counters(Uids.MARKET_DATA).stream()
                .mapToLong(count -> count.counters()[Counter.DUPLICATE.ordinal()])
                .sum();
        assertThat(duplicate).isPositive();
        assertThat(accepted + duplicate).isEqualTo(STOPPED_AT);
        assertThat(contents.published()).hasSize(6);
        assertThat(contents.published()[0]).isPositive().isLessThanOrEqualTo(accepted);
        assertThat(contents.offsets())
                .as("offsets of a source that is none of Kafka's")
                .isEmpty();
    }
}
