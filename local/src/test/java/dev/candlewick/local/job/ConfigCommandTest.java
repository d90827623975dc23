package dev.candlewick.local.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code config show} as a user runs it. */
final class ConfigCommandTest {
    @TempDir
    private Path folder;

    private record Result(int exit, String out, String err) {}

    private Result run(Map<String, String> environment, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Main.run(
                new CliContext(
                        new PrintStream(out, false, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        environment,
                        folder,
                        null,
                        false),
                arguments);
        return new Result(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void showsEveryOption() {
        Result result = run(Map.of(), "config", "show", "-o", "csv");

        assertThat(result.exit()).isZero();
        assertThat(result.out().lines()).hasSize(1 + CandlewickOptions.keys().size());
        assertThat(result.out().lines()).contains("key,value", "allowed-lateness,10s", "input,");
        assertThat(result.err()).startsWith("profile: crypto@");
    }

    @Test
    void showsOrigins() throws Exception {
        Files.writeString(folder.resolve("job.yaml"), "feed: futures\nfill: carry\n");

        Result result = run(
                Map.of("CANDLEWICK_SCOPE", "consolidated", "CANDLEWICK_KAFKA_PROPERTIES_SSL_KEY_PASSWORD", "hunter2"),
                "config",
                "show",
                "--origin",
                "--config",
                "job.yaml",
                "--set",
                "late=accept",
                "--mode",
                "batch",
                "-o",
                "json");

        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out().lines())
                .contains(
                        "{\"key\":\"feed\",\"value\":\"futures\",\"origin\":\"file job.yaml line 1\"}",
                        "{\"key\":\"fill\",\"value\":\"carry\",\"origin\":\"file job.yaml line 2\"}",
                        "{\"key\":\"late\",\"value\":\"accept\",\"origin\":\"command line\"}",
                        "{\"key\":\"scope\",\"value\":\"consolidated\",\"origin\":\"environment variable CANDLEWICK_SCOPE\"}",
                        "{\"key\":\"input\",\"value\":null,\"origin\":\"default\"}")
                .anyMatch(line ->
                        line.startsWith("{\"key\":\"size.zero\",\"value\":\"true\",\"origin\":\"feed profile futures"))
                .contains("{\"key\":\"kafka.properties.ssl.key.password\",\"value\":\"******\",\"origin\":\"environment"
                        + " variable CANDLEWICK_KAFKA_PROPERTIES_SSL_KEY_PASSWORD\"}");
        assertThat(result.out() + result.err()).doesNotContain("hunter2");
    }

    @Test
    void showsOnlyWhatWasGiven() {
        Result result = run(Map.of(), "config", "show", "--given", "--fill", "carry", "-o", "csv");

        // The profile sets its options too.
        assertThat(result.out().lines()).contains("fill,carry", "scope,venue").doesNotContain("fill.max,100000");
    }

    @Test
    void tellsAllProblemsWithExitCode2() {
        Result result = run(
                Map.of("CANDLEWICK_FILLL", "x"), "config", "show", "--set", "allowed-latenes=1s", "--scope", "venu");

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains("Configuration has 3 problems:")
                .contains("CANDLEWICK_FILLL must be the variable of an option")
                .contains(
                        "allowed-latenes must be an option, was unknown (command line; did you mean allowed-lateness?)")
                .contains("scope must be venue or consolidated, was 'venu' (command line; did you mean venue?;")
                .doesNotContain("\tat ");
    }

    @Test
    void theRightsOnThePageAreThoseOfTheProgram() throws Exception {
        String page = Files.readString(Path.of(System.getProperty("candlewick.root"), "docs/operating/security.md"));
        Matcher blocks = Pattern.compile(
                        "(?ms)^```sh\\n\\./candlewick (config rights .*?)\\n```\\n\\n<!-- printed -->\\n```text\\n(.*?)```")
                .matcher(page);
        assertThat(blocks.find()).as("a command and what it prints").isTrue();

        Result result = run(Map.of(), blocks.group(1).split(" "));

        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).isEqualTo(blocks.group(2));
        assertThat(run(Map.of(), "config", "rights", "-o", "csv").out().lines())
                .contains("TRANSACTIONAL_ID,cw.candlewick~,PREFIXED,WRITE,\"exactly once: results become visible with a"
                        + " checkpoint, all or none\"");
    }

    @Test
    void needsItsCommand() {
        assertThat(run(Map.of(), "config").exit()).isEqualTo(2);
    }
}
