package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is killed while trades flow: the topics end with the same bytes as without a kill. */
final class KillTest {
    private static final int PARTITIONS = 4;
    private static final int KILLS = 5;
    private static final int BROKER_KILL = 2;
    private static final byte[] ORDER = "{\"type\":\"order\",\"id\":7}".getBytes(StandardCharsets.UTF_8);
    private static final List<String> OUTPUTS =
            List.of("candles.1s", "candles.10s", "candles.1m", "candles.3m", "candles.5m", "candles.15m", "vwap.5m");

    @TempDir
    private Path directory;

    private Path home;
    private Cli cli;
    private int port;

    @BeforeEach
    void setUp() {
        home = directory.resolve("home");
        cli = new Cli(directory).with("CANDLEWICK_HOME", home.toString());
    }

    @AfterEach
    void stopTheBroker() {
        BrokerState.running(new CandlewickHome(home))
                .flatMap(state -> ProcessHandle.of(state.pid()))
                .ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void killedFiveTimesAndOnceWithTheBrokerGivesTheSameBytesAsAnUndisturbedRun() throws Exception {
        long seed = Long.getLong("candlewick.seed", 20_241_103L);
        Random random = new Random(seed);
        // Given a broker in a process of its own, and trades that are never late: nothing depends on timing then
        String address = brokerUp();
        History history = History.random(
                seed,
                HistoryOptions.defaults()
                        .withTrades(24_000)
                        .withPartitions(PARTITIONS, false)
                        .withInstruments(2, 8)
                        .withLateTrades(false)
                        .withTimes(Duration.ofSeconds(1), Duration.ZERO, Duration.ofSeconds(10)));
        List<ProducerRecord<byte[], byte[]>> records = records(history, new Random(seed));
        try (Admin admin = KafkaClients.connect(address)) {
            Topics.ensure(admin, "trades", PARTITIONS, Map.of());
        }

        // When the job is killed at five moments while a producer fills the topic, and goes on each time by itself
        try (KafkaProducer<byte[], byte[]> producer = producer(address)) {
            int sent = 0;
            for (int kill = 0; kill < KILLS; kill++) {
                try (JobProcess job = JobProcess.start(home, "run-" + kill, run("killed", "never"))) {
                    int last = newestCheckpoint("killed");
                    int first = kill == 0 ? 1 : last + 1;
                    job.await("checkpoint " + first, () -> newestCheckpoint("killed") >= first);
                    assertThat(job.err())
                            .as("seed " + seed)
                            .contains(kill == 0 ? "starting without state" : "restoring ");
                    int until = records.size() * (kill + 1) / (KILLS + 1);
                    int checkpoints = 1 + random.nextInt(3);
                    for (int i = 0; i < checkpoints; i++) {
                        int next = newestCheckpoint("killed") + 1;
                        int slice = sent + (until - sent) * (i + 1) / checkpoints;
                        sent = send(producer, records, sent, slice);
                        job.await("checkpoint " + next, () -> newestCheckpoint("killed") >= next);
                    }
                    // A moment between two checkpoints, in the middle of one, or between one and its commit.
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(400)));
                    if (kill == BROKER_KILL) {
                        killBroker();
                    }
                    job.kill();
                }
                if (kill == BROKER_KILL) {
                    assertThat(brokerUp()).isEqualTo(address);
                }
            }
            send(producer, records, sent, records.size());
        }
        Map<String, Integer> ends = new HashMap<>();
        try (JobProcess job = JobProcess.start(home, "run-last", run("killed", "latest"))) {
            assertThat(job.exitCode()).as("seed " + seed + "\n" + job.err()).isEqualTo(0);
            assertThat(job.err()).contains("restoring ").doesNotContain("LOST TRANSACTION");
            // Then every record was read exactly once and the residual is 0
            ends.put("read", ledger(job.out(), "read"));
            ends.put("filtered", ledger(job.out(), "filtered"));
            ends.put("residual", ledger(job.out(), "residual"));
        }
        int orders = (int) records.stream()
                .filter(record -> Arrays.equals(record.value(), ORDER))
                .count();
        assertThat(orders).isGreaterThan(records.size() / 2);
        assertThat(ends)
                .as("seed " + seed)
                .isEqualTo(Map.of("read", records.size(), "filtered", orders, "residual", 0));

