package dev.candlewick.local.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers what a JobManager answered when a real job ran on it, with its times moved to the present, so that a fault can be
 * put into an answer.
 */
final class RecordedJobManager implements AutoCloseable {
    /** The JobManager's time when it was recorded. */
    private static final long RECORDED_AT_MILLIS = 1_795_263_724_719L;

    private static final Pattern TIME = Pattern.compile("\\b179526[0-9]{7}\\b");
    private static final Pattern JOB = Pattern.compile("/jobs/[0-9a-f]{32}");

    private final HttpServer server;
    private final Map<String, String> answers = new HashMap<>();

    /**
     * Starts to answer.
     *
     * @param faults changes of answers, by path without the job's id
     */
    RecordedJobManager(Map<String, UnaryOperator<String>> faults) throws IOException {
        try (InputStream in = Objects.requireNonNull(
                RecordedJobManager.class.getResourceAsStream("/candlewick/doctor/jobmanager.json"))) {
            JsonNode recorded = new ObjectMapper().readTree(in);
            recorded.fields().forEachRemaining(entry -> {
                String text = entry.getValue().toString();
                UnaryOperator<String> fault = faults.get(key(entry.getKey()));
                if (fault != null) {
                    String changed = fault.apply(text);
                    if (changed.equals(text)) {
                        throw new IllegalStateException(
                                "a fault must change something: " + entry.getKey() + " " + text);
                    }
                    text = changed;
                }
                answers.put(entry.getKey(), text);
            });
        }
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "recorded-jobmanager");
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", this::answer);
        server.start();
    }

    /** A path without the ids in it. */
    private static String key(String path) {
        return JOB.matcher(path).replaceFirst("/job").replaceFirst("vertices/[0-9a-f]{32}", "vertex");
    }

    /** Its address. */
    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getRawQuery();
        String answer = answers.get(exchange.getRequestURI().getPath() + (query == null ? "" : "?get"));
        byte[] body = answer == null ? new byte[0] : present(answer).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static String present(String text) {
        long passed = System.currentTimeMillis() - RECORDED_AT_MILLIS;
        return TIME.matcher(text)
                .replaceAll(time -> Matcher.quoteReplacement(Long.toString(Long.parseLong(time.group()) + passed)));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
