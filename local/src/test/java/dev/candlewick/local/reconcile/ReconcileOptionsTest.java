package dev.candlewick.local.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the options mean, and what is refused in one line. */
final class ReconcileOptionsTest {
    private static final long DAY_NANOS = 86_400_000_000_000L;

    @TempDir
    private Path directory;

    @Test
    void daysHoldBothEndsAndInstantsTheFirst() {
        assertThat(TimeSpan.parse("1970-01-02", null, null)).isEqualTo(new TimeSpan(DAY_NANOS, 2 * DAY_NANOS));
        assertThat(TimeSpan.parse(null, "1970-01-02", "1970-01-03")).isEqualTo(new TimeSpan(DAY_NANOS, 3 * DAY_NANOS));
        assertThat(TimeSpan.parse(null, "1970-01-01T00:00:01Z", "1970-01-01T00:00:02.5Z"))
                .isEqualTo(new TimeSpan(1_000_000_000L, 2_500_000_000L));
        assertThat(TimeSpan.parse(null, null, null)).isNull();
    }

    @Test
    void aThresholdIsAnExactPercentage() {
        assertThat(DriftThreshold.parse("0.5%")).isEqualTo(5_000_000);
        assertThat(DriftThreshold.parse("0.0000001%")).isEqualTo(1);
        assertThat(DriftThreshold.parse("100%")).isEqualTo(1_000_000_000);
    }

    @Test
    void whatMakesNoSenseIsRefusedWithoutAStackTrace() throws Exception {
        Files.createDirectories(directory.resolve("empty"));
        for (String[] options : new String[][] {
            {"--lake", "missing"},
            {"--lake", "empty"},
            {"--lake", "empty", "--date", "yesterday"},
            {"--lake", "empty", "--date", "2026-03-01", "--from", "2026-03-01"},
            {"--lake", "empty", "--from", "2026-03-01"},
            {"--lake", "empty", "--from", "2026-03-02", "--to", "2026-03-01"},
            {"--lake", "empty", "--drift-alert", "-1%"},
            {"--lake", "empty", "--drift-alert", "1"},
            {"--lake", "empty", "--max-differences", "0"},
        }) {
            String[] arguments = new String[options.length + 1];
            arguments[0] = "reconcile";
            System.arraycopy(options, 0, arguments, 1, options.length);
            Cli.Result result = new Cli(directory).run(arguments);
            assertThat(result.code())
                    .as(String.join(" ", arguments) + result.err())
                    .isEqualTo(2);
            assertThat(result.err()).contains("error: ").doesNotContain("\tat ");
            assertThat(result.out()).isEmpty();
        }
    }
}
