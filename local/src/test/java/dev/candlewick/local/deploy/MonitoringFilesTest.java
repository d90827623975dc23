package dev.candlewick.local.deploy;

import static dev.candlewick.local.deploy.MonitoringFiles.ROOT;
import static dev.candlewick.local.deploy.MonitoringFiles.RULES;
import static dev.candlewick.local.deploy.MonitoringFiles.TESTS;
import static dev.candlewick.local.deploy.YamlFiles.at;
import static dev.candlewick.local.deploy.YamlFiles.find;
import static dev.candlewick.local.deploy.YamlFiles.list;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
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
 * Rules and alerts: each alert has a severity, a page that says what to do, and a case in which it fires and one in which it
 * does not; each metric named is one that there is.
 *
 * <p>{@code k8s/base/prometheus-rule.yaml} is written again by {@code mvn -pl local -am test -Dtest=MonitoringFilesTest
 * -Dcandlewick.deployment.write=true}.
 */
final class MonitoringFilesTest {
    private static final Path RUNBOOKS = ROOT.resolve("docs/runbooks");
    private static final Pattern RUNBOOK =
            Pattern.compile("\\{\\{ \\$externalLabels\\.docs }}(docs/runbooks/[a-z-]+\\.md)(?:#([a-z-]+))?");
    /** What fires always, so that its silence says something. */
    private static final Set<String> ALWAYS = Set.of("CandlewickWatchdog");

    private static final Pattern ALERT_IN_TEST =
            Pattern.compile("ALERTS\\{alertname=\"(\\w+)\",alertstate=\"firing\"}");

    @Test
    void everyAlertSaysHowBadItIsAndWhatToDo() throws IOException {
        List<String> problems = new ArrayList<>();
        String overview = Files.readString(ROOT.resolve("docs/operating/monitoring.md"));
        Map<String, Map<String, Object>> alerts = MonitoringFiles.alerts();
        for (Map.Entry<String, Map<String, Object>> entry : alerts.entrySet()) {
            String name = entry.getKey();
            Map<String, Object> alert = entry.getValue();
            String severity = String.valueOf(find(alert, "labels/severity"));
            if (ALWAYS.contains(name)
                    ? !severity.equals("none")
                    : !Set.of("page", "ticket").contains(severity)) {
                problems.add(
                        name + " must have the severity page or ticket, or none if it fires always, was " + severity);
            }
            if (find(alert, "for") == null) {
                problems.add(name + " must say for how long");
            }
            for (String annotation : List.of("summary", "description")) {
                if (find(alert, "annotations/" + annotation) == null) {
                    problems.add(name + " must have a " + annotation);
                }
            }
            Matcher runbook = RUNBOOK.matcher(String.valueOf(find(alert, "annotations/runbook_url")));
            if (!runbook.matches()) {
                problems.add(name + " must lead to a runbook, was " + find(alert, "annotations/runbook_url"));
                continue;
            }
            Path page = ROOT.resolve(runbook.group(1));
            String text = Files.exists(page) ? Files.readString(page) : "";
            if (!text.contains("`" + name + "`")) {
                problems.add(runbook.group(1) + " must exist and name " + name);
            }
            if (runbook.group(2) != null && !MonitoringFiles.anchors(text).contains(runbook.group(2))) {
                problems.add(runbook.group(1) + " must have the heading #" + runbook.group(2) + " (" + name + ")");
            }
            if (!overview.contains("`" + name + "`")) {
                problems.add("docs/operating/monitoring.md must name " + name);
            }
        }
        assertThat(problems).isEmpty();
        assertThat(alerts).hasSizeGreaterThan(20);
    }

