package dev.candlewick.local.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.deploy.MonitoringFiles;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.Dashboards;
import dev.candlewick.local.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final Pattern LISTENING = Pattern.compile("Listening on\"? address=(127\\.0\\.0\\.1:[0-9]+)");
    private static final Pattern LABEL = Pattern.compile("\\{\\{(\\w+)}}");

    /**
     * Told by the node exporter, by a nightly reconciliation (RunbooksTest looks at its file), where there is TLS (DoctorTest),
     * and by Prometheus itself only while there is an alert.
     */
    private static final Pattern NOT_HERE =
            Pattern.compile("node_.*|candlewick_reconcile_.*|candlewick_certificate_.*|ALERTS");

    /** What is empty where all is well: queries that show only what is above 0. */
    private static final Set<String> EMPTY_IN_HEALTH = Set.of("{{operator_name}} tried again");

    private static final String OPERATOR = "flink_taskmanager_job_task_operator_";

    /** A job that tells its rejects under this name tells all others too, and then nothing is left out. */
    private static final String NEW_NAME = OPERATOR + "reason_candlewick_rejected";

    /** What a job with the older names does not tell. */
    private static final Set<String> TO_COME = Set.of(
            NEW_NAME,
            OPERATOR + "cause_candlewick_late",
            OPERATOR + "kind_candlewick_qualityEvents",
            OPERATOR + "interval_reason_candlewick_published",
            OPERATOR + "interval_candlewick_publishedTrades",
            OPERATOR + "interval_candlewick_openWindows",
            OPERATOR + "candlewick_idConflict",
            OPERATOR + "candlewick_dedupIds",
            OPERATOR + "candlewick_eventToReceiveMillis",
            OPERATOR + "candlewick_closeDelayMillis",
            OPERATOR + "candlewick_lakeFiles",
            OPERATOR + "candlewick_lakeLastCommitMillis");

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();

    @TempDir
    private Path directory;

    @Test
    void everyQueryOfEveryPanelIsAnswered() throws Exception {
        Path program = Programs.require("prometheus");
        int metricsPort = freePort();
        // What commands leave comes from here instead of a node exporter.
        HttpServer exporter = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<Path> left = new ArrayList<>();
        exporter.createContext("/metrics", exchange -> {
            StringBuilder text = new StringBuilder();
            for (Path file : left) {
                text.append(Files.readString(file));
            }
            exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
            byte[] bytes = text.toString().getBytes(UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        Path lake = directory.resolve("lake");
        try (LiveBroker broker = new LiveBroker(directory.resolve("broker"));
                MiniCluster cluster = cluster(metricsPort)) {
            Topics.ensure(broker.admin(), "trades", 2, Topics.INPUT_CONFIGS);
            Cli cli = new Cli(directory)
                    .with("CANDLEWICK_HOME", directory.resolve("home").toString())
                    .with("CANDLEWICK_KAFKA", broker.address());
            simulate(cli, 1);
            left.add(directory.resolve("doctor.prom"));
            cli.run("doctor", "--kafka", broker.address(), "--metrics", "doctor.prom");
            exporter.start();
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
            Process prometheus = null;
            try (StreamingLake target = StreamingLake.open(config, note -> {})) {
                URI rest = cluster.getRestAddress().get(30, TimeUnit.SECONDS);
                StreamExecutionEnvironment environment = StreamExecutionEnvironment.createRemoteEnvironment(
                        rest.getHost(), rest.getPort(), StreamingStart.flinkConfiguration(config));
                environment.setParallelism(config.parallelism());
                StreamingGraph.build(environment, config, target.target());
                environment.executeAsync();
                Path log = directory.resolve("prometheus.log");
                prometheus = new ProcessBuilder(
                                program.toString(),
                                "--config.file="
                                        + configuration(
                                                metricsPort,
                                                exporter.getAddress().getPort()),
                                "--storage.tsdb.path=" + directory.resolve("tsdb"),
                                "--web.listen-address=127.0.0.1:0")
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
                String address = Awaitility.await("a Prometheus that listens")
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> address(log), found -> !found.isEmpty());
                answers(address, cli);
            } finally {
                if (prometheus != null) {
                    prometheus.destroy();
                    prometheus.waitFor();
                }
            }
        } finally {
            exporter.stop(0);
        }
    }

    private void answers(String address, Cli cli) throws Exception {
        Awaitility.await("the first metrics of the job")
                .atMost(Duration.ofSeconds(90))
                .until(() -> !ask(address, "candlewick:read").isEmpty());
        Set<String> toCome = ask(address, NEW_NAME).isEmpty() ? withRecords(TO_COME) : Set.of();
        List<Dashboards.Query> waiting = new ArrayList<>(
                Dashboards.read(ROOT.resolve("conf/grafana/panels.yml")).queries());
        waiting.removeIf(query -> EMPTY_IN_HEALTH.contains(query.legend())
                || MonitoringFiles.metrics(query.expression()).stream()
                        .anyMatch(name ->
                                toCome.contains(name) || NOT_HERE.matcher(name).matches() && !name.equals("ALERTS")));
        Set<String> names = new TreeSet<>(MonitoringFiles.known());
        names.removeIf(name -> toCome.contains(name) || NOT_HERE.matcher(name).matches());
        int asked = waiting.size();
        int[] round = {1};
        try {
            Awaitility.await("answers to " + asked + " queries")
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> {
                        // Trades keep coming: what shows only what grows has something to show.
                        simulate(cli, ++round[0]);
                        waiting.removeIf(query -> isAnswered(address, query));
                        names.removeIf(name -> !ask(address, name).isEmpty());
                        return waiting.isEmpty() && names.isEmpty();
                    });
        } catch (ConditionTimeoutException e) {
            assertThat(names).as("metrics that nobody tells").isEmpty();
            assertThat(waiting).as("queries without an answer").isEmpty();
        }
        assertThat(asked).isGreaterThan(toCome.isEmpty() ? 60 : 30);
        assertThat(ask(address, "ALERTS{alertstate=\"firing\",severity=\"page\"}"))
                .as("pages of a healthy job")
                .isEmpty();
    }

    /** These, and what rules record of them, directly or through each other. */
    private static Set<String> withRecords(Set<String> names) throws IOException {
        Set<String> all = new HashSet<>(names);
        for (Map<String, Object> rule : MonitoringFiles.rules()) {
            // What is recorded stands behind what it is made of.
            if (rule.containsKey("record")
                    && MonitoringFiles.metrics(rule.get("expr").toString()).stream()
                            .anyMatch(all::contains)) {
                all.add(rule.get("record").toString());
            }
        }
        return all;
    }

    private boolean isAnswered(String address, Dashboards.Query query) {
        JsonNode answer = ask(address, query.expression());
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

    /** What Prometheus answers now; fails where it does not take the query. */
    private JsonNode ask(String address, String expression) {
        try {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://" + address + "/api/v1/query?query="
                                    + URLEncoder.encode(expression, UTF_8)))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(expression + answer.body()).isEqualTo(200);
            return mapper.readTree(answer.body()).at("/data/result");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
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

    /** Our own configuration, with the targets of this test and the patience of one. */
    private Path configuration(int metricsPort, int exporterPort) throws IOException {
        String rules = Files.readString(MonitoringFiles.RULES);
        Files.writeString(
                directory.resolve("alerts.yml"),
                rules.replace("offset 10m", "offset 5s").replace("[2m]", "[20s]"));
        String text = Files.readString(ROOT.resolve("conf/prometheus/prometheus.yml"));
        String changed = text.replace("\"jobmanager:9249\", \"taskmanager:9249\"", "\"127.0.0.1:" + metricsPort + "\"")
                .replace("node-exporter:9100", "127.0.0.1:" + exporterPort)
                .replaceAll("(?s)alerting:.*?scrape_configs:", "scrape_configs:")
                .replace("15s", "1s")
                .replace("scrape_timeout: 10s", "scrape_timeout: 1s");
        assertThat(changed).doesNotContain("9249", "9100", "9093");
        return Files.writeString(directory.resolve("prometheus.yml"), changed);
    }

    private static MiniCluster cluster(int metricsPort) {
        Configuration flink = new Configuration();
        flink.set(RestOptions.ADDRESS, "localhost");
        flink.set(RestOptions.BIND_PORT, "0");
        flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(64));
        // As in conf/config.yaml.
        flink.setString(
                "metrics.reporter.prom.factory.class", "org.apache.flink.metrics.prometheus.PrometheusReporterFactory");
        flink.setString("metrics.reporters", "prom");
        flink.setString("metrics.reporter.prom.port", Integer.toString(metricsPort));
        flink.setString("metrics.reporter.prom.filterLabelValueCharacters", "true");
        return new MiniCluster(new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(2)
                .build());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static String address(Path log) throws IOException {
        Matcher matcher = LISTENING.matcher(Files.readString(log));
        return matcher.find() ? matcher.group(1) : "";
    }
}
