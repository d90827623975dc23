package dev.candlewick.local.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A Prometheus process with our own configuration and rules, on a port of its own. */
public final class PrometheusServer implements AutoCloseable {
    private static final Path CONFIGURATION = Path.of(System.getProperty("candlewick.root"), "conf/prometheus");
    private static final Pattern LISTENING = Pattern.compile("Listening on\"? address=(127\\.0\\.0\\.1:[0-9]+)");
    private static final Duration START_LIMIT = Duration.ofSeconds(30);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper mapper = new ObjectMapper();
    private final Process process;
    private final String address;

    /**
     * Somebody who tells metrics.
     *
     * @param instance what he is called in their labels
     * @param port on this machine
     */
    public record Target(String instance, int port) {
        /** One that is called by its address. */
        public static Target of(int port) {
            return new Target("127.0.0.1:" + port, port);
        }

        private String yaml() {
            return "- {targets: [\"127.0.0.1:" + port + "\"], labels: {instance: \"" + instance + "\"}}";
        }
    }

    private PrometheusServer(Process process, String address) {
        this.process = process;
        this.address = address;
    }

    /**
     * Starts it; the test is skipped where there is no Prometheus.
     *
     * @param directory where it keeps its files
     * @param flink the processes of Flink
     * @param node who tells what commands leave
     * @param seconds between two looks at the targets and at the rules
     * @param rules changes the text of the rules, such as how far they look back
     */
    public static PrometheusServer start(
            Path directory, List<Target> flink, Target node, int seconds, UnaryOperator<String> rules)
            throws IOException {
        Path program = Programs.require("prometheus");
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("alerts.yml"), rules.apply(Files.readString(CONFIGURATION.resolve("alerts.yml"))));
        String text = Files.readString(CONFIGURATION.resolve("prometheus.yml"));
        String targets = flink.stream().map(Target::yaml).collect(Collectors.joining("\n      "));
        String changed = text.replace("- targets: [\"jobmanager:9249\", \"taskmanager:9249\"]", targets)
                .replace("- targets: [\"node-exporter:9100\"]", node.yaml())
                .replaceAll("(?s)alerting:.*?scrape_configs:", "scrape_configs:")
                .replace("15s", seconds + "s")
                .replace("scrape_timeout: 10s", "scrape_timeout: " + seconds + "s");
        assertThat(changed).contains(targets, node.yaml()).doesNotContain("15s", "9093");
        Path configuration = Files.writeString(directory.resolve("prometheus.yml"), changed);
        Path log = directory.resolve("prometheus.log");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--config.file=" + configuration,
                        "--storage.tsdb.path=" + directory.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:0")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            PrometheusServer server = new PrometheusServer(
                    process,
                    Awaitility.await("a Prometheus that listens")
                            .atMost(START_LIMIT)
                            .until(() -> address(log), found -> !found.isEmpty()));
            // It listens before it answers.
            Awaitility.await("a Prometheus that is ready")
                    .atMost(START_LIMIT)
                    .until(() -> server.get("/-/ready").statusCode() == 200);
            return server;
        } catch (RuntimeException e) {
            process.destroy();
            throw e;
        }
    }

    private static String address(Path log) throws IOException {
        Matcher matcher = LISTENING.matcher(Files.readString(log));
        return matcher.find() ? matcher.group(1) : "";
    }

    /** What it answers now: series with {@code metric} and {@code value}; fails where it does not take the query. */
    public JsonNode ask(String expression) {
        return result("query?query=" + URLEncoder.encode(expression, UTF_8));
    }

    /**
     * What it answers over a time: series with {@code metric} and {@code values}; fails where it does not take the query.
     *
     * @param from seconds since 1970
     * @param to seconds since 1970
     * @param step seconds
     */
    public JsonNode ask(String expression, long from, long to, long step) {
        return result("query_range?query=" + URLEncoder.encode(expression, UTF_8) + "&start=" + from + "&end=" + to
                + "&step=" + step);
    }

    private JsonNode result(String query) {
        HttpResponse<String> answer = get("/api/v1/" + query);
        assertThat(answer.statusCode()).as(query + answer.body()).isEqualTo(200);
        try {
            return mapper.readTree(answer.body()).at("/data/result");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpResponse<String> get(String path) {
        try {
            return client.send(
                    HttpRequest.newBuilder(URI.create("http://" + address + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        process.waitFor();
    }
}
