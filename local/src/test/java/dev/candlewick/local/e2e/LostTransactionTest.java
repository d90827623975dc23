package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job is down for longer than its transactions live: what they held is missing, and the runbook brings it back; and the
 * state from before the heal is refused afterwards.
 */
final class LostTransactionTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int TRADES = 90;
    private static final List<String> TOPICS = List.of("candles.1s", "candles.10s", "candles.1m", "vwap.5m");

    @TempDir
    private Path directory;

    @Test
    @Timeout(240)
    void theRunbookBringsBackWhatTheBrokerGaveUp() throws Exception {
        Path home = Files.createDirectories(directory.resolve("home"));
        Cli cli;
        try (LiveBroker broker = new LiveBroker(directory.resolve("broker"))) {
            broker.makeTopic("trades");
            cli = new Cli(home).with("CANDLEWICK_HOME", home.toString()).with("CANDLEWICK_KAFKA", broker.address());
            // Given a job with transactions of ten seconds, killed between a snapshot and its commit
            try (JobProcess job = JobProcess.start(ImpatientJob.class, home, "first", impatient(broker, home))) {
                job.awaitCheckpoint(home, "candlewick");
                broker.send(
                        "trades",
                        LongStream.range(0, TRADES)
                                .mapToObj(i -> LiveBroker.trade(i, START + i * SECOND, "10." + i))
                                .toArray(String[]::new));
                job.await("candles", () -> broker.uncommitted("candles.1s").size() == TRADES - 2);
                Path target = home.resolve("checkpoints").resolve("candlewick").resolve("snapshot");
                TransactionVerdictTest.order(
                        job,
                        "savepoints",
                        "{\"cancel-job\":false,\"formatType\":\"CANONICAL\",\"target-directory\":\"" + target.toUri()
                                + "\"}");
                job.kill();
                try (Stream<Path> made = Files.list(target)) {
                    Files.move(made.findFirst().orElseThrow(), target.resolve("chk-1"));
                }
            }
            // And a broker whose timer has ended them while it was down
            Awaitility.await("the end of the transactions")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> states(broker).stream()
                            .noneMatch(state ->
                                    state == TransactionState.ONGOING || state == TransactionState.PREPARE_ABORT));
            assertThat(states(broker)).contains(TransactionState.COMPLETE_ABORT);

            // When the page is followed: the job goes on and says what is lost, and the rest of the page heals it
            List<Cli.Result> results = Runbook.follow(
                    "a-lost-transaction.md", "LostTransactionTest.theRunbookBringsBackWhatTheBrokerGaveUp", cli, home);
            assertThat(results.get(0).err()).contains("LOST TRANSACTION");
            assertThat(results.get(1).out()).contains("MISSING_IN_TOPIC", "LOST_TRANSACTION");
            assertThat(results.get(2).err()).contains("--max-share");
            assertThat(results.get(3).err()).containsPattern("[1-9][0-9]* values healed");
            assertThat(results.get(4).out()).contains("EQUAL").doesNotContain("MISSING", "DIFFER");

            // Then the last revisions are those of a run that nobody disturbed
            Cli.Result quiet = cli.run(
                    "run",
                    "--set",
                    "topic.prefix=quiet.",
                    "--set",
                    "kafka.group.id=quiet",
                    "--set",
                    "source.until=latest");
            assertThat(quiet.code()).as(quiet.err()).isEqualTo(0);
            for (String topic : TOPICS) {
                assertThat(last(broker, topic)).as(topic).isNotEmpty().isEqualTo(last(broker, "quiet." + topic));
            }
            // And none of them is a new revision: nobody had seen these
            assertThat(broker.committed("candles.1s"))
                    .hasSize(TRADES)
                    .allSatisfy(row -> assertThat(row.get("reason")).isEqualTo("CLOSED"));

            // And the snapshot from before the heal would publish healed values again, and is refused
            Cli.Result old =
                    cli.run("run", "--set", "output.lake=" + home.resolve("lake"), "--set", "source.until=latest");
            assertThat(old.code()).as(old.err()).isEqualTo(5);
            assertThat(old.err())
                    .contains("state must not be older than the newest heal")
                    .contains("--republish");
            assertThat(broker.committed("candles.1s")).hasSize(TRADES);
            // Unless it is wanted
            Cli.Result wanted = cli.run(
                    "run",
                    "--republish",
                    "--set",
                    "output.lake=" + home.resolve("lake"),
                    "--set",
                    "source.until=latest");
            assertThat(wanted.err()).contains("as --republish says").doesNotContain("state must not be older");
        }
    }

    private static List<TransactionState> states(LiveBroker broker) throws Exception {
        Collection<TransactionListing> all =
                broker.admin().listTransactions().all().get(30, TimeUnit.SECONDS);
        return all.stream()
                .filter(transaction -> transaction.transactionalId().startsWith("cw.candlewick~"))
                .map(TransactionListing::state)
                .toList();
    }

    /** The value with the largest revision of each key, without what names it. */
    private static Map<String, Row> last(LiveBroker broker, String topic) {
        return broker.committed(topic).stream()
                .collect(Collectors.toMap(
                        row -> row.get("symbol")
                                + row.fields()
                                        .getOrDefault("start_ns", row.fields().get("at_ns")),
                        row -> row,
                        (one, other) -> one.number("revision") >= other.number("revision") ? one : other));
    }

    private static List<String> impatient(LiveBroker broker, Path home) {
        List<String> arguments = new ArrayList<>();
        for (String setting : List.of(
                "kafka.bootstrap.servers=" + broker.address(),
                "kafka.group.id=candlewick",
                "output.lake=lake",
                "checkpoint.interval=1d",
                "checkpoint.dir=" + home.resolve("checkpoints").resolve("candlewick"),
                "kafka.transaction.timeout=6d",
                "checkpoint.tolerable-failures=0",
                "parallelism=2")) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }
}
