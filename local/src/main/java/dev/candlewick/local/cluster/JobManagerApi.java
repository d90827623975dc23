package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** What the JobManager's REST endpoint says; nothing while it does not answer. Safe for threads. */
public final class JobManagerApi {
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final HttpClient client;
    private final String address;

    /**
     * The endpoint of a cluster without TLS.
     *
     * @param address {@code http://host:port}
     */
    public JobManagerApi(String address) {
        this(address, Optional.empty());
    }

    private JobManagerApi(String address, Optional<SSLContext> tls) {
        this.address = address;
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(LIMIT);
        tls.ifPresent(builder::sslContext);
        this.client = builder.build();
    }

    /** The endpoint of a local cluster, with the certificate of its configuration where it asks for one. */
    public static JobManagerApi of(ClusterState cluster) {
        return of(cluster.webUi(), cluster.directory().resolve("conf"));
    }

    /** The endpoint of the cluster with the configuration in a directory. */
    static JobManagerApi of(String address, Path conf) {
        return new JobManagerApi(address, address.startsWith("https:") ? RestTls.context(conf) : Optional.empty());
    }

    /**
     * A job as the JobManager knows it.
     *
     * @param id 32 hexadecimal digits
     * @param name what it calls itself
     * @param state of {@code JobStatus}
     * @param tasks how many tasks it has
     * @param running how many of them run
     * @param startMillis when it was submitted
     */
    public record Job(String id, String name, String state, int tasks, int running, long startMillis) {
        /** Whether every task runs, and not only the job is said to. */
        public boolean runs() {
            return state.equals("RUNNING") && tasks > 0 && running == tasks;
        }

        /** Whether it has ended for good. */
        public boolean isOver() {
            return state.equals("FINISHED") || state.equals("CANCELED") || state.equals("FAILED");
        }
    }

    /**
     * The cluster as a whole.
     *
     * @param taskManagers how many have registered
     * @param slots how many they have
     * @param freeSlots how many of them are free
     */
    public record Overview(int taskManagers, int slots, int freeSlots) {}

    /** The cluster as a whole, or nothing while the endpoint does not answer. */
    public Optional<Overview> overview() {
        Map<String, Json.Value> fields = get("/overview");
        return fields == null
                ? Optional.empty()
                : Optional.of(new Overview(
                        number(fields, "taskmanagers"),
                        number(fields, "slots-total"),
                        number(fields, "slots-available")));
    }

    /** All jobs that the JobManager remembers, the newest first, or nothing while the endpoint does not answer. */
    public Optional<List<Job>> jobs() {
        Map<String, Json.Value> fields = get("/jobs/overview");
        if (fields == null) {
            return Optional.empty();
        }
        List<Job> jobs = new ArrayList<>();
        for (Map<String, Json.Value> item : JsonFiles.objects(fields, "jobs")) {
            Map<String, Json.Value> tasks = JsonFiles.object(item, "tasks");
            jobs.add(new Job(
                    JsonFiles.text(item, "jid"),
                    JsonFiles.text(item, "name"),
                    JsonFiles.text(item, "state"),
                    tasks == null ? 0 : number(tasks, "total"),
                    tasks == null ? 0 : number(tasks, "running"),
                    Long.parseLong(JsonFiles.text(item, "start-time"))));
        }
        jobs.sort((a, b) -> Long.compare(b.startMillis(), a.startMillis()));
        return Optional.of(jobs);
    }

    /** One job, or nothing where it is not known or the endpoint does not answer. */
    public Optional<Job> job(String id) {
        return jobs().flatMap(
                        jobs -> jobs.stream().filter(job -> job.id().equals(id)).findFirst());
    }

    /** How many slots a job takes: its widest operator; 0 where it is not known. */
    public int slots(String id) {
        Map<String, Json.Value> fields = get("/jobs/" + id);
        return fields == null
                ? 0
                : JsonFiles.objects(fields, "vertices").stream()
                        .mapToInt(vertex -> number(vertex, "parallelism"))
                        .max()
                        .orElse(0);
    }

    /** The newest completed checkpoint of a job that this JobManager knows of: the path of its directory. */
    public Optional<String> newestCheckpoint(String id) {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/checkpoints");
        Map<String, Json.Value> latest = fields == null ? null : JsonFiles.object(fields, "latest");
        Map<String, Json.Value> completed = latest == null ? null : JsonFiles.object(latest, "completed");
        Json.Value path = completed == null ? null : completed.get("external_path");
        return path == null || path.kind() != Json.Kind.STRING ? Optional.empty() : Optional.of(path.text());
    }

    /** The root cause of the last failure of a job, as Flink tells it: its first line. */
    public Optional<String> failure(String id) {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/exceptions");
        Map<String, Json.Value> history = fields == null ? null : JsonFiles.object(fields, "exceptionHistory");
        if (history == null) {
            return Optional.empty();
        }
        return JsonFiles.objects(history, "entries").stream()
                .map(entry -> entry.get("stacktrace"))
                .filter(trace -> trace != null)
                .findFirst()
                .flatMap(trace -> trace.text().lines().findFirst());
    }

