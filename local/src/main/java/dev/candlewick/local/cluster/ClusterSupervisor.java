package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.ProcessMark;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * Keeps the processes of a local cluster alive: a process of its own, which outlives the command that started it.
 *
 * <p>Argument: the home. What to start stands in the cluster's {@code plan.json}. A process that ends is started again. Where
 * no ZooKeeper does it, jobs that ran when the JobManager died are submitted again, under their old ids and from their
 * newest complete checkpoints; never without state where a checkpoint was seen. Asked to terminate, it ends them all.
 */
public final class ClusterSupervisor {
    /** The name of the JobManager among the processes. */
    static final String JOB_MANAGER = "jobmanager";

    private static final String TASK_MANAGER = "taskmanager-";
    private static final long LOOP_NANOS = Duration.ofMillis(100).toNanos();
    private static final long JOBS_NANOS = Duration.ofMillis(400).toNanos();
    private static final Duration QUICK_END = Duration.ofSeconds(8);
    private static final int QUICK_ENDS_MAX = 5;
    private static final int RESUME_ATTEMPTS_MAX = 40;
    private static final Duration RESUME_LIMIT = Duration.ofMinutes(2);
    private static final Duration RESUME_PAUSE = Duration.ofSeconds(2);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final CandlewickHome home;
    private final ClusterFiles files;
    private final ClusterPlan plan;
    private final FlinkProcesses flink;
    private final JobManagerApi api;
    private final PrintStream log;
    private final Map<String, Child> children = Collections.synchronizedMap(new LinkedHashMap<>());
    private volatile boolean stopping;
    private boolean resume = true;
    private long jobsLookedAtNanos;

    private static final class Child {
        final String name;
        final List<String> command;

        @Nullable
        Process process;

        @Nullable
        ProcessMark mark;

        int starts;
        int quickEnds;
        boolean endedByUs;
        long startedNanos;
        long notBeforeNanos;
        ClusterState.Health health = ClusterState.Health.RESTARTING;

        Child(String name, List<String> command) {
            this.name = name;
            this.command = command;
        }
    }

    private ClusterSupervisor(CandlewickHome home, PrintStream log) {
        this.home = home;
        this.files = ClusterFiles.of(home);
        this.plan = ClusterPlan.read(files);
        this.flink = new FlinkProcesses(files);
        this.api = JobManagerApi.of(plan.webUi(), files.conf());
        this.log = log;
    }

    /** Runs until terminated. */
    public static void main(String[] arguments) {
        ClusterSupervisor supervisor = new ClusterSupervisor(new CandlewickHome(Path.of(arguments[0])), System.err);
        Runtime.getRuntime().addShutdownHook(new Thread(supervisor::stop, "candlewick-cluster-stop"));
        // Ctrl-C and hang-up of the terminal that it was started from are not meant for it.
        Signal.handle(new Signal("INT"), SignalHandler.SIG_IGN);
        Signal.handle(new Signal("HUP"), SignalHandler.SIG_IGN);
        supervisor.run();
    }

    private void run() {
        if (plan.ownZooKeeperPort() > 0) {
            add("zookeeper", flink.zooKeeper(plan.ownZooKeeperPort()));
        }
        add(JOB_MANAGER, flink.jobManager());
        for (int number = 1; number <= plan.taskManagers(); number++) {
            add(TASK_MANAGER + number, flink.taskManager(number));
        }
        publish();
        while (!stopping) {
            boolean changed = false;
            for (Child child : children.values()) {
                changed |= keep(child);
            }
            if (changed) {
                publish();
            }
            if (System.nanoTime() - jobsLookedAtNanos > JOBS_NANOS) {
                jobsLookedAtNanos = System.nanoTime();
                lookAtJobs();
            }
            LockSupport.parkNanos(LOOP_NANOS);
        }
    }

    private void add(String name, List<String> command) {
        Child child = new Child(name, command);
        children.put(name, child);
        keep(child);
    }

