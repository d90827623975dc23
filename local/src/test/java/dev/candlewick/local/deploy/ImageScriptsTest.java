package dev.candlewick.local.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts of the image, run by the shell: where a job begins, and what is called healthy. */
final class ImageScriptsTest {
    private static final Path SCRIPTS = Path.of(System.getProperty("candlewick.root"), "conf", "image");
    private static final String CHECKPOINTS = "checkpoints/00000000000000000000000000000000/";
    private static final Instant NOON = Instant.parse("2024-03-04T12:00:00Z");

    @TempDir
    private Path directory;

    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void layOut() throws IOException {
        Files.createDirectories(directory.resolve("flink/conf"));
        Path conf = Files.createDirectories(directory.resolve("image-conf"));
        Files.writeString(conf.resolve("config.yaml"), "parallelism.default: 1\n");
        // In place of Flink's own entry point: says what it was asked.
        Path next = directory.resolve("flink-entrypoint.sh");
        Files.writeString(
                next, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nenv | grep -E 'FLINK_PROP|taskman|CANDLEWICK' || true\n");
        assertThat(next.toFile().setExecutable(true)).isTrue();
        environment.put("FLINK_HOME", directory.resolve("flink").toString());
        environment.put("CANDLEWICK_FLINK_CONF", conf.toString());
        environment.put("CANDLEWICK_STATE", directory.resolve("state").toString());
        environment.put("CANDLEWICK_FLINK_ENTRYPOINT", next.toString());
        environment.put("CANDLEWICK_SKIP_BUILD", "1");
    }

    @Test
    void aFirstJobBeginsWithoutStateAndKeepsItsArguments() throws Exception {
        Outcome outcome = run("entrypoint.sh", "job", "--output.lake=/a lake", "--parallelism=2");
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.lines())
                .contains("standalone-job", "--output.lake=/a lake", "--parallelism=2")
                .contains("dev.candlewick.jobs.streaming.StreamingJob")
                .doesNotContain("--fromSavepoint")
                // The job would take them for options.
                .noneMatch(line -> line.startsWith("CANDLEWICK_"));
        assertThat(directory.resolve("flink/conf/config.yaml")).exists();
    }

    @Test
    void aLaterJobBeginsWithTheNewestCompleteState() throws Exception {
        complete(CHECKPOINTS + "chk-9", 0);
        complete(CHECKPOINTS + "chk-10", 10);
        incomplete(CHECKPOINTS + "chk-11");
        complete("savepoints/savepoint-1", 5);
        assertThat(from(run("entrypoint.sh", "job"))).endsWith("/" + CHECKPOINTS + "chk-10");

        complete("savepoints/savepoint-2", 20);
        assertThat(from(run("entrypoint.sh", "job"))).endsWith("/savepoints/savepoint-2");
    }

    @Test
    void whereAJobBeginsCanBeSaid() throws Exception {
        complete(CHECKPOINTS + "chk-9", 0);
        environment.put("CANDLEWICK_RESTORE", "file:///elsewhere/savepoint-3");
        assertThat(from(run("entrypoint.sh", "job"))).isEqualTo("file:///elsewhere/savepoint-3");
        environment.put("CANDLEWICK_RESTORE", "none");
        assertThat(run("entrypoint.sh", "job").lines()).doesNotContain("--fromSavepoint");
    }

    @Test
    void aTaskManagerTellsAnAddressThatOthersCanReach() throws Exception {
        environment.put("FLINK_PROPERTIES", "a: b");
        assertThat(run("entrypoint.sh", "taskmanager").lines())
                .contains("taskmanager", "FLINK_PROPERTIES=a: b")
                .anyMatch(line -> line.matches("taskmanager\\.host: [0-9a-f.:]+"));
    }

    @Test
    void aConfigurationThatCannotBeWrittenIsToldWithItsFix() throws Exception {
        Files.delete(directory.resolve("flink/conf"));
        Outcome outcome = run("entrypoint.sh", "job");
        assertThat(outcome.exitCode()).isEqualTo(4);
        assertThat(outcome.output()).contains("must be writable", "Fix:");
    }

    @Test
    void aJobIsHealthyWhileItRuns() throws Exception {
        assertThat(job("{\"jobs\":[{\"jid\":\"1\",\"state\":\"RUNNING\"}]}")).isZero();
        assertThat(job("{\"jobs\":[{\"jid\":\"1\",\"state\":\"RESTARTING\"}]}")).isNotZero();
        assertThat(job("{\"jobs\":[]}")).isNotZero();
    }

    @Test
    void whatDoesNotAnswerIsNotHealthy() throws Exception {
        try (ServerSocket taken = new ServerSocket(0)) {
            environment.put("REST_PORT", String.valueOf(taken.getLocalPort()));
        }
        assertThat(run("healthy.sh", "job").exitCode()).isNotZero();
        assertThat(run("healthy.sh", "broker").exitCode()).isEqualTo(2);
    }

    private int job(String answer) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/jobs/overview", exchange -> {
            byte[] body = answer.getBytes(UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            environment.put("REST_PORT", String.valueOf(server.getAddress().getPort()));
            return run("healthy.sh", "job").exitCode();
        } finally {
            server.stop(0);
        }
    }

    private void complete(String path, int minute) throws IOException {
        Path metadata = incomplete(path).resolve("_metadata");
        Files.writeString(metadata, "");
        Files.setLastModifiedTime(metadata, FileTime.from(NOON.plusSeconds(60L * minute)));
    }

    private Path incomplete(String path) throws IOException {
        return Files.createDirectories(directory.resolve("state").resolve(path));
    }

    private static String from(Outcome outcome) {
        List<String> lines = outcome.lines();
        assertThat(lines).contains("--fromSavepoint");
        return lines.get(lines.indexOf("--fromSavepoint") + 1);
    }

    private Outcome run(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add("bash");
        command.add(SCRIPTS.resolve(script).toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Outcome(process.exitValue(), output);
    }

    private record Outcome(int exitCode, String output) {
        List<String> lines() {
            return output.lines().toList();
        }
    }
}
