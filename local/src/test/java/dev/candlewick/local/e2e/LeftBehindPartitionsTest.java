package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Partitions that time went on without, through a real broker, the real job and the real commands: what their windows were
 * purged for is late with its cause, the books balance, nothing else differs, and a heal makes it equal to a batch run.
 *
 * <p>{@code -Dcandlewick.idle.seconds=N} lets the silence last for N real seconds, and the idle timeout be 30 s.
 */
@ExtendWith(KafkaExtension.class)
final class LeftBehindPartitionsTest {
    private static final List<String> INTERVALS = List.of("1s", "10s", "1m", "3m", "5m", "15m");
    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags";
    /** 2024-01-01T12:00:00Z. */
    private static final long START_MILLIS = 1_704_110_400_000L;

    private static final int MINUTE = 60_000;
    /** How far partitions that trade may be ahead of each other. */
    private static final int AHEAD_MAX = 3 * MINUTE;

    private static final int SILENCE_SECONDS = Integer.getInteger("candlewick.idle.seconds", 0);

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;
    private String name;
    private Path lake;
    private String allowedLateness = "10s";
    private final List<String> lines = new ArrayList<>();
    /** How many trades were sent to a partition. */
    private final Map<Integer, Long> sent = new HashMap<>();

    @BeforeEach
    void setUp(TestKafka kafka) {
        this.kafka = kafka;
        cli = new Cli(directory, kafka);
        name = kafka.newName("left-behind");
        lake = directory.resolve("lake");
    }

