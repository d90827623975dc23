package dev.candlewick.benchmarks.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one benchmark found, in the form of JSON that all of them write; one thread.
 *
 * <p>{@code benchmark, at, machine{}, parameters{}, figures[{name, unit, median, lowest, highest, runs, …}], ratios{name:
 * value}, notes[]}. Numbers keep five significant digits. A ratio's name is {@code <benchmark>.<own>/<peer>}, and it is
 * above 1 where Candlewick is better.
 */
public final class BenchReport {
    private static final MathContext DIGITS = new MathContext(5, RoundingMode.HALF_EVEN);

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN);

    private final String benchmark;
    private final Map<String, Object> parameters = new LinkedHashMap<>();
    private final List<Map<String, Object>> figures = new ArrayList<>();
    private final Map<String, Object> ratios = new LinkedHashMap<>();
    private final List<String> notes = new ArrayList<>();

    /** An empty report of a benchmark. */
    public BenchReport(String benchmark) {
        this.benchmark = benchmark;
    }

    /** Tells with what it was run. */
    public BenchReport parameter(String name, Object value) {
        parameters.put(name, value instanceof Number || value instanceof Boolean ? value : String.valueOf(value));
        return this;
    }

    /**
     * Adds a figure.
     *
     * @param values of each run; the median counts
     * @param further what else is known of it, numbers or texts
     */
    public void figure(String name, String unit, double[] values, Map<String, ?> further) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        Map<String, Object> figure = new LinkedHashMap<>();
        figure.put("name", name);
        figure.put("unit", unit);
        figure.put("median", number(median(sorted)));
        figure.put("lowest", number(sorted[0]));
        figure.put("highest", number(sorted[sorted.length - 1]));
        figure.put("runs", sorted.length);
        further.forEach((key, value) -> figure.put(key, value instanceof Double real ? number(real) : value));
        figures.add(figure);
    }

    /** Adds a ratio; above 1 where Candlewick is better. */
    public void ratio(String name, double value) {
        ratios.put(benchmark + "." + name, number(value));
    }

    /** Adds what a reader must know: what was equal, what a peer could not do. */
    public void note(String text) {
        notes.add(text);
    }

    /** The middle of sorted values; of an even number the mean of the two in the middle. */
    public static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /** Five significant digits, without an exponent. */
    static BigDecimal number(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("figure must be a number, was " + value);
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS).stripTrailingZeros();
        return rounded.scale() < 0 ? rounded.setScale(0) : rounded;
    }

    /** The whole, as a document. */
    public Map<String, Object> document() {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("benchmark", benchmark);
        document.put("at", Instant.now().toString());
        document.put("machine", machine());
        document.put("parameters", parameters);
        document.put("figures", figures);
        document.put("ratios", ratios);
        document.put("notes", notes);
        return document;
    }

    /** Writes the document, if a file is given. */
    public void write(@Nullable Path file) throws IOException {
        if (file != null) {
            Files.writeString(
                    file, JSON.writeValueAsString(document()) + System.lineSeparator(), StandardCharsets.UTF_8);
        }
    }

    /** What the figures depend on. */
    public static Map<String, Object> machine() {
        Map<String, Object> machine = new LinkedHashMap<>();
        machine.put("java", Runtime.version().toString());
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("processors", Runtime.getRuntime().availableProcessors());
        machine.put("processor", processor());
        return machine;
    }

    private static String processor() {
        try {
            return Files.readAllLines(Path.of("/proc/cpuinfo"), StandardCharsets.UTF_8).stream()
                    .filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
