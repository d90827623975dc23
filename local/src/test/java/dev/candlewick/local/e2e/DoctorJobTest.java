package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.testing.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The doctor beside a real broker, a real job and its lake: silent while all is well, and not when time stands still. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class DoctorJobTest {
    private static final Pattern WEB_UI = Pattern.compile("Flink web UI: (http://\\S+)");
    private static final int PARTITIONS = 2;

    /** Checks of what belongs to a job that runs without a cluster's configuration and processes. */
    private static final Pattern OF_THE_JOB =
            Pattern.compile("kafka\\.(?!local)|lake\\.|config|flink\\.(?!settings|processes|supervisor)");

    @TempDir
    private Path directory;

    private Path home;
    private LiveBroker broker;
    private KafkaProducer<byte[], byte[]> producer;
    private Cli cli;
    private long id;

    @BeforeEach
    void setUp() throws Exception {
        home = Files.createDirectories(directory.resolve("home"));
        broker = new LiveBroker(directory.resolve("broker"));
        Topics.ensure(broker.admin(), "trades", PARTITIONS, Topics.INPUT_CONFIGS);
        producer = new KafkaProducer<>(
                java.util.Map.of("bootstrap.servers", broker.address(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        cli = new Cli(directory)
                .with("CANDLEWICK_HOME", directory.resolve("elsewhere").toString());
    }

    @AfterEach
    void tearDown() {
        producer.close();
        broker.close();
    }

    @Test
    void aHealthyJobHasNoFindingAndAPartitionThatLagsIsNamed() throws Exception {
        try (JobProcess job = JobProcess.start(
                home,
                "run",
                List.of(
                        "run",
                        "--kafka",
                        broker.address(),
                        "--set",
                        "checkpoint.interval=300ms",
                        "--set",
                        "parallelism=1",
                        "--set",
                        "output.lake=" + directory.resolve("lake")))) {
            // Given a job that has closed candles of trades from both partitions, and made a checkpoint
            long now = System.currentTimeMillis() - Duration.ofHours(2).toMillis();
            job.await("a closed candle in the lake", () -> {
                send(0, now + id * 500);
                send(1, now + id * 500);
                return Files.isRegularFile(directory.resolve("lake/lake.json"))
                        && !JobProcess.checkpoints(home, "candlewick").isEmpty()
                        && !broker.committed("candles.1s").isEmpty();
            });
            Matcher address = WEB_UI.matcher(job.err());
            assertThat(address.find()).as(job.err()).isTrue();
            String flink = address.group(1);

            // Then the doctor, told no more than where Flink is, finds nothing and has looked at everything of the job
            Cli.Result healthy = cli.run("doctor", "--flink", flink, "-o", "json");
            assertThat(findings(healthy)).as(healthy.err()).isEmpty();
            assertThat(healthy.code()).as(healthy.out()).isZero();
            // Nor has the job anything to warn of
            assertThat(job.err()).doesNotContain(" WARN ", "\"level\":\"WARN\"");
            // (The first commit of the group and Flink's first sight of its own metrics come a little behind a
            // checkpoint.)
            Awaitility.await("a look at everything of the job")
                    .atMost(Duration.ofMinutes(1))
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> {
                        Cli.Result checks = cli.run("doctor", "--flink", flink, "--checks", "-o", "csv");
                        assertThat(checks.lines())
                                .filteredOn(line -> line.contains(",skipped,"))
                                .filteredOn(line -> OF_THE_JOB.matcher(line).lookingAt())
                                .as("left out")
                                .isEmpty();
                    });

            // When one partition goes an hour ahead of the other
            for (int i = 0; i < 20; i++) {
                send(0, now + Duration.ofHours(1).toMillis() + i * 100);
            }
            // Then the other one is named as what holds back the time
            Awaitility.await("the partition that lags")
                    .atMost(Duration.ofMinutes(1))
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> {
                        Cli.Result lagging = cli.run("doctor", "--flink", flink, "-o", "json");
                        assertThat(findings(lagging))
                                .singleElement()
                                .satisfies(
                                        line -> assertThat(line).contains("\"code\":\"CW-F12\"", "partition trades-1"));
                        assertThat(lagging.code()).isEqualTo(4);
                    });

            // And nothing of what it looked at has changed: it left no topic, no group and no transaction
            assertThat(broker.admin().listTopics().names().get()).noneMatch(name -> name.contains("doctor"));
            assertThat(broker.admin().listGroups().all().get())
                    .extracting(group -> group.groupId())
                    .containsOnly("candlewick", "cw.candlewick~writer");
            assertThat(directory.resolve("elsewhere")).doesNotExist();
        }
    }

    /** What was found; arguments of processes that are not this test's are none of its business. */
    private static List<String> findings(Cli.Result result) {
        List<String> own = new ArrayList<>();
        for (String line : result.lines()) {
            Matcher process =
                    Pattern.compile("\"CW-S01\".*\"process ([0-9]+)\"").matcher(line);
            if (!process.find()
                    || ProcessHandle.current()
                            .descendants()
                            .anyMatch(child -> Long.toString(child.pid()).equals(process.group(1)))) {
                own.add(line);
            }
        }
        return own;
    }

    private void send(int partition, long eventTimeMillis) {
        id++;
        producer.send(new ProducerRecord<>(
                "trades",
                partition,
                null,
                LiveBroker.trade(id, eventTimeMillis * 1_000_000, "10")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        producer.flush();
    }
}
