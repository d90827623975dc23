package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each runbook is followed behind a real fault and ends with a lake and topics that agree with the archive. */
final class RunbooksTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int SECONDS = 240;

    @TempDir
    private Path directory;

    private LiveBroker broker;
    private Cli cli;

    @BeforeEach
    void setUp() throws Exception {
        broker = new LiveBroker(directory.resolve("broker"));
        broker.makeTopic("trades");
        Path user = Files.createDirectories(directory.resolve("user"));
        cli = new Cli(user).with("CANDLEWICK_KAFKA", broker.address()).with("CANDLEWICK_HOME", user + "/home");
    }

    @AfterEach
    void tearDown() {
        broker.close();
    }

    @Test
    @Timeout(240)
    void candlesAreMissing() throws Exception {
        // Given a symbol whose trades of one second came after the job had given up waiting
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < SECONDS; i++) {
            messages.add(trade("BTC-USD", i, i));
            if (i != 60) {
                messages.add(trade("XYZ", i, i));
            }
        }
        messages.add(trade("XYZ", 60, 60));
        stream(messages);
        assertThat(broker.committed("candles.1s").stream()
                        .filter(row -> row.get("symbol").equals("XYZ")))
                .hasSize(SECONDS - 1);

        List<Cli.Result> results = follow("candles-are-missing.md", "candlesAreMissing");

        assertThat(results.get(0).out()).contains("240").contains("239");
        assertThat(results.get(2).out()).contains("MISSING_IN_BOTH", "LATE");
        assertThat(results.get(3).out()).contains("new revision");
        assertThat(results.get(4).err()).containsPattern("[1-9][0-9]* values healed");
        assertThat(broker.committed("candles.1s").stream()
                        .filter(row -> row.get("symbol").equals("XYZ")))
                .hasSize(SECONDS)
                .filteredOn(row -> row.get("reason").equals("HEAL"))
                .singleElement()
                .satisfies(row -> assertThat(row.number("start_ns")).isEqualTo(START + 60 * SECOND));
        assertHealthy(results);
    }

    @Test
    @Timeout(240)
    void driftAlert() throws Exception {
        // Given a candle in a topic that somebody has written over
        stream(plain());
        Row right = broker.committed("candles.1s").stream()
                .filter(row -> row.number("start_ns") == START + 100 * SECOND)
                .findFirst()
                .orElseThrow();
        String value = Topic.committed(broker.address(), "candles.1s").stream()
                .filter(json -> json.contains("\"start_ns\":" + right.get("start_ns") + ","))
                .findFirst()
                .orElseThrow();
        String wrong = value.replace("\"close\":\"" + right.get("close") + "\"", "\"close\":\"9999\"");
        assertThat(wrong).isNotEqualTo(value);
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", broker.address(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(
                            "candles.1s", 0, bytes("alpha|BTC-USD|" + right.get("start_ns")), bytes(wrong)))
                    .get();
        }
        // And the reconciliation of the night, which alerts
        assertThat(cli.run("reconcile", "--lake", "lake", "--kafka", "local", "--metrics", "reconcile.prom")
                        .code())
                .isIn(0, 3);
        assertThat(Files.readString(user().resolve("reconcile.prom")))
                .containsPattern(
                        "(?m)^candlewick_reconcile_differences\\{interval=\"1s\",kind=\"TOPIC_DIFFERS\",reason=\"[A-Z]+\"} 1$")
                // A class without differences is there too, and of the same interval.
                .contains("candlewick_reconcile_differences{interval=\"1s\",kind=\"LAKE_DIFFERS\",reason=\"NONE\"} 0")
                .containsPattern("(?m)^candlewick_reconcile_unexplained [01]$")
                .containsPattern("(?m)^candlewick_reconcile_exit_code [03]$");

        List<Cli.Result> results = follow("drift-alert.md", "driftAlert");

        assertThat(results.get(0).out()).contains("close", "ALTERED");
        assertThat(results.get(1).out()).contains("TOPIC_DIFFERS", "ALTERED");
        assertThat(results.get(3).err()).contains("1 values healed");
        Row last = broker.committed("candles.1s").stream()
                .filter(row -> row.get("start_ns").equals(right.get("start_ns")))
                .max((one, other) -> Long.compare(one.number("revision"), other.number("revision")))
                .orElseThrow();
        assertThat(last.get("reason")).isEqualTo("HEAL");
        assertThat(last.get("close")).isEqualTo(right.get("close"));
        assertThat(Files.readString(
                        user().resolve("reports").resolve(newestReport()).resolve("reconcile.html")))
                .contains("9999", "<svg");
        assertHealthy(results);
    }

    private String newestReport() throws IOException {
        try (Stream<Path> runs = Files.list(user().resolve("reports"))) {
            return runs.map(path -> path.getFileName().toString())
                    .max(String::compareTo)
                    .orElseThrow();
        }
    }

    @Test
    @Timeout(240)
    void aCorruptRawFile() throws Exception {
        // Given a backup, and a file of the archive that has lost its end since
        stream(plain());
        assertThat(cli.run("lake", "backup", "--lake", "lake", "--to", "backup").code())
                .isEqualTo(0);
        Path broken;
        try (Stream<Path> files = Files.walk(user().resolve("lake/trades"))) {
            broken = files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(broken);
        Files.write(broken, java.util.Arrays.copyOf(bytes, bytes.length / 2));

        List<Cli.Result> results = follow("a-corrupt-raw-file.md", "aCorruptRawFile");

        assertThat(results.get(0).out() + results.get(0).err()).containsPattern("FILE_(BROKEN|CHANGED)");
        assertThat(results.get(1).out()).contains("damaged");
        assertHealthy(results);
    }

    private static void assertHealthy(List<Cli.Result> results) {
        assertThat(results.get(results.size() - 1).out())
                .contains("EQUAL")
                .doesNotContain("MISSING")
                .doesNotContain("DIFFER")
                .doesNotContain("EXTRA");
    }

    private Path user() {
        return directory.resolve("user");
    }

    private List<Cli.Result> follow(String page, String test) {
        return Runbook.follow(page, "RunbooksTest." + test, cli, user());
    }

    private static List<String> plain() {
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < SECONDS; i++) {
            messages.add(trade("BTC-USD", i, i));
        }
        return messages;
    }

    private static String trade(String symbol, int id, int second) {
        return LiveBroker.trade(id, START + second * SECOND, "10." + second).replace("BTC-USD", symbol);
    }

    private void stream(List<String> messages) throws Exception {
        broker.send("trades", messages.toArray(String[]::new));
        Cli.Result run = cli.run(
                "run",
                "--set",
                "output.lake=" + user().resolve("lake"),
                "--set",
                "source.until=latest",
                "--set",
                "checkpoint.interval=1s");
        assertThat(run.code()).as(run.err()).isEqualTo(0);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
