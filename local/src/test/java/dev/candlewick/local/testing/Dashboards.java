package dev.candlewick.local.testing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Makes Grafana's dashboards of {@code conf/grafana/panels.yml}: what a panel repeats is said once, here. */
public final class Dashboards {
    private static final int WIDTH = 24;
    private static final int HEIGHT = 8;
    private static final Map<String, Object> SOURCE = ordered("type", "prometheus", "uid", "${datasource}");

    private final Map<String, Object> file;

    private Dashboards(Map<String, Object> file) {
        this.file = file;
    }

    /**
     * One query of a panel.
     *
     * @param dashboard its identity
     * @param panel its title
     * @param expression as Prometheus gets it, with nothing chosen above
     * @param legend with its labels in braces
     * @param runbook page below docs/runbooks, with an anchor where it has one
     */
    public record Query(String dashboard, String panel, String expression, String legend, String runbook) {}

    /** Reads the panels. */
    public static Dashboards read(Path panels) throws IOException {
        Object document = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(panels));
        return new Dashboards(map(document));
    }

    /** All queries, and those that variables and annotations are filled by. */
    public List<Query> queries() {
        List<Query> queries = new ArrayList<>();
        for (Map<String, Object> dashboard : maps(file.get("dashboards"))) {
            String uid = text(dashboard, "uid");
            for (Map<String, Object> row : maps(dashboard.get("rows"))) {
                for (Map<String, Object> panel : maps(row.get("panels"))) {
                    map(panel.get("queries"))
                            .forEach((legend, expression) -> queries.add(new Query(
                                    uid,
                                    text(panel, "title"),
                                    expression.toString().replace("$job", ".*").replace("$operator", ".*"),
                                    legend,
                                    runbook(row, panel))));
                }
            }
        }
        return queries;
    }

    /** The dashboards as JSON, by the names of their files. */
    public Map<String, String> json() throws IOException {
        ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        Map<String, String> files = new TreeMap<>();
        for (Map<String, Object> dashboard : maps(file.get("dashboards"))) {
            files.put(text(dashboard, "uid") + ".json", mapper.writeValueAsString(dashboard(dashboard)) + "\n");
        }
        return files;
    }

    private Map<String, Object> dashboard(Map<String, Object> given) {
        List<Object> panels = new ArrayList<>();
        int y = 0;
        int id = 0;
        for (Map<String, Object> row : maps(given.get("rows"))) {
            panels.add(ordered(
                    "id",
                    ++id,
                    "type",
                    "row",
                    "title",
                    text(row, "title"),
                    "gridPos",
                    place(0, y++, WIDTH, 1),
                    "collapsed",
                    false,
                    "panels",
                    List.of()));
            List<Map<String, Object>> inRow = maps(row.get("panels"));
            boolean small = inRow.stream().allMatch(panel -> type(panel).equals("stat"));
            int height = small ? HEIGHT / 2 : HEIGHT;
            int width = WIDTH / inRow.size();
            for (int i = 0; i < inRow.size(); i++) {
                panels.add(panel(++id, row, inRow.get(i), place(i * width, y, width, height)));
            }
            y += height;
        }
        return ordered(
                "uid", text(given, "uid"),
                "title", text(given, "title"),
                "description", text(given, "description"),
                "tags", List.of("candlewick"),
                "schemaVersion", 41,
                "editable", false,
                "graphTooltip", 1,
                "refresh", "15s",
                "time", ordered("from", "now-1h", "to", "now"),
                "timezone", "utc",
                "links",
                        List.of(ordered(
                                "type",
                                "dashboards",
                                "title",
                                "Candlewick",
                                "tags",
                                List.of("candlewick"),
                                "asDropdown",
                                false,
                                "includeVars",
                                true,
                                "keepTime",
                                true)),
                "templating",
                        ordered(
                                "list",
                                List.of(
                                        ordered(
                                                "name",
                                                "datasource",
                                                "type",
                                                "datasource",
                                                "query",
                                                "prometheus",
                                                "label",
                                                "Source"),
                                        choice("job", "Job", "label_values(candlewick:read, job_name)"),
                                        choice(
                                                "operator",
                                                "Operator",
                                                "label_values(flink_taskmanager_job_task_operator_numRecordsInPerSecond{job_name=~\"$job\"},"
                                                        + " operator_name)"))),
                "annotations",
                        ordered(
                                "list",
                                List.of(
                                        annotation(
                                                "Restarts",
                                                "orange",
                                                "{{job_name}} has restarted",
                                                false,
                                                "increase(flink_jobmanager_job_numRestarts{job_name=~\"$job\"}[1m]) > 0"),
                                        annotation(
                                                "Restored",
                                                "blue",
                                                "{{job_name}} began from a checkpoint or savepoint",
                                                true,
                                                "flink_jobmanager_job_lastCheckpointRestoreTimestamp{job_name=~\"$job\"} > 0"),
                                        annotation(
                                                "Alerts",
                                                "red",
                                                "{{alertname}}",
                                                false,
                                                "ALERTS{alertname=~\"Candlewick.*\",alertstate=\"firing\",severity=\"page\"}"))),
                "panels", panels);
    }

    private Map<String, Object> panel(
            int id, Map<String, Object> row, Map<String, Object> given, Map<String, Object> place) {
        List<Object> targets = new ArrayList<>();
        map(given.get("queries"))
                .forEach((legend, expression) -> targets.add(ordered(
                        "refId",
                        String.valueOf((char) ('A' + targets.size())),
                        "datasource",
                        SOURCE,
                        "expr",
                        expression.toString(),
                        "legendFormat",
                        legend)));
        List<Object> steps = new ArrayList<>();
        steps.add(ordered("color", "green", "value", null));
        if (given.get("warn") != null) {
            steps.add(ordered("color", "yellow", "value", given.get("warn")));
        }
        if (given.get("bad") != null) {
            steps.add(ordered("color", "red", "value", given.get("bad")));
        }
        boolean judged = steps.size() > 1;
        String page = runbook(row, given);
        Map<String, Object> panel = ordered(
                "id", id,
                "type", type(given),
                "title", text(given, "title"),
                "description", String.valueOf(given.getOrDefault("description", "")),
                "gridPos", place,
                "datasource", SOURCE,
                "links",
                        List.of(ordered(
                                "title",
                                "What to do",
                                "url",
                                file.get("docs") + "docs/runbooks/" + page,
                                "targetBlank",
                                true)),
                "fieldConfig",
                        ordered(
                                "defaults",
                                        ordered(
                                                "unit", text(given, "unit"),
                                                "min", judged && type(given).equals("status-history") ? 0 : null,
                                                "color", ordered("mode", judged ? "thresholds" : "palette-classic"),
                                                "thresholds", ordered("mode", "absolute", "steps", steps)),
                                "overrides", List.of()),
                "targets", targets);
        if (type(given).equals("timeseries")) {
            panel.put(
                    "options",
                    ordered(
                            "legend", ordered("displayMode", "list", "placement", "bottom"),
                            "tooltip", ordered("mode", "multi", "sort", "desc")));
        }
        return panel;
    }

    private static Map<String, Object> choice(String name, String label, String query) {
        return ordered(
                "name",
                name,
                "label",
                label,
                "type",
                "query",
                "datasource",
                SOURCE,
                "query",
                query,
                "refresh",
                2,
                "sort",
                1,
                "multi",
                true,
                "includeAll",
                true,
                "allValue",
                ".*",
                "current",
                ordered("text", "All", "value", "$__all"));
    }

    private static Map<String, Object> annotation(
            String name, String color, String title, boolean valueIsTime, String expression) {
        return ordered(
                "name",
                name,
                "datasource",
                SOURCE,
                "enable",
                true,
                "iconColor",
                color,
                "expr",
                expression,
                "titleFormat",
                title,
                "step",
                "15s",
                "useValueForTime",
                valueIsTime);
    }

    private static Map<String, Object> place(int x, int y, int width, int height) {
        return ordered("x", x, "y", y, "w", width, "h", height);
    }

    private static String type(Map<String, Object> panel) {
        return String.valueOf(panel.getOrDefault("type", "timeseries"));
    }

    private static String runbook(Map<String, Object> row, Map<String, Object> panel) {
        return String.valueOf(panel.getOrDefault("runbook", text(row, "runbook")));
    }

    private static String text(Map<String, Object> from, String key) {
        Object value = from.get(key);
        if (value == null) {
            throw new IllegalArgumentException("panels.yml must have " + key + " everywhere, was none in " + from);
        }
        return value.toString();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(@Nullable Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }

    private static List<Map<String, Object>> maps(@Nullable Object value) {
        return value == null
                ? List.of()
                : ((List<?>) value).stream().map(Dashboards::map).toList();
    }

    /** Keys and values in turn; a null leaves its key out, except for the value of a threshold, which is null below all. */
    @SuppressWarnings("NullAway")
    private static Map<String, Object> ordered(@Nullable Object... entries) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < entries.length; i += 2) {
            if (entries[i + 1] != null || "value".equals(entries[i])) {
                map.put(String.valueOf(entries[i]), entries[i + 1]);
            }
        }
        return map;
    }
}
