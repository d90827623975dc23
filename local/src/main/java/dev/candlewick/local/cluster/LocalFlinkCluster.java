package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.cli.ProcessMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The local Flink cluster of a home: started, found and stopped. At most one for each home. */
public final class LocalFlinkCluster {
    /** The web UI's port that is tried first. */
    public static final int PREFERRED_PORT = 8081;

    private static final Duration START_LIMIT = Duration.ofMinutes(3);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(25);
    private static final long CHECK_NANOS = Duration.ofMillis(100).toNanos();
    private static final int LOG_LINES_SHOWN = 12;

    private final CandlewickHome home;
    private final @Nullable Path root;
    private final ClusterFiles files;

    /**
     * The cluster of a home.
     *
     * @param root the directory of the launcher, whose {@code conf} counts
     */
    public LocalFlinkCluster(CandlewickHome home, @Nullable Path root) {
        this.home = home;
        this.root = root;
        this.files = ClusterFiles.of(home);
    }

    /**
     * How a cluster is started.
     *
     * @param taskManagers how many TaskManager processes
     * @param slots of each of them
     * @param port of the web UI on 127.0.0.1; null for 8081 or any free one, 0 for any free one
     * @param profile of {@code conf/profiles}, or a YAML file
     * @param backend {@code hashmap} or {@code rocksdb}; null for what the profile says
     * @param zooKeeper null for none; {@code own} for one that is started with the cluster; or a quorum
     * @param metricsPorts range of the Prometheus reporters' ports, {@code off} for no reporter; null for what the profile
     *     says
     * @param settings any keys of Flink's configuration, stronger than everything else
     * @param fresh forget the jobs that ran when the cluster ended
     * @param log {@code text} or {@code json}; null for what {@code CANDLEWICK_LOG} says
     */
    public record Options(
            int taskManagers,
            int slots,
            @Nullable Integer port,
            String profile,
            @Nullable String backend,
            @Nullable String zooKeeper,
            @Nullable String metricsPorts,
            Map<String, String> settings,
            boolean fresh,
            @Nullable String log) {}

    /**
     * What {@link #up} did.
     *
     * @param state the cluster that runs now
     * @param startedNow false if it ran before
     */
    public record Started(ClusterState state, boolean startedNow) {}

    /**
     * Starts the cluster, or finds the one that runs; returns when every TaskManager has registered.
     *
     * @throws CommandFailure if it does not start
     */
    public Started up(Options options) {
        Optional<Integer> wrong = Stream.of(options.taskManagers(), options.slots())
                .filter(count -> count < 1 || count > 64)
                .findFirst();
        if (wrong.isPresent()) {
            throw CommandFailure.usage(
                    "TaskManagers and slots must lie in 1..64, was " + wrong.get(),
                    "--taskmanagers, --slots",
                    "for example --taskmanagers 2 --slots 2");
        }
        return locked(() -> {
            Optional<ClusterState> running = ClusterState.running(home);
            if (running.isPresent()) {
                return new Started(running.get(), false);
            }
            // A supervisor that was killed leaves its processes behind: nobody would start them again.
            endAll(ClusterState.read(home));
            return new Started(launch(options), true);
        });
    }

    /**
     * Stops every process of the cluster; jobs that ran go on with the next start.
     *
     * @return the cluster that was stopped, or nothing if none ran
     */
    public Optional<ClusterState> down() {
        // Somebody may have removed the directory and left what was published.
        if (!Files.isDirectory(files.root()) && ClusterState.read(home).isEmpty()) {
            return Optional.empty();
        }
        return locked(() -> {
            Optional<ClusterState> state = ClusterState.read(home);
            boolean ran = state.isPresent()
                    && Stream.concat(
                                    Stream.of(state.get().supervisor()),
                                    state.get().processes().stream().map(ClusterState.Member::mark))
                            .anyMatch(ProcessMark::isAlive);
            endAll(state);
            delete(files.rocksDb());
            return ran ? state : Optional.<ClusterState>empty();
        });
    }

