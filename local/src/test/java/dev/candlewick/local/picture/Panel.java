package dev.candlewick.local.picture;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One panel of a dashboard, or the title of a row.
 *
 * @param id its number in the dashboard
 * @param unit of its values
 * @param steps thresholds, the lowest first, which begins below all values
 * @param targets its queries
 */
record Panel(int id, PanelType type, String title, Place place, Unit unit, List<Step> steps, List<Target> targets) {
    private static final Pattern LABEL = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");

    /** Where it is: columns of 24, and rows of Grafana's grid. */
    record Place(int x, int y, int width, int height) {}

    /**
     * From which value on a colour holds.
     *
     * @param from the least value, negative infinity for the first
     */
    record Step(Color color, double from) {}

    /**
     * One query.
     *
     * @param expression without variables
     * @param legend with the names of labels in braces
     */
    record Target(String expression, String legend) {
        String legend(Map<String, String> labels) {
            return LABEL.matcher(legend)
                    .replaceAll(match -> Matcher.quoteReplacement(labels.getOrDefault(match.group(1), "")))
                    .strip();
        }
    }

    /** The colour of a value. */
    Color color(double value) {
        Color color = Color.GREEN;
        for (Step step : steps) {
            if (value >= step.from()) {
                color = step.color();
            }
        }
        return color;
    }

    /** What tells whether a picture is of this panel. */
    String content() {
        return content(id, type.json(), type == PanelType.ROW ? "" : unit.json(), title);
    }

    static String content(int id, String type, String unit, String title) {
        return (id + " " + type + " " + unit).strip() + ": " + title;
    }
}