    @Test
    @Timeout(600)
    void aPartitionThatWakesWithOldTradesIsLateAsIdleAndHealed() throws Exception {
        // More than a partition gets ahead of another that is not meant to be silent
        allowedLateness = "4m";
        Topics.ensure(kafka.admin(), name, 3, Map.of());
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("acks", "all", "linger.ms", 5));
                JobProcess job = JobProcess.start(
                        directory, "live", arguments("source.idle-timeout=" + (SILENCE_SECONDS == 0 ? "2s" : "30s")))) {
            // Given three partitions with trades, of which one falls silent
            send(producer, 0, MINUTE, 500, Set.of(0, 1, 2));
            job.await("candles of all partitions", () -> has("10s", "P2A", 0) && has("10s", "P0A", 0));
            long silentSince = System.nanoTime();
            for (int from = MINUTE; from < 10 * MINUTE; from += 1_000) {
                send(producer, from, from + 1_000, 1_000, Set.of(0, 1));
                while (System.nanoTime() - silentSince
                        < TimeUnit.SECONDS.toNanos(SILENCE_SECONDS) * (from - MINUTE) / (9L * MINUTE)) {
                    // The load of minutes: pacing, not waiting for something to happen.
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
                if (from % AHEAD_MAX == 0) {
                    awaitRead(job, Set.of(0, 1));
                }
            }
            // And time that goes on without it: its candles of five minutes close and are purged
            job.await(
                    "the silent partition's candles of five minutes", () -> has("5m", "P2A", 0) && has("5m", "P2B", 0));
            // The last watermark of the others: 10:00 and the out-of-orderness of a second behind the last trade.
            job.await(
                    "the last candles of the others",
                    // One of them may have come when time had gone on with the other: it waits for time to go on again.
                    () -> has("1s", "P0A", 10 * MINUTE - 3_000) || has("1s", "P1B", 10 * MINUTE - 3_000));
            // When it wakes with the trades of that time
            send(producer, MINUTE, 12 * MINUTE, 1_000, Set.of(2));
            job.await("candles of the woken partition", () -> has("10s", "P2A", 11 * MINUTE + 40_000));
            // Then those of purged windows are late, and the cause is named by the running job
            assertThat(lateByCause(job, "IDLE")).isEqualTo(480);
            assertThat(lateByCause(job, "NEW_PARTITION")).isZero();
            send(producer, 12 * MINUTE, 12 * MINUTE + AHEAD_MAX, 1_000, Set.of(0, 1, 2));
            int last = 12 * MINUTE + AHEAD_MAX - 20_000;
            job.await(
                    "candles of all that time",
                    () -> has("10s", "P0A", last) || has("10s", "P1A", last) || has("10s", "P2A", last));
            awaitRead(job, Set.of(0, 1, 2));
            job.kill();
        }
        Map<Integer, Map<String, Long>> books = finish();
        assertThat(books.get(2)).containsEntry("late", 480L).containsEntry("residual", 0L);
        assertThat(books.get(0)).containsEntry("late", 0L);
        assertThat(books.get(1)).containsEntry("late", 0L);
        reconcileAndHeal(
                "IDLE",
                row -> row.get("symbol").startsWith("P2") && start(row) < 15 * MINUTE,
                // A candle of a second, ten or a minute whose trades all were late is missing.
                2 * (240 + 24 + 4));
    }

    @Test
    @Timeout(600)
    void partitionsThatAreAddedUnderLoadAreLateAsNewAndHealed() throws Exception {
        Topics.ensure(kafka.admin(), name, 4, Map.of());
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long turnedAway;
        Set<String> moved;
        try (JobProcess job = JobProcess.start(
                        directory,
                        "live",
                        arguments("kafka.properties.partition.discovery.interval.ms=3000", "source.idle-timeout=30s"));
                Load load = new Load(failure)) {
            // Given a job under load
            job.await("candles under load", () -> has("10s", "S00", 0));
            // When partitions are added and a part of the symbols moves there; once more where the job looked for
            // partitions at that very moment
            Load.Growth growth;
            do {
                growth = load.grow();
                Load.Growth last = growth;
                job.await(
                        "partitions up to " + last.partitions(),
                        () -> IntStream.range(last.partitions() - Load.MORE, last.partitions())
                                .allMatch(partition -> position(partition) > 0));
                int found = load.reachedMillis();
                job.await(
                        "candles of all symbols behind that",
                        () -> has("10s", last.moved(), up(found)) && has("10s", "S00", up(found)));
            } while (has("1s", growth.moved(), growth.millis()) && growth.partitions() < Load.SYMBOLS);
            load.close();
            assertThat(failure.get()).isNull();
            // Then what came for purged windows is late, and the cause is named by the running job
            turnedAway = lateByCause(job, "NEW_PARTITION");
            assertThat(turnedAway).isPositive();
            assertThat(lateByCause(job, "IDLE")).isZero();
            moved = load.moved();
            job.kill();
        }
        Map<Integer, Map<String, Long>> books = finish();
        assertThat(books.keySet()).contains(0, 4, 7);
        assertThat(books).allSatisfy((partition, book) -> {
            assertThat(book.get("residual")).isZero();
            assertThat(partition >= 4 || book.get("late") == 0)
                    .as(partition + " " + book)
                    .isTrue();
        });
        assertThat(books.values().stream().mapToLong(book -> book.get("late")).sum())
                .isEqualTo(turnedAway);
        reconcileAndHeal("NEW_PARTITION", row -> moved.contains(row.get("symbol")), 1);
    }

    /** Reconciles, compares with a batch run of the same trades that never saw a broker, heals, and compares again. */
    private void reconcileAndHeal(String cause, Predicate<Row> mayDiffer, int missingAtLeast) throws Exception {
        Map<String, Row> expected = replayed();
        Map<String, Row> before = published();
        Map<String, Row> missing = new TreeMap<>();
        Map<String, Row> different = new TreeMap<>();
        expected.forEach((key, row) -> {
            Row has = before.get(key);
            if (has == null) {
                missing.put(key, row);
            } else if (!has.equals(row)) {
                different.put(key, row);
            }
        });
        // All other keys are equal, and none is there that should not.
        assertThat(missing.values()).allMatch(mayDiffer);
        assertThat(different.values()).allMatch(mayDiffer);
        // By hash: the library's own comparison of so many keys takes minutes.
        Set<String> unexpected = new HashSet<>(before.keySet());
        unexpected.removeAll(expected.keySet());
        assertThat(unexpected).isEmpty();
        assertThat(missing.size()).isGreaterThanOrEqualTo(missingAtLeast);
        assertThat(different).isNotEmpty();

        String[] reconcile = {
            "reconcile", "--lake", lake.toString(), "--kafka", kafka.bootstrapServers(), "-o", "csv", "--no-alerts"
        };
        List<String[]> found = cli.runTo(0, reconcile).differences();
        assertThat(found)
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row[2]).as(Arrays.toString(row)).isEqualTo(cause));
        assertThat(found.stream().mapToLong(row -> Long.parseLong(row[3])).sum())
                .isEqualTo(missing.size() + different.size());

        cli.runTo(
                0,
                "heal",
                "--lake",
                lake.toString(),
                "--kafka",
                kafka.bootstrapServers(),
                "--max-share",
                "100%",
                "--max-symbols",
                "100",
                "--yes");
        assertThat(published()).isEqualTo(expected);
        assertThat(cli.runTo(0, reconcile).differences()).isEmpty();
        cli.runTo(0, "verify", "--lake", lake.toString());
    }

    // The job

    private List<String> arguments(String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "--kafka", kafka.bootstrapServers()));
        List<String> settings = new ArrayList<>(List.of(
                "source.topic=" + name,
                "topic.prefix=" + name + ".",
                "kafka.group.id=" + name,
                "output.lake=" + lake,
                "parallelism=2",
                "allowed-lateness=" + allowedLateness,
                "checkpoint.interval=300ms"));
        settings.addAll(List.of(more));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments;
    }

    /** Lets the job go on from its last checkpoint to the end of the input; the double entry by partition. */
    private Map<Integer, Map<String, Long>> finish() throws Exception {
        List<String> arguments = arguments("source.until=latest");
        arguments.addAll(List.of("-o", "json"));
        try (JobProcess last = JobProcess.start(directory, "last", arguments)) {
            assertThat(last.exitCode()).as(last.err()).isZero();
            assertThat(last.err()).contains("restoring ");
            Map<Integer, Map<String, Long>> books = new TreeMap<>();
            for (String line : last.out().lines().toList()) {
                Row row = Row.of(line);
                if (!row.get("scope").equals("partition")) {
                    assertThat(row.get("residual")).isEqualTo("0");
                    continue;
                }
                String partition = row.get("read_partition");
                books.put(
                        Integer.parseInt(partition.substring(partition.lastIndexOf('/') + 1)),
                        Map.of(
                                "late", row.number("late"),
                                "accepted", row.number("accepted"),
                                "residual", row.number("residual")));
            }
            return books;
        }
    }

    /** What the metric of the running job says. */
    private static long lateByCause(JobProcess job, String cause) throws IOException, InterruptedException {
        Matcher webUi = Pattern.compile("Flink web UI: (\\S+)").matcher(job.err());
        assertThat(webUi.find()).as(job.err()).isTrue();
        Matcher id = Pattern.compile("job ([0-9a-f]{32}) submitted").matcher(job.err());
        assertThat(id.find()).as(job.err()).isTrue();
        String vertices = webUi.group(1).replaceAll("/$", "") + "/jobs/" + id.group(1);
        Matcher vertex = Pattern.compile(
                        "\"id\":\"([0-9a-f]{32})\",\"slotSharingGroupId\":\"[^\"]*\",\"name\":\"[^\"]*market-data")
                .matcher(get(vertices));
        assertThat(vertex.find()).as(get(vertices)).isTrue();
        String metrics = vertices + "/vertices/" + vertex.group(1) + "/subtasks/metrics";
        Pattern named = Pattern.compile("\"id\":\"([^\"]*cause\\." + cause + "\\.candlewick\\.late)\"");
        AtomicReference<String> metric = new AtomicReference<>();
        job.await("the metric of " + cause, () -> {
            Matcher matcher = named.matcher(get(metrics));
            return matcher.find() && metric.compareAndSet(null, matcher.group(1));
        });
        Matcher sum = Pattern.compile("\"sum\":([0-9.E]+)").matcher(get(metrics + "?get=" + metric.get()));
        assertThat(sum.find()).isTrue();
        return (long) Double.parseDouble(sum.group(1));
    }

    private static String get(String address) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create(address)).build(),
                            HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                    .body();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** How far the job has read a partition, by its last checkpoint; 0 where it does not know it. */
    private long position(int partition) {
        try {
            var offset = kafka.admin()
                    .listConsumerGroupOffsets(name)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .get(new TopicPartition(name, partition));
            return offset == null ? 0 : offset.offset();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private void grow(int partitions) throws Exception {
        kafka.admin()
                .createPartitions(Map.of(name, NewPartitions.increaseTo(partitions)))
                .all()
                .get();
        Awaitility.await("leaders of " + partitions + " partitions")
                .atMost(Duration.ofMinutes(1))
                .until(() -> {
                    List<TopicPartitionInfo> all = kafka.admin()
                            .describeTopics(List.of(name))
                            .allTopicNames()
                            .get()
                            .get(name)
                            .partitions();
                    return all.size() == partitions
                            && all.stream()
                                    .allMatch(one -> one.leader() != null
                                            && !one.leader().isEmpty());
                });
    }

    // Trades

    /** Trades of two symbols of each of some partitions. */
    private void send(KafkaProducer<byte[], byte[]> producer, int from, int to, int step, Set<Integer> partitions) {
        for (int millis = from; millis < to; millis += step) {
            for (int partition : partitions) {
                for (String suffix : List.of("A", "B")) {
                    // Of equal time in 0 and 1: time must not move when one of them falls silent before the other.
                    send(producer, partition, "P" + partition + suffix, millis + 37 * (partition / 2));
                }
            }
        }
        producer.flush();
    }

    /**
     * Waits until the job has read all trades of some partitions, so that none gets ahead of another by more than was sent
     * since the last time: on a machine that stands still for longer than the idle timeout, time goes on without partitions
     * that are not meant to be silent.
     */
    private void awaitRead(JobProcess job, Set<Integer> partitions) {
        job.await(
                "all that was sent",
                () -> partitions.stream().allMatch(partition -> position(partition) == sent.get(partition)));
    }

    private void send(KafkaProducer<byte[], byte[]> producer, int partition, String symbol, int millis) {
        int number = lines.size();
        String price = 100 + number * 31 % 17 + "." + (1 + number % 9);
        long nanos = (START_MILLIS + millis) * 1_000_000L;
        lines.add(String.join(
                ",",
                Integer.toString(number),
                "",
                Long.toString(nanos),
                "alpha",
                symbol,
                Integer.toString(1_000 + number),
                price,
                Integer.toString(1 + number % 7),
                "buy",
                "",
                ""));
        String message = "{\"event_time_ns\":" + nanos + ",\"venue\":\"alpha\",\"symbol\":\"" + symbol
                + "\",\"trade_id\":\"" + (1_000 + number) + "\",\"price\":\"" + price + "\",\"size\":\""
                + (1 + number % 7) + "\",\"side\":\"buy\"}";
        producer.send(new ProducerRecord<>(name, partition, null, message.getBytes(StandardCharsets.UTF_8)));
        sent.merge(partition, 1L, Long::sum);
    }

    private static int up(int millis) {
        return millis / 10_000 * 10_000 + 20_000;
    }

    /** Symbols that trade all the time, once a second, a minute of event time in each second. */
    private final class Load implements AutoCloseable {
        static final int MORE = 4;
        static final int SYMBOLS = 32;
        private static final int STEP_MILLIS = 1_000;
        private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(1) / 60;

        /** From when on which partitions were used, and a symbol that moved to a new one. */
        record Growth(int partitions, int millis, String moved) {}

        private final Thread thread;
        private final AtomicReference<Throwable> failure;
        private final Set<String> moved = new HashSet<>();
        private final SynchronousQueue<Growth> growths = new SynchronousQueue<>();
        private volatile int reachedMillis;
        private volatile boolean wanted;
        private volatile boolean stopped;

        Load(AtomicReference<Throwable> failure) {
            this.failure = failure;
            thread = new Thread(
                    () -> {
                        try {
                            run();
                        } catch (Exception | Error e) {
                            failure.set(e);
                        }
                    },
                    "load");
            thread.start();
        }

        private void run() throws Exception {
            int partitions = MORE;
            int millis = 0;
            while (!stopped) {
                // A producer knows the partitions that there were at its start.
                try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("acks", "all", "linger.ms", 5))) {
                    if (partitions > MORE) {
                        Growth growth = new Growth(partitions, millis, symbol(partitions - 1));
                        // Minutes at once, so that they stand in the log before anybody looks for partitions.
                        millis = trade(producer, millis, 300, partitions);
                        producer.flush();
                        growths.put(growth);
                    }
                    while (!stopped && !wanted) {
                        millis = trade(producer, millis, 1, partitions);
                        LockSupport.parkNanos(STEP_NANOS);
                    }
                    if (wanted) {
                        // At the beginning of a window of three minutes there are trades, so that all of it is purged.
                        millis = (millis / (3 * MINUTE) + 1) * 3 * MINUTE;
                        millis = trade(producer, millis, 10, partitions);
                    }
                }
                if (wanted) {
                    wanted = false;
                    partitions += MORE;
                    LeftBehindPartitionsTest.this.grow(partitions);
                    for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                        if (symbol % partitions >= partitions - MORE) {
                            moved.add(symbol(symbol));
                        }
                    }
                }
            }
        }

        private int trade(KafkaProducer<byte[], byte[]> producer, int from, int steps, int partitions) {
            int millis = from;
            for (int step = 0; step < steps; step++) {
                for (int symbol = 0; symbol < SYMBOLS; symbol++) {
                    send(producer, symbol % partitions, symbol(symbol), millis + symbol);
                }
                reachedMillis = millis;
                millis += STEP_MILLIS;
            }
            return millis;
        }

        private static String symbol(int number) {
            return "S%02d".formatted(number);
        }

        /** Adds partitions to the topic, and uses them. */
        Growth grow() throws InterruptedException {
            wanted = true;
            Growth growth = growths.poll(2, TimeUnit.MINUTES);
            if (growth == null) {
                throw new AssertionError("partitions must be added, were not", failure.get());
            }
            return growth;
        }

        int reachedMillis() {
            return reachedMillis;
        }

        /** Symbols that were in a partition that was new; once closed. */
        Set<String> moved() {
            return Set.copyOf(moved);
        }

        @Override
        public void close() throws InterruptedException {
            stopped = true;
            thread.join();
        }
    }

    // Results

    private boolean has(String interval, String symbol, int startMillis) {
        String start = "\"start_ns\":" + (START_MILLIS + startMillis) * 1_000_000L;
        return Topic.committed(kafka.bootstrapServers(), name + ".candles." + interval).stream()
                .anyMatch(value -> value.contains(start) && value.contains("\"symbol\":\"" + symbol + "\""));
    }

    private static long start(Row row) {
        Set<String> fields = row.fields().keySet();
        return (fields.contains("start_ns") ? row.number("start_ns") / 1_000_000L : row.number("at_ns") / 1_000_000L)
                - START_MILLIS;
    }

    private static String key(String interval, Row row) {
        return String.join("|", interval, row.get("venue"), row.get("symbol"), Long.toString(start(row)));
    }

    /** The last revision of each candle and VWAP row, without what tells how often it was revised. */
    private Map<String, Row> published() {
        Map<String, Row> last = new HashMap<>();
        List<String> topics = new ArrayList<>(INTERVALS);
        topics.replaceAll(interval -> "candles." + interval);
        topics.add("vwap.5m");
        for (String topic : topics) {
            for (String value : Topic.committed(kafka.bootstrapServers(), name + "." + topic)) {
                Row row = Row.of(value);
                last.merge(
                        key(topic, row),
                        row,
                        (one, other) -> one.number("revision") > other.number("revision") ? one : other);
            }
        }
        last.replaceAll((key, row) -> row.without("revision", "reason", "profile"));
        return last;
    }

    /** What a batch run makes of the same trades in a file. */
    private Map<String, Row> replayed() throws IOException {
        List<String> all = new ArrayList<>(List.of(HEADER));
        all.addAll(lines);
        Path file = Files.write(directory.resolve("all.csv"), all);
        Path truth = directory.resolve("truth");
        cli.runTo(0, "replay", "--input", file.toString(), "--format", "csv", "--output", truth.toString());
        Map<String, Row> rows = new HashMap<>();
        for (String table : List.of("candles", "vwap")) {
            for (String line : cli.runTo(0, "dump", "--lake", truth.toString(), "--canonical", "--table", table)
                    .lines()) {
                Row row = Row.of(line).without("table", "profile", "revision", "reason");
                String topic = table.equals("vwap") ? "vwap.5m" : "candles." + row.get("interval");
                assertThat(rows.put(key(topic, row), row)).as(line).isNull();
            }
        }
        assertThat(new HashSet<>(rows.values())
                        .stream()
                                .map(row -> row.fields().containsKey("interval"))
                                .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(true, false);
        return rows;
    }
}
