package dev.candlewick.local.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import dev.candlewick.testkit.realdata.RealData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Real trades streamed through a real broker into topics and a lake, then reconciled, by the commands of a user. */
@ExtendWith(KafkaExtension.class)
final class ReconcileRealDataTest {
    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;

    @BeforeEach
    void setUp(TestKafka kafka) {
        this.kafka = kafka;
        this.cli = new Cli(directory, kafka);
    }

    @Test
    void cryptoTradesInOrderHaveNoDifference() throws IOException {
        ReconcileResult result =
                streamAndReconcile(RealData.require(RealData.BINANCE).tradesFile(), "crypto", 0);
        assertThat(result.differences()).isEmpty();
        assertThat(result.compared()).allSatisfy(line -> {
            assertThat(line.equal()).isPositive();
            assertThat(line.truth()).isEqualTo(line.equal());
            assertThat(line.lake()).isEqualTo(line.equal());
            assertThat(line.topic()).isEqualTo(line.equal());
        });
    }

    @Test
    void futuresHaveNoDifferenceWithoutACause() throws IOException {
        ReconcileResult result =
                streamAndReconcile(RealData.require(RealData.COMEX).tradesFile(), "futures", 0);
        assertThat(result.unexplained()).isZero();
    }

    @Test
    void theConsolidatedTapeHasNoDifferenceWithoutACause() throws IOException {
        ReconcileResult result =
                streamAndReconcile(RealData.require(RealData.IBM).tradesFile(), "us-equities", 0);
        assertThat(result.unexplained()).isZero();
    }

    @Test
    void shuffledTradesWithoutAnyLatenessDifferByLateTradesAndNothingElse() throws IOException {
        Path shuffled = shuffled(RealData.require(RealData.BINANCE).tradesFile());
        ReconcileResult result = streamAndReconcile(
                shuffled, "crypto", 0, "--set", "allowed-lateness=0s", "--set", "out-of-orderness=0s");
        assertThat(result.differences())
                .hasSizeGreaterThan(1_000)
                .allSatisfy(difference -> assertThat(difference.cause()).isEqualTo(Cause.LATE));
        assertThat(result.differences()).allMatch(Difference::healable);
    }

    private ReconcileResult streamAndReconcile(Path trades, String feed, int code, String... settings)
            throws IOException {
        String topic = kafka.newName("reconcile");
        command(
                0,
                List.of(
                        "produce",
                        "--input",
                        trades.toString(),
                        "--topic",
                        topic,
                        "--as",
                        "json",
                        "--partitions",
                        "4"));
        Path lake = directory.resolve("lake-" + topic);
        List<String> run = new ArrayList<>(List.of("run", "--feed", feed, "--format", "json"));
        for (String setting : List.of(
                "source.topic=" + topic,
                "topic.prefix=" + topic + ".",
                "kafka.group.id=" + topic,
                "source.until=latest",
                "output.lake=" + lake,
                "parallelism=2")) {
            run.addAll(List.of("--set", setting));
        }
        run.addAll(List.of(settings));
        command(0, run);
        Path report = directory.resolve("report-" + topic);
        command(
                code,
                List.of(
                        "reconcile",
                        "--lake",
                        lake.toString(),
                        "--kafka",
                        "local",
                        "--report",
                        report.toString(),
                        "--set",
                        "parallelism=2"));
        try (Stream<Path> runs = Files.list(report)) {
            return ReconcileReport.read(runs.findFirst().orElseThrow().resolve(ReconcileReport.JSON));
        }
    }

    private void command(int code, List<String> arguments) {
        Cli.Result result = cli.run(arguments.toArray(String[]::new));
        assertThat(result.code()).as(result.out() + result.err()).isEqualTo(code);
    }

    private Path shuffled(Path gzip) throws IOException {
        List<String> rows;
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(gzip)), StandardCharsets.UTF_8))) {
            rows = new ArrayList<>(reader.lines().toList());
        }
        List<String> trades = rows.subList(1, rows.size());
        Random random = new Random(11);
        for (int i = 0; i < trades.size(); i += 50) {
            Collections.shuffle(trades.subList(i, Math.min(trades.size(), i + 50)), random);
        }
        return Files.write(directory.resolve("shuffled.csv"), rows);
    }
}