    /** How many subtasks each vertex of a job has now; empty where the job is not known or the endpoint does not answer. */
    public Map<String, Integer> parallelism(String id) {
        Map<String, Integer> parallelism = new LinkedHashMap<>();
        Map<String, Json.Value> fields = get("/jobs/" + id);
        if (fields != null) {
            for (Map<String, Json.Value> vertex : JsonFiles.objects(fields, "vertices")) {
                parallelism.put(JsonFiles.text(vertex, "id"), number(vertex, "parallelism"));
            }
        }
        return parallelism;
    }

    /**
     * The largest parallelism that each vertex of a job asks for; the adaptive scheduler gives at most this.
     *
     * @throws IOException where the endpoint does not answer, as without the adaptive scheduler
     */
    public Map<String, Integer> resourceRequirements(String id) throws IOException {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/resource-requirements");
        if (fields == null) {
            throw new IOException("the resource requirements of job " + id + " must be told, were not; is"
                    + " jobmanager.scheduler adaptive? (" + address + ")");
        }
        Map<String, Integer> most = new LinkedHashMap<>();
        for (String vertex : fields.keySet()) {
            Map<String, Json.Value> of = JsonFiles.object(fields, vertex);
            Map<String, Json.Value> bounds = of == null ? null : JsonFiles.object(of, "parallelism");
            if (bounds != null) {
                most.put(vertex, number(bounds, "upperBound"));
            }
        }
        return most;
    }

