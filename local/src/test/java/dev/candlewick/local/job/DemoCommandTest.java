package dev.candlewick.local.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.Main;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.OwnClassPath;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code demo} as a process of its own, with the logging that users see. */
final class DemoCommandTest {

    private static final long LIMIT_SECONDS = 150;

    @TempDir
    private Path directory;

    private Path temporary;
    private Path out;
    private Path err;
    private Process process;

    @BeforeEach
    void setUp() throws IOException {
        temporary = Files.createDirectory(directory.resolve("tmp"));
        out = directory.resolve("out.txt");
        err = directory.resolve("err.txt");
    }

    @AfterEach
    void tearDown() throws InterruptedException {
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    private void start(String... arguments) throws IOException {
        String root = System.getProperty("candlewick.root");
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "@" + Path.of(root, "conf", "java17.args"),
                "-Djava.io.tmpdir=" + temporary,
                "-Dcandlewick.root=" + root,
                "-cp",
                OwnClassPath.absolute(),
                Main.class.getName(),
                "demo",
                "--headless"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        process = builder.start();
    }

    private int await() throws InterruptedException {
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS))
                .as("end of %s, standard error: %s", process.info(), text(err))
                .isTrue();
        return process.exitValue();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Map<String, Json.Value> summary() {
        Map<String, Json.Value> summary = Json.object(text(out).strip().getBytes(StandardCharsets.UTF_8));
        assertThat(summary).as(text(out)).isNotNull();
        return summary;
    }

    private void assertQuietAndGone() throws IOException {
        assertThat(text(err)).doesNotContain("WARN", "ERROR", "Exception", "\tat ");
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left.filter(path -> path.getFileName().toString().startsWith("candlewick")))
                    .isEmpty();
        }
    }

    @Test
    void showsFinalCandlesAndEndsByItself() throws Exception {
        start("--for", "15s", "-o", "json");

        assertThat(await()).as(text(err)).isZero();

        assertThat(text(err)
                        .lines()
                        .filter(line -> line.startsWith("["))
                        .map(line -> line.substring(11, 30).strip()))
                .containsExactly("broker ready", "job RUNNING", "first trade", "first final candle");
        assertThat(text(err)).contains("Flink web UI at http://");
        // Every line is one of the command's own: nothing else has anything to say in a healthy run.
        assertThat(text(err).lines()).allMatch(line -> line.startsWith("[") || line.startsWith(" "));
        assertQuietAndGone();
        Map<String, Json.Value> summary = summary();
        assertThat(Long.parseLong(summary.get("final_candles").text())).isGreaterThanOrEqualTo(20);
        assertThat(Long.parseLong(summary.get("live_updates").text())).isGreaterThanOrEqualTo(20);
        // 200 a second over a long time, but in bursts and lulls, and a slow machine leaves some unsent at the end.
        assertThat(Long.parseLong(summary.get("trades_sent").text())).isBetween(2_000L, 6_000L);
        assertThat(Double.parseDouble(summary.get("broker_ready_seconds").text()))
                .isLessThan(Double.parseDouble(
                        summary.get("first_final_candle_seconds").text()));
    }

    @Test
    void switchesFaultsByLinesThatAreTyped() throws Exception {
        start("--for", "20s", "--rate", "100", "--firehose", "--set", "topic.prefix=d.", "-o", "json");
        try (Writer keyboard = process.outputWriter(StandardCharsets.UTF_8)) {
            keyboard.write("fault 5\nfaults 60%\n");
            keyboard.flush();
            assertThat(await()).as(text(err)).isZero();
        }
        assertThat(text(err))
                .contains("line must be faults and rates, was fault 5; for example: faults 5%")
                .contains("faults from now on: disorder=9.6%,");
        // What the job logs of rejected messages, and nothing else.
        assertThat(text(err).lines().filter(line -> line.contains("WARN")))
                .isNotEmpty()
                .allMatch(line -> line.contains(" RejectionLog "));
        assertThat(text(err)).doesNotContain("ERROR", "Exception", "\tat ");
        // 98 % of them are orders.
        assertThat(Long.parseLong(summary().get("trades_sent").text())).isGreaterThan(50_000L);
        assertThat(Long.parseLong(summary().get("final_candles").text())).isGreaterThanOrEqualTo(20);
    }

    /** With such an interval one checkpoint is under way, or is about to be, whenever the job is told to end. */
    @Test
    void aCheckpointThatTheEndGivesUpIsNothingToWarnOf() throws Exception {
        start("--for", "6s", "--set", "checkpoint.interval=10ms", "-o", "json");

        assertThat(await()).as(text(err)).isZero();

        assertQuietAndGone();
    }

    @Test
    void failsWhereNoFinalCandleCanCome() throws Exception {
        // A window closes ten minutes after its end; the command ends before.
        start("--for", "1s", "--set", "out-of-orderness=10m", "-o", "json");

        assertThat(await()).as(text(err)).isEqualTo(5);

        assertThat(text(err))
                .contains("error: a final candle must come within 1s, none came: broker ready after ")
                .contains("  fix: ");
        assertThat(summary()).containsKey("job_running_seconds").doesNotContainKey("first_final_candle_seconds");
        assertThat(summary().get("final_candles").text()).isEqualTo("0");
        assertQuietAndGone();
    }

    @Test
    void endsCleanlyWhenAskedTo() throws Exception {
        start();
        Awaitility.await()
                .atMost(Duration.ofSeconds(LIMIT_SECONDS))
                .until(() -> text(err).contains("first final candle") || !process.isAlive());
        long asked = System.nanoTime();
        // Ctrl-C differs by the number of its signal alone, but may be ignored by whoever started the tests.
        process.destroy();

        assertThat(await()).as(text(err)).isEqualTo(128 + 15);

        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(10));
        assertThat(text(out)).contains("final_candles");
        assertQuietAndGone();
    }

    @ParameterizedTest
    @CsvSource({
        "--faults gap=x, 'rate must be a share from 0 to 100 %'",
        "--for 5, 'length must be a whole number above 0 and a unit (ms, s, m, h), was 5'",
        "--for 0s, 'length must be a whole number above 0 and a unit (ms, s, m, h), was 0s'",
        "--speed 2x, speed must be given with an input only",
        "--rate 0, 'rate must be in 1..100000, was 0'",
        "--input absent.csv, input must exist",
        "--input absent.csv --rate 5, 'rate, seed, faults and firehose must be given for simulated trades only'",
        "--set no.such.option=1, no.such.option",
        "--format parquet, 'format must be one of csv, json'",
    })
    void refusesBadOptionsBeforeAnythingStarts(String arguments, String message) {
        Cli.Result result = new Cli(directory).run(("demo " + arguments).split(" "));

        assertThat(result.code()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains(message).doesNotContain("broker ready");
        assertThat(result.out()).isEmpty();
    }
}