    /**
     * The cluster as its supervisor has last told, also where supervisor and processes have died since; changes nothing.
     *
     * @return nothing where none was started, it was stopped, or a command is about to replace a dead one
     */
    public Optional<ClusterState> lastSeen() {
        Optional<ClusterState> state = ClusterState.read(home);
        if (state.isEmpty() || state.get().supervisor().isAlive()) {
            return state;
        }
        // Who stops the cluster ends the supervisor first, and takes its word back a little later.
        try (FileChannel channel = FileChannel.open(files.lock(), StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null ? Optional.empty() : ClusterState.read(home);
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        } catch (IOException e) {
            // The directory is gone, or may not be read: nobody starts or stops anything there.
            return state;
        }
    }

    /**
     * Starts a TaskManager more, which nobody watches: the caller ends it.
     *
     * @param number of it, above those of the cluster
     */
    public ProcessMark addTaskManager(int number) {
        if (ClusterState.running(home).isEmpty()) {
            throw CommandFailure.environment("a cluster must run, did not", null, "./candlewick cluster up", null);
        }
        FlinkProcesses processes = new FlinkProcesses(files);
        Path log = files.logs().resolve("taskmanager-" + number + ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(processes.taskManager(number))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(processes.environment());
            return ProcessMark.of(builder.start().toHandle());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void endAll(Optional<ClusterState> state) {
        if (state.isEmpty()) {
            return;
        }
        end(state.get().supervisor());
        // It may have started one while it was asked to end: what it published last counts.
        for (ClusterState last : Stream.of(ClusterState.read(home), state)
                .flatMap(Optional::stream)
                .toList()) {
            last.processes().forEach(member -> end(member.mark()));
        }
        ClusterState.withdraw(home);
    }

    /** Ends a process of this cluster, and no other: id and start time must be right, and its command line name us. */
    private void end(ProcessMark mark) {
        boolean ours = mark.find().map(process -> isOurs(process, files.root())).orElse(false);
        if (ours && !mark.end(STOP_LIMIT)) {
            throw CommandFailure.environment(
                    "process " + mark.pid() + " of the cluster must end, did not", null, "look at its log", null);
        }
    }

    /** Whether a process was started for the cluster in a directory; true where the system does not tell. */
    static boolean isOurs(ProcessHandle process, Path directory) {
        try {
            String line = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
            return line.isEmpty() || line.contains("-D" + FlinkProcesses.MARK + "=" + directory + "\0");
        } catch (IOException e) {
            return true;
        }
    }

    private ClusterState launch(Options options) throws IOException {
        if (options.fresh()) {
            delete(files.jobs());
            delete(files.zooKeeper());
            delete(files.highAvailability());
        }
        delete(files.work());
        delete(files.rocksDb());
        for (Path directory : List.of(
                files.logs(),
                files.checkpoints(),
                files.savepoints(),
                files.work(),
                files.jobs(),
                files.conf(),
                files.plugins())) {
            Files.createDirectories(directory);
        }
        FlinkLibraries.install(files.lib());
        try (PortClaim web = webPort(options)) {
            return launch(options, plan(options, web.port()));
        }
    }

    private ClusterState launch(Options options, ClusterPlan plan) throws IOException {
        plan.write(files);
        new FlinkConfigurationFiles(root).write(files.conf(), configuration(options, plan), options.log());
        if (plan.ownZooKeeperPort() > 0) {
            Files.createDirectories(files.zooKeeper());
            Files.writeString(
                    files.zooKeeper().resolve("zoo.cfg"),
                    "tickTime=1000\ninitLimit=10\nsyncLimit=5\nadmin.enableServer=false\ndataDir="
                            + files.zooKeeper().resolve("data") + "\nclientPortAddress=127.0.0.1\nclientPort="
                            + plan.ownZooKeeperPort() + "\n");
        }
        Path log = files.logs().resolve("supervisor.log");
        Process process = new ProcessBuilder(ClusterSupervisor.command(home, log))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        return awaitRegistered(process, plan, options);
    }

    private ClusterState awaitRegistered(Process supervisor, ClusterPlan plan, Options options) {
        JobManagerApi api = JobManagerApi.of(plan.webUi(), files.conf());
        long start = System.nanoTime();
        while (System.nanoTime() - start < START_LIMIT.toNanos()
                && !Thread.currentThread().isInterrupted()) {
            if (!supervisor.isAlive()) {
                throw failure("the cluster's supervisor ended right after its start", "supervisor.log");
            }
            Optional<ClusterState> state =
                    ClusterState.read(home).filter(read -> read.supervisor().pid() == supervisor.pid());
            Optional<ClusterState.Member> failed = state.flatMap(read -> read.processes().stream()
                    .filter(member -> member.health() == ClusterState.Health.FAILED)
                    .findFirst());
            if (failed.isPresent()) {
                endAll(state);
                throw failure(
                        failed.get().name() + " must stay, ended again and again",
                        failed.get().name() + ".log");
            }
            if (state.isPresent()
                    && api.overview()
                            .filter(overview -> overview.taskManagers() >= options.taskManagers())
                            .isPresent()) {
                return state.get();
            }
            LockSupport.parkNanos(CHECK_NANOS);
        }
        endAll(ClusterState.read(home));
        new ProcessMark(supervisor.pid(), ProcessMark.startMillis(supervisor.toHandle())).end(STOP_LIMIT);
        throw failure("the cluster must start within " + START_LIMIT.toSeconds() + " s, did not", "jobmanager.log");
    }

    private CommandFailure failure(String what, String logName) {
        Path log = files.logs().resolve(logName);
        String lines = "";
        try {
            List<String> errors = Files.readAllLines(log, StandardCharsets.UTF_8).stream()
                    .filter(line -> line.contains("ERROR") || line.contains("Exception"))
                    .toList();
            List<String> last = errors.subList(Math.max(0, errors.size() - LOG_LINES_SHOWN), errors.size());
            lines = last.isEmpty() ? "" : System.lineSeparator() + String.join(System.lineSeparator(), last);
        } catch (IOException e) {
            // No log, no lines.
        }
        return CommandFailure.environment(what + lines, log.toString(), "read the logs beside it", null);
    }

    /** Of the web UI. */
    private static PortClaim webPort(Options options) {
        Integer port = options.port();
        if (port == null) {
            return PortClaim.of(PREFERRED_PORT).orElseGet(PortClaim::any);
        }
        if (port == 0) {
            return PortClaim.any();
        }
        return PortClaim.of(port)
                .orElseThrow(() -> CommandFailure.environment(
                        "port " + port + " must be free, was taken", "--port", "choose another, or 0", null));
    }

    private ClusterPlan plan(Options options, int webPort) {
        String zooKeeper = options.zooKeeper();
        int own = zooKeeper != null && zooKeeper.equals("own") ? PortClaim.any().port() : 0;
        Map<String, String> values = new TreeMap<>(new FlinkConfigurationFiles(root).resolve(options.profile()));
        values.putAll(options.settings());
        return new ClusterPlan(
                options.taskManagers(),
                webPort,
                RestTls.isEnabled(values),
                zooKeeper == null ? ClusterPlan.NO_ZOOKEEPER : own > 0 ? "127.0.0.1:" + own : zooKeeper,
                own);
    }

    private Map<String, String> configuration(Options options, ClusterPlan plan) {
        Map<String, String> values = new TreeMap<>(new FlinkConfigurationFiles(root).resolve(options.profile()));
        String here = "127.0.0.1";
        values.put("jobmanager.rpc.address", here);
        values.put("jobmanager.rpc.port", Integer.toString(PortClaim.any().port()));
        values.put("jobmanager.bind-host", here);
        values.put("taskmanager.host", here);
        values.put("taskmanager.bind-host", here);
        values.put("taskmanager.numberOfTaskSlots", Integer.toString(options.slots()));
        values.put("rest.address", here);
        values.put("rest.bind-address", here);
        values.put("rest.port", Integer.toString(plan.webPort()));
        values.put("rest.bind-port", Integer.toString(plan.webPort()));
        values.put("execution.checkpointing.dir", files.checkpoints().toUri().toString());
        values.put(
                "execution.checkpointing.savepoint-dir",
                files.savepoints().toUri().toString());
        values.put("process.working-dir", files.work().resolve("process").toString());
        values.put("io.tmp.dirs", files.work().toString());
        values.put("state.backend.rocksdb.localdir", files.rocksDb().toString());
        if (options.backend() != null) {
            values.put("state.backend.type", backend(options.backend()));
        }
        if (plan.isHighlyAvailable()) {
            values.put("high-availability.type", "zookeeper");
            values.put("high-availability.zookeeper.quorum", plan.zooKeeper());
            values.put(
                    "high-availability.storageDir",
                    files.highAvailability().toUri().toString());
            // Several clusters may share a ZooKeeper: each home is one of them.
            values.put(
                    "high-availability.cluster-id",
                    "/" + Integer.toHexString(files.root().hashCode()));
            // One machine: a dead JobManager's ephemeral nodes need not wait for the usual minute.
            values.put("high-availability.zookeeper.client.session-timeout", "6000");
        } else {
            values.keySet().removeIf(key -> key.startsWith("high-availability."));
            values.put("high-availability.type", "NONE");
        }
        if (options.metricsPorts() != null) {
            if (options.metricsPorts().equals("off")) {
                values.keySet().removeIf(key -> key.startsWith("metrics."));
            } else {
                values.put("metrics.reporter.prom.port", options.metricsPorts());
            }
        }
        values.putAll(options.settings());
        return values;
    }

    private static String backend(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "heap", "hashmap" -> "hashmap";
            case "rocksdb" -> "rocksdb";
            default ->
                throw CommandFailure.usage(
                        "state backend must be hashmap or rocksdb, was " + text, "--backend", "--backend rocksdb");
        };
    }

    private static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> walk = Files.walk(tree)) {
                for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private interface Locked<T> {
        T run() throws IOException;
    }

    private <T> T locked(Locked<T> work) {
        try {
            Files.createDirectories(files.root());
            // Two commands together must not start two clusters.
            try (FileChannel channel =
                            FileChannel.open(files.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                return work.run();
            }
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "the cluster's directory must be writable, was refused: " + e,
                    files.root().toString(),
                    "free or repair the disk, or set CANDLEWICK_HOME to another directory",
                    e);
        }
    }

    /** The jobs that were submitted through {@link FlinkCommandLine}, as the supervisor sees them: state by id. */
    Map<String, SubmittedJob> submitted() {
        Map<String, SubmittedJob> jobs = new TreeMap<>();
        SubmittedJob.all(files).forEach(job -> jobs.put(job.id(), job));
        return jobs;
    }

    /** How a job was submitted through {@link FlinkCommandLine}; nothing where it came another way. */
    public Optional<JobSubmission> submission(String job) {
        return SubmittedJob.read(files, job).map(SubmittedJob::submission);
    }

    /**
     * Tells the supervisor that a job has ended, so that it is not submitted again.
     *
     * @param state of {@code JobStatus}
     */
    public void ended(String job, String state) {
        SubmittedJob.read(files, job)
                .filter(known -> !known.state().equals(state))
                .ifPresent(known -> known.with(state, known.checkpoint(), known.resumed(), known.note())
                        .write(files));
    }

    /** A copy of a jar that stays as it is, whatever becomes of the file. */
    public Path keep(Path jar) {
        return new KeptJars(files).keep(jar);
    }

    /** Where checkpoints go of jobs that name no directory of their own. */
    public Path checkpoints() {
        return files.checkpoints();
    }

    /** Where savepoints go that name no directory of their own. */
    public Path savepoints() {
        return files.savepoints();
    }

    /**
     * Kills every TaskManager, whose supervisor starts them again: for tasks that do not end when they are asked. Jobs that run
     * there go on from their newest checkpoints.
     *
     * @return how many there were
     */
    public int killTaskManagers() {
        int killed = 0;
        for (ClusterState.Member member :
                ClusterState.running(home).map(ClusterState::processes).orElse(List.of())) {
            Optional<ProcessHandle> process = member.mark().find().filter(found -> isOurs(found, files.root()));
            if (member.name().startsWith("taskmanager-") && process.isPresent()) {
                process.get().destroyForcibly();
                killed++;
            }
        }
        return killed;
    }

    /** Where a job that names no directory of its own keeps its checkpoints. */
    public Path checkpoints(String job) {
        return files.checkpoints().resolve(job);
    }

    /** The newest complete checkpoint of such a job. */
    public Optional<Path> newestCheckpoint(String job) {
        return SubmittedJob.newestBelow(checkpoints(job));
    }
}
