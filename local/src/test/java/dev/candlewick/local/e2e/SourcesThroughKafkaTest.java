package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * One job with three sources of different formats and profiles gives the candles that one replay of the same trades gives,
 * finds topics while it runs, and goes on from its state with a source more.
 */
@ExtendWith(KafkaExtension.class)
final class SourcesThroughKafkaTest {
    private static final List<String> INTERVALS = List.of("1s", "10s", "1m", "3m", "5m", "15m");
    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags";
    /** 2024-01-01T00:00:00Z. */
    private static final long START_MILLIS = 1_704_067_200_000L;

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;
    private String name;

    @BeforeEach
    void setUp(TestKafka kafka) {
        this.kafka = kafka;
        cli = new Cli(directory, kafka);
        name = kafka.newName("feeds");
    }

    /** The i-th trade of a venue as a canonical line; no two have equal times. */
    private static String line(String venue, int i) {
        return String.join(
                ",",
                Integer.toString(i),
                "",
                millis(venue, i) + "000000",
                venue,
                symbol(venue, i),
                Integer.toString(1_000 + i),
                price(i),
                Integer.toString(1 + i % 7),
                i % 3 == 0 ? "buy" : "sell",
                "",
                "");
    }

    private static long millis(String venue, int i) {
        return START_MILLIS + 137L * i + venue.length();
    }

    private static String symbol(String venue, int i) {
        return venue.substring(0, 2).toUpperCase(java.util.Locale.ROOT) + i % 3;
    }

    private static String price(int i) {
        return 100 + i * 31 % 17 + "." + (1 + i % 9);
    }

    /** The same trade as Binance sends it. */
    private static String binance(int i) {
        return "{\"e\":\"trade\",\"E\":%d,\"s\":\"%s\",\"t\":%d,\"p\":\"%s00\",\"q\":\"%d.000\",\"T\":%d,\"m\":%s,\"M\":true}"
                .formatted(
                        millis("binance", i) + 3,
                        symbol("binance", i),
                        1_000 + i,
                        price(i),
                        1 + i % 7,
                        millis("binance", i),
                        i % 3 != 0);
    }

    private static final String DEPTH = "{\"e\":\"depthUpdate\",\"E\":1,\"s\":\"BI0\",\"b\":[],\"a\":[]}";

    private Path csv(String file, List<String> lines) throws IOException {
        List<String> all = new ArrayList<>(List.of(HEADER));
        all.addAll(lines);
        return Files.write(directory.resolve(file), all);
    }

    private static List<String> lines(String venue, int from, int to) {
        List<String> lines = new ArrayList<>();
        for (int i = from; i < to; i++) {
            lines.add(line(venue, i));
        }
        return lines;
    }

    private Cli.Result ok(String... arguments) {
        Cli.Result result = cli.run(arguments);
        assertThat(result.code()).as(result.err()).isEqualTo(0);
        return result;
    }

    private void produce(Path file, String topic, String as, int partitions) {
        ok("produce", "--input", file.toString(), "--topic", topic, "--as", as, "--partitions", "" + partitions);
    }

