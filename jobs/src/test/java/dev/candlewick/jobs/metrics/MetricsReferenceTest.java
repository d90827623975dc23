package dev.candlewick.jobs.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.metric.JobMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page of metrics says what the code does; run with {@code -Dcandlewick.reference.write=true} to write it. */
final class MetricsReferenceTest {
    private static final Path PAGE =
            Path.of(System.getProperty("candlewick.root")).resolve("docs/operating/metrics.md");

    private static final Map<JobMetric.Label, String> VALUES = new EnumMap<>(Map.of(
            JobMetric.Label.REASON,
            "a code of [rejected messages](../formats.md), or of a revision: `CLOSED`, `LATE`, `HEAL`",
            JobMetric.Label.CAUSE,
            "`LOG`, `IDLE`, `NEW_PARTITION` ([lateness](../concepts/lateness.md))",
            JobMetric.Label.INTERVAL,
            "an interval of the run, as `1m`; `vwap_5m` for rolling VWAP",
            JobMetric.Label.KIND,
            "a kind of [quality event](../quality.md)"));

    @Test
    void thePageIsUpToDate() throws IOException {
        String expected = page();
        if (Boolean.getBoolean("candlewick.reference.write")) {
            Files.writeString(PAGE, expected);
        }
        assertThat(PAGE).content().isEqualTo(expected);
    }

    private static String page() {
        StringBuilder page = new StringBuilder();
        page.append("# Metrics\n\n");
        page.append("What the streaming job tells beside [Flink's own"
                + " metrics](https://nightlies.apache.org/flink/flink-docs-release-2.3/docs/ops/metrics/), by Flink's Prometheus\n"
                + "reporter (ports 9249 to 9299 of each process, `conf/config.yaml`). Generated from"
                + " [JobMetric](../../core/src/main/java/dev/candlewick/core/metric/JobMetric.java); names and\n"
                + "labels never change.\n\n");
        page.append(
                "In Flink a metric stands in the group `candlewick` of its operator, inside a group for each label. In"
                        + " Prometheus its name is\n"
                        + "`flink_taskmanager_job_task_operator_`, the names of its labels, `candlewick_`, its own name: as\n"
                        + "`" + JobMetric.LATE.prometheusName()
                        + "{cause=\"IDLE\"}`. Every series has the labels `job_name`, `operator_name` and\n"
                        + "`subtask_index` too; sum over subtasks. No label holds a symbol.\n\n");
        page.append("| metric | labels | of | reaches back to | what |\n|---|---|---|---|---|\n");
        for (JobMetric metric : JobMetric.values()) {
            page.append("| `")
                    .append(metric.metricName())
                    .append("` | ")
                    .append(metric.labels().stream()
                            .map(label -> '`' + label.labelName() + '`')
                            .collect(Collectors.joining(", ")))
                    .append(" | ")
                    .append(metric.operator().title())
                    .append(" | ")
                    .append(metric.kept().title())
                    .append(" | ")
                    .append(metric.meaning())
                    .append(" |\n");
        }
        page.append(
                "\nWhat reaches back to *state* goes on after a restart and an upgrade where it was: differences over time are"
                        + " right, whatever happened in between. What\n"
                        + "counts *since the start* falls to 0 with each restart, as Flink's own counters do. A *sample* is a summary with"
                        + " the label `quantile`.\n\n");
        page.append("| label | values |\n|---|---|\n");
        for (JobMetric.Label label : JobMetric.Label.values()) {
            page.append("| `")
                    .append(label.labelName())
                    .append("` | ")
                    .append(VALUES.get(label))
                    .append(" |\n");
        }
        return page.toString();
    }

    @Test
    void namesAreUniqueAndFitForPrometheus() {
        List<String> names = List.of(JobMetric.values()).stream()
                .map(JobMetric::prometheusName)
                .toList();
        assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-zA-Z0-9_]+"));
    }
}
