package dev.candlewick.benchmarks.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ratios that must not fall under a stated value, each with its reason; {@code floors.json} beside this class holds
 * them.
 */
public final class Floors {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, JsonNode> floors = new LinkedHashMap<>();
    private final boolean quick;

    /**
     * A measured ratio beside its floor.
     *
     * @param name of the ratio
     * @param value measured
     * @param floor or null where none is stated
     * @param reason of the floor, empty where there is none
     */
    public record Judged(
            String name, double value, @Nullable Double floor, String reason) {
        /** Whether the ratio has no floor or is not under it. */
        public boolean isMet() {
            return floor == null || value >= floor;
        }
    }

    private Floors(JsonNode all, boolean quick) {
        this.quick = quick;
        for (JsonNode each : all) {
            floors.put(each.required("ratio").asText(), each);
        }
    }

    /**
     * Reads the floors.
     *
     * @param quick whether the floors of short runs count, which hold more compilation than work
     */
    public static Floors load(boolean quick) throws IOException {
        try (InputStream resource = Floors.class.getResourceAsStream("floors.json")) {
            if (resource == null) {
                throw new IllegalStateException("floors.json must be on the class path, was not");
            }
            return new Floors(JSON.readTree(resource), quick);
        }
    }

    /** The ratios of a report with their floors. */
    public List<Judged> judge(JsonNode report) {
        List<Judged> judged = new ArrayList<>();
        report.required("ratios").properties().forEach(ratio -> {
            JsonNode floor = floors.get(ratio.getKey());
            JsonNode value = floor == null ? null : floor.get(quick ? "quick" : "floor");
            judged.add(new Judged(
                    ratio.getKey(),
                    ratio.getValue().asDouble(),
                    value == null ? null : value.asDouble(),
                    floor == null || value == null
                            ? ""
                            : floor.required("reason").asText()));
        });
        return judged;
    }

    /** Names of all ratios that have a floor. */
    public List<String> names() {
        return List.copyOf(floors.keySet());
    }
}
