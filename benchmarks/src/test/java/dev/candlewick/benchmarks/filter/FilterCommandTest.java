package dev.candlewick.benchmarks.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every format has messages that are decoded and others that are filtered; the command fails where a verdict differs. */
final class FilterCommandTest {
    @Test
    void printsBothRatesOfEveryFormat(@TempDir Path directory) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        CliContext context = new CliContext(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Map.of(),
                directory,
                null,
                false);
        int code = Main.run(
                context,
                "bench",
                "filter",
                "--rounds",
                System.getProperty("candlewick.filter.rounds", "1"),
                "--round-millis",
                System.getProperty("candlewick.filter.millis", "1"),
                "-o",
                "csv");
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isEqualTo(0);
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.get(0)).isEqualTo("format,trades_per_second,filtered_per_second,ratio");
        assertThat(lines.subList(1, lines.size()))
                .extracting(line -> line.replaceFirst("(\".*\"|[a-z]+),.*", "$1"))
                .containsExactly(
                        "csv", "json", "avro", "binary", "\"json, binance\"", "\"json, coinbase\"", "\"json, kraken\"");
    }
}
