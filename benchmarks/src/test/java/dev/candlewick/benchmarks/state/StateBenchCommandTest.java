package dev.candlewick.benchmarks.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes follow from the input: ids by the horizon, panes by the window, and a symbol holds the same beside many others. */
final class StateBenchCommandTest {
    @TempDir
    private Path directory;

    @Test
    void bytesBelongToSymbolsAndGrowWithWhatTheyFollowFrom() {
        Map<String, Double> few = figures("--symbols", "20", "--rate", "40", "--conflict-horizon", "60s");
        Map<String, Double> many = figures("--symbols", "80", "--rate", "160", "--conflict-horizon", "60s");
        Map<String, Double> brief = figures("--symbols", "20", "--rate", "40", "--conflict-horizon", "10s");

        assertThat(few.get("instruments")).isEqualTo(20);
        assertThat(few.get("state_bytes_per_written_id")).isBetween(20.0, 30.0);
        assertThat(few.get("written_ids")).isPositive().isLessThanOrEqualTo(few.get("held_ids"));
        assertThat(many.get("state_bytes_per_symbol"))
                .isBetween(few.get("state_bytes_per_symbol") * 0.9, few.get("state_bytes_per_symbol") * 1.1);
        assertThat(brief.get("held_ids")).isLessThan(few.get("held_ids") * 0.8);
        assertThat(brief.get("written_ids")).isLessThan(few.get("written_ids") * 0.8);
        assertThat(brief.get("vwap_panes")).isEqualTo(few.get("vwap_panes"));
        double parts = few.entrySet().stream()
                .filter(figure -> figure.getKey().startsWith("state_bytes_per_symbol_"))
                .mapToDouble(Map.Entry::getValue)
                .sum();
        assertThat(parts).isBetween(few.get("state_bytes_per_symbol") - 1, few.get("state_bytes_per_symbol") + 1);
    }

    private Map<String, Double> figures(String... more) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CliContext context = new CliContext(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                directory,
                null,
                false);
        String[] arguments = new String[more.length + 7];
        System.arraycopy(
                new String[] {"bench", "state", "--no-cluster", "--seconds", "140", "-o", "csv"}, 0, arguments, 0, 7);
        System.arraycopy(more, 0, arguments, 7, more.length);
        int code = Main.run(context, arguments);
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(0);
        Map<String, Double> figures = new HashMap<>();
        out.toString(StandardCharsets.UTF_8).lines().skip(1).forEach(line -> {
            String[] fields = line.split(",", -1);
            if (fields[1].matches("[0-9.]+")) {
                figures.put(fields[0], Double.parseDouble(fields[1]));
            }
        });
        return figures;
    }
}
