package dev.candlewick.local.doctor;

import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A Flink cluster behind its REST endpoint; each path is asked for once. Safe for threads. */
final class Flink {
    private static final Duration LIMIT = Duration.ofSeconds(4);

    private final String address;
    private final HttpClient client;
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /**
     * A cluster.
     *
     * @param address {@code http://host:port} or {@code https://host:port}
     * @param tls whom it trusts and what it shows with {@code https}; empty for what Java trusts, and nothing
     */
    Flink(String address, Optional<SSLContext> tls) {
        HttpClient.Builder builder =
                HttpClient.newBuilder().connectTimeout(LIMIT).version(HttpClient.Version.HTTP_1_1);
        tls.ifPresent(builder::sslContext);
        this.client = builder.build();
        this.address = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    }

    private record Answer(@Nullable JsonTree tree, String problem) {}

    /** Its address. */
    String address() {
        return address;
    }

    /** Why it does not answer; empty where it does. */
    Optional<String> problem() {
        Answer answer = ask("/overview");
        return answer.tree() == null ? Optional.of(answer.problem()) : Optional.empty();
    }

    /**
     * What it says.
     *
     * @throws NotApplicable where it does not answer
     */
    JsonTree get(String path) {
        Answer answer = ask(path);
        if (answer.tree() == null) {
            throw new NotApplicable("Flink at " + address + " does not answer to " + path + ": " + answer.problem());
        }
        return answer.tree();
    }

    /** A job. */
    record Job(String id, String name, String state, long startMillis, long endMillis) {
        boolean isOver() {
            return state.equals("FINISHED") || state.equals("CANCELED") || state.equals("FAILED");
        }
    }

    /** All jobs, the newest first. */
    List<Job> jobs() {
        return get("/jobs/overview").at("jobs").items().stream()
                .map(job -> new Job(
                        job.at("jid").text(),
                        job.at("name").text(),
                        job.at("state").text(),
                        job.at("start-time").number(0),
                        job.at("end-time").number(-1)))
                .sorted((a, b) -> Long.compare(b.startMillis(), a.startMillis()))
                .toList();
    }

    /**
     * The jobs that are not over.
     *
     * @throws NotApplicable where there is none
     */
    List<Job> activeJobs() {
        List<Job> active = jobs().stream().filter(job -> !job.isOver()).toList();
        if (active.isEmpty()) {
            throw new NotApplicable("no job runs on " + address);
        }
        return active;
    }

    /** What it says at this moment, and not what it said before. */
    JsonTree fresh(String path) {
        answers.remove(path);
        return get(path);
    }

    private Answer ask(String path) {
        return answers.computeIfAbsent(path, this::send);
    }

    private Answer send(String path) {
        try {
            HttpResponse<byte[]> response = client.send(
                    HttpRequest.newBuilder(URI.create(address + path))
                            .timeout(LIMIT)
                            .header("Accept", "application/json")
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            return response.statusCode() == 200
                    ? new Answer(JsonTree.parse(response.body()), "")
                    : new Answer(null, "HTTP status " + response.statusCode());
        } catch (IOException | IllegalArgumentException e) {
            return new Answer(null, e.getMessage() == null ? "connection refused" : String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(null, "interrupted");
        }
    }
}
