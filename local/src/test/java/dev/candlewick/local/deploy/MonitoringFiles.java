package dev.candlewick.local.deploy;

import static dev.candlewick.local.deploy.YamlFiles.at;
import static dev.candlewick.local.deploy.YamlFiles.list;
import static dev.candlewick.local.deploy.YamlFiles.map;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code conf/prometheus} holds, and which metrics its expressions name. */
public final class MonitoringFiles {
    static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    public static final Path RULES = ROOT.resolve("conf/prometheus/alerts.yml");
    static final Path TESTS = ROOT.resolve("conf/prometheus/alerts.test.yml");
    private static final Path NAMES = ROOT.resolve("local/src/test/resources/candlewick/monitoring/metrics.txt");

    private static final Pattern STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'");
    private static final Pattern NAME = Pattern.compile(
            "(?<![\\w:$])(?:(?:flink_|node_|candlewick[_:])[\\w:]*|up\\b|ALERTS\\b|[a-zA-Z_][\\w:]*(?=\\s*[{\\[]))");

    private MonitoringFiles() {}

    /** All rules, in their order. */
    public static List<Map<String, Object>> rules() throws IOException {
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Object group : list(at(YamlFiles.documents(RULES).get(0), "groups"))) {
            list(at(group, "rules")).forEach(rule -> rules.add(map(rule)));
        }
        return rules;
    }

    /** The alerts by their names. */
    static Map<String, Map<String, Object>> alerts() throws IOException {
        Map<String, Map<String, Object>> alerts = new LinkedHashMap<>();
        for (Map<String, Object> rule : rules()) {
            if (rule.containsKey("alert")) {
                alerts.put(at(rule, "alert").toString(), rule);
            }
        }
        return alerts;
    }

    /** Names of metrics that processes tell, and that rules record. */
    public static Set<String> known() throws IOException {
        Set<String> names = Files.readAllLines(NAMES).stream()
                .filter(line -> !line.startsWith("#"))
                .collect(Collectors.toCollection(TreeSet::new));
        for (Map<String, Object> rule : rules()) {
            if (rule.containsKey("record")) {
                names.add(at(rule, "record").toString());
            }
        }
        return names;
    }

    /** The metrics that an expression names. */
    public static Set<String> metrics(String expression) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = NAME.matcher(STRING.matcher(expression).replaceAll("\"\""));
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    /** What GitHub makes of headings. */
    static Set<String> anchors(String text) {
        Set<String> anchors = new TreeSet<>();
        Matcher heading = Pattern.compile("(?m)^#+ (.*)$").matcher(text);
        while (heading.find()) {
            anchors.add(heading.group(1)
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^a-z0-9 -]", "")
                    .replace(' ', '-'));
        }
        return anchors;
    }
}
