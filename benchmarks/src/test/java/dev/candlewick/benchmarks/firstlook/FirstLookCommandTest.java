package dev.candlewick.benchmarks.firstlook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs every contender on a small topic; figures are not looked at, what they stand for is. */
class FirstLookCommandTest {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return Main.run(
                new CliContext(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        directory,
                        Path.of(System.getProperty("candlewick.root")),
                        false),
                arguments);
    }

    @Test
    void allContendersReadEverythingAndTheJobsPublishEqualCandles() throws IOException {
        Path json = directory.resolve("figures.json");
        int code = run(
                "bench first-look --trades 20000 --warm-up 10000 --symbols 20 --runs 1 --heap 1g -o json".split(" "));
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        List<Map<String, Json.Value>> rows = out.toString(StandardCharsets.UTF_8)
                .lines()
                .map(line -> Json.object(line.getBytes(StandardCharsets.UTF_8)))
                .toList();
        assertThat(rows)
                .extracting(row -> row.get("contender").text())
                .containsExactly("raw", "raw-decode", "textbook", "candlewick");
        assertThat(rows)
                .allSatisfy(row -> assertThat(
                                Double.parseDouble(row.get("trades_per_s").text()))
                        .isPositive());
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("equal: high, low, volume, notional, VWAP and trades of all candles of 1s, 1m, 5m");
        assertThat(json).doesNotExist();
        try (Stream<Path> left = Files.walk(directory)) {
            assertThat(left.filter(path -> path.toString().contains("work-"))).isEmpty();
        }
    }

    @Test
    void aMissedFloorIsExit3AndTheFiguresAreWrittenNevertheless() throws IOException {
        Path json = directory.resolve("figures.json");
        int code = run(("bench first-look --trades 5000 --warm-up 0 --symbols 5 --runs 1 --heap 1g --contenders"
                        + " textbook,candlewick --check --floor 100000 --json figures.json")
                .split(" "));
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("candlewick must be at least 100000.00 times as fast as the textbook job, was ");
        Map<String, Json.Value> document = Json.object(Files.readAllBytes(json));
        assertThat(document).isNotNull().containsKeys("workload", "published", "runs", "candlewick_is_times");
        assertThat(document.get("published").text()).contains("digest_1s_candlewick", "digest_5m_textbook");
    }

    @Test
    void wrongOptionsAreNamedBeforeAnythingStarts() {
        int code = run("bench first-look --runs 0 --trades 1 --warm-up 0 --heap lots".split(" "));
        assertThat(code).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("runs must be positive, was 0", "trades must be at least 1000, was 1", "heap must be");
        assertThat(directory).isEmptyDirectory();
        out.reset();
        err.reset();
        assertThat(run("bench", "first-look", "--contenders", "nobody")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("contender must be one of");
    }
}
