package dev.candlewick.local.drill;

import dev.candlewick.local.Main;
import dev.candlewick.local.broker.BrokerProcess;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.LocalFlinkCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/**
 * Where alerts are drilled: a broker, a cluster of one JobManager and one TaskManager, the job jar on live trades with a lake,
 * and a Prometheus, all of them real processes. Commands are those of a user, in this process.
 */
final class AlertStage implements AutoCloseable {
    /** The job's name in Flink and in labels. */
    static final String JOB_NAME = "candlewick";

    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final int SLOTS = 2;
    private static final int DISK_MEBIBYTES = 64;

    /** What the job is started with, unless a scene says otherwise. */
    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("parallelism", Integer.toString(SLOTS)),
            Map.entry("max-parallelism", "16"),
            Map.entry("intervals", "1s,10s,1m"),
            Map.entry("live", "off"),
            Map.entry("checkpoint.interval", "1s"),
            Map.entry("checkpoint.timeout", "10s"),
            // Checkpoints come ten times as often as usual, so more of them fail in the same time.
            Map.entry("checkpoint.tolerable-failures", "70"),
            Map.entry("restart.attempts", "1000"),
            Map.entry("instruments.max", "60"));

    private final Options options;
    private final Consumer<String> notes;
    private final CandlewickHome home;
    private final LocalFlinkCluster cluster;
    private final Interruption interruption;
    private final ThreadLocal<List<String>> commands = ThreadLocal.withInitial(ArrayList::new);
    private final Map<String, String> clusterSettings = new TreeMap<>();
    private final List<Integer> metricsPorts;
    private final int webPort;
    private final String broker;
    private final DrillPrometheus prometheus;
    private final AlertFeed feed;
    private @Nullable LoopDisk disk;
    private final Deque<AutoCloseable> closings = new ConcurrentLinkedDeque<>();

    /**
     * How alerts are drilled.
     *
     * @param factor by which the rules' times are divided
     * @param jar the job jar
     * @param directory of broker, cluster and lake; must not hold a drill's files yet
     * @param root the directory of the launcher, with {@code conf}
     * @param disk whether checkpoints go to a disk of their own, which can be filled
     * @param seed of prices
     */
    record Options(int factor, Path jar, Path directory, Path root, boolean disk, long seed) {}

    /** Starts all of it, and returns when trades are read and checkpoints complete. */
    @SuppressWarnings("this-escape") // final, and closed by itself where its start fails
    AlertStage(Options options, Consumer<String> notes) throws Exception {
        this.options = options;
        this.notes = notes;
        this.home = new CandlewickHome(options.directory());
        this.cluster = new LocalFlinkCluster(home, options.root());
        List<Integer> ports = PortClaim.free(4);
        this.metricsPorts = ports.subList(0, 3);
        this.webPort = ports.get(3);
        this.interruption = Interruption.watch(this::close);
        for (String kind : List.of("jobmanager", "taskmanager", "client")) {
            // Processes that live for minutes gain little from the optimizing compiler.
            clusterSettings.put("env.java.opts." + kind, "-XX:TieredStopAtLevel=1");
        }
        try {
            closings.push(() -> new BrokerProcess(home).stop());
            broker = new BrokerProcess(home)
                    .start(EmbeddedBroker.ANY_PORT)
                    .state()
                    .address();
            try (Admin admin = KafkaClients.connect(broker)) {
                Topics.ensure(admin, AlertFeed.TOPIC, AlertFeed.PARTITIONS, Topics.INPUT_CONFIGS);
            }
            prometheus = new DrillPrometheus(
                    options.root().resolve("conf/prometheus"),
                    options.factor(),
                    options.directory().resolve("prometheus"));
            closings.push(prometheus);
            if (options.disk()) {
                LoopDisk mounted = LoopDisk.mount(
                        options.directory().resolve("checkpoints.img"), cluster.checkpoints(), DISK_MEBIBYTES);
                closings.push(mounted);
                prometheus.watchDisk(mounted.mountPoint());
                disk = mounted;
            }
            closings.push(cluster::down);
            must(clusterUp());
            prometheus.scrape(metricsPorts.subList(0, 2));
            feed = new AlertFeed(broker, options.seed());
            closings.push(feed);
            submit(options.jar(), Map.of(), null);
            awaitHealthy("the start", START_LIMIT);
            notes.accept("broker " + broker + ", cluster " + webUi() + ", node exporter: " + prometheus.nodeExporter()
                    + ", files in " + options.directory());
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /** What starts the cluster, and brings it back with its jobs where it was. */
    String[] clusterUp() {
        List<String> arguments = new ArrayList<>(List.of(
                "cluster",
                "up",
                "--taskmanagers",
                "1",
                "--slots",
                Integer.toString(SLOTS),
                "--port",
                Integer.toString(webPort),
                "--metrics-ports",
                metricsPorts.stream().map(String::valueOf).collect(Collectors.joining(","))));
        clusterSettings.forEach((key, value) -> arguments.addAll(List.of("-D", key + "=" + value)));
        return arguments.toArray(String[]::new);
    }

    /** What a command has done. */
    record Result(int code, String out, String err) {}

    /** Gives a command as a user would in the drill's directory; what it says goes to {@code commands.log} there. */
    Result command(String... arguments) {
        commands.get().add("./candlewick " + String.join(" ", arguments));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        environment.put("CANDLEWICK_HOME", options.directory().toString());
        environment.put("CANDLEWICK_KAFKA", broker);
        CliContext context = new CliContext(
                new PrintStream(out, false, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                environment,
                options.directory(),
                options.root(),
                false);
        int code = Main.run(context, arguments);
        Result result = new Result(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        log("$ ./candlewick " + String.join(" ", arguments) + "\n" + result.out() + result.err() + "exit " + code
                + "\n");
        return result;
    }

    private synchronized void log(String text) {
        try {
            Files.writeString(
                    options.directory().resolve("commands.log"),
                    Instant.now() + " " + text,
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A command that must end with exit code 0. */
    Result must(String... arguments) {
        Result result = command(arguments);
        if (result.code() != 0) {
            throw CommandFailure.jobFailed(
                    "./candlewick " + String.join(" ", arguments) + " must succeed, ended with " + result.code() + ": "
                            + (result.err() + result.out()).strip(),
                    options.directory().resolve("commands.log").toString(),
                    null,
                    null);
        }
        return result;
    }

    /** The commands that this thread has given since it was last asked. */
    List<String> takeCommands() {
        List<String> given = List.copyOf(commands.get());
        commands.get().clear();
        return given;
    }

    /**
     * Submits the job, detached.
     *
     * @param changes of its settings
     * @param from the savepoint or checkpoint to start from; null for none
     */
    void submit(Path jar, Map<String, String> changes, @Nullable String from) {
        List<String> arguments = new ArrayList<>(List.of("flink", "run", "-d"));
        if (from != null) {
            arguments.addAll(List.of("-s", from));
        }
        arguments.addAll(List.of(jar.toString(), "--kafka.bootstrap.servers", broker));
        Map<String, String> settings = new TreeMap<>(SETTINGS);
        settings.put("output.lake", lake().toString());
        settings.putAll(changes);
        settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        must(arguments.toArray(String[]::new));
    }

    /** Cancels the job, and waits for its end; where it can be started again from. */
    String cancel() {
        String job = job();
        must("flink", "cancel", job);
        await(
                "the end of job " + job,
                START_LIMIT,
                () -> api().job(job).filter(JobManagerApi.Job::isOver).isPresent());
        return cluster.newestCheckpoint(job)
                .orElseThrow(() ->
                        CommandFailure.dataMismatch("a cancelled job must leave its checkpoint, left none", job, null))
                .toString();
    }

    /** The job that is not over: its id. */
    String job() {
        return api().jobs().orElse(List.of()).stream()
                .filter(job -> job.name().equals(JOB_NAME) && !job.isOver())
                .map(JobManagerApi.Job::id)
                .findFirst()
                .orElseThrow(() -> CommandFailure.jobFailed("the job must be there, was not", webUi(), null, null));
    }

    /** Waits until the job runs, completes a checkpoint more, and the double entry of that balances. */
    void awaitHealthy(String what, Duration limit) {
        Optional<String> at = jobs().stream().findFirst();
        long before = at.flatMap(job -> api().checkpoints(job))
                .map(JobManagerApi.Checkpoints::completed)
                .orElse(0L);
        await(
                "a job that runs and completes checkpoints after " + what,
                limit,
                () -> jobs().stream()
                        .anyMatch(job ->
                                api().job(job).filter(JobManagerApi.Job::runs).isPresent()
                                        && api().checkpoints(job)
                                                .filter(seen -> !seen.failing()
                                                        && seen.completed()
                                                                > (at.filter(job::equals)
                                                                                .isPresent()
                                                                        ? before
                                                                        : 0))
                                                .isPresent()));
        await("a residual of 0 after " + what, limit, () -> {
            List<Double> residuals = prometheus.ask("flink_taskmanager_job_task_operator_candlewick_ledgerResidual");
            return !residuals.isEmpty() && residuals.stream().allMatch(residual -> residual == 0);
        });
    }

    private List<String> jobs() {
        return api().jobs().orElse(List.of()).stream()
                .filter(job -> job.name().equals(JOB_NAME) && !job.isOver())
                .map(JobManagerApi.Job::id)
                .toList();
    }

    /** Waits for a condition. */
    void await(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            check();
            if (System.nanoTime() - start > limit.toNanos()) {
                throw CommandFailure.jobFailed(
                        what + " must come within " + limit.toSeconds() + " s, did not",
                        options.directory().toString(),
                        "read cluster/logs and commands.log there",
                        null);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Throws where the command was interrupted. */
    void check() {
        if (interruption.requested()) {
            throw new CommandFailure(ExitCode.INTERRUPTED, "interrupted", null, null, null);
        }
    }

    Options options() {
        return options;
    }

    /** By which times of the rules are divided. */
    int factor() {
        return options.factor();
    }

    String broker() {
        return broker;
    }

    AlertFeed feed() {
        return feed;
    }

    DrillPrometheus prometheus() {
        return prometheus;
    }

    LocalFlinkCluster cluster() {
        return cluster;
    }

    CandlewickHome home() {
        return home;
    }

    Path directory() {
        return options.directory();
    }

    Path lake() {
        return options.directory().resolve("lake");
    }

    /** The disk of the checkpoints. */
    LoopDisk disk() {
        if (disk == null) {
            throw new IllegalStateException("a disk must be asked for, was not");
        }
        return disk;
    }

    /** The ports of the processes' metrics, one more than there are processes. */
    List<Integer> metricsPorts() {
        return metricsPorts;
    }

    String webUi() {
        return "http://127.0.0.1:" + webPort;
    }

    JobManagerApi api() {
        return new JobManagerApi(webUi());
    }

    /** What the cluster runs, as its supervisor has last said. */
    ClusterState clusterState() {
        return ClusterState.read(home).orElseThrow();
    }

    /** Has something closed with the stage, before what was started earlier. */
    void closeWith(AutoCloseable one) {
        closings.push(one);
    }

    void note(String text) {
        notes.accept(text);
    }

    @Override
    public void close() {
        // What was started last ends first; by whoever comes first, the drill or an interruption.
        for (AutoCloseable one = closings.poll(); one != null; one = closings.poll()) {
            try {
                one.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                note("not ended: " + e.getMessage());
            }
        }
        interruption.close();
    }
}
