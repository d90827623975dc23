package dev.candlewick.local.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.testing.Cli;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster of real processes: started, seen, disturbed, stopped. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ClusterCommandTest {
    @TempDir
    private Path directory;

    private CandlewickHome home;
    private Cli cli;

    @BeforeEach
    void setUp() {
        home = new CandlewickHome(directory.resolve("home"));
        cli = new Cli(directory).with("CANDLEWICK_HOME", home.directory().toString());
    }

    @AfterEach
    void tearDown() {
        cli.run("cluster", "down");
    }

    @Test
    void onlyAJobThatRunsMissesCheckpoints() {
        Optional<JobManagerApi.Checkpoints> failing =
                Optional.of(new JobManagerApi.Checkpoints(7, 2, true, "Checkpoint was declined", "", ""));
        assertThat(ClusterCommand.Status.note(job("RUNNING"), failing, "note"))
                .isEqualTo("CHECKPOINTS FAIL, nothing is published: 2 failed, the last one by Checkpoint was declined");
        for (String state : List.of("FINISHED", "CANCELED", "FAILED")) {
            // One that an upgrade has stopped: its savepoint aborted a checkpoint.
            assertThat(ClusterCommand.Status.note(job(state), failing, "note")).isEqualTo("note");
        }
        assertThat(ClusterCommand.Status.note(job("RUNNING"), Optional.empty(), "note"))
                .isEqualTo("note");
    }

    private static JobManagerApi.Job job(String state) {
        return new JobManagerApi.Job("0123", "market-data", state, 4, 4, 0);
    }

    @Test
    void upStatusRecoveryFlinkAndDown() throws Exception {
        // Given none
        assertThat(cli.run("cluster", "status").code()).isEqualTo(4);
        Cli.Result none = cli.run("flink", "list");
        assertThat(none.code()).isEqualTo(4);
        assertThat(none.err()).contains("./candlewick cluster up");

        // When it is started
        Cli.Result up = cli.run(
                "cluster",
                "up",
                "--taskmanagers",
                "1",
                "--slots",
                "3",
                "--port",
                "0",
                "--backend",
                "rocksdb",
                "--metrics-ports",
                "off",
                "-D",
                "heartbeat.interval=9000");
        assertThat(up.code()).as(up.err()).isZero();
        assertThat(up.out().trim()).startsWith("http://127.0.0.1:");
        ClusterState state = ClusterState.running(home).orElseThrow();
        assertThat(state.processes())
                .extracting(ClusterState.Member::name)
                .containsExactly("jobmanager", "taskmanager-1");
        // Then it is found, with what was asked for
        assertThat(cli.run("cluster", "up").err()).contains("runs already");
        Cli.Result status = cli.run("cluster", "status", "-o", "json");
        assertThat(status.code()).as(status.err()).isZero();
        Map<String, Json.Value> seen = Json.object(status.out().getBytes(StandardCharsets.UTF_8));
        assertThat(seen.get("slots").text()).isEqualTo("3");
        assertThat(seen.get("processes").text())
                .contains("\"pid\":"
                        + state.member("jobmanager").orElseThrow().mark().pid());
        assertThat(Files.readString(state.directory().resolve("conf/config.yaml")))
                .contains("rocksdb", "9000")
                .doesNotContain("PrometheusReporter");

        // And Flink's command line is Flink's: output and exit code
        Cli.Result list = cli.run("flink", "list");
        assertThat(list.code()).as(list.err()).isZero();
        assertThat(list.out()).contains("No running jobs.");
        assertThat(cli.run("flink", "cancel", "0".repeat(32)).code()).isNotZero();
        assertThat(cli.run("flink", "--version").out()).contains("Version: 2.");
        assertThat(cli.run("flink", "--help").out()).contains("Action \"run\" compiles and runs a program.");

        // A process that dies comes back
        ProcessMark first = state.member("taskmanager-1").orElseThrow().mark();
        first.find().orElseThrow().destroyForcibly();
        JobManagerApi api = new JobManagerApi(state.webUi());
        Awaitility.await("the TaskManager again")
                .atMost(Duration.ofMinutes(3))
                .until(() -> ClusterState.running(home)
                                .flatMap(now -> now.member("taskmanager-1"))
                                .filter(now -> now.mark().pid() != first.pid()
                                        && now.mark().isAlive()
                                        && now.starts() == 2)
                                .isPresent()
                        && api.overview()
                                .filter(overview -> overview.freeSlots() >= 3)
                                .isPresent());

        // A healthy cluster is silent: nobody has to read past what does not matter
        assertThat(warnings(state.directory().resolve("logs/taskmanager-1.log")))
                .isEmpty();

        aDeadSupervisorAndADeadClusterAreFoundUntilTheyAreStartedAgain();

        // And when it is stopped nothing is left
        ClusterState last = ClusterState.running(home).orElseThrow();
        Cli.Result down = cli.run("cluster", "down");
        assertThat(down.code()).as(down.err()).isZero();
        assertThat(Stream.concat(
                        Stream.of(last.supervisor()), last.processes().stream().map(ClusterState.Member::mark)))
                .noneMatch(ProcessMark::isAlive);
        assertThat(cli.run("cluster", "down").err()).contains("no cluster runs");
        assertThat(flinkCodes()).isEmpty();
    }

    /** Of a cluster that runs, one of whose TaskManagers was started twice. */
    private void aDeadSupervisorAndADeadClusterAreFoundUntilTheyAreStartedAgain() throws Exception {
        assertThat(flinkCodes()).containsExactly("CW-F19");
        Map<String, String> healthy = checks();

        // When the supervisor is killed, that is found, and everything is looked at as before
        ClusterState state = ClusterState.running(home).orElseThrow();
        kill(state.supervisor());
        assertThat(flinkCodes()).containsExactly("CW-F19", "CW-F21");
        Map<String, String> unwatched = checks();
        assertThat(unwatched.put("flink.supervisor", "ok")).isEqualTo("found");
        assertThat(unwatched).isEqualTo(healthy).containsEntry("flink.open", "ok");

        // With a TaskManager gone too, both are
        kill(state.member("taskmanager-1").orElseThrow().mark());
        assertThat(flinkCodes()).containsExactly("CW-F19", "CW-F21", "CW-F22");

        // With nothing left, that is, and what lies in files is looked at
        kill(state.member("jobmanager").orElseThrow().mark());
        Cli.Result gone = cli.run("doctor", "-o", "json");
        assertThat(gone.code()).isEqualTo(4);
        assertThat(gone.lines())
                .filteredOn(line -> line.contains("CW-F22"))
                .singleElement()
                .satisfies(line -> assertThat(line)
                        .contains("process " + state.supervisor().pid(), "every process", "./candlewick cluster up"));
        assertThat(flinkCodes()).containsExactly("CW-F19", "CW-F22");
        assertThat(checks())
                .containsEntry("flink.rest", "skipped")
                .containsEntry("flink.open", "ok")
                .containsEntry("flink.settings", healthy.get("flink.settings"))
                .containsEntry("host.memory", healthy.get("host.memory"));

        // And the remedy is one
        Cli.Result up = cli.run("cluster", "up", "--port", "0", "--metrics-ports", "off");
        assertThat(up.code()).as(up.err()).isZero();
        assertThat(up.err()).contains("started the cluster");
        assertThat(flinkCodes()).isEmpty();
    }

    private static void kill(ProcessMark process) {
        process.find().orElseThrow().destroyForcibly();
        assertThat(process.awaitEnd(Duration.ofSeconds(30))).isTrue();
    }

    /** What the doctor finds of Flink. */
    private List<String> flinkCodes() {
        Matcher code = Pattern.compile("\"code\":\"(CW-F[0-9]+)\"")
                .matcher(cli.run("doctor", "-o", "json").out());
        return code.results().map(found -> found.group(1)).sorted().toList();
    }

    /** How each of the doctor's checks ended. */
    private Map<String, String> checks() {
        return cli.run("doctor", "--checks", "-o", "csv").lines().stream()
                .skip(1)
                .map(line -> line.split(",", -1))
                .collect(Collectors.toMap(row -> row[0], row -> row[1]));
    }

    @Test
    void aProcessThatIsNoneOfOursIsNeverEnded() throws Exception {
        Process foreign = new ProcessBuilder("sleep", "600").start();
        try {
            ProcessMark mark = ProcessMark.of(foreign.toHandle());
            // Given a state whose process ids, and even start times, belong to somebody else by now
            new ClusterState(
                            mark,
                            "http://127.0.0.1:1",
                            "none",
                            ClusterFiles.of(home).root(),
                            List.of(new ClusterState.Member(
                                    "jobmanager", mark, 1, ClusterState.Health.RUNNING, Path.of("x"))))
                    .publish(home);
            Files.createDirectories(ClusterFiles.of(home).root());

            cli.run("cluster", "down");

            assertThat(foreign.isAlive()).isTrue();
            assertThat(ClusterState.read(home)).isEmpty();
            assertThat(LocalFlinkCluster.isOurs(
                            foreign.toHandle(), ClusterFiles.of(home).root()))
                    .isFalse();
        } finally {
            foreign.destroyForcibly();
        }
    }

    @Test
    void whatIsLeftOfARemovedClusterIsFoundAndTakenAway() {
        assertThat(flinkCodes()).isEmpty();
        new ClusterState(
                        new ProcessMark(1, 1),
                        "http://127.0.0.1:1",
                        "none",
                        ClusterFiles.of(home).root(),
                        List.of())
                .publish(home);

        assertThat(flinkCodes()).containsExactly("CW-F22");
        assertThat(cli.run("cluster", "down").err()).contains("no cluster runs");
        assertThat(flinkCodes()).isEmpty();
    }

    @Test
    void aCommandThatStopsAClusterIsNoDeadCluster() throws Exception {
        Path root = Files.createDirectories(ClusterFiles.of(home).root());
        new ClusterState(new ProcessMark(1, 1), "http://127.0.0.1:1", "none", root, List.of()).publish(home);
        assertThat(flinkCodes()).containsExactly("CW-F22");

        // Between the supervisor's end and that of the command its lock is held
        try (FileChannel channel = FileChannel.open(
                        ClusterFiles.of(home).lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            assertThat(flinkCodes()).isEmpty();
        }
        assertThat(flinkCodes()).containsExactly("CW-F22");
    }

    @Test
    void wrongOptionsAreRefusedBeforeAnythingStarts() {
        assertThat(cli.run("cluster", "up", "--taskmanagers", "0").code()).isEqualTo(2);
        Cli.Result profile = cli.run("cluster", "up", "--profile", "production");
        assertThat(profile.code()).isEqualTo(2);
        assertThat(profile.err()).contains("demo, local, prod");
        assertThat(ClusterState.read(home)).isEmpty();
    }

    @Test
    void theConfigurationForADistributionIsOneDirectory() {
        Cli.Result conf = cli.run("cluster", "conf", "--profile", "prod", "--to", "flink-conf");
        assertThat(conf.code()).as(conf.err()).isZero();
        assertThat(directory.resolve("flink-conf"))
                .isDirectoryContaining("glob:**/config.yaml")
                .isDirectoryContaining("glob:**/log4j-console.properties");
        // What a distribution logs is for people, or for programs where that is asked for.
        Cli.Result json = cli.run("cluster", "conf", "--log", "json", "--to", "flink-json");
        assertThat(json.code()).as(json.err()).isZero();
        assertThat(directory.resolve("flink-conf/log4j-console.properties"))
                .content()
                .contains("${layout.${env:CANDLEWICK_LOG:-text}}");
        assertThat(directory.resolve("flink-json/log4j-console.properties"))
                .content()
                .contains("${layout.json}");
        Cli.Result other = cli.run("cluster", "conf", "--log", "xml", "--to", "flink-xml");
        assertThat(other.code()).isEqualTo(2);
        assertThat(other.err()).contains("text or json, was xml");
    }

    private static List<String> warnings(Path log) throws Exception {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(" WARN ") || line.contains(" ERROR "))
                    .toList();
        }
    }
}
