package dev.candlewick.benchmarks.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs peers on a small topic; figures are not looked at, that what they publish is equal is. */
class SystemCommandTest {
    @TempDir
    Path directory;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String arguments) {
        return Main.run(
                new CliContext(
                        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        directory,
                        Path.of(System.getProperty("candlewick.root")),
                        false),
                arguments.split(" "));
    }

    @Test
    void allPeersReadEverythingAndPublishTheCandlesOfCandlewick() throws IOException {
        int code = run(
                "bench system --trades 20000 --warm-up 10000 --symbols 10 --runs 1 --heap 1g --checkpoint-interval 1"
                        + " --peers raw,raw-decode,loop,textbook,flink-sql,kafka-streams,candlewick-equal --json system.json"
                        + " --record run.jfr");
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        JsonNode report =
                new ObjectMapper().readTree(directory.resolve("system.json").toFile());
        List<String> names = new ArrayList<>();
        report.required("figures").forEach(figure -> {
            names.add(figure.required("name").asText());
            assertThat(figure.required("processor_ns").asDouble()).isPositive();
        });
        assertThat(names)
                .containsExactly(
                        "raw",
                        "raw-decode",
                        "loop",
                        "textbook",
                        "flink-sql",
                        "kafka-streams",
                        "candlewick-equal",
                        "candlewick");
        assertThat(report.required("ratios").has("system.candles.speed/flink-sql"))
                .isTrue();
        assertThat(report.required("ratios").has("system.candles.processor/kafka-streams"))
                .isTrue();
        assertThat(report.required("ratios").has("system.candles.equal-work.speed/textbook"))
                .isTrue();
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("equal between all that publish candles")
                .doesNotContain("did not finish");
        assertThat(directory.resolve("run.jfr.svg"))
                .content()
                .contains("candlewick, profile candles")
                .contains("<title>market-data")
                .endsWith("</svg>" + System.lineSeparator());
        try (Stream<Path> left = Files.walk(directory)) {
            assertThat(left.filter(path -> path.toString().contains("work-"))).isEmpty();
        }
    }

    @Test
    void wrongOptionsAreNamedBeforeAnythingStarts() {
        assertThat(run("bench system --runs 0 --trades 1 --warm-up 0 --backend disk"))
                .isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains(
                        "runs must be positive, was 0",
                        "trades must be at least 1000, was 1",
                        "backend must be hashmap or rocksdb, was disk");
        assertThat(run("bench system --profile fast")).isEqualTo(2);
        assertThat(run("bench system --peers nobody")).isEqualTo(2);
        assertThat(run("bench --only nothing")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("profile must be candles or full, was fast", "contender must be one of");
        assertThat(directory).isEmptyDirectory();
    }
}
