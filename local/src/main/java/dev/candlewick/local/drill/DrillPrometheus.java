package dev.candlewick.local.drill;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cluster.JsonFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real Prometheus with our configuration and our rules, {@link FasterRules faster} by a factor, beside a drill's cluster, and
 * a node exporter for disks and for what commands leave with {@code --metrics}. May be asked by any thread.
 *
 * <p>Where there is no node exporter on the PATH, this process tells the same from a port of its own: the texts as they are,
 * and size and free space of file systems.
 */
final class DrillPrometheus implements AutoCloseable {
    private static final Pattern LISTENING =
            Pattern.compile("Listening on\"? address=(?:127\\.0\\.0\\.1|\\[::1\\]):([0-9]+)");
    private static final Pattern SAMPLE = Pattern.compile("\\[[0-9.e+]+,\"([^\"]*)\"]");
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration ASK_LIMIT = Duration.ofSeconds(10);
    private static final int SCRAPE_MILLIS = 15_000;
    /** A scrape takes a while on a busy machine, whatever the factor. */
    private static final int SCRAPE_MILLIS_LEAST = 750;

    private final Path directory;
    private final Path targets;
    private final Path textfiles;
    private final List<Path> disks = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> processes = new ArrayList<>();
    private final @Nullable HttpServer server;
    private final String nodeExporter;
    private final String address;

    /**
     * An alert as Prometheus tells it.
     *
     * @param name of the rule
     * @param state {@code pending} or {@code firing}
     * @param labels without the name
     */
    record Alert(String name, String state, Map<String, String> labels) {}