        // And the topics hold what an undisturbed run writes: nothing missing, nothing twice
        try (JobProcess job = JobProcess.start(home, "undisturbed", run("quiet", "latest"))) {
            assertThat(job.exitCode()).as(job.err()).isEqualTo(0);
        }
        for (String output : OUTPUTS) {
            List<String> killed = Topic.committed(address, "killed." + output);
            List<String> quiet = Topic.committed(address, "quiet." + output);
            assertThat(quiet).as(output).isNotEmpty();
            Set<String> missing = new HashSet<>(quiet);
            killed.forEach(missing::remove);
            Set<String> made = new HashSet<>(killed);
            quiet.forEach(made::remove);
            assertThat(missing).as("missing in " + output + ", seed " + seed).isEmpty();
            assertThat(made)
                    .as("not made by the undisturbed run: " + output + ", seed " + seed)
                    .isEmpty();
            assertThat(killed.stream().sorted())
                    .as("each value once in " + output + ", seed " + seed)
                    .containsExactlyElementsOf(quiet.stream().sorted().toList());
        }
    }

    private static int ledger(String csv, String column) {
        List<String> lines = csv.lines().toList();
        int index = List.of(lines.get(0).split(",", -1)).indexOf(column);
        return lines.stream()
                .skip(1)
                .map(line -> line.split(",", -1)[index])
                .filter(value -> !value.isEmpty())
                .mapToInt(Integer::parseInt)
                .sum();
    }

    private List<String> run(String name, String until) {
        List<String> arguments = new ArrayList<>(List.of("run", "-o", "csv", "--format", "json"));
        for (String setting : List.of(
                "topic.prefix=" + name + ".",
                "kafka.group.id=" + name,
                "source.until=" + until,
                "source.idle-timeout=off",
                "checkpoint.interval=300ms",
                "parallelism=2",
                "price.scale=HUGE*=4,*=12",
                "size.scale=HUGE*=4,*=8")) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    /** The number of the newest checkpoint; it counts on over restores. 0 where there is none. */
    private int newestCheckpoint(String group) {
        return JobProcess.checkpoints(home, group).stream()
                .map(checkpoint -> checkpoint.getFileName().toString())
                .mapToInt(name -> Integer.parseInt(name.substring("chk-".length())))
                .max()
                .orElse(0);
    }

    private String brokerUp() {
        Cli.Result up = cli.run("kafka", "up", "--port", String.valueOf(port));
        assertThat(up.code()).as(up.err()).isEqualTo(0);
        String address = up.out().trim();
        port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        return address;
    }

    private void killBroker() throws Exception {
        long pid = BrokerState.running(new CandlewickHome(home)).orElseThrow().pid();
        ProcessHandle broker = ProcessHandle.of(pid).orElseThrow();
        broker.destroyForcibly();
        broker.onExit().get(30, TimeUnit.SECONDS);
    }

    private static KafkaProducer<byte[], byte[]> producer(String address) {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", address, "acks", "all", "linger.ms", 5),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    private static int send(
            KafkaProducer<byte[], byte[]> producer, List<ProducerRecord<byte[], byte[]>> records, int from, int to)
            throws Exception {
        List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
        for (ProducerRecord<byte[], byte[]> record : records.subList(from, to)) {
            sent.add(producer.send(record));
        }
        for (java.util.concurrent.Future<?> future : sent) {
            future.get(60, TimeUnit.SECONDS);
        }
        return to;
    }

    /** All records, each partition in its order, the partitions side by side; and orders among them, as in a firehose. */
    private static List<ProducerRecord<byte[], byte[]>> records(History history, Random random) {
        record Placed(double share, ProducerRecord<byte[], byte[]> record) {}
        List<List<OracleTrade>> partitions = history.partitions();
        return Stream.iterate(0, partition -> partition < partitions.size(), partition -> partition + 1)
                .flatMap(partition -> {
                    List<OracleTrade> trades = partitions.get(partition);
                    return Stream.iterate(0, i -> i < trades.size(), i -> i + 1)
                            .map(i -> new Placed(
                                    (double) i / trades.size(),
                                    new ProducerRecord<byte[], byte[]>(
                                            "trades",
                                            partition,
                                            trades.get(i).symbol().getBytes(StandardCharsets.UTF_8),
                                            History.toJson(trades.get(i)).getBytes(StandardCharsets.UTF_8))));
                })
                .sorted(Comparator.comparingDouble(Placed::share))
                .map(Placed::record)
                .flatMap(trade -> Stream.concat(
                        Stream.of(trade),
                        Stream.generate(() -> new ProducerRecord<>("trades", trade.partition(), trade.key(), ORDER))
                                .limit(random.nextInt(5))))
                .toList();
    }
}
