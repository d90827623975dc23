package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a restored transaction means: committed before is no alarm, aborted is a loud loss, pending is committed.
 *
 * <p>The job makes no checkpoint by itself here; each is ordered over REST, so that nothing depends on a moment. A
 * savepoint that the job goes on behind is exactly the state between a snapshot and its commit: Flink commits nothing
 * for it.
 */
final class TransactionVerdictTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int TRADES = 30;

    @TempDir
    private Path directory;

    private Path home;
    private LiveBroker broker;

    @BeforeEach
    void setUp() throws Exception {
        home = Files.createDirectories(directory.resolve("home"));
        broker = new LiveBroker(directory.resolve("broker"));
        broker.makeTopic("trades");
    }

    @AfterEach
    void tearDown() {
        broker.close();
    }

    @Test
    void killedBehindTheCommitIsNoAlarm() throws Exception {
        // Given a job whose checkpoint is complete and committed, and that is killed before the next one
        try (JobProcess job = JobProcess.start(home, "first", run("quiet", "never"))) {
            sendTrades(job, "quiet");
            job.await("candles", () -> closed("quiet") == TRADES - 2);
            order(job, "checkpoints", "{\"checkpointType\":\"FULL\"}");
            job.await("the commit", () -> broker.committed("quiet.candles.1s").size() == TRADES - 2);
            job.kill();
        }
        // Then the broker tells the state by the name that the committer looks for
        assertThat(states("cw.quiet~")).contains(TransactionState.COMPLETE_COMMIT);
        assertThat(TransactionState.COMPLETE_COMMIT).hasToString("CompleteCommit");
        assertThat(TransactionState.PREPARE_COMMIT).hasToString("PrepareCommit");

        // When it goes on from that checkpoint, whose transaction cannot be committed twice
        List<String> verbose = new ArrayList<>(run("quiet", "latest"));
        verbose.add("-v");
        try (JobProcess job = JobProcess.start(home, "second", verbose)) {
            // Then that is known for what it is, and the run is a good one
            assertThat(job.exitCode()).as(job.err()).isEqualTo(0);
            assertThat(job.err())
                    .contains("restoring ", "had been committed before the restore")
                    .doesNotContain("LOST TRANSACTION");
        }
        assertAllCandlesOnce("quiet");
    }

    @Test
    void aTransactionThatWasStillPendingIsCommittedByTheRestore() throws Exception {
        killedBetweenSnapshotAndCommit("pending");
        try (JobProcess job = JobProcess.start(home, "second", run("pending", "latest"))) {
            assertThat(job.exitCode()).as(job.err()).isEqualTo(0);
            assertThat(job.err()).contains("restoring ").doesNotContain("LOST TRANSACTION");
        }
        assertAllCandlesOnce("pending");
    }

    @Test
    void aTransactionThatTheBrokerEndedIsALoudLossAndExitCode3() throws Exception {
        // Given a job that was killed between a snapshot and its commit
        killedBetweenSnapshotAndCommit("lost");
        // And a broker that ended the transaction meanwhile, as its timer does
        List<String> ids = transactions("lost").stream()
                .map(TransactionListing::transactionalId)
                .toList();
        assertThat(ids).isNotEmpty();
        broker.admin().fenceProducers(ids).all().get(30, TimeUnit.SECONDS);

        // When it goes on from the snapshot
        try (JobProcess job = JobProcess.start(home, "second", run("lost", "latest"))) {
            // Then the loss is told in the log and in the end, and the exit code says that data is missing
            assertThat(job.exitCode()).as(job.err()).isEqualTo(3);
            assertThat(job.err())
                    .contains("restoring ")
                    .containsPattern("ERROR .*LOST TRANSACTION")
                    .containsPattern("error: restored transactions must be committed, [1-9][0-9]* were lost")
                    .doesNotContain("\tat ");
        }
        // And it is true: the candles of the snapshot are missing, those behind it are there
        assertThat(broker.committed("lost.candles.1s").stream().map(row -> row.number("start_ns")))
                .containsExactly(START + (TRADES - 2) * SECOND, START + (TRADES - 1) * SECOND);
    }

    /** Runs the job to a snapshot of all trades whose transactions stay open, and kills it. */
    private void killedBetweenSnapshotAndCommit(String group) throws Exception {
        try (JobProcess job = JobProcess.start(home, "first", run(group, "never"))) {
            sendTrades(job, group);
            job.await("candles", () -> closed(group) == TRADES - 2);
            Path target = home.resolve("checkpoints").resolve(group).resolve("snapshot");
            order(
                    job,
                    "savepoints",
                    "{\"cancel-job\":false,\"formatType\":\"CANONICAL\",\"target-directory\":\"" + target.toUri()
                            + "\"}");
            job.kill();
            try (Stream<Path> made = Files.list(target)) {
                // A savepoint can be moved; as a checkpoint it is found by the next start.
                Files.move(made.findFirst().orElseThrow(), target.resolve("chk-1"));
            }
        }
        assertThat(broker.committed(group + ".candles.1s")).isEmpty();
        assertThat(states("cw." + group + "~")).contains(TransactionState.ONGOING);
    }

    /** Behind the checkpoint with which Flink begins, so that no other has them than those that are ordered. */
    private void sendTrades(JobProcess job, String group) throws Exception {
        job.awaitCheckpoint(home, group);
        broker.send(
                "trades",
                LongStream.range(0, TRADES)
                        .mapToObj(i -> LiveBroker.trade(i, START + i * SECOND, "10." + i))
                        .toArray(String[]::new));
    }

    /** How many candles stand in the topic, committed or not; the last two seconds stay open. */
    private int closed(String group) {
        return broker.uncommitted(group + ".candles.1s").size();
    }

    private void assertAllCandlesOnce(String group) {
        assertThat(broker.committed(group + ".candles.1s").stream().map(row -> row.number("start_ns")))
                .containsExactlyInAnyOrderElementsOf(LongStream.range(0, TRADES)
                        .mapToObj(i -> START + i * SECOND)
                        .toList());
    }

    private List<TransactionListing> transactions(String group) throws Exception {
        return broker.admin().listTransactions().all().get(30, TimeUnit.SECONDS).stream()
                .filter(transaction -> transaction.transactionalId().startsWith("cw." + group + "~"))
                .toList();
    }

    private List<TransactionState> states(String prefix) throws Exception {
        return broker.admin().listTransactions().all().get(30, TimeUnit.SECONDS).stream()
                .filter(transaction -> transaction.transactionalId().startsWith(prefix))
                .map(TransactionListing::state)
                .toList();
    }

    private List<String> run(String group, String until) {
        List<String> arguments = new ArrayList<>(List.of("run", "--kafka", broker.address()));
        for (String setting : List.of(
                "topic.prefix=" + group + ".",
                "kafka.group.id=" + group,
                "source.until=" + until,
                "checkpoint.interval=1d",
                "checkpoint.tolerable-failures=0",
                "kafka.transaction.timeout=2d",
                "parallelism=2")) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    /** Orders a snapshot over REST and waits for it. */
    static void order(JobProcess job, String kind, String request) throws Exception {
        Matcher web = Pattern.compile("Flink web UI: (\\S+)").matcher(job.err());
        Matcher id = Pattern.compile("job ([0-9a-f]{32}) submitted").matcher(job.err());
        assertThat(web.find() && id.find()).as(job.err()).isTrue();
        URI root = URI.create(web.group(1) + "/jobs/" + id.group(1) + "/" + kind);
        Row trigger = Row.of(send(HttpRequest.newBuilder(root)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(request))
                .build()));
        URI state = URI.create(root + "/" + trigger.get("request-id"));
        job.await("the snapshot", () -> {
            try {
                String answer = send(HttpRequest.newBuilder(state).GET().build());
                assertThat(answer).doesNotContain("failure-cause\":{");
                return answer.contains("COMPLETED");
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    private static String send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
        return response.body();
    }
}
