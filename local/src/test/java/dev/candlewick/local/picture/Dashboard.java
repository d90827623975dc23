package dev.candlewick.local.picture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a picture needs of a dashboard's JSON.
 *
 * @param uid its identity, of which its file and its picture have their names
 * @param title above it
 * @param description beside the title
 * @param marks the events that stand as lines in its panels
 * @param panels in their order, rows among them
 */
public record Dashboard(String uid, String title, String description, List<Mark> marks, List<Panel> panels) {

    /**
     * Events as Grafana annotates them.
     *
     * @param name of the kind of event
     * @param color of its lines
     * @param expression has a sample where there was one
     * @param valueIsTime whether values are the times of the events, in milliseconds since 1970
     */
    record Mark(String name, Color color, String expression, boolean valueIsTime) {}

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException where it has a panel, a unit or a colour that cannot be drawn
     */
    public static Dashboard read(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    static Dashboard parse(String json) throws IOException {
        JsonNode root = new ObjectMapper().readTree(json);
        List<Mark> marks = new ArrayList<>();
        for (JsonNode given : root.at("/annotations/list")) {
            marks.add(new Mark(
                    given.get("name").asText(),
                    Color.of(given.get("iconColor").asText()),
                    chosen(given.get("expr").asText()),
                    given.path("useValueForTime").asBoolean()));
        }
        List<Panel> panels = new ArrayList<>();
        for (JsonNode given : root.get("panels")) {
            panels.add(panel(given));
        }
        return new Dashboard(
                root.get("uid").asText(),
                root.get("title").asText(),
                root.path("description").asText(),
                marks,
                panels);
    }

    private static Panel panel(JsonNode given) {
        List<Panel.Target> targets = new ArrayList<>();
        for (JsonNode target : given.path("targets")) {
            targets.add(new Panel.Target(
                    chosen(target.get("expr").asText()),
                    target.get("legendFormat").asText()));
        }
        List<Panel.Step> steps = new ArrayList<>();
        for (JsonNode step : given.at("/fieldConfig/defaults/thresholds/steps")) {
            JsonNode from = step.path("value");
            steps.add(new Panel.Step(
                    Color.of(step.get("color").asText()),
                    from.isNumber() ? from.asDouble() : Double.NEGATIVE_INFINITY));
        }
        JsonNode place = given.get("gridPos");
        PanelType type = PanelType.of(given.get("type").asText());
        return new Panel(
                given.get("id").asInt(),
                type,
                given.get("title").asText(),
                new Panel.Place(
                        place.get("x").asInt(),
                        place.get("y").asInt(),
                        place.get("w").asInt(),
                        place.get("h").asInt()),
                type == PanelType.ROW
                        ? Unit.SHORT
                        : Unit.of(given.at("/fieldConfig/defaults/unit").asText()),
                steps,
                targets);
    }

    /** With everything chosen above, as Grafana asks at first. */
    private static String chosen(String expression) {
        return expression.replace("$job", ".*").replace("$operator", ".*");
    }

    /** The panels that a picture of it must show, one line each. */
    public List<String> contents() {
        return panels.stream().map(Panel::content).toList();
    }
}
