package dev.candlewick.local.deploy;

import static dev.candlewick.local.deploy.MonitoringFiles.ROOT;
import static dev.candlewick.local.deploy.YamlFiles.at;
import static dev.candlewick.local.deploy.YamlFiles.list;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.testing.Dashboards;
import dev.candlewick.local.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Grafana's dashboards: made of {@code panels.yml}, and every query one that Prometheus takes, of metrics that there are.
 *
 * <p>They are written again by {@code mvn -pl local -am test -Dtest=DashboardsTest -Dcandlewick.dashboards.write=true}.
 * That a job that runs answers each query is {@code PrometheusTest}'s.
 */
final class DashboardsTest {
    private static final Path GRAFANA = ROOT.resolve("conf/grafana");
    private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{(\\w+)}}");

    private final Dashboards dashboards;

    DashboardsTest() throws IOException {
        dashboards = Dashboards.read(GRAFANA.resolve("panels.yml"));
    }

    @Test
    void theDashboardsAreThoseOfThePanels() throws IOException {
        Path folder = GRAFANA.resolve("dashboards");
        for (Map.Entry<String, String> dashboard : dashboards.json().entrySet()) {
            Path file = folder.resolve(dashboard.getKey());
            if (Boolean.getBoolean("candlewick.dashboards.write")) {
                Files.writeString(file, dashboard.getValue());
            } else {
                assertThat(file)
                        .as("run with -Dcandlewick.dashboards.write=true to write it again")
                        .hasContent(dashboard.getValue());
            }
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(dashboards.json().keySet());
        }
    }

    @Test
    void queriesNameOnlyMetricsThatThereAreAndPanelsLeadToPagesThatThereAre() throws IOException {
        Set<String> problems = new TreeSet<>();
        Set<String> known = MonitoringFiles.known();
        List<Dashboards.Query> queries = dashboards.queries();
        for (Dashboards.Query query : queries) {
            Set<String> names = MonitoringFiles.metrics(query.expression());
            if (names.isEmpty() || !known.containsAll(names)) {
                problems.add(query.panel() + " names what there is not: " + names);
            }
            String[] page = query.runbook().split("#", 2);
            Path file = ROOT.resolve("docs/runbooks").resolve(page[0]);
            if (!Files.exists(file)
                    || page.length > 1
                            && !MonitoringFiles.anchors(Files.readString(file)).contains(page[1])) {
                problems.add(query.panel() + " leads nowhere: " + query.runbook());
            }
        }
        assertThat(problems).isEmpty();
        assertThat(queries).hasSizeGreaterThan(50);
        // What the job counts is shown somewhere, by itself or as a total that a rule records.
        Set<String> shown = new TreeSet<>();
        queries.forEach(query -> shown.addAll(MonitoringFiles.metrics(query.expression())));
        for (Map<String, Object> rule : MonitoringFiles.rules()) {
            shown.addAll(MonitoringFiles.metrics(at(rule, "expr").toString()));
        }
        known.removeIf(name -> !name.contains("candlewick_") || shown.contains(name));
        assertThat(known)
                .as("counts that nobody sees")
                .containsExactlyInAnyOrder(
                        "candlewick_doctor_exit_code",
                        "candlewick_doctor_last_run_timestamp_seconds",
                        "candlewick_reconcile_values",
                        "flink_taskmanager_job_task_operator_candlewick_ledgerCuts",
                        "flink_taskmanager_job_task_operator_candlewick_liveSuppressed",
                        "flink_taskmanager_job_task_operator_interval_candlewick_publishedTrades");
    }

    @Test
    void prometheusTakesEveryQuery(@TempDir Path directory) throws Exception {
        Path promtool = Programs.require("promtool");
        ObjectMapper mapper = new ObjectMapper();
        List<Object> rules = new ArrayList<>();
        List<String> expressions = new ArrayList<>();
        dashboards.queries().forEach(query -> expressions.add(query.expression()));
        for (String json : dashboards.json().values()) {
            for (JsonNode annotation : mapper.readTree(json).at("/annotations/list")) {
                expressions.add(annotation.get("expr").asText());
            }
        }
        for (String expression : expressions) {
            rules.add(Map.of("record", "query:" + rules.size(), "expr", expression));
        }
        // JSON is YAML.
        Path file = directory.resolve("queries.yml");
        mapper.writeValue(file.toFile(), Map.of("groups", List.of(Map.of("name", "queries", "rules", rules))));
        assertThat(Programs.run(promtool, "check", "rules", file.toString())).contains(expressions.size() + " rules");
    }

    /** A legend with a label that an aggregation has taken away would be empty. */
    @Test
    void legendsHaveTheirLabels() throws IOException {
        List<String> problems = new ArrayList<>();
        int labels = 0;
        for (String json : dashboards.json().values()) {
            for (JsonNode panel : new ObjectMapper().readTree(json).get("panels")) {
                for (JsonNode target : panel.path("targets")) {
                    String expression = target.get("expr").asText();
                    Matcher by = Pattern.compile("(?:sum|max|min|count) (?:by )?\\(([\\w, ]+)\\) \\(")
                            .matcher(expression);
                    boolean aggregated = by.find();
                    Matcher legend =
                            LEGEND_LABEL.matcher(target.get("legendFormat").asText());
                    while (legend.find()) {
                        labels++;
                        if (aggregated && !List.of(by.group(1).split(", ")).contains(legend.group(1))) {
                            problems.add(panel.get("title").asText() + ": " + legend.group(1));
                        }
                    }
                }
            }
        }
        assertThat(problems).isEmpty();
        assertThat(labels).isGreaterThan(20);
    }

    @Test
    void grafanaFindsTheDashboardsWhereComposePutsThem() throws IOException {
        Object provider = list(at(
                        YamlFiles.documents(GRAFANA.resolve("provisioning/dashboards/candlewick.yml"))
                                .get(0),
                        "providers"))
                .get(0);
        Object grafana =
                at(YamlFiles.documents(ROOT.resolve("docker-compose.yml")).get(0), "services/grafana");
        String path = at(provider, "options/path").toString();
        assertThat(list(at(grafana, "volumes")).stream().map(String::valueOf))
                .contains(
                        "./conf/grafana/dashboards:" + path + ":ro",
                        "./conf/grafana/provisioning:/etc/grafana/provisioning:ro");
        assertThat(at(grafana, "environment/GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"))
                .isEqualTo(path + "/candlewick.json");
        assertThat(dashboards.json()).containsKey("candlewick.json");
    }
}
