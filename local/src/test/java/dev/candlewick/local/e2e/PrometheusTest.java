package dev.candlewick.local.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.deploy.MonitoringFiles;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.Dashboards;
import dev.candlewick.local.testing.NodeExporter;
import dev.candlewick.local.testing.Programs;
import dev.candlewick.local.testing.PrometheusServer;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Prometheus with our rules beside a real job: every metric that rules and dashboards name is told, every query of
 * every panel has an answer, with the labels that its legend names, and no alert fires.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class PrometheusTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Pattern OTLP_NAME = Pattern.compile("candlewick\\.(\\w+)");
    private static final Pattern LABEL = Pattern.compile("\\{\\{(\\w+)}}");

    /**
     * Told by the node exporter, by a nightly reconciliation (RunbooksTest looks at its file), where there is TLS (DoctorTest),
     * and by Prometheus itself only while there is an alert.
     */
    private static final Pattern NOT_HERE =
            Pattern.compile("node_.*|candlewick_reconcile_.*|candlewick_certificate_.*|ALERTS");

    /** What is empty where all is well: queries that show only what is above 0. */
    private static final Set<String> EMPTY_IN_HEALTH = Set.of("{{operator_name}} tried again");

    @TempDir
    private Path directory;

    @Test
    void everyQueryOfEveryPanelIsAnswered() throws Exception {
        Programs.require("prometheus");
        int metricsPort = PortClaim.any().port();
        Path lake = directory.resolve("lake");
        // What commands leave comes from here.
        try (NodeExporter exporter = new NodeExporter();
                LiveBroker broker = new LiveBroker(directory.resolve("broker"));
                MiniCluster cluster = cluster(metricsPort, exporter.port())) {
            // And by OTLP the same goes to whoever takes it: names are text in its binary form.
            Set<String> sent = ConcurrentHashMap.newKeySet();
            exporter.server().createContext("/v1/metrics", exchange -> {
                Matcher name =
                        OTLP_NAME.matcher(new String(exchange.getRequestBody().readAllBytes(), ISO_8859_1));
                while (name.find()) {
                    sent.add(name.group(1));
                }
                exchange.sendResponseHeaders(200, -1);
                exchange.close();
            });
            Topics.ensure(broker.admin(), "trades", 2, Topics.INPUT_CONFIGS);
            Cli cli = new Cli(directory)
                    .with("CANDLEWICK_HOME", directory.resolve("home").toString())
                    .with("CANDLEWICK_KAFKA", broker.address());
            simulate(cli, 1);
            exporter.tell(directory.resolve("doctor.prom"));
            cli.run("doctor", "--kafka", broker.address(), "--metrics", "doctor.prom");
            cluster.start();
            ResolvedConfiguration config = StreamingJob.resolve(
                    CommandLineArguments.parse(
                            "--kafka.bootstrap.servers=" + broker.address(),
                            "--output.lake=" + lake,
                            "--checkpoint.interval=1s",
                            "--checkpoint.dir=" + directory.resolve("checkpoints"),
                            "--parallelism=2"),
                    Map.of());
            StreamingStart.preflight(config);
            try (StreamingLake target = StreamingLake.open(config, note -> {})) {
                URI rest = cluster.getRestAddress().get(30, TimeUnit.SECONDS);
                StreamExecutionEnvironment environment = StreamExecutionEnvironment.createRemoteEnvironment(
                        rest.getHost(), rest.getPort(), StreamingStart.flinkConfiguration(config));
                environment.setParallelism(config.parallelism());
                StreamingGraph.build(environment, config, target.target());
                environment.executeAsync();
                try (PrometheusServer prometheus = PrometheusServer.start(
                        directory.resolve("prometheus"),
                        List.of(PrometheusServer.Target.of(metricsPort)),
                        PrometheusServer.Target.of(exporter.port()),
                        1,
                        // With the patience of a test.
                        rules -> rules.replace("offset 10m", "offset 5s").replace("[2m]", "[20s]"))) {
                    answers(prometheus, cli);
                }
                Awaitility.await("all metrics by OTLP too")
                        .atMost(Duration.ofSeconds(60))
                        .untilAsserted(() -> {
                            for (JobMetric metric : JobMetric.values()) {
                                // The byte behind a name may be a letter too.
                                assertThat(sent).anyMatch(name -> name.startsWith(metric.metricName()));
                            }
                        });
            }
        }
    }

    private void answers(PrometheusServer prometheus, Cli cli) throws Exception {
        Awaitility.await("the first metrics of the job")
                .atMost(Duration.ofSeconds(90))
                .until(() -> !prometheus.ask("candlewick:read").isEmpty());
        List<Dashboards.Query> waiting = new ArrayList<>(
                Dashboards.read(ROOT.resolve("conf/grafana/panels.yml")).queries());
        waiting.removeIf(query -> EMPTY_IN_HEALTH.contains(query.legend())
                || MonitoringFiles.metrics(query.expression()).stream()
                        .anyMatch(name -> NOT_HERE.matcher(name).matches() && !name.equals("ALERTS")));
        Set<String> names = new TreeSet<>(MonitoringFiles.known());
        names.removeIf(name -> NOT_HERE.matcher(name).matches());
        int asked = waiting.size();
        int[] round = {1};
        try {
            Awaitility.await("answers to " + asked + " queries")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> {
                        // Trades keep coming: what shows only what grows has something to show.
                        simulate(cli, ++round[0]);
                        waiting.removeIf(query -> isAnswered(prometheus, query));
                        names.removeIf(name -> !prometheus.ask(name).isEmpty());
                        return waiting.isEmpty() && names.isEmpty();
                    });
        } catch (ConditionTimeoutException e) {
            assertThat(names).as("metrics that nobody tells").isEmpty();
            assertThat(waiting).as("queries without an answer").isEmpty();
        }
        assertThat(asked).isGreaterThan(50);
        assertThat(ownNames(prometheus))
                .as("what the job tells, beside what docs/operating/metrics.md says")
                .isEqualTo(Arrays.stream(JobMetric.values())
                        .map(JobMetric::prometheusName)
                        .collect(Collectors.toCollection(TreeSet::new)));
        assertThat(prometheus.ask("ALERTS{alertstate=\"firing\",severity=\"page\"}"))
                .as("pages of a healthy job")
                .isEmpty();
        assertThat(prometheus.ask("ALERTS{alertstate=\"firing\",alertname=\"CandlewickWatchdog\"}"))
                .as("the alert that fires always")
                .isNotEmpty();
        String counted = Dashboards.read(ROOT.resolve("conf/grafana/panels.yml")).queries().stream()
                .filter(query -> query.panel().equals("Alerts"))
                .findFirst()
                .orElseThrow()
                .expression();
        assertThat(prometheus.ask("(" + counted + ") == (count(ALERTS{alertstate=\"firing\","
                        + "alertname!=\"CandlewickWatchdog\"}) or vector(0))"))
                .as("alerts that the dashboard counts: all but that one")
                .isNotEmpty();
    }

    /** The names of the product's own metrics that Prometheus has of the job; those of a summary once. */
    private Set<String> ownNames(PrometheusServer prometheus) {
        Set<String> names = new TreeSet<>();
        for (JsonNode series : prometheus.ask("{__name__=~\"flink_.+_candlewick_.+\"}")) {
            names.add(series.at("/metric/__name__").asText().replaceFirst("Millis_(count|sum)$", "Millis"));
        }
        return names;
    }

    private boolean isAnswered(PrometheusServer prometheus, Dashboards.Query query) {
        JsonNode answer = prometheus.ask(query.expression());
        Matcher label = LABEL.matcher(query.legend());
        while (label.find()) {
            for (JsonNode series : answer) {
                assertThat(series.get("metric").has(label.group(1)))
                        .as("%s: the label %s of %s", query.panel(), label.group(1), series)
                        .isTrue();
            }
        }
        return !answer.isEmpty();
    }

    private static void simulate(Cli cli, int seed) {
        Instant start = Instant.now().minusSeconds(30).truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
        Cli.Result result = cli.run(
                "simulate",
                "--to",
                "kafka",
                "--topic",
                "trades",
                "--partitions",
                "2",
                "--trades-only",
                "--start",
                start.toString(),
                "--rate",
                "100",
                "--messages",
                "2000",
                "--seed",
                Integer.toString(seed),
                "--faults",
                "10%");
        assertThat(result.code()).as(result.err()).isZero();
    }

    private static MiniCluster cluster(int metricsPort, int otlpPort) {
        Configuration flink = new Configuration();
        flink.set(RestOptions.ADDRESS, "localhost");
        flink.set(RestOptions.BIND_PORT, "0");
        flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64));
        // As in conf/config.yaml.
        flink.setString(
                "metrics.reporter.prom.factory.class", "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
        flink.setString("metrics.reporters", "prom,otel");
        // As in docs/operating/monitoring.md.
        flink.setString(
                "metrics.reporter.otel.factory.class",
                "org.apache.flink.metrics.otel.OpenTelemetryMetricReporterFactory");
        flink.setString("metrics.reporter.otel.exporter.protocol", "HTTP");
        flink.setString("metrics.reporter.otel.exporter.endpoint", "http://127.0.0.1:" + otlpPort + "/v1/metrics");
        flink.setString("metrics.reporter.otel.interval", "1 s");
        flink.setString("metrics.reporter.prom.port", Integer.toString(metricsPort));
        flink.setString("metrics.reporter.prom.filterLabelValueCharacters", "true");
        return new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(2)
                .build());
    }
}
