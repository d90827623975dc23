package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands leave for the node exporter: whole, also where they failed, and in the format that Prometheus reads. */
final class MetricsOptionTest {
    @TempDir
    private Path directory;

    @Test
    void aRunThatFailedSaysSoAndReplacesWhatWasThere() throws IOException {
        Path file = directory.resolve("reconcile.prom");
        Files.writeString(file, "candlewick_reconcile_unexplained 7\n");
        long before = Instant.now().getEpochSecond();

        Cli.Result result = new Cli(directory).run("reconcile", "--lake", "missing", "--metrics", "reconcile.prom");

        assertThat(result.code()).isEqualTo(2);
        assertThat(Files.readString(file))
                .contains("candlewick_reconcile_exit_code 2\n")
                .doesNotContain("unexplained");
        String time = Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("candlewick_reconcile_last_run_timestamp_seconds "))
                .findFirst()
                .orElseThrow();
        assertThat(Long.parseLong(time.split(" ")[1]))
                .isBetween(before, Instant.now().getEpochSecond());
        // Nothing else is left, and others may read it.
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files).containsExactly(file);
        }
        assertThat(Files.getPosixFilePermissions(file).toString()).contains("GROUP_READ");
    }

    @Test
    void aFileThatCannotBeWrittenIsAWarningAndChangesNoExitCode() {
        Cli.Result result = new Cli(directory).run("doctor", "--explain", "CW-K07", "--metrics", "nowhere/doctor.prom");
        assertThat(result.code()).isZero();
        assertThat(result.err()).contains("warning: metrics could not be written to", "nowhere/doctor.prom");
        assertThat(directory.resolve("nowhere")).doesNotExist();
    }

    @Test
    void anyTextIsALabelAndPrometheusReadsIt() throws Exception {
        MetricsOption.Text text = new MetricsOption.Text();
        text.gauge("a_seconds", "First.").gauge("b_seconds", "Has none.");
        text.value("a_seconds", -1, "where", "C:\\a \"b\"\nc").value("a_seconds", 2);
        assertThat(text.toString()).isEqualTo("""
                        # HELP a_seconds First.
                        # TYPE a_seconds gauge
                        a_seconds{where="C:\\\\a \\"b\\"\\nc"} -1
                        a_seconds 2
                        # HELP b_seconds Has none.
                        # TYPE b_seconds gauge
                        """);
        Path promtool = Programs.require("promtool");
        Process check = new ProcessBuilder(promtool.toString(), "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (var in = check.getOutputStream()) {
            in.write(text.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        String said = new String(check.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(check.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(check.exitValue()).as(said).isZero();
    }
}
