package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.candlewick.connectors.kafka.preflight.PreflightException;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.job.LocalCluster;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A job that is bootstrapped from the lake of another is that job, in what it remembers and in what it publishes. */
@ExtendWith(KafkaExtension.class)
final class SavepointBootstrapTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int PARTITIONS = 3;
    private static final int UNTIL_X = 3_000;
    private static final int UNTIL_Y = 4_500;
    private static final long SEED = 20_240_311L;
    private static final List<String> OUTPUTS =
            List.of("candles.1s", "candles.10s", "candles.1m", "vwap.5m", "quality.events", "quality.reports");

    @TempDir
    private Path home;

    private LocalCluster cluster;

    @BeforeEach
    void startCluster() throws Exception {
        cluster = LocalCluster.headless(4);
    }

    @AfterEach
    void stopCluster() throws Exception {
        cluster.close();
    }

    /** The options that all jobs of a test share. */
    private static List<String> settings(String topic) {
        return List.of(
                "source.topic=" + topic,
                "intervals=1s,10s,1m",
                "out-of-orderness=1s",
                "allowed-lateness=5s",
                "quality=full",
                "silence=5s",
                "fill=carry",
                "parallelism=2");
    }

    private static List<String> arguments(List<String> settings, String... more) {
        List<String> arguments = new ArrayList<>();
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        Arrays.stream(more).forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments;
    }

    private ResolvedConfiguration job(TestKafka kafka, String topic, String name, List<String> more) {
        List<String> arguments = arguments(
                settings(topic),
                "kafka.bootstrap.servers=" + kafka.bootstrapServers(),
                "topic.prefix=" + name + ".",
                "kafka.group.id=" + name,
                "checkpoint.interval=500ms");
        arguments.addAll(more);
        return StreamingJob.resolve(CommandLineArguments.parse(arguments.toArray(String[]::new)), Map.of());
    }

    private JobClient start(ResolvedConfiguration config, StreamingLake lake, String savepoint) throws Exception {
        Configuration flink = StreamingStart.flinkConfiguration(config);
        if (savepoint != null) {
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        }
        StreamingStart.preflight(config, flink);
        StreamExecutionEnvironment environment = cluster.environment(flink);
        environment.setParallelism(2);
        StreamingGraph.build(environment, config, lake == null ? null : lake.target());
        return environment.executeAsync();
    }

    /**
     * A market of two venues and four symbols over three partitions, in which symbols are spread: with disorder, trades
     * that revise candles and trades that are too late, copies, ids with two payloads, broken messages, and a venue that is
     * silent around X.
     */
    private static List<ProducerRecord<byte[], byte[]>> market(String topic) {
        Random random = new Random(SEED);
        List<String> sent = new ArrayList<>();
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < UNTIL_Y; i++) {
            long time = START + i * 40_000_000L - random.nextInt(700) * 1_000_000L;
            int fate = random.nextInt(100);
            if (fate < 3 && i > 1_000) {
                time -= (1_500 + random.nextInt(3_500)) * 1_000_000L;
            } else if (fate < 5 && i > 1_000) {
                time -= 30 * SECOND;
            }
            boolean quiet = i > UNTIL_X - 250 && i < UNTIL_X + 100;
            String venue = quiet || random.nextBoolean() ? "alpha" : "beta";
            String text = "{\"event_time_ns\":" + time + ",\"recv_time_ns\":" + (time + random.nextInt(9_000_000))
                    + ",\"venue\":\"" + venue + "\",\"symbol\":\"S" + random.nextInt(4) + "\",\"trade_id\":\""
                    + (fate == 6 ? i / 2 : i) + "\",\"price\":\"" + (100 + random.nextInt(400) / 100.0)
                    + "\",\"size\":\"" + (1 + random.nextInt(5)) + "\",\"side\":\"buy\"}";
            if (fate > 94 && i > 20) {
                text = sent.get(i - 1 - random.nextInt(15));
            } else if (fate > 92) {
                text = fate == 93 ? "{\"event_time_ns\":" + time + "}" : "no json";
            }
            sent.add(text);
            records.add(new ProducerRecord<>(
                    topic, random.nextInt(PARTITIONS), null, text.getBytes(StandardCharsets.UTF_8)));
        }
        return records;
    }

    private static void send(TestKafka kafka, List<ProducerRecord<byte[], byte[]>> records) {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            records.forEach(producer::send);
        }
    }

    /** Sends in a transaction, whose end takes an offset in each partition. */
    private static void sendTogether(TestKafka kafka, List<ProducerRecord<byte[], byte[]>> records) {
        try (KafkaProducer<byte[], byte[]> producer =
                kafka.producer(Map.of("transactional.id", kafka.newName("feed")))) {
            producer.initTransactions();
            producer.beginTransaction();
            records.forEach(producer::send);
            producer.commitTransaction();
        }
    }

    /** Waits until a checkpoint of the job is behind these offsets. */
    private static void awaitRead(TestKafka kafka, String group, Map<TopicPartition, Long> offsets) {
        Awaitility.await("job " + group + " behind " + offsets)
                .atMost(Duration.ofSeconds(120))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    Map<TopicPartition, OffsetAndMetadata> committed = kafka.admin()
                            .listConsumerGroupOffsets(group)
                            .partitionsToOffsetAndMetadata()
                            .get();
                    return offsets.entrySet().stream()
                            .allMatch(end -> committed.get(end.getKey()) != null
                                    && committed.get(end.getKey()).offset() >= end.getValue());
                });
    }

    private static Map<TopicPartition, Long> ends(TestKafka kafka, String topic) throws Exception {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            wanted.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        Map<TopicPartition, Long> ends = new HashMap<>();
        kafka.admin().listOffsets(wanted).all().get().forEach((partition, end) -> ends.put(partition, end.offset()));
        return ends;
    }

    /** The last value of each key, and each value that has none; without what depends on when watermarks came. */
    private static SortedMap<String, Row> last(TestKafka kafka, String prefix, String output) {
        SortedMap<String, Row> rows = new TreeMap<>();
        for (String value : Topic.committed(kafka.bootstrapServers(), prefix + '.' + output)) {
            Row row = Row.of(value).without("revision", "reason");
            String key = output.startsWith("candles")
                    ? row.get("venue") + '|' + row.get("symbol") + '|' + row.get("start_ns")
                    : output.startsWith("vwap")
                            ? row.get("venue") + '|' + row.get("symbol") + '|' + row.get("at_ns")
                            : value;
            rows.put(key, row);
        }
        return rows;
    }

    @Test
    void aBootstrappedJobIsTheJobThatRanFromTheBeginning(TestKafka kafka) throws Exception {
        String topic = kafka.newTopic("bootstrap", PARTITIONS);
        List<ProducerRecord<byte[], byte[]>> market = market(topic);
        send(kafka, market.subList(0, 1_500));
        sendTogether(kafka, market.subList(1_500, 1_560));
        send(kafka, market.subList(1_560, UNTIL_X));
        Map<TopicPartition, Long> x = ends(kafka, topic);
        String first = kafka.newName("first");
        Path lake = home.resolve("lake");

        // Given a job that ran from the beginning to X and was stopped there with a savepoint
        String savepoint;
        ResolvedConfiguration config = job(kafka, topic, first, List.of("--set", "output.lake=" + lake));
        try (StreamingLake written = StreamingLake.open(config, note -> {})) {
            JobClient running = start(config, written, null);
            awaitRead(kafka, first, x);
            savepoint = running.stopWithSavepoint(
                            false, home.resolve("savepoints").toUri().toString(), SavepointFormatType.CANONICAL)
                    .get();
            running.getJobExecutionResult().get();
            written.publish(Map.of());
        }

        // When another is made of its lake, whose holes must be told to be markers of a transaction
        Cli cli = new Cli(home, kafka);
        Path made = home.resolve("made");
        List<String> words = List.of("savepoint", "bootstrap", "--lake", "lake", "--out", made.toString());
        Cli.Result hole = cli.run(command(words, settings(topic)));
        assertThat(hole.code()).as(hole.err()).isEqualTo(3);
        assertThat(hole.err()).contains("the lake must hold every message of the log", topic + ":0 lacks 1 offsets");
        assertThat(made).doesNotExist();
        List<String> unread = new ArrayList<>(words);
        unread.addAll(List.of("--holes", "unread"));
        Cli.Result bootstrap = cli.run(command(unread, settings(topic)));
        assertThat(bootstrap.code()).as(bootstrap.out() + bootstrap.err()).isZero();
        assertThat(Files.readString(made.resolve("start-offsets.yaml")))
                .contains(topic + ":0:" + x.get(new TopicPartition(topic, 0)));
        refusals(cli, topic, made, unread);

        // Then both remember the same, but for sources and sinks
        Cli.Result diff = cli.run(command(
                List.of("savepoint", "diff", savepoint, made.toString(), "--settled", "--without-offsets"),
                settings(topic)));
        assertThat(diff.code()).as(diff.out() + diff.err()).isZero();

        // Which one message less does not
        List<String> less = new ArrayList<>(unread);
        less.set(less.indexOf(made.toString()), home.resolve("less").toString());
        less.addAll(List.of(
                "--at",
                x.entrySet().stream()
                        .map(end -> topic
                                + ':'
                                + end.getKey().partition()
                                + '='
                                + (end.getValue() - (end.getKey().partition() == 0 ? 1 : 0)))
                        .collect(Collectors.joining(","))));
        Cli.Result shorter = cli.run(command(less, settings(topic)));
        assertThat(shorter.code()).as(shorter.err()).isZero();
        Cli.Result lessDiff = cli.run(command(
                List.of(
                        "savepoint",
                        "diff",
                        savepoint,
                        home.resolve("less").toString(),
                        "--settled",
                        "--without-offsets"),
                settings(topic)));
        assertThat(lessDiff.code()).as(lessDiff.err()).isEqualTo(3);
        assertThat(lessDiff.out()).contains("read=");

        // And both go on in the same way; offsets count only where the state has none
        send(kafka, market.subList(UNTIL_X, UNTIL_Y));
        Path alone = home.resolve("alone");
        Cli.Result migrated = cli.run("savepoint", "migrate", savepoint, alone.toString(), "--drop-sinks", "--yes");
        assertThat(migrated.code()).as(migrated.err()).isZero();
        String second = kafka.newName("second");
        String other = kafka.newName("other");
        start(
                        job(
                                kafka,
                                topic,
                                second,
                                List.of(
                                        "--set",
                                        "source.until=latest",
                                        "--set",
                                        "source.start-offsets=" + topic + ":0:99999999")),
                        null,
                        alone.toUri().toString())
                .getJobExecutionResult()
                .get();
        start(
                        job(
                                kafka,
                                topic,
                                other,
                                List.of(
                                        "--set",
                                        "source.until=latest",
                                        "--config",
                                        made.resolve("start-offsets.yaml").toString())),
                        null,
                        made.toUri().toString())
                .getJobExecutionResult()
                .get();
        for (String output : OUTPUTS) {
            assertThat(last(kafka, other, output)).as(output).isNotEmpty().isEqualTo(last(kafka, second, output));
        }
    }

    private void refusals(Cli cli, String topic, Path made, List<String> words) {
        Cli.Result standing = cli.run(command(words, settings(topic)));
        assertThat(standing.code()).isEqualTo(3);
        assertThat(standing.err()).contains("the target must be a directory that is missing or empty", "made");
        List<String> elsewhere = new ArrayList<>(words);
        elsewhere.set(
                elsewhere.indexOf(made.toString()), home.resolve("elsewhere").toString());
        Cli.Result other = cli.run(command(elsewhere, List.of("source.topic=another")));
        assertThat(other.code()).isEqualTo(3);
        assertThat(other.err()).contains("the lake must hold trades of a topic that the job reads", topic);
        elsewhere.addAll(List.of("--at", topic + ":0=10"));
        Cli.Result some = cli.run(command(elsewhere, settings(topic)));
        assertThat(some.code()).isEqualTo(3);
        assertThat(some.err()).contains("--at must name every partition of the lake, was without " + topic + ":");
        assertThat(home.resolve("elsewhere")).doesNotExist();
    }

    @Test
    void startOffsetsCountOnceAndMustLieInTheLog(TestKafka kafka) throws Exception {
        String topic = kafka.newTopic("offsets", PARTITIONS);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (int i = 0; i < 10 * PARTITIONS; i++) {
            records.add(new ProducerRecord<>(
                    topic,
                    i % PARTITIONS,
                    null,
                    LiveBroker.trade(i, START + i * SECOND, "10").getBytes(StandardCharsets.UTF_8)));
        }
        send(kafka, records);
        String group = kafka.newName("offsets");
        TopicPartition named = new TopicPartition(topic, 0);
        TopicPartition unnamed = new TopicPartition(topic, 1);
        kafka.admin()
                .alterConsumerGroupOffsets(group, Map.of(unnamed, new OffsetAndMetadata(7)))
                .all()
                .get();
        kafka.admin()
                .deleteRecords(Map.of(named, RecordsToDelete.beforeOffset(3)))
                .all()
                .get();

        // Refused before the start: what retention has deleted, what was never there, another partition, another topic
        assertThatThrownBy(() -> StreamingStart.preflight(startingAt(kafka, topic, group, topic + ":0:2")))
                .isInstanceOf(PreflightException.class)
                .hasMessageContaining("must lie in the log, was " + topic + ":0:2")
                .hasMessageContaining("retention has deleted everything before 3, 1 messages");
        assertThatThrownBy(() -> StreamingStart.preflight(startingAt(kafka, topic, group, topic + ":0:11")))
                .hasMessageContaining("the log ends at 10");
        assertThatThrownBy(() -> StreamingStart.preflight(startingAt(kafka, topic, group, topic + ":3:0")))
                .hasMessageContaining("must name partitions that exist, was " + topic + ":3");
        assertThatThrownBy(() -> startingAt(kafka, topic, group, "another:0:5"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("name a topic of source.topic");

        // Taken: the named one from its offset, the others from their beginning and not where the group stood
        List<LedgerRow> ledger = start(startingAt(kafka, topic, group, topic + ":0:6"), null, null)
                .getJobExecutionResult()
                .get()
                .getAccumulatorResult(LedgerFunction.ACCUMULATOR);
        assertThat(ledger.stream().filter(row -> row.scope().equals(LedgerRow.PARTITION)))
                .extracting(LedgerRow::readPartition, LedgerRow::read)
                .containsExactlyInAnyOrder(tuple(topic + "/0", 4L), tuple(topic + "/1", 10L), tuple(topic + "/2", 10L));
    }

    private ResolvedConfiguration startingAt(TestKafka kafka, String topic, String group, String offsets) {
        return job(
                kafka,
                topic,
                group,
                List.of("--set", "source.until=latest", "--set", "source.start-offsets=" + offsets));
    }

    private static String[] command(List<String> words, List<String> settings) {
        List<String> all = new ArrayList<>(words);
        all.addAll(arguments(settings));
        return all.toArray(String[]::new);
    }
}