    /**
     * Changes what a job asks for: at least one subtask of each vertex, at most the given number.
     *
     * @throws IOException where the endpoint refuses
     */
    public void setResourceRequirements(String id, Map<String, Integer> most) throws IOException, InterruptedException {
        Map<String, Object> body = new LinkedHashMap<>();
        most.forEach((vertex, upper) ->
                body.put(vertex, Map.of("parallelism", Map.of("lowerBound", 1, "upperBound", upper))));
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create(address + "/jobs/" + id + "/resource-requirements"))
                        .timeout(LIMIT)
                        .header("Content-Type", "application/json")
                        .PUT(HttpRequest.BodyPublishers.ofString(Output.json(body)))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("the resource requirements of job " + id + " must be taken, were refused with "
                    + response.statusCode() + ": " + response.body());
        }
    }

    /** When a job last failed and was restarted, in milliseconds since the epoch; 0 if it never was. */
    public Optional<Long> lastFailureMillis(String id) {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/exceptions");
        Map<String, Json.Value> history = fields == null ? null : JsonFiles.object(fields, "exceptionHistory");
        return history == null
                ? Optional.empty()
                : Optional.of(JsonFiles.objects(history, "entries").stream()
                        .mapToLong(entry -> Long.parseLong(JsonFiles.text(entry, "timestamp")))
                        .max()
                        .orElse(0));
    }

    /**
     * One failure of a task or of the job, after which Flink restarts it or gives up.
     *
     * @param millis when, since the epoch
     * @param text what was thrown, the causes behind it, one line
     */
    public record Failure(long millis, String text) {}

    /** The failures of a job that this JobManager remembers, the newest first. */
    public List<Failure> failures(String id) {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/exceptions");
        Map<String, Json.Value> history = fields == null ? null : JsonFiles.object(fields, "exceptionHistory");
        if (history == null) {
            return List.of();
        }
        List<Failure> failures = new ArrayList<>();
        for (Map<String, Json.Value> entry : JsonFiles.objects(history, "entries")) {
            Json.Value trace = entry.get("stacktrace");
            failures.add(new Failure(
                    Long.parseLong(JsonFiles.text(entry, "timestamp")), trace == null ? "" : causes(trace.text())));
        }
        return failures;
    }

    /** The first line of a stack trace and those of its causes, the innermost first. */
    static String causes(String trace) {
        List<String> lines = new ArrayList<>();
        trace.lines()
                .map(String::strip)
                .filter(line -> !line.startsWith("at ") && !line.startsWith("... ") && !line.isEmpty())
                .filter(line -> lines.isEmpty() || line.startsWith("Caused by: "))
                .map(line -> line.startsWith("Caused by: ") ? line.substring("Caused by: ".length()) : line)
                .forEach(line -> lines.add(0, line));
        return lines.isEmpty() ? "" : lines.get(0);
    }

    /**
     * How the checkpoints and savepoints of a job went, as this JobManager counts them.
     *
     * @param completed how many, savepoints included
     * @param failed how many were given up
     * @param failing whether the last one that ended has failed
     * @param lastFailure why the last one that failed did, empty where none did
     * @param newest directory of the newest checkpoint, empty for none
     * @param savepoint directory of the newest savepoint, empty for none
     */
    public record Checkpoints(
            long completed, long failed, boolean failing, String lastFailure, String newest, String savepoint) {}

    /** The snapshots of a job, or nothing where it is not known or the endpoint does not answer. */
    public Optional<Checkpoints> checkpoints(String id) {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/checkpoints");
        Map<String, Json.Value> counts = fields == null ? null : JsonFiles.object(fields, "counts");
        if (fields == null || counts == null) {
            return Optional.empty();
        }
        Map<String, Json.Value> latest = JsonFiles.object(fields, "latest");
        Map<String, Json.Value> failed = latest == null ? null : JsonFiles.object(latest, "failed");
        Map<String, Json.Value> completed = latest == null ? null : JsonFiles.object(latest, "completed");
        return Optional.of(new Checkpoints(
                Long.parseLong(JsonFiles.text(counts, "completed")),
                Long.parseLong(JsonFiles.text(counts, "failed")),
                failed != null
                        && (completed == null
                                || Long.parseLong(JsonFiles.text(failed, "id"))
                                        > Long.parseLong(JsonFiles.text(completed, "id"))),
                failed == null ? "" : JsonFiles.text(failed, "failure_message"),
                path(latest, "completed"),
                path(latest, "savepoint")));
    }

    /**
     * A TaskManager.
     *
     * @param id under which the JobManager knows it
     * @param slots how many it has
     * @param freeSlots how many of them are free
     */
    public record TaskManager(String id, int slots, int freeSlots) {}

    /** All TaskManagers that have registered. */
    public Optional<List<TaskManager>> taskManagers() {
        Map<String, Json.Value> fields = get("/taskmanagers");
        return fields == null
                ? Optional.empty()
                : Optional.of(JsonFiles.objects(fields, "taskmanagers").stream()
                        .map(item -> new TaskManager(
                                JsonFiles.text(item, "id"), number(item, "slotsNumber"), number(item, "freeSlots")))
                        .toList());
    }

    private static String path(@Nullable Map<String, Json.Value> latest, String kind) {
        Map<String, Json.Value> one = latest == null ? null : JsonFiles.object(latest, kind);
        Json.Value path = one == null ? null : one.get("external_path");
        return path == null || path.kind() != Json.Kind.STRING ? "" : path.text();
    }

    /** A name for a request for a savepoint, under which its outcome can be asked for, also by another process. */
    public static String newTrigger() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /**
     * Asks for a savepoint in the canonical format.
     *
     * @param directory where it goes, a directory of its own is made in it
     * @param trigger of {@link #newTrigger}
     * @param stop whether the job ends with it; windows that are open stay open, it is never drained
     * @return why it was refused; nothing where it was taken
     */
    public Optional<String> savepoint(String id, String directory, String trigger, boolean stop) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put(stop ? "targetDirectory" : "target-directory", directory);
        body.put("formatType", "CANONICAL");
        body.put("triggerId", trigger);
        if (stop) {
            body.put("drain", false);
        } else {
            body.put("cancel-job", false);
        }
        return send("POST", "/jobs/" + id + (stop ? "/stop" : "/savepoints"), Output.json(body));
    }

    /**
     * What became of a savepoint that was asked for.
     *
     * @param inProgress whether it is still taken
     * @param path where it is, empty where it failed or is not there yet
     * @param failure why it failed, empty where it did not
     */
    public record SavepointState(boolean inProgress, String path, String failure) {}

    /** What became of a savepoint, or nothing where nobody asked for it or the endpoint does not answer. */
    public Optional<SavepointState> savepointState(String id, String trigger) {
        Map<String, Json.Value> fields = get("/jobs/" + id + "/savepoints/" + trigger);
        Map<String, Json.Value> status = fields == null ? null : JsonFiles.object(fields, "status");
        if (fields == null || status == null) {
            return Optional.empty();
        }
        if (!JsonFiles.text(status, "id").equals("COMPLETED")) {
            return Optional.of(new SavepointState(true, "", ""));
        }
        Map<String, Json.Value> operation = JsonFiles.object(fields, "operation");
        Json.Value location = operation == null ? null : operation.get("location");
        if (location != null && location.kind() == Json.Kind.STRING) {
            return Optional.of(new SavepointState(false, location.text(), ""));
        }
        Map<String, Json.Value> cause = operation == null ? null : JsonFiles.object(operation, "failure-cause");
        Json.Value trace = cause == null ? null : cause.get("stack-trace");
        return Optional.of(new SavepointState(false, "", trace == null ? "unknown" : causes(trace.text())));
    }

    /** Asks a job to end at once, without a savepoint; why it was refused, nothing where it was taken. */
    public Optional<String> cancel(String id) {
        return send("PATCH", "/jobs/" + id + "?mode=cancel", "");
    }

    private Optional<String> send(String method, String path, String body) {
        try {
            HttpResponse<String> response = client.send(
                    HttpRequest.newBuilder(URI.create(address + path))
                            .timeout(LIMIT)
                            .header("Content-Type", "application/json")
                            .method(method, HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return response.statusCode() / 100 == 2
                    ? Optional.empty()
                    : Optional.of("status " + response.statusCode() + ": "
                            + response.body().lines().findFirst().orElse(""));
        } catch (IOException e) {
            return Optional.of("no answer: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of("interrupted");
        }
    }

    private @Nullable Map<String, Json.Value> get(String path) {
        try {
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(URI.create(address + path))
                            .timeout(LIMIT)
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            return response.statusCode() == 200 ? Json.object(response.body()) : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    private static int number(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null ? 0 : Integer.parseInt(value.text());
    }
}
