package dev.candlewick.benchmarks.state;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What the JobManager tells of one job's checkpoints, savepoints and starts. */
final class JobRest {
    private static final Duration LIMIT = Duration.ofMinutes(20);

    private final HttpClient client = HttpClient.newHttpClient();
    private final String address;
    private final String job;

    JobRest(String webUi, String job) {
        this.address = webUi;
        this.job = job;
    }

    /**
     * A complete checkpoint or savepoint.
     *
     * @param stateBytes all that it holds
     * @param writtenBytes what was written for it, of which an incremental one shares the rest
     * @param millis from its trigger to its end
     */
    record Checkpoint(long id, boolean savepoint, long stateBytes, long writtenBytes, long millis) {}

    /** The complete ones that the JobManager remembers, oldest first. */
    List<Checkpoint> checkpoints() throws IOException, InterruptedException {
        List<Checkpoint> complete = new ArrayList<>();
        for (Map<String, Json.Value> entry : list(get("/jobs/" + job + "/checkpoints"), "history")) {
            if (text(entry, "status").equals("COMPLETED")) {
                complete.add(
                        0,
                        new Checkpoint(
                                number(entry, "id"),
                                Boolean.parseBoolean(text(entry, "is_savepoint")),
                                number(entry, "state_size"),
                                number(entry, "checkpointed_size"),
                                number(entry, "end_to_end_duration")));
            }
        }
        return complete;
    }

    /** The complete ones when so many savepoints are among them: the endpoint tells what it knew some seconds ago. */
    List<Checkpoint> checkpointsUntilSavepoint(int savepoints) throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (true) {
            List<Checkpoint> all = checkpoints();
            if (all.stream().filter(Checkpoint::savepoint).count() >= savepoints) {
                return all;
            }
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw CommandFailure.jobFailed(
                        "a savepoint must be told within " + LIMIT.toMinutes() + " min, was not", job, null, null);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
    }

    /** The longest alignment of a subtask of the keyed operator in a checkpoint, in milliseconds. */
    long alignmentMillis(long checkpoint) throws IOException, InterruptedException {
        for (Map<String, Json.Value> vertex : vertices()) {
            if (text(vertex, "name").contains("market-data")) {
                Map<String, Json.Value> details =
                        get("/jobs/" + job + "/checkpoints/details/" + checkpoint + "/subtasks/" + text(vertex, "id"));
                Map<String, Json.Value> alignment = object(object(details, "summary"), "alignment");
                return number(object(alignment, "duration"), "max");
            }
        }
        return 0;
    }

    /** The longest that a subtask took to get its state back, in milliseconds. */
    long restoreMillis() throws IOException, InterruptedException {
        long longest = 0;
        for (Map<String, Json.Value> vertex : vertices()) {
            Map<String, Json.Value> details = get("/jobs/" + job + "/vertices/" + text(vertex, "id"));
            for (Map<String, Json.Value> subtask : list(details, "subtasks")) {
                longest = Math.max(longest, number(object(subtask, "status-duration"), "INITIALIZING"));
            }
        }
        return longest;
    }

    private List<Map<String, Json.Value>> vertices() throws IOException, InterruptedException {
        return list(get("/jobs/" + job), "vertices");
    }

    /** Takes a savepoint of a form, {@code CANONICAL} or {@code NATIVE}, and returns where it stands. */
    String savepoint(String form, String directory) throws IOException, InterruptedException {
        Map<String, Json.Value> asked =
                send(HttpRequest.newBuilder(URI.create(address + "/jobs/" + job + "/savepoints"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(Output.json(
                                Map.of("target-directory", directory, "cancel-job", false, "formatType", form))))
                        .build());
        String request = text(asked, "request-id");
        long start = System.nanoTime();
        while (System.nanoTime() - start < LIMIT.toNanos()) {
            Map<String, Json.Value> answer = get("/jobs/" + job + "/savepoints/" + request);
            if (text(object(answer, "status"), "id").equals("COMPLETED")) {
                Json.Value location = object(answer, "operation").get("location");
                if (location == null) {
                    throw CommandFailure.jobFailed(
                            "a savepoint must be taken, was not: " + text(answer, "operation"), job, null, null);
                }
                return location.text();
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
        }
        throw CommandFailure.jobFailed(
                "a savepoint must be taken within " + LIMIT.toMinutes() + " min", job, null, null);
    }

    /** Cancels the job. */
    void cancel() throws IOException, InterruptedException {
        send(HttpRequest.newBuilder(URI.create(address + "/jobs/" + job + "?mode=cancel"))
                .method("PATCH", HttpRequest.BodyPublishers.noBody())
                .build());
    }

    private Map<String, Json.Value> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(address + path)).build());
    }

    private Map<String, Json.Value> send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        Map<String, Json.Value> fields = response.statusCode() / 100 == 2 ? Json.object(response.body()) : null;
        if (fields == null) {
            throw new IOException(request.method() + " " + request.uri() + " must be answered, was "
                    + response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8));
        }
        return fields;
    }

    private static String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null ? "" : value.text();
    }

    private static long number(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null || value.kind() != Json.Kind.NUMBER ? 0 : (long) Double.parseDouble(value.text());
    }

    private static Map<String, Json.Value> object(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        Map<String, Json.Value> object = value == null || value.kind() != Json.Kind.NESTED
                ? null
                : Json.object(value.text().getBytes(StandardCharsets.UTF_8));
        return object == null ? Map.of() : object;
    }

    private static List<Map<String, Json.Value>> list(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        @Nullable
        List<Map<String, Json.Value>> list =
                value == null ? null : Json.objects(value.text().getBytes(StandardCharsets.UTF_8));
        return list == null ? List.of() : list;
    }
}