    /** Starts a process that does not run; true if anything changed. */
    private synchronized boolean keep(Child child) {
        Process process = child.process;
        if (stopping || child.health == ClusterState.Health.FAILED || (process != null && process.isAlive())) {
            return false;
        }
        boolean changed = false;
        if (process != null) {
            child.process = null;
            long livedNanos = System.nanoTime() - child.startedNanos;
            child.quickEnds = livedNanos < QUICK_END.toNanos() && !child.endedByUs ? child.quickEnds + 1 : 0;
            child.endedByUs = false;
            note(child.name + " (process " + process.pid() + ") ended with " + process.exitValue() + " after "
                    + TimeUnit.NANOSECONDS.toMillis(livedNanos) + " ms");
            child.health =
                    child.quickEnds >= QUICK_ENDS_MAX ? ClusterState.Health.FAILED : ClusterState.Health.RESTARTING;
            child.notBeforeNanos =
                    System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(child.quickEnds < 2 ? 0 : 500L * child.quickEnds);
            if (child.name.equals(JOB_MANAGER) && !plan.isHighlyAvailable()) {
                resume = true;
                endTaskManagers();
            }
            changed = true;
        }
        if (child.health == ClusterState.Health.FAILED) {
            note(child.name + " ended " + QUICK_ENDS_MAX + " times right after its start and is left alone");
            return true;
        }
        if (System.nanoTime() - child.notBeforeNanos < 0) {
            return changed;
        }
        try {
            Path out = files.logs().resolve(child.name + ".out");
            ProcessBuilder builder = new ProcessBuilder(child.command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()))
                    .directory(files.root().toFile());
            builder.environment().keySet().removeIf(variable -> variable.startsWith("CANDLEWICK_"));
            builder.environment().putAll(flink.environment());
            Process started = builder.start();
            child.process = started;
            child.mark = ProcessMark.of(started.toHandle());
            child.starts++;
            child.startedNanos = System.nanoTime();
            child.health = ClusterState.Health.RUNNING;
            note(child.name + " started as process " + started.pid());
        } catch (IOException e) {
            child.quickEnds++;
            child.notBeforeNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
            note(child.name + " must start, was refused: " + e);
        }
        return true;
    }

    /**
     * Without high availability the jobs of a dead JobManager are dead too. Their tasks know it when their heartbeat times
     * out, 50 s later; until then they would hold the slots, and a task that still writes would meet the one that replaces
     * it.
     */
    private void endTaskManagers() {
        for (Child child : children.values()) {
            Process process = child.process;
            if (child.name.startsWith(TASK_MANAGER) && process != null && process.isAlive()) {
                child.endedByUs = true;
                process.destroyForcibly();
            }
        }
    }

    private void publish() {
        List<ClusterState.Member> members = new ArrayList<>();
        for (Child child : children.values()) {
            if (child.mark != null) {
                members.add(new ClusterState.Member(
                        child.name, child.mark, child.starts, child.health, flink.log(child.name)));
            }
        }
        new ClusterState(ProcessMark.of(ProcessHandle.current()), plan.webUi(), plan.zooKeeper(), files.root(), members)
                .publish(home);
    }

    private void lookAtJobs() {
        List<SubmittedJob> open =
                SubmittedJob.all(files).stream().filter(job -> !job.isOver()).toList();
        if (open.isEmpty()) {
            resume = false;
            return;
        }
        Optional<List<JobManagerApi.Job>> known = api.jobs();
        if (known.isEmpty()) {
            return;
        }
        for (SubmittedJob job : open) {
            known.get().stream()
                    .filter(candidate -> candidate.id().equals(job.id()))
                    .findFirst()
                    .ifPresent(seen -> {
                        // Asked while it initializes, the JobManager logs an error of its own.
                        String checkpoint = seen.state().equals("INITIALIZING")
                                ? job.checkpoint()
                                : api.newestCheckpoint(job.id()).orElse(job.checkpoint());
                        if (!seen.state().equals(job.state()) || !checkpoint.equals(job.checkpoint())) {
                            job.with(seen.state(), checkpoint, job.resumed(), "")
                                    .write(files);
                        }
                    });
        }
        if (resume
                && api.overview()
                        .filter(overview -> overview.taskManagers() > 0)
                        .isPresent()) {
            // A highly available JobManager brings its jobs back itself, and answers only when it knows them.
            resume = false;
            if (!plan.isHighlyAvailable()) {
                for (SubmittedJob job : open) {
                    if (known.get().stream().noneMatch(seen -> seen.id().equals(job.id()))) {
                        resume(job);
                    }
                }
            }
        }
    }

    private void resume(SubmittedJob job) {
        Optional<String> from = job.newestCheckpoint(files);
        if (from.isEmpty() && !job.checkpoint().isEmpty()) {
            // It had one, and it is gone: the job has ended, or somebody has tidied up. Never from the beginning.
            String why = "not submitted again: its checkpoint " + job.checkpoint() + " is gone";
            note("job " + job.id() + " " + why);
            job.with(SubmittedJob.LOST, job.checkpoint(), job.resumed(), why).write(files);
            return;
        }
        for (int attempt = 1; attempt <= RESUME_ATTEMPTS_MAX && !stopping; attempt++) {
            note("job " + job.id() + ": submitting it again from " + from.orElse("the beginning"));
            if (submit(job, from)) {
                job.with(SubmittedJob.SUBMITTED, job.checkpoint(), job.resumed() + 1, "")
                        .write(files);
                return;
            }
            if (api.job(job.id()).isPresent()) {
                // It was taken, and only the answer was lost.
                job.with(SubmittedJob.SUBMITTED, job.checkpoint(), job.resumed() + 1, "")
                        .write(files);
                return;
            }
            // A dead JobManager must not wait for this.
            children.values().forEach(this::keep);
            publish();
            LockSupport.parkNanos(RESUME_PAUSE.toNanos());
        }
        String why = "not submitted again: refused " + RESUME_ATTEMPTS_MAX + " times, see " + resumeLog(job);
        note("job " + job.id() + " " + why);
        job.with(SubmittedJob.LOST, job.checkpoint(), job.resumed(), why).write(files);
    }

    private Path resumeLog(SubmittedJob job) {
        return files.logs().resolve("resume-" + job.id() + ".out");
    }

    private boolean submit(SubmittedJob job, Optional<String> from) {
        try {
            ProcessBuilder builder = new ProcessBuilder(flink.commandLine("flink-cli", job.resumption(from)))
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(resumeLog(job).toFile()))
                    .directory(job.directory().toFile());
            builder.environment().keySet().removeIf(variable -> variable.startsWith("CANDLEWICK_"));
            builder.environment().putAll(job.environment());
            builder.environment().putAll(flink.environment());
            Process process = builder.start();
            long start = System.nanoTime();
            while (process.isAlive()) {
                if (System.nanoTime() - start > RESUME_LIMIT.toNanos() || stopping) {
                    process.destroyForcibly();
                    return false;
                }
                // Whatever else dies meanwhile is started again meanwhile.
                boolean changed = false;
                for (Child child : children.values()) {
                    changed |= keep(child);
                }
                if (changed) {
                    publish();
                }
                LockSupport.parkNanos(LOOP_NANOS);
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            note("flink run must start, was refused: " + e);
            return false;
        }
    }

    private void stop() {
        stopping = true;
        synchronized (this) {
            List<Child> all = new ArrayList<>(children.values());
            Collections.reverse(all);
            all.forEach(child -> {
                Process process = child.process;
                if (process != null) {
                    process.destroy();
                }
            });
            long start = System.nanoTime();
            for (Child child : all) {
                Process process = child.process;
                while (process != null && process.isAlive()) {
                    if (System.nanoTime() - start > END_LIMIT.toNanos()) {
                        process.destroyForcibly();
                    }
                    LockSupport.parkNanos(LOOP_NANOS / 4);
                }
            }
            note("stopped");
        }
    }

    private void note(String text) {
        log.println(Instant.now() + " " + text);
        log.flush();
    }

    /** The command line of the supervisor of a home. */
    static List<String> command(CandlewickHome home, Path log) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx128m", "-Xms16m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.add("-Dfile.encoding=UTF-8");
        command.add("-D" + FlinkProcesses.MARK + "=" + ClusterFiles.of(home).root());
        command.add("-cp");
        command.add(absolute(System.getProperty("java.class.path")));
        command.add(ClusterSupervisor.class.getName());
        command.add(home.directory().toAbsolutePath().normalize().toString());
        return command;
    }

    /** Where nothing of the class path is relative, whatever directory a process runs in. */
    private static String absolute(String classPath) {
        List<String> entries = new ArrayList<>();
        for (String entry : classPath.split(File.pathSeparator)) {
            if (!entry.isEmpty()) {
                entries.add(new File(entry).getAbsolutePath());
            }
        }
        return String.join(File.pathSeparator, entries);
    }
}
