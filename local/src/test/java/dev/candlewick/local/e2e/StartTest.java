package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.runtime.checkpoint.CheckpointProperties;
import org.apache.flink.runtime.checkpoint.CheckpointRetentionPolicy;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A job that must not start says why, in one message, with the right exit code, within half a minute. */
@ExtendWith(KafkaExtension.class)
final class StartTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;
    private String topic;

    @BeforeEach
    void setUp(TestKafka kafka) {
        this.kafka = kafka;
        cli = new Cli(directory, kafka);
        topic = kafka.newTopic("start", 1);
    }

    /** Runs the job, which must be refused. */
    private String refused(int code, String... settings) {
        List<String> arguments = new ArrayList<>(List.of("run"));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        long start = System.nanoTime();
        Cli.Result run = cli.run(arguments.toArray(String[]::new));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
        assertThat(run.code()).as(run.err()).isEqualTo(code);
        assertThat(run.err().lines().filter(line -> line.startsWith("error: ")))
                .as(run.err())
                .hasSize(1);
        assertThat(run.err()).doesNotContain("\tat ", "Exception in");
        assertThat(run.out()).isEmpty();
        return run.err();
    }

    @Test
    void aBrokerThatDoesNotAnswerIsNamed() throws Exception {
        int port = PortClaim.any().port();
        assertThat(PortClaim.isFree(port)).isTrue();
        assertThat(refused(4, "kafka.bootstrap.servers=127.0.0.1:" + port, "source.topic=" + topic))
                .contains("a Kafka broker must listen", "127.0.0.1:" + port, "[CW-K01]", "Fix: ");
    }

    @Test
    void aTopicThatDoesNotExistIsNamed() {
        assertThat(refused(4, "source.topic=" + topic + "-absent"))
                .contains("source.topic must exist, was " + topic + "-absent", "produce --topic");
    }

    @Test
    void aTransactionTimeoutAboveTheBrokersMaximumIsRefused() {
        assertThat(refused(4, "source.topic=" + topic, "kafka.transaction.timeout=20m"))
                .contains(
                        "kafka.transaction.timeout must not pass the broker's transaction.max.timeout.ms=900000",
                        "was 1200000 ms");
    }

    @Test
    void aTransactionTimeoutThatARestartWouldOutliveIsAFaultOfTheConfiguration() {
        assertThat(refused(2, "source.topic=" + topic, "kafka.transaction.timeout=3m"))
                .contains("kafka.transaction.timeout must", "was 3m", "kafka.transaction.timeout=");
    }

    @Test
    void underFlinkRunAStartWithoutStateMustBeAskedForWhereACheckpointStands() throws Exception {
        // Given a complete checkpoint, an incomplete newer one, and an older one of another job
        Path checkpoints = directory.resolve("checkpoints");
        checkpoint(checkpoints.resolve("0a/chk-7"), 2_000);
        checkpoint(checkpoints.resolve("0b/chk-12"), 1_000);
        Files.createDirectories(checkpoints.resolve("0a/chk-8"));
        ResolvedConfiguration config = configuration("checkpoint.dir=" + checkpoints);
        // Then the main refuses, and names the newest complete one and both ways out
        Configuration flink = new Configuration();
        assertThatThrownBy(() -> StreamingStart.decideState(config, flink, false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("0a/chk-7")
                .hasMessageContaining("flink run -s ")
                .hasMessageContaining("--fresh");
        assertThat(flink.getOptional(StateRecoveryOptions.SAVEPOINT_PATH)).isEmpty();
        // But not where the user said what he wants
        assertThat(StreamingStart.decideState(
                        configuration("checkpoint.dir=" + checkpoints, "fresh=true"), flink, false))
                .contains("--fresh");
        assertThat(flink.getOptional(StateRecoveryOptions.SAVEPOINT_PATH)).isEmpty();
        Configuration given = new Configuration();
        given.set(StateRecoveryOptions.SAVEPOINT_PATH, "file:/savepoints/1");
        assertThat(StreamingStart.decideState(config, given, false)).isEqualTo("restoring file:/savepoints/1");
        assertThat(given.get(StateRecoveryOptions.SAVEPOINT_PATH)).isEqualTo("file:/savepoints/1");
        // And the command goes on from it by itself
        assertThat(StreamingStart.decideState(config, flink, true)).contains("restoring ", "0a/chk-7");
        assertThat(flink.get(StateRecoveryOptions.SAVEPOINT_PATH)).endsWith("0a/chk-7");
        // But never from one that is damaged
        Path damaged = checkpoints.resolve("0a/chk-9");
        Files.createDirectories(damaged);
        Files.write(damaged.resolve("_metadata"), new byte[100]);
        Configuration refused = new Configuration();
        refused.set(StateRecoveryOptions.SAVEPOINT_PATH, damaged.toUri().toString());
        assertThatThrownBy(() -> StreamingStart.decideState(config, refused, false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("what a job is restored from must be readable, was not")
                .hasMessageContaining("Fix: start from another checkpoint or savepoint");
        // And nothing is refused where nothing stands
        assertThat(StreamingStart.decideState(
                        configuration("checkpoint.dir=" + directory.resolve("none")), new Configuration(), false))
                .contains("no checkpoint stands");
    }

    private static void checkpoint(Path path, long modifiedMillis) throws Exception {
        Files.createDirectories(path);
        try (OutputStream metadata = Files.newOutputStream(path.resolve("_metadata"))) {
            Checkpoints.storeCheckpointMetadata(
                    new CheckpointMetadata(
                            7,
                            List.of(),
                            List.of(),
                            CheckpointProperties.forCheckpoint(CheckpointRetentionPolicy.RETAIN_ON_CANCELLATION)),
                    metadata);
        }
        assertThat(path.resolve("_metadata").toFile().setLastModified(modifiedMillis))
                .isTrue();
    }

    @Test
    void aLakeWithoutCheckpointsIsRefused() throws Exception {
        ResolvedConfiguration config = configuration("output.lake=" + directory.resolve("lake"));
        try (StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
                StreamingLake lake = StreamingLake.open(config, note -> {})) {
            assertThat(lake).isNotNull();
            assertThatThrownBy(() -> StreamingGraph.build(environment, config, lake.target()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("checkpointing must be on where a streaming job writes a lake")
                    .hasMessageContaining("checkpoint.interval=10s");
        }
    }

    private ResolvedConfiguration configuration(String... settings) {
        List<String> arguments = new ArrayList<>();
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(CommandLineArguments.parse(arguments.toArray(String[]::new)))
                .environment(Map.of("CANDLEWICK_KAFKA_BOOTSTRAP_SERVERS", kafka.bootstrapServers()))
                .require(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS)
                .build());
    }

    @Test
    @Timeout(180)
    void offsetsThatRetentionRemovedAreALoudFailureAndAFreshStartIsTheWayOut() throws Exception {
        Path home = Files.createDirectories(directory.resolve("home"));
        // Given a job that has read ten trades, with a checkpoint, and is killed
        try (JobProcess job = JobProcess.start(home, "first", run("source.until=never"))) {
            send(0, 10);
            job.await("candles", () -> candles() == 8);
            job.kill();
        }
        // And a topic of which retention has removed more than the job has read
        send(10, 20);
        TopicPartition partition = new TopicPartition(topic, 0);
        kafka.admin()
                .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(15)))
                .all()
                .get();
        // When it goes on, then it fails and says what is not there, instead of jumping over the gap
        try (JobProcess job = JobProcess.start(home, "second", run("source.until=latest", "restart.attempts=0"))) {
            assertThat(job.exitCode()).as(job.err()).isEqualTo(5);
            assertThat(job.err().lines().filter(line -> line.startsWith("error: ")))
                    .singleElement()
                    .asString()
                    .contains("out of range", topic + "-0");
            assertThat(job.err()).doesNotContain("\tat ");
        }
        assertThat(candles()).isEqualTo(8);
        // And only a start without state, which must be asked for, takes what is left
        List<String> fresh = new ArrayList<>(run("source.until=latest"));
        fresh.add("--fresh");
        try (JobProcess job = JobProcess.start(home, "third", fresh)) {
            assertThat(job.exitCode()).as(job.err()).isEqualTo(0);
            assertThat(job.err()).contains("starting without state, as --fresh says");
        }
        assertThat(candles()).isEqualTo(8 + 5);
    }

    private int candles() {
        return Topic.committed(kafka.bootstrapServers(), topic + ".candles.1s").size();
    }

    private List<String> run(String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "--kafka", kafka.bootstrapServers()));
        List<String> settings = new ArrayList<>(List.of(
                "source.topic=" + topic,
                "topic.prefix=" + topic + ".",
                "kafka.group.id=" + topic,
                "checkpoint.interval=300ms",
                "parallelism=2"));
        settings.addAll(List.of(more));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    private void send(int from, int to) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("acks", "all"))) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(
                                topic,
                                0,
                                null,
                                LiveBroker.trade(i, START + i * SECOND, "10").getBytes(StandardCharsets.UTF_8)))
                        .get();
            }
        }
    }
}