    @Test
    void everyRunbookIsListedAndNamesOnlyAlertsThatThereAre() throws IOException {
        Set<String> alerts = MonitoringFiles.alerts().keySet();
        String list = Files.readString(RUNBOOKS.resolve("README.md"));
        List<String> problems = new ArrayList<>();
        List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("docs/operating/monitoring.md")));
        try (Stream<Path> pages = Files.list(RUNBOOKS)) {
            pages.filter(page -> !page.endsWith("README.md")).forEach(page -> {
                documents.add(page);
                if (!list.contains("(" + page.getFileName() + ")")) {
                    problems.add("docs/runbooks/README.md must list " + page.getFileName());
                }
            });
        }
        for (Path document : documents) {
            Matcher name = Pattern.compile("`(Candlewick[A-Z]\\w+)`").matcher(Files.readString(document));
            while (name.find()) {
                if (!alerts.contains(name.group(1))) {
                    problems.add(ROOT.relativize(document) + " names an alert that there is not: " + name.group(1));
                }
            }
        }
        assertThat(problems).isEmpty();
    }

    @Test
    void everyAlertHasACaseInWhichItFiresAndOneInWhichItDoesNot() throws IOException {
        Set<String> fires = new TreeSet<>();
        Set<String> silent = new TreeSet<>();
        Set<String> groups = new HashSet<>();
        Map<String, Object> file = YamlFiles.documents(TESTS).get(0);
        for (Object test : list(at(file, "tests"))) {
            Set<String> named = new HashSet<>();
            Set<String> firing = new HashSet<>();
            for (Object query : list(find(test, "promql_expr_test"))) {
                Matcher alert = ALERT_IN_TEST.matcher(at(query, "expr").toString());
                if (alert.matches()) {
                    named.add(alert.group(1));
                    if (!list(at(query, "exp_samples")).isEmpty()) {
                        firing.add(alert.group(1));
                    }
                }
            }
            fires.addAll(firing);
            // A moment of silence before it fires is no case of its own.
            named.removeAll(firing);
            silent.addAll(named);
        }
        list(at(YamlFiles.documents(RULES).get(0), "groups"))
                .forEach(group -> groups.add(at(group, "name").toString()));
        Set<String> alerts = new TreeSet<>(MonitoringFiles.alerts().keySet());
        assertThat(fires).isEqualTo(alerts);
        // What is there to be missed must never be silent; and its rule asks nothing that could be absent.
        assertThat(alerts).containsAll(ALWAYS);
        assertThat(silent).doesNotContainAnyElementsOf(ALWAYS);
        for (String always : ALWAYS) {
            assertThat(at(MonitoringFiles.alerts().get(always), "expr")).isEqualTo("vector(1)");
        }
        silent.addAll(ALWAYS);
        assertThat(silent).isEqualTo(alerts);
        assertThat(list(at(file, "group_eval_order")).stream().map(String::valueOf))
                .containsExactlyInAnyOrderElementsOf(groups);
    }

    @Test
    void rulesNameOnlyMetricsThatThereAre() throws IOException {
        Set<String> unknown = new TreeSet<>();
        for (Map<String, Object> rule : MonitoringFiles.rules()) {
            unknown.addAll(MonitoringFiles.metrics(at(rule, "expr").toString()));
        }
        assertThat(unknown).hasSizeGreaterThan(30);
        unknown.removeAll(MonitoringFiles.known());
        assertThat(unknown).isEmpty();
        // And a misspelt one would be seen, whatever it begins with.
        assertThat(MonitoringFiles.metrics(
                        "sum by (job_name) (flnk_read{reason=\"up\"}) + rate(x[5m]) / candlewick:reed"))
                .containsExactly("candlewick:reed", "flnk_read", "x");
    }

    @Test
    void prometheusTakesTheRulesAndItsOwnTestsPass(@TempDir Path directory) throws Exception {
        Path promtool = Programs.require("promtool");
        Programs.run(
                promtool,
                "check",
                "config",
                ROOT.resolve("conf/prometheus/prometheus.yml").toString());
        Programs.run(promtool, "test", "rules", TESTS.toString());

        // And a rule that is wrong does not pass: the same tests with one bound moved, and with the market closed.
        String rules = Files.readString(RULES);
        String wrong = rules.replace("checkpoint_age_seconds > 180", "checkpoint_age_seconds > 1800")
                .replace(
                        "record: candlewick:market_open\n        expr: vector(1)",
                        "record: candlewick:market_open\n        expr: vector(0)");
        assertThat(wrong).hasSize(rules.length() + 1);
        Files.writeString(directory.resolve("alerts.yml"), wrong);
        Path tests = Files.copy(TESTS, directory.resolve("alerts.test.yml"));
        assertThatThrownBy(() -> Programs.run(promtool, "test", "rules", tests.toString()))
                .hasMessageContainingAll("CandlewickCheckpointOld", "CandlewickNoTrades", "CandlewickOpenCandlesOld")
                .message()
                .doesNotContain("CandlewickOutputStalled");
    }

    @Test
    void theRulesUnderKubernetesAreTheseRules() throws IOException {
        Path file = ROOT.resolve("k8s/base/prometheus-rule.yaml");
        String rules = Files.readString(RULES);
        String groups = rules.substring(rules.indexOf("\ngroups:") + 1).replaceAll("(?m)^(?=.)", "  ");
        String written = Files.readString(file);
        int begin = written.indexOf("spec:\n") + "spec:\n".length();
        if (Boolean.getBoolean("candlewick.deployment.write")) {
            Files.writeString(file, written.substring(0, begin) + groups);
        } else {
            assertThat(written.substring(begin))
                    .as("run with -Dcandlewick.deployment.write=true to write it again")
                    .isEqualTo(groups);
        }
        assertThat(at(YamlFiles.documents(file).get(0), "spec"))
                .isEqualTo(YamlFiles.documents(RULES).get(0));
    }
}
