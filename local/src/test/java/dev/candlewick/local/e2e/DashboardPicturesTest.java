package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.picture.Answers;
import dev.candlewick.local.picture.Dashboard;
import dev.candlewick.local.picture.DashboardPicture;
import dev.candlewick.local.picture.Series;
import dev.candlewick.local.picture.TimeRange;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.JobJar;
import dev.candlewick.local.testing.NodeExporter;
import dev.candlewick.local.testing.Programs;
import dev.candlewick.local.testing.PrometheusServer;
import dev.candlewick.local.testing.PrometheusServer.Target;
import dev.candlewick.local.testing.TestAuthority;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Draws the pictures of the dashboards in {@code docs/images/dashboards}: asks their queries of a real Prometheus that has
 * watched a real cluster, whose job reads a market with faults and loses its TaskManager once.
 *
 * <p>It runs where it is told for how many seconds: {@code -Dcandlewick.dashboards.pictures=240}, behind {@code mvn package}.
 * That the pictures are of the dashboards there are is a test of every build.
 */
@EnabledIfSystemProperty(named = DashboardPicturesTest.SECONDS, matches = "[0-9]+")
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class DashboardPicturesTest {
    static final String SECONDS = "candlewick.dashboards.pictures";

    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Path PICTURES = ROOT.resolve("docs/images/dashboards");
    private static final int RATE = 400;
    private static final int SCRAPE_SECONDS = 5;
    private static final int SAMPLES = 150;
    private static final Duration LIMIT = Duration.ofMinutes(10);

    @TempDir
    private Path directory;

    private Cli cli;

    @Test
    void drawsEveryDashboard() throws Exception {
        int seconds = Integer.getInteger(SECONDS);
        Path jar = JobJar.require();
        Programs.require("prometheus");
        CandlewickHome home = new CandlewickHome(directory.resolve("home"));
        List<Integer> ports = PortClaim.free(2);
        try (LiveBroker broker = new LiveBroker(directory.resolve("broker"));
                NodeExporter exporter = new NodeExporter()) {
            Topics.ensure(broker.admin(), "trades", 2, Topics.INPUT_CONFIGS);
            cli = new Cli(directory)
                    .with("CANDLEWICK_HOME", home.directory().toString())
                    .with("CANDLEWICK_KAFKA", broker.address());
            exporter.tell(directory.resolve("doctor.prom"));
            exporter.tell(directory.resolve("reconcile.prom"));
            exporter.tellDiskOf(directory);
            try {
                cli.runTo(0, "cluster", "up", "--port", "0", "--metrics-ports", ports.get(0) + "," + ports.get(1));
                submit(jar, broker.address());
                try (PrometheusServer prometheus = PrometheusServer.start(
                        directory.resolve("prometheus"),
                        processes(ports),
                        new Target("node-exporter:9100", exporter.port()),
                        SCRAPE_SECONDS,
                        // A run of minutes has no ten of them to look back.
                        rules -> rules.replace("offset 10m", "offset 1m").replace("[2m]", "[40s]"))) {
                    TimeRange range = watch(prometheus, home, seconds);
                    draw(prometheus, range);
                }
            } finally {
                cli.run("cluster", "down");
            }
        }
    }

    private void submit(Path jar, String broker) {
        cli.runTo(
                0,
                "flink",
                "run",
                "-d",
                jar.toString(),
                "--kafka.bootstrap.servers",
                broker,
                "--set",
                "output.lake=" + lake(),
                "--set",
                "parallelism=2",
                "--set",
                "quality=full",
                "--set",
                "checkpoint.interval=5s",
                "--set",
                "intervals=1s,10s,1m",
                // A busy machine needs more than the usual ten until a TaskManager is back.
                "--set",
                "restart.attempts=1000");
    }

    private Path lake() {
        return directory.resolve("lake");
    }

    /** Who of the two is at which port, under the names that they have in {@code docker-compose.yml}. */
    private static List<Target> processes(List<Integer> ports) {
        HttpClient client = HttpClient.newHttpClient();
        Map<String, Integer> found = new TreeMap<>();
        Awaitility.await("metrics of both processes").atMost(LIMIT).until(() -> {
            for (int port : ports) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                        .build();
                try {
                    String text = client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body();
                    Stream.of("jobmanager", "taskmanager")
                            .filter(name -> text.contains("flink_" + name + "_Status_JVM"))
                            .forEach(name -> found.put(name, port));
                } catch (IOException e) {
                    // It has not begun.
                    return false;
                }
            }
            return found.size() == 2;
        });
        return found.entrySet().stream()
                .map(entry -> new Target(entry.getKey() + ":9249", entry.getValue()))
                .toList();
    }

    /** What happens while the run is watched, and when that was. */
    private TimeRange watch(PrometheusServer prometheus, CandlewickHome home, int seconds) throws Exception {
        Awaitility.await("a job that runs")
                .atMost(LIMIT)
                .until(() -> !prometheus
                        .ask("flink_jobmanager_job_lastCheckpointCompletedTimestamp > 0")
                        .isEmpty());
        doctor();
        long from = Instant.now().getEpochSecond();
        long messages = (long) RATE * seconds;
        CompletableFuture<Cli.Result> market = CompletableFuture.supplyAsync(() -> cli.run(
                "simulate",
                "--to",
                "kafka",
                "--topic",
                "trades",
                "--partitions",
                "2",
                "--trades-only",
                "--start",
                "now",
                "--speed",
                "1x",
                "--rate",
                Integer.toString(RATE),
                "--messages",
                Long.toString(messages),
                "--faults",
                "default"));
        awaitRead(prometheus, market, messages * 4 / 10);
        cli.runTo(0, "lake", "publish", "--lake", lake().toString());
        CompletableFuture<Cli.Result> reconciliation = CompletableFuture.supplyAsync(() ->
                cli.run("reconcile", "--lake", lake().toString(), "--kafka", "local", "--metrics", "reconcile.prom"));
        awaitRead(prometheus, market, messages * 6 / 10);
        long pid = ClusterState.running(home)
                .orElseThrow()
                .member("taskmanager-1")
                .orElseThrow()
                .mark()
                .pid();
        assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
        Cli.Result sent = market.get(seconds + LIMIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(sent.code()).as(sent.err()).isZero();
        reconciliation.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        for (String seen : List.of("candlewick_reconcile_differences", "flink_jobmanager_job_numRestarts > 0")) {
            Awaitility.await(seen)
                    .atMost(LIMIT)
                    .until(() -> !prometheus.ask(seen).isEmpty());
        }
        return TimeRange.of(from, Instant.now().getEpochSecond(), SAMPLES);
    }

    /** The doctor, who also reads of a certificate how long it is valid. */
    private void doctor() throws Exception {
        Path store = TestAuthority.selfSigned(directory, "client", "-10d", 365);
        cli.run(
                "doctor",
                "--lake",
                lake().toString(),
                "--set",
                "kafka.properties.ssl.truststore.type=PEM",
                "--set",
                "kafka.properties.ssl.truststore.certificates=" + TestAuthority.chain(store, "client"),
                "--metrics",
                "doctor.prom");
    }

    private static void awaitRead(PrometheusServer prometheus, CompletableFuture<?> market, long messages) {
        Awaitility.await(messages + " messages that the job has read")
                .forever()
                .pollInterval(Duration.ofMillis(500))
                .until(() -> market.isDone()
                        || !prometheus.ask("candlewick:read >= " + messages).isEmpty());
    }

    private static void draw(PrometheusServer prometheus, TimeRange range) throws IOException {
        Answers answers =
                (expression, asked) -> series(prometheus.ask(expression, asked.from(), asked.to(), asked.step()));
        Files.createDirectories(PICTURES);
        Set<String> empty = new TreeSet<>();
        try (Stream<Path> files = Files.list(ROOT.resolve("conf/grafana/dashboards"))) {
            for (Path file : files.sorted().toList()) {
                Dashboard dashboard = Dashboard.read(file);
                DashboardPicture picture = DashboardPicture.draw(dashboard, answers, range);
                Files.writeString(PICTURES.resolve(dashboard.uid() + ".svg"), picture.svg());
                empty.addAll(picture.empty());
            }
        }
        assertThat(empty).as("panels that have nothing to show").isEmpty();
    }

    private static List<Series> series(JsonNode result) {
        List<Series> all = new ArrayList<>();
        for (JsonNode one : result) {
            Map<String, String> labels = new TreeMap<>();
            one.get("metric")
                    .properties()
                    .forEach(
                            label -> labels.put(label.getKey(), label.getValue().asText()));
            List<Series.Sample> samples = new ArrayList<>();
            for (JsonNode sample : one.get("values")) {
                String value = sample.get(1).asText();
                // Not a number, or infinite: nothing that a line could go through.
                if (!value.contains("N") && !value.contains("I")) {
                    samples.add(new Series.Sample(sample.get(0).asDouble(), Double.parseDouble(value)));
                }
            }
            all.add(new Series(labels, samples));
        }
        return all;
    }
}
