package dev.candlewick.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloorsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private static BenchReport report() {
        BenchReport report = new BenchReport("system.candles").parameter("trades", 1_000);
        report.figure(
                "candlewick", "trades/s", new double[] {3_000_000, 1_000_000, 2_000_000.4}, Map.of("gc_millis", 7));
        report.ratio("speed/textbook", 2.0);
        report.ratio("speed/nobody", 0.1);
        report.note("equal | in all");
        return report;
    }

    private JsonNode written() throws Exception {
        Path file = directory.resolve("report.json");
        report().write(file);
        return JSON.readTree(file.toFile());
    }

    @Test
    void aRatioUnderItsFloorIsMissedAndOneWithoutAFloorIsNot() throws Exception {
        List<Floors.Judged> judged = Floors.load(false).judge(written());
        assertThat(judged)
                .extracting(Floors.Judged::name)
                .containsExactly("system.candles.speed/textbook", "system.candles.speed/nobody");
        assertThat(judged.get(0).floor()).isGreaterThan(2.0);
        assertThat(judged.get(0).isMet()).isFalse();
        assertThat(judged.get(0).reason()).isNotBlank();
        assertThat(judged.get(1).floor()).isNull();
        assertThat(judged.get(1).isMet()).isTrue();
        assertThat(Floors.load(true).judge(written()).get(0).isMet()).isTrue();
    }

    @Test
    void everyFloorHasAReasonAndIsNotUnderItsQuickOne() throws Exception {
        try (InputStream resource = Floors.class.getResourceAsStream("floors.json")) {
            JsonNode floors = JSON.readTree(resource);
            assertThat(floors).isNotEmpty();
            HashSet<String> names = new HashSet<>();
            for (JsonNode floor : floors) {
                String name = floor.required("ratio").asText();
                assertThat(names.add(name)).as(name).isTrue();
                assertThat(floor.required("reason").asText()).as(name).isNotBlank();
                assertThat(floor.required("floor").asDouble()).as(name).isPositive();
                if (floor.has("quick")) {
                    assertThat(floor.get("quick").asDouble())
                            .as(name)
                            .isPositive()
                            .isLessThanOrEqualTo(floor.get("floor").asDouble());
                }
            }
        }
    }

    @Test
    void aReportHoldsTheMedianAndRefusesWhatIsNoNumber() throws Exception {
        JsonNode figure = written().required("figures").get(0);
        assertThat(figure.required("median").isNumber()).isTrue();
        assertThat(figure.required("median").asDouble()).isEqualTo(2_000_000);
        assertThat(figure.required("lowest").asLong()).isEqualTo(1_000_000);
        assertThat(figure.required("highest").asLong()).isEqualTo(3_000_000);
        assertThat(figure.required("runs").asInt()).isEqualTo(3);
        assertThat(figure.required("gc_millis").asInt()).isEqualTo(7);
        assertThatThrownBy(() -> report().ratio("speed/none", Double.NaN))
                .hasMessage("figure must be a number, was NaN");
    }

    @Test
    void aReportIsPrintedAsTablesInMarkdown() throws Exception {
        written();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Main.run(
                new CliContext(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        directory,
                        directory,
                        false),
                "bench",
                "report",
                "report.json");
        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains(
                        "### system.candles",
                        "| name | unit | median | lowest | highest | runs | gc_millis |",
                        "| candlewick | trades/s | 2000000 | 1000000 | 3000000 | 3 | 7 |",
                        "| system.candles.speed/textbook | 2 |",
                        "- equal | in all");
    }
}