    /**
     * Starts both.
     *
     * @param conf the directory of {@code prometheus.yml} and {@code alerts.yml}
     * @param factor by which times of the rules are divided
     * @param directory of their files
     * @throws CommandFailure where there is no Prometheus, or it does not start
     */
    DrillPrometheus(Path conf, int factor, Path directory) throws IOException {
        Path program = onPath("prometheus")
                .orElseThrow(() -> CommandFailure.environment(
                        "prometheus must be on the PATH, was not",
                        System.getenv().getOrDefault("PATH", ""),
                        "install it (Debian: apt-get install prometheus)",
                        null));
        this.directory = Files.createDirectories(directory);
        this.targets = directory.resolve("targets.json");
        this.textfiles = Files.createDirectories(directory.resolve("textfiles"));
        scrape(List.of());
        Optional<Path> exporter = onPath("prometheus-node-exporter", "node_exporter");
        int nodePort;
        try {
            if (exporter.isPresent()) {
                nodeExporter = exporter.get().getFileName().toString();
                server = null;
                nodePort = start(
                        exporter.get(),
                        "node-exporter",
                        "--web.listen-address=127.0.0.1:0",
                        "--collector.disable-defaults",
                        "--collector.filesystem",
                        // Ours may be mounted anywhere.
                        "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys)($|/)",
                        "--collector.textfile",
                        "--collector.textfile.directory=" + textfiles);
            } else {
                nodeExporter = "none on the PATH; the drill tells files and disks itself";
                server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
                server.createContext("/metrics", exchange -> {
                    byte[] bytes = metrics().getBytes(UTF_8);
                    exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
                    exchange.sendResponseHeaders(200, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
                server.start();
                nodePort = server.getAddress().getPort();
            }
            Files.writeString(
                    directory.resolve("alerts.yml"),
                    FasterRules.of(Files.readString(conf.resolve("alerts.yml"), UTF_8), factor),
                    UTF_8);
            Files.writeString(
                    directory.resolve("prometheus.yml"),
                    configuration(Files.readString(conf.resolve("prometheus.yml"), UTF_8), factor, nodePort),
                    UTF_8);
            address = "127.0.0.1:"
                    + start(
                            program,
                            "prometheus",
                            "--config.file=" + directory.resolve("prometheus.yml"),
                            "--storage.tsdb.path=" + directory.resolve("tsdb"),
                            "--web.listen-address=127.0.0.1:0");
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Ours with the drill's targets, an interval divided like the rules, and nobody to tell. */
    private String configuration(String text, int factor, int nodePort) {
        String interval = FasterRules.text(Duration.ofMillis(Math.max(SCRAPE_MILLIS / factor, SCRAPE_MILLIS_LEAST)));
        String changed = text.replaceAll("(scrape_interval|evaluation_interval): 15s", "$1: " + interval)
                .replace("scrape_timeout: 10s", "scrape_timeout: " + interval)
                .replaceAll("(?s)alerting:.*?scrape_configs:", "scrape_configs:")
                .replaceAll(
                        "static_configs:\\s+- targets: \\[\"jobmanager:9249\", \"taskmanager:9249\"]",
                        Matcher.quoteReplacement(
                                "file_sd_configs:\n      - files: [\"" + targets + "\"]\n        refresh_interval: 5s"))
                .replace("node-exporter:9100", "127.0.0.1:" + nodePort);
        if (changed.contains("9249") || changed.contains("9100") || changed.contains("15s")) {
            throw CommandFailure.environment(
                    "prometheus.yml must have the targets that the drill replaces, had others",
                    directory.toString(),
                    "take conf/prometheus/prometheus.yml as it is delivered",
                    null);
        }
        return changed;
    }

    private int start(Path program, String name, String... arguments) throws IOException {
        Path log = directory.resolve(name + ".log");
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        processes.add(process);
        long start = System.nanoTime();
        while (System.nanoTime() - start < START_LIMIT.toNanos() && process.isAlive()) {
            Matcher matcher = LISTENING.matcher(Files.readString(log, UTF_8));
            if (matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        throw CommandFailure.environment(
                name + " must listen within " + START_LIMIT.toSeconds() + " s, did not", log.toString(), null, null);
    }

    /** Names the ports of this machine on which Flink's processes tell their metrics, in place of those before. */
    void scrape(List<Integer> ports) throws IOException {
        String list = ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").collect(Collectors.joining(","));
        Path next = directory.resolve("targets.json.next");
        Files.writeString(next, "[{\"targets\":[" + list + "]}]", UTF_8);
        Files.move(next, targets, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }

    /** Where commands leave their metrics. */
    Path textfile(String name) {
        return textfiles.resolve(name + ".prom");
    }

    /** Who tells of disks and textfiles. */
    String nodeExporter() {
        return nodeExporter;
    }

    /** A file system to be told of, where there is no node exporter, which sees all. */
    synchronized void watchDisk(Path mountPoint) {
        disks.add(mountPoint);
    }

    private synchronized String metrics() throws IOException {
        StringBuilder text = new StringBuilder();
        try (Stream<Path> files = Files.list(textfiles)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".prom")).toList()) {
                text.append(Files.readString(file, UTF_8));
            }
        }
        for (Path disk : disks) {
            FileStore store = Files.getFileStore(disk);
            String labels =
                    "{device=\"" + store.name() + "\",fstype=\"" + store.type() + "\",mountpoint=\"" + disk + "\"} ";
            text.append("node_filesystem_avail_bytes")
                    .append(labels)
                    .append(store.getUsableSpace())
                    .append('\n');
            text.append("node_filesystem_size_bytes")
                    .append(labels)
                    .append(store.getTotalSpace())
                    .append('\n');
            text.append("node_filesystem_readonly")
                    .append(labels)
                    .append(store.isReadOnly() ? 1 : 0)
                    .append('\n');
        }
        return text.toString();
    }

    /** All alerts that are pending or firing. */
    List<Alert> alerts() {
        List<Alert> alerts = new ArrayList<>();
        for (Map<String, Json.Value> item : JsonFiles.objects(data("/api/v1/alerts"), "alerts")) {
            Map<String, Json.Value> labels = JsonFiles.object(item, "labels");
            Map<String, String> texts = new LinkedHashMap<>();
            if (labels != null) {
                labels.forEach((name, value) -> texts.put(name, value.text()));
            }
            String name = texts.remove("alertname");
            alerts.add(new Alert(name == null ? "" : name, JsonFiles.text(item, "state"), texts));
        }
        return alerts;
    }

    /** The names of all rules that can fire, with their severity. */
    Map<String, String> rules() {
        Map<String, String> rules = new LinkedHashMap<>();
        for (Map<String, Json.Value> group : JsonFiles.objects(data("/api/v1/rules?type=alert"), "groups")) {
            for (Map<String, Json.Value> rule : JsonFiles.objects(group, "rules")) {
                Map<String, Json.Value> labels = JsonFiles.object(rule, "labels");
                rules.put(JsonFiles.text(rule, "name"), labels == null ? "" : JsonFiles.text(labels, "severity"));
            }
        }
        return rules;
    }

    /** The values that an expression has now; empty where it has none. */
    List<Double> ask(String expression) {
        List<Double> values = new ArrayList<>();
        Map<String, Json.Value> data = data("/api/v1/query?query=" + URLEncoder.encode(expression, UTF_8));
        for (Map<String, Json.Value> series : JsonFiles.objects(data, "result")) {
            Matcher sample = SAMPLE.matcher(JsonFiles.text(series, "value"));
            if (sample.matches()) {
                values.add(Double.valueOf(sample.group(1).replace("Inf", "Infinity")));
            }
        }
        return values;
    }

    /** Names of alerts that fire, but for the one that always does. */
    Set<String> firing() {
        return alerts().stream()
                .filter(alert -> alert.state().equals("firing") && !alert.name().equals("CandlewickWatchdog"))
                .map(Alert::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Map<String, Json.Value> data(String path) {
        try {
            HttpResponse<byte[]> answer = client.send(
                    HttpRequest.newBuilder(URI.create("http://" + address + path))
                            .timeout(ASK_LIMIT)
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            Map<String, Json.Value> fields = Json.object(answer.body());
            Map<String, Json.Value> data = fields == null ? null : JsonFiles.object(fields, "data");
            if (answer.statusCode() != 200 || data == null) {
                throw CommandFailure.environment(
                        "Prometheus must answer, said " + answer.statusCode() + " " + new String(answer.body(), UTF_8),
                        path,
                        "read prometheus.log in " + directory,
                        null);
            }
            return data;
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "Prometheus must answer, did not: " + e, path, "read prometheus.log in " + directory, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The first of these programs on the PATH. */
    static Optional<Path> onPath(String... names) {
        return Stream.of(names)
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(":"))
                        .map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    @Override
    public void close() {
        for (Process process : processes) {
            process.destroy();
        }
        for (Process process : processes) {
            try {
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
        if (server != null) {
            server.stop(0);
        }
    }
}