    private void send(String topic, List<String> messages) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("acks", "all"))) {
            for (String message : messages) {
                producer.send(new ProducerRecord<>(topic, 0, null, message.getBytes(StandardCharsets.UTF_8)));
            }
            producer.flush();
        }
    }

    private String configuration(boolean withAvro) {
        return """
                topic.prefix: %1$s.
                kafka.group.id: %1$s
                parallelism: 2
                checkpoint.interval: 300ms
                source.idle-timeout: 1s
                # A topic that is silent for a second no longer holds time back, which must cost no trade here.
                allowed-lateness: 10m
                kafka.properties.partition.discovery.interval.ms: 300
                sources:
                  - topic: %1$s.own
                  - name: venues
                    topic: %1$s.venue.*
                    preset: binance
                    price.scale: 10
                """.formatted(name) + (withAvro ? """
                          - name: futures
                            topic: %s.cme
                            format: avro
                            feed: futures
                        """.formatted(name) : "");
    }

    private Map<String, Row> candles() {
        Map<String, Row> candles = new HashMap<>();
        for (String interval : INTERVALS) {
            for (String value : Topic.committed(kafka.bootstrapServers(), name + ".candles." + interval)) {
                Row row = Row.of(value);
                // A key and revision that come twice are two candles where there must be one.
                assertThat(candles.put(row.keyAndRevision(), row.without("profile")))
                        .as(value)
                        .isNull();
            }
        }
        return candles;
    }

    /** The last revision of each candle, without what tells how often it was revised: that depends on the clock here. */
    private static Map<String, Row> lastRevisions(Map<String, Row> candles) {
        Map<String, Row> last = new HashMap<>();
        for (Row row : candles.values()) {
            String key =
                    String.join("|", row.get("interval"), row.get("venue"), row.get("symbol"), row.get("start_ns"));
            last.merge(key, row, (one, other) -> one.number("revision") > other.number("revision") ? one : other);
        }
        last.replaceAll((key, row) -> row.without("revision", "reason"));
        return last;
    }

    private Map<String, Row> replayed(List<String> lines) throws IOException {
        Path file = csv("all.csv", lines);
        Path lake = directory.resolve("lake");
        ok(
                "replay",
                "--input",
                file.toString(),
                "--format",
                "csv",
                "--output",
                lake.toString(),
                "--set",
                "archive=off");
        return ok("dump", "--lake", lake.toString(), "--canonical", "--table", "candles").lines().stream()
                .map(line -> Row.of(line).without("table").without("profile"))
                .collect(Collectors.toMap(Row::keyAndRevision, row -> row));
    }

    @Test
    @Timeout(240)
    void threeSourcesGiveTheCandlesOfOneReplay() throws Exception {
        // Given the same trades: three venues in three forms on topics, all of them in one file
        int count = 3_000;
        produce(csv("own.csv", lines("alpha", 0, count)), name + ".own", "json", 3);
        produce(csv("cme.csv", lines("cme", 0, count)), name + ".cme", "avro", 2);
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            messages.add(binance(i));
            if (i % 5 == 0) {
                messages.add(DEPTH);
            }
        }
        dev.candlewick.local.broker.Topics.ensure(kafka.admin(), name + ".venue.spot", 1, Map.of());
        send(name + ".venue.spot", messages);
        Path config = Files.writeString(directory.resolve("job.yaml"), configuration(true));
        // When one job reads them to their ends
        Cli.Result run = ok("run", "--config", config.toString(), "--set", "source.until=latest", "-o", "json");
        // Then each message is in the books of its own topic, and the books balance
        assertThat(run.out())
                .contains("\"read_partition\":\"" + name + ".venue.spot/0\",")
                .contains("\"read_partition\":\"" + name + ".cme/1\",");
        Map<String, long[]> books = books(run);
        assertThat(books.get(name + ".venue.spot")).containsExactly(count + count / 5, count / 5, 0, count, 0);
        assertThat(books.get(name + ".cme")).containsExactly(count, 0, 0, count, 0);
        assertThat(books.get(name + ".own")).containsExactly(count, 0, 0, count, 0);
        // And the candles are those of one replay, whatever the scales of the sources
        List<String> all = new ArrayList<>(lines("alpha", 0, count));
        all.addAll(lines("cme", 0, count));
        all.addAll(lines("binance", 0, count));
        Map<String, Row> expected = replayed(all);
        assertThat(expected.size()).isGreaterThan(3_000);
        assertThat(candles()).isEqualTo(expected);
    }

    /**
     * Trades of one symbol at some venues in turns: some 20 s older than those before them, some sent again under another
     * id, and holes in the ids.
     */
    private static List<String> unruly(String symbol, List<String> venues, int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long millis = START_MILLIS + 137L * i - (i > 200 && i % 40 == 0 ? 20_000 : 0);
            String venue = venues.get(i % venues.size());
            for (int copy = 0; copy <= (i % 25 == 0 ? 1 : 0); copy++) {
                lines.add(String.join(
                        ",",
                        Integer.toString(lines.size()),
                        "",
                        millis + "000000",
                        venue,
                        symbol,
                        Integer.toString(1_000 + lines.size() + lines.size() / 60 * 3),
                        price(i),
                        Integer.toString(1 + i % 7),
                        "buy",
                        "",
                        ""));
            }
        }
        return lines;
    }

    /** The last revision of each candle and all quality events but silences, as a job with a prefix of its own gave them. */
    private Set<Row> results(String prefix) {
        Map<String, Row> last = new HashMap<>();
        for (String interval : INTERVALS) {
            for (String value : Topic.committed(kafka.bootstrapServers(), prefix + ".candles." + interval)) {
                Row row = Row.of(value);
                last.merge(
                        String.join("|", interval, row.get("venue"), row.get("symbol"), row.get("start_ns")),
                        row,
                        (one, other) -> one.number("revision") < other.number("revision") ? other : one);
            }
        }
        Set<Row> results = new HashSet<>();
        last.values().forEach(row -> results.add(row.without("profile", "revision", "reason")));
        for (String value : Topic.committed(kafka.bootstrapServers(), prefix + ".quality.events")) {
            Row row = Row.of(value);
            if (!row.get("kind").startsWith("SILENCE")) {
                assertThat(results.add(row.without("profile"))).as(value).isTrue();
            }
        }
        return results;
    }

    private static Set<String> kinds(Set<Row> results, String symbol) {
        return results.stream()
                .filter(row ->
                        row.fields().containsKey("kind") && row.get("symbol").equals(symbol))
                .map(row -> row.get("kind"))
                .collect(Collectors.toSet());
    }

    private Cli.Result runAlone(String prefix, String... settings) {
        List<String> arguments = new ArrayList<>(List.of("run", "-o", "json"));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        for (String setting : List.of(
                "topic.prefix=" + prefix + ".",
                "kafka.group.id=" + prefix,
                "checkpoint.interval=300ms",
                "source.until=latest")) {
            arguments.addAll(List.of("--set", setting));
        }
        return ok(arguments.toArray(String[]::new));
    }

    @Test
    @Timeout(240)
    void sourcesOfDifferentProfilesGiveWhatJobsOfTheirOwnGive() throws Exception {
        // Given two feeds that differ in lateness, identity of copies, contiguous ids and scope
        int count = 1_200;
        List<String> coins = unruly("XBT", List.of("alpha"), count);
        List<String> shares = unruly("ABC", List.of("nyse", "arca"), count);
        produce(csv("coins.csv", coins), name + ".coins", "json", 1);
        produce(csv("shares.csv", shares), name + ".shares", "avro", 1);
        Path config = Files.writeString(directory.resolve("both.yaml"), """
                topic.prefix: %1$s.both.
                kafka.group.id: %1$s.both
                parallelism: 2
                checkpoint.interval: 300ms
                sources:
                  - topic: %1$s.coins
                    feed: crypto
                    dedup.key: fingerprint
                  - topic: %1$s.shares
                    name: tape
                    feed: us-equities
                    format: avro
                """.formatted(name));
        // When one job reads both, and one job each of them
        Cli.Result both = ok("run", "--config", config.toString(), "--set", "source.until=latest", "-o", "json");
        Cli.Result first =
                runAlone(name + ".one", "source.topic=" + name + ".coins", "feed=crypto", "dedup.key=fingerprint");
        Cli.Result second =
                runAlone(name + ".two", "source.topic=" + name + ".shares", "feed=us-equities", "format=avro");
        // Then the books are the same, and each has the lateness and the identity of its own feed
        Map<String, long[]> books = books(both);
        long[] ofCoins = books.get(name + ".coins");
        assertThat(ofCoins).containsExactly(books(first).get(name + ".coins"));
        assertThat(books.get(name + ".shares")).containsExactly(books(second).get(name + ".shares"));
        // Of the coins 28 are late, which the shares' lateness would take, and 44 are copies under another id.
        assertThat(books.get(name + ".shares")).containsExactly(shares.size(), 0, 0, shares.size(), 0);
        assertThat(ofCoins).containsExactly(coins.size(), 0, 0, coins.size() - 28 - 44, 0);
        // And so are candles and quality events
        Set<Row> expected = new HashSet<>(results(name + ".one"));
        expected.addAll(results(name + ".two"));
        assertThat(expected.size()).isGreaterThan(300);
        Set<Row> actual = results(name + ".both");
        assertThat(actual).isEqualTo(expected);
        assertThat(actual)
                .filteredOn(row -> row.fields().containsKey("interval"))
                .extracting(row -> row.get("venue"))
                .contains("alpha", "CONSOLIDATED")
                .doesNotContain("nyse", "arca");
        assertThat(kinds(actual, "XBT")).contains("SEQUENCE_GAP", "DUPLICATE");
        assertThat(kinds(actual, "ABC")).doesNotContain("SEQUENCE_GAP", "DUPLICATE");
    }

    /** Read, filtered, rejected, accepted and residual by topic. */
    private static Map<String, long[]> books(Cli.Result run) {
        Map<String, long[]> books = new HashMap<>();
        for (String line : run.lines()) {
            Row row = Row.of(line);
            if (!row.get("scope").equals("partition")) {
                assertThat(row.get("residual")).isEqualTo("0");
                continue;
            }
            String partition = row.get("read_partition");
            long[] sums =
                    books.computeIfAbsent(partition.substring(0, partition.lastIndexOf('/')), topic -> new long[5]);
            List<String> columns = List.of("read", "filtered", "rejected", "accepted", "residual");
            for (int i = 0; i < columns.size(); i++) {
                sums[i] += Long.parseLong(row.get(columns.get(i)));
            }
        }
        return books;
    }

    @Test
    @Timeout(240)
    void topicsAreFoundWhileTheJobRunsAndASourceIsAddedToItsState() throws Exception {
        Path home = Files.createDirectories(directory.resolve("home"));
        Path config = Files.writeString(directory.resolve("job.yaml"), configuration(false));
        List<String> arguments = List.of("run", "--kafka", kafka.bootstrapServers(), "--config", config.toString());
        // Given a job of two sources, of one of which there is no topic yet
        produce(csv("own.csv", lines("alpha", 0, 300)), name + ".own", "json", 1);
        try (JobProcess job = JobProcess.start(home, "first", arguments)) {
            job.await("candles of the topic that is there", () -> venues().contains("alpha"));
            // When a topic is made that matches, then it is found and read, under its own name
            dev.candlewick.local.broker.Topics.ensure(kafka.admin(), name + ".venue.late", 1, Map.of());
            List<String> messages = new ArrayList<>(List.of(DEPTH, "{\"e\":\"trade\",\"p\":"));
            for (int i = 400; i < 700; i++) {
                messages.add(binance(i));
            }
            send(name + ".venue.late", messages);
            produce(csv("more.csv", lines("alpha", 300, 700)), name + ".own", "json", 1);
            job.await("candles of the topic that was found", () -> venues().contains("binance"));
            job.await("the rejected message", () -> !rejectedKeys().isEmpty());
            assertThat(rejectedKeys()).containsExactly(name + ".venue.late|0|1");
            int checkpoints = JobProcess.checkpoints(home, name).size();
            assertThat(checkpoints).isPositive();
            Set<Path> before = new HashSet<>(JobProcess.checkpoints(home, name));
            job.await(
                    "a checkpoint behind it",
                    () -> JobProcess.checkpoints(home, name).stream()
                            .anyMatch(checkpoint -> !before.contains(checkpoint)));
            job.kill();
        }
        // And when it goes on from its state with a source more
        produce(csv("cme.csv", lines("cme", 0, 300)), name + ".cme", "avro", 1);
        send(name + ".venue.late", List.of(binance(700), DEPTH));
        Files.writeString(config, configuration(true));
        List<String> again = new ArrayList<>(arguments);
        again.addAll(List.of("--set", "source.until=latest", "-o", "json"));
        try (JobProcess job = JobProcess.start(home, "second", again)) {
            assertThat(job.exitCode()).as(job.err()).isEqualTo(0);
            assertThat(job.err()).contains("restoring ");
            Map<String, long[]> books = books(new Cli.Result(0, job.out(), job.err()));
            // Then its books go on under the topics' names, and nothing was read twice
            assertThat(books.get(name + ".own")).containsExactly(700, 0, 0, 700, 0);
            assertThat(books.get(name + ".venue.late")).containsExactly(304, 2, 1, 301, 0);
            assertThat(books.get(name + ".cme")).containsExactly(300, 0, 0, 300, 0);
        }
        List<String> all = new ArrayList<>(lines("alpha", 0, 700));
        all.addAll(lines("cme", 0, 300));
        all.addAll(lines("binance", 400, 701));
        assertThat(lastRevisions(candles())).isEqualTo(lastRevisions(replayed(all)));
    }

    @Test
    @Timeout(240)
    void tradesOfOneMessageAreAllInTheLakeUnderOneReadPosition() throws Exception {
        String topic = name + ".kraken";
        dev.candlewick.local.broker.Topics.ensure(kafka.admin(), topic, 1, Map.of());
        String twice = "[\"100.5\",\"2\",\"1704067200.25\",\"b\",\"m\",\"\"]";
        send(
                topic,
                List.of(
                        "[0,[" + twice + "," + twice
                                + ",[\"-1\",\"2\",\"1704067200.5\",\"b\",\"m\",\"\"]],\"trade\",\"XBT/USD\"]",
                        "{\"event\":\"heartbeat\"}",
                        "{\"channel\":\"trade\",\"data\":[]}",
                        "[0,[[\"101\",\"1\",\"1704067201\",\"s\",\"l\",\"\"]],\"trade\",\"XBT/USD\"]"));
        Path lake = directory.resolve("lake");
        Cli.Result run = ok(
                "run",
                "--preset",
                "kraken",
                "--set",
                "source.topic=" + topic,
                "--set",
                "topic.prefix=" + name + ".",
                "--set",
                "kafka.group.id=" + name,
                "--set",
                "source.until=latest",
                "--set",
                "output.lake=" + lake,
                "--set",
                "checkpoint.interval=300ms",
                "-o",
                "json");
        // Each trade counts as one message read, an empty one once.
        assertThat(books(run).get(topic)).containsExactly(6, 2, 1, 3, 0);
        assertThat(ok(
                                "query",
                                "--lake",
                                lake.toString(),
                                "-o",
                                "csv",
                                "SELECT read_offset, symbol, price, size, side FROM trades ORDER BY ALL")
                        .lines())
                .containsExactly(
                        "read_offset,symbol,price,size,side",
                        "0,XBT/USD,100.500000000000,2.00000000,buy",
                        "0,XBT/USD,100.500000000000,2.00000000,buy",
                        "3,XBT/USD,101.000000000000,1.00000000,sell");
        assertThat(ok(
                                "query",
                                "--lake",
                                lake.toString(),
                                "-o",
                                "csv",
                                "SELECT read_offset, reason, raw::VARCHAR AS raw FROM rejected")
                        .lines())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("0,PRICE_NOT_POSITIVE,");
        Row candle = candles().values().stream()
                .filter(row -> row.get("interval").equals("1m"))
                .findAny()
                .orElseThrow();
        assertThat(candle.get("trades")).isEqualTo("3");
        assertThat(candle.get("volume")).isEqualTo("5");
        assertThat(candle.get("flags")).contains("SUSPECT_DUP");
    }

    private Set<String> venues() {
        return Topic.committed(kafka.bootstrapServers(), name + ".candles.1s").stream()
                .map(value -> Row.of(value).get("venue"))
                .collect(Collectors.toSet());
    }

    private List<String> rejectedKeys() {
        return kafka.readAll(name + ".trades.rejected").stream()
                .map(record -> new String(record.key(), StandardCharsets.UTF_8))
                .toList();
    }
}
