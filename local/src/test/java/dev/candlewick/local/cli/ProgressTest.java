package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class ProgressTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final GlobalOptions options = new GlobalOptions();

    @Test
    void showsABarOnATerminalAndRemovesIt() {
        try (Progress progress = start(true)) {
            progress.advanceTo(50);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> written().contains("50/100 files"));
            // Nothing is counted any more, and the message is shown all the same.
            progress.message("and more");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> written().contains("copy [██████████░░░░░░░░░░] 50 %  50/100 files")
                            && written().contains("and more"));
        }
        assertThat(written()).endsWith("\r").doesNotContain("\n");
    }

    @Test
    void showsNothingElsewhere() {
        try (Progress progress = start(false)) {
            progress.advance(100);
        }
        options.progress = false;
        try (Progress progress = start(true)) {
            progress.advance(100);
        }
        options.progress = null;
        options.quiet = true;
        try (Progress progress = start(true)) {
            progress.advance(100);
        }
        assertThat(written()).isEmpty();
    }

    @Test
    void showsABarWhereItIsForcedAndLinesWithVerbose() {
        options.progress = true;
        try (Progress progress = start(false)) {
            progress.advance(1);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> written().contains("] 1 %"));
        }
        err.reset();
        options.progress = null;
        options.verbose = true;
        try (Progress progress = start(false)) {
            progress.advance(20);
        }
        assertThat(written()).contains("copy 20 %  20/100 files").endsWith("\n").doesNotContain("\r");
    }

    @Test
    void shortensCounts() {
        assertThat(Progress.amount(9_999)).isEqualTo("9999");
        assertThat(Progress.amount(10_000)).isEqualTo("10.0k");
        assertThat(Progress.amount(4_100_000)).isEqualTo("4.1M");
        assertThat(Progress.amount(Long.MAX_VALUE)).isEqualTo("9.2E");
    }

    private Progress start(boolean terminal) {
        CliContext context = new CliContext(
                new PrintStream(new ByteArrayOutputStream()),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                Path.of(""),
                null,
                terminal);
        return Progress.start(context, options, "copy", "files", 100);
    }

    private String written() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
