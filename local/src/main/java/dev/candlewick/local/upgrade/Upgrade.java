package dev.candlewick.local.upgrade;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.streaming.CheckpointDirectory;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cluster.FlinkCommandLine;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.JobSubmission;
import dev.candlewick.local.cluster.LocalFlinkCluster;
import dev.candlewick.savepoints.HashManifest;
import dev.candlewick.savepoints.SavepointException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One upgrade of one job, from the verification of the new jar to a job that is well: the new one, or the old one again. What
 * it does next follows from its {@link UpgradeJournal} alone, so that another process can go on where one was killed.
 *
 * <p>Nothing is published twice, and nothing is lost (docs/adr/0018): until the new job's first checkpoint is complete, none of
 * its transactions is committed, and the old job starts from the savepoint; from then on only from the new job's last
 * checkpoint, and only where the old jar can read that. One thread, one use.
 */
final class Upgrade {
    private static final long POLL_NANOS = Duration.ofMillis(100).toNanos();
    private static final Duration END_PATIENCE = Duration.ofSeconds(8);
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    /** A task that does not end takes its TaskManager down after three minutes. */
    private static final Duration END_LIMIT_ALONE = Duration.ofMinutes(5);

    private static final Duration SLOTS_LIMIT = Duration.ofSeconds(60);
    private static final int FAILURES_MAX = 2;
    private static final int FAILED_CHECKPOINTS_MAX = 3;
    private static final Pattern LEFT_BEHIND = Pattern.compile("savepoint has been created at: (\\S+?),? ");
    private static final Pattern CAUSE = Pattern.compile("(?:Caused by: )?([\\w.$]+(?:Exception|Error)\\b.*)");

    /** The user has ended the command; the journal says how far it came. */
    static final class InterruptedUpgradeException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** How an upgrade ended. */
    enum Outcome {
        /** The new job runs and is well. */
        UPGRADED,
        /** It could be done; nothing was stopped. */
        POSSIBLE,
        /** It must not be done; nothing was stopped. */
        REFUSED,
        /** A second job beside the first published something else; the first was not touched. */
        DIFFERENT,
        /** A second job beside the first could not prove the jar; the first was not touched. */
        NOT_PROMOTED,
        /** The old job could not be stopped with a savepoint and runs on. */
        NOT_STOPPED,
        /** The old job runs again, and its outputs are as if nothing had happened. */
        ROLLED_BACK,
        /** Neither new nor old job could be made to run well; somebody must look. */
        NOT_ROLLED_BACK
    }

    /**
     * One thing that was done.
     *
     * @param step its name
     * @param millis how long it took
     * @param detail what came of it
     */
    record Step(String step, long millis, String detail) {}

    /**
     * What an upgrade has come to.
     *
     * @param job that runs now, as far as one does
     * @param savepoint that the old job was stopped with, empty for none
     * @param reason why it was not upgraded, empty where it was
     * @param fix what to do, empty for nothing
     * @param steps what was done
     * @param downMillis from the request to stop until a job was well again; 0 where nothing was stopped
     */
    record Result(
            Outcome outcome,
            String job,
            String savepoint,
            String reason,
            String fix,
            List<Step> steps,
            long downMillis) {}

    /**
     * What is allowed.
     *
     * @param savepoints where savepoints go, as a URI or an absolute path
     * @param timeout how long a job may take from its submission until it is well
     * @param checkpoints that the new job must complete
     */
    record Limits(String savepoints, Duration timeout, int checkpoints) {}

    private final LocalFlinkCluster cluster;
    private final FlinkCommandLine flink;
    private final JobManagerApi api;
    private final Path work;
    private final Limits limits;
    private final Consumer<String> notes;
    private final BooleanSupplier interrupted;
    private final JobWatch watch;
    private final List<Step> steps = new ArrayList<>();
    private long stepNanos = System.nanoTime();
    private long stopNanos;

    /**
     * An upgrade.
     *
     * @param work a directory for logs
     * @param notes receives a line for each step
     * @param interrupted asked while it waits
     */
    Upgrade(
            LocalFlinkCluster cluster,
            FlinkCommandLine flink,
            Path work,
            Limits limits,
            Consumer<String> notes,
            BooleanSupplier interrupted) {
        this.cluster = cluster;
        this.flink = flink;
        this.api = JobManagerApi.of(flink.cluster());
        this.work = work;
        this.limits = limits;
        this.notes = notes;
        this.interrupted = interrupted;
        this.watch = new JobWatch(api, interrupted);
    }

    /**
     * Verifies the new job and, unless it is a rehearsal, upgrades.
     *
     * @param dryRun whether to end before anything is stopped
     */
    Result run(UpgradeJournal journal, boolean dryRun) {
        journal.enter(UpgradeJournal.Phase.VERIFYING);
        String job = journal.get("job");
        try (Judgement judge = Judgement.of(
                        journal.next(),
                        configuration(),
                        work.resolve("upgrade-verify.log"),
                        Duration.ofMinutes(2),
                        interrupted);
                KafkaLag lag = lag(journal.next())) {
            Optional<String> wrong = refusal(journal, judge, lag);
            if (wrong.isEmpty()) {
                wrong = rehearse(job, judge);
            }
            if (wrong.isPresent()) {
                journal.end();
                return refused(job, wrong.get());
            }
            if (dryRun) {
                journal.end();
                return result(Outcome.POSSIBLE, job, "", "", "run it without --dry-run");
            }
            journal.set("newCheckpoints", checkpointDirectory(journal.next(), judge.parameter("checkpoint.dir")));
            journal.set("slots", Integer.toString(judge.slots()));
            journal.set("trigger", JobManagerApi.newTrigger());
            journal.set("behind", behind(lag));
            journal.enter(UpgradeJournal.Phase.STOPPING);
            stopNanos = System.nanoTime();
            stepNanos = stopNanos;
            Optional<String> refused = api.savepoint(job, limits.savepoints(), journal.get("trigger"), true);
            if (refused.isPresent()) {
                journal.end();
                return result(Outcome.NOT_STOPPED, job, "", "the old job was not stopped: " + refused.get(), "");
            }
            return goOn(journal, judge);
        } catch (Judgement.NoJobException e) {
            journal.end();
            return refused(job, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            if (journal.phase() == UpgradeJournal.Phase.VERIFYING) {
                // Nothing was stopped: there is nothing to go on with.
                journal.end();
            }
            throw e;
        }
    }

    private Result refused(String job, String reason) {
        step("verify", "refused");
        return result(Outcome.REFUSED, job, "", reason, "the old job runs on, nothing was stopped");
    }

    /** What forbids the upgrade before any state is looked at. */
    private Optional<String> refusal(UpgradeJournal journal, Judgement judge, @Nullable KafkaLag lag) {
        String until = judge.parameter("source.until");
        if (until != null && !until.equalsIgnoreCase("never")) {
            return Optional.of("source.until must be never, was " + until
                    + ": a job that ends publishes its open windows as if they were complete");
        }
        JobManagerApi.Overview overview = api.overview().orElse(new JobManagerApi.Overview(0, 0, 0));
        int taken = api.slots(journal.get("job"));
        if (judge.slots() > overview.freeSlots() + taken) {
            return Optional.of("the new job must find its " + judge.slots() + " slots, " + overview.freeSlots()
                    + " are free and the old job leaves " + taken);
        }
        if (lag == null) {
            notes.accept("the lag is not looked at: this installation does not understand the job's options");
        }
        return Optional.empty();
    }

    /** Takes a savepoint beside the running job, judges it and throws it away: what is to come, without a stop. */
    private Optional<String> rehearse(String job, Judgement judge) throws Judgement.NoJobException {
        String trigger = JobManagerApi.newTrigger();
        long start = System.nanoTime();
        Optional<String> refused = api.savepoint(job, limits.savepoints(), trigger, false);
        if (refused.isPresent()) {
            return Optional.of("the old job must be able to take a savepoint, was refused: " + refused.get());
        }
        JobManagerApi.SavepointState taken = awaitSavepoint(job, trigger, Duration.ofMinutes(10));
        if (taken.path().isEmpty()) {
            return Optional.of("the old job must be able to take a savepoint, was not: " + taken.failure());
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        Judgement.Findings findings = judge.verify(taken.path(), Duration.ofMinutes(10));
        delete(taken.path());
        if (!findings.restorable()) {
            return Optional.of(findings.reasons());
        }
        step("verify", "the new job can start from a savepoint, which took " + seconds(millis));
        return Optional.empty();
    }

    /**
     * Goes on from where the journal stands.
     *
     * @param judge of the new job; null where there is none yet
     */
    Result goOn(UpgradeJournal journal, @Nullable Judgement judge) {
        while (true) {
            switch (journal.phase()) {
                case VERIFYING, GREEN -> {
                    journal.end();
                    return result(
                            Outcome.NOT_STOPPED, journal.get("job"), "", "nothing was stopped", "run upgrade again");
                }
                case STOPPING -> {
                    Result ended = awaitStop(journal);
                    if (ended != null) {
                        return ended;
                    }
                }
                case STOPPED -> prepareStart(journal, judge);
                case STARTING -> {
                    Result upgraded = start(journal);
                    if (upgraded != null) {
                        return upgraded;
                    }
                }
                case ROLLING_BACK -> {
                    Result stuck = endNew(journal);
                    if (stuck != null) {
                        return stuck;
                    }
                }
                case RESTORING -> {
                    return restore(journal);
                }
            }
        }
    }

    /** Turns an upgrade that was interrupted behind the stop, so that it goes on to the old job. */
    void turnBack(UpgradeJournal journal) {
        switch (journal.phase()) {
            case STOPPED, STARTING -> back(journal, "somebody asked to go back");
            default -> {
                // Before the stop there is nothing to go back from, and behind it goes back already.
            }
        }
    }

    private void back(UpgradeJournal journal, String reason) {
        journal.set("reason", reason);
        journal.enter(UpgradeJournal.Phase.ROLLING_BACK);
    }

    private @Nullable Result awaitStop(UpgradeJournal journal) {
        String job = journal.get("job");
        JobManagerApi.SavepointState taken = awaitSavepoint(job, journal.get("trigger"), Duration.ofMinutes(30));
        String path = taken.path();
        if (path.isEmpty()) {
            // The savepoint may stand although the job did not end as it should: then nothing older may be restored.
            Matcher left = LEFT_BEHIND.matcher(taken.failure());
            path = left.find()
                    ? left.group(1)
                    : api.checkpoints(job)
                            .map(JobManagerApi.Checkpoints::savepoint)
                            .orElse("");
            Optional<JobManagerApi.Job> seen = api.job(job);
            if (path.isEmpty() || seen.filter(now -> !now.isOver()).isPresent()) {
                journal.end();
                step("stop", "failed");
                return result(
                        Outcome.NOT_STOPPED,
                        job,
                        path,
                        "the old job was not stopped: " + taken.failure(),
                        seen.isPresent() ? "it goes on as it was" : "look at cluster status");
            }
        }
        String savepoint = path;
        await(
                "the end of the old job",
                END_LIMIT,
                () -> api.job(job).map(JobManagerApi.Job::isOver).orElse(true));
        cluster.ended(job, "FINISHED");
        step("stop", savepoint);
        journal.set("savepoint", savepoint);
        journal.enter(UpgradeJournal.Phase.STOPPED);
        return null;
    }

    private void prepareStart(UpgradeJournal journal, @Nullable Judgement judge) {
        String savepoint = journal.get("savepoint");
        try {
            org.apache.flink.core.fs.Path directory = new org.apache.flink.core.fs.Path(savepoint);
            if (!HashManifest.exists(directory)) {
                step("hash", HashManifest.write(directory) + " files");
            }
            if (judge == null) {
                try (Judgement made = Judgement.of(
                        journal.next(),
                        configuration(),
                        work.resolve("upgrade-verify.log"),
                        limits.timeout(),
                        interrupted)) {
                    verifyStopped(journal, made);
                }
            } else {
                verifyStopped(journal, judge);
            }
        } catch (Judgement.NoJobException | SavepointException e) {
            back(journal, String.valueOf(e.getMessage()));
        }
    }

    private void verifyStopped(UpgradeJournal journal, Judgement judge) throws Judgement.NoJobException {
        Judgement.Findings findings = judge.verify(journal.get("savepoint"), limits.timeout());
        if (!findings.restorable()) {
            step("verify again", "refused");
            back(journal, findings.reasons());
            return;
        }
        step("verify again", "every file is what the manifest says, and the new job can start from it");
        journal.set("newJob", JobManagerApi.newTrigger());
        journal.enter(UpgradeJournal.Phase.STARTING);
    }

    /** Starts and watches the new job; null where the way goes back. */
    private @Nullable Result start(UpgradeJournal journal) {
        String job = journal.get("newJob");
        long start = System.nanoTime();
        try (KafkaLag lag = lag(journal.next())) {
            KafkaLag.Position before = lag == null ? null : lag.position();
            if (before != null && !journal.get("behind").isEmpty()) {
                before = new KafkaLag.Position(
                        before.read(), Math.max(before.behind(), Long.parseLong(journal.get("behind"))));
            }
            if (api.job(job).isEmpty() && newestCheckpoint(journal).isEmpty()) {
                Optional<String> failed = submit(journal.next(), job, journal.get("savepoint"));
                if (failed.isPresent()) {
                    step("start", "failed");
                    back(journal, failed.get());
                    return null;
                }
                step("start", "job " + job);
            }
            Duration left = limits.timeout().minusNanos(System.nanoTime() - start);
            JobWatch.Verdict verdict = watch.watch(
                    job,
                    new JobWatch.Terms(limits.checkpoints(), FAILURES_MAX, FAILED_CHECKPOINTS_MAX, lag, before),
                    left);
            step("watch", verdict.text());
            if (verdict.well()) {
                journal.end();
                return result(Outcome.UPGRADED, job, journal.get("savepoint"), "", "");
            }
            back(journal, verdict.text());
            return null;
        } catch (CommandFailure e) {
            back(journal, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Ends the new job and decides from where the old one goes on; null where it can. */
    private @Nullable Result endNew(UpgradeJournal journal) {
        String job = journal.get("newJob");
        boolean readable = false;
        boolean finished = false;
        if (!job.isEmpty()) {
            // Looked at before it is ended: a job that limps is better than none, where there is no way back.
            Optional<String> reached = newestCheckpoint(journal);
            if (reached.isPresent()
                    && api.job(job).filter(seen -> !seen.isOver()).isPresent()) {
                Optional<String> stuck = unreadable(journal, reached.get());
                if (stuck.isPresent()) {
                    journal.end();
                    step("go back", "not possible");
                    return result(
                            Outcome.NOT_ROLLED_BACK,
                            job,
                            journal.get("savepoint"),
                            journal.get("reason") + "; and the old job cannot go on behind what the new one has"
                                    + " published: " + stuck.get(),
                            "the new job was left as it is. Mend it and upgrade again");
                }
                readable = true;
            }
            endJob(job, true);
            finished =
                    api.job(job).filter(seen -> seen.state().equals("FINISHED")).isPresent();
        }
        Optional<String> reached = job.isEmpty() ? Optional.empty() : newestCheckpoint(journal);
        String from = reached.orElse(journal.get("savepoint"));
        Optional<String> stuck = Optional.empty();
        if (finished) {
            stuck = Optional.of("the new job has ended by itself, has published what it had, and left no checkpoint");
        } else if (reached.isPresent()) {
            HashManifest.write(new org.apache.flink.core.fs.Path(from));
            stuck = readable ? stuck : unreadable(journal, from);
        } else {
            try {
                List<String> problems = HashManifest.exists(new org.apache.flink.core.fs.Path(from))
                        ? HashManifest.check(new org.apache.flink.core.fs.Path(from))
                        : List.of();
                stuck = problems.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", problems));
            } catch (SavepointException e) {
                stuck = Optional.of(String.valueOf(e.getMessage()));
            }
        }
        if (stuck.isPresent()) {
            journal.end();
            step("go back", "not possible");
            return result(
                    Outcome.NOT_ROLLED_BACK,
                    "",
                    journal.get("savepoint"),
                    journal.get("reason") + "; and the old job cannot start from " + from + ": " + stuck.get(),
                    "nothing runs. Start a job that can: ./candlewick flink run -d -s " + from + " JAR …");
        }
        step(
                "go back",
                reached.isPresent()
                        ? "the new job has published: the old one goes on from its last checkpoint " + from
                        : "the new job has published nothing: the old one goes on from its savepoint");
        journal.set("from", from);
        journal.set("restoredJob", JobManagerApi.newTrigger());
        journal.enter(UpgradeJournal.Phase.RESTORING);
        return null;
    }

    /** Why the old job cannot start from what the new one has reached; nothing where it can. */
    private Optional<String> unreadable(UpgradeJournal journal, String checkpoint) {
        try (Judgement judge = Judgement.of(
                journal.old(),
                configuration(),
                work.resolve("upgrade-verify-old.log"),
                limits.timeout(),
                interrupted)) {
            Judgement.Findings findings = judge.verify(checkpoint, limits.timeout());
            return findings.restorable() ? Optional.empty() : Optional.of(findings.reasons());
        } catch (Judgement.NoJobException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private Result restore(UpgradeJournal journal) {
        String job = journal.get("restoredJob");
        String from = journal.get("from");
        String reason = journal.get("reason");
        awaitSlots(journal);
        long start = System.nanoTime();
        Optional<String> failed = api.job(job).isPresent() ? Optional.empty() : submit(journal.old(), job, from);
        JobWatch.Verdict verdict = failed.map(text -> new JobWatch.Verdict(false, text))
                .orElseGet(() -> watch.watch(
                        job,
                        new JobWatch.Terms(1, FAILURES_MAX, FAILED_CHECKPOINTS_MAX, null, null),
                        limits.timeout().minusNanos(System.nanoTime() - start)));
        step("start the old job", verdict.text());
        journal.end();
        if (!verdict.well()) {
            return result(
                    Outcome.NOT_ROLLED_BACK,
                    job,
                    journal.get("savepoint"),
                    reason + "; and the old job, started again from " + from + ", is not well: " + verdict.text(),
                    "look at ./candlewick cluster status and the logs. Where it has ended, start it from its newest"
                            + " checkpoint, and only where it has none from " + from);
        }
        return result(Outcome.ROLLED_BACK, job, journal.get("savepoint"), reason, "");
    }

    /** Waits for slots that a killed TaskManager takes with it. */
    private void awaitSlots(UpgradeJournal journal) {
        long start = System.nanoTime();
        int needed = Integer.parseInt(journal.get("oldSlots"));
        while (api.job(journal.get("restoredJob")).isEmpty()
                && api.overview().filter(seen -> seen.freeSlots() >= needed).isEmpty()
                && System.nanoTime() - start < SLOTS_LIMIT.toNanos()) {
            pause();
        }
    }

    /** Submits a job; why it failed, or nothing. */
    Optional<String> submit(JobSubmission job, String id, String from) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try {
            endClients(id);
            OptionalInt exit = flink.submit(job, id, from, said, limits.timeout());
            String text;
            synchronized (said) {
                text = said.toString(StandardCharsets.UTF_8);
            }
            if (exit.isEmpty()) {
                return Optional.of("the main of the jar must submit its job within "
                        + limits.timeout().toSeconds() + " s, did not");
            }
            if (exit.getAsInt() != 0) {
                return Optional.of("flink run ended with " + exit.getAsInt() + ": " + cause(text));
            }
            if (api.job(id).isEmpty()) {
                return Optional.of("the main of the jar must submit its job, submitted none: " + cause(text));
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("flink run must start, was refused: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedUpgradeException();
        } finally {
            if (interrupted.getAsBoolean()) {
                notes.accept("interrupted while job " + id + " was submitted");
            }
        }
    }

    /** The innermost cause in what a client has printed, else its last line. */
    private static String cause(String text) {
        String found = "";
        String last = "";
        for (String line : text.lines().map(String::strip).toList()) {
            Matcher matcher = CAUSE.matcher(line);
            if (!line.startsWith("at ") && matcher.matches()) {
                found = matcher.group(1);
            }
            last = line.isEmpty() ? last : line;
        }
        return found.isEmpty() ? last : found;
    }

    /** Ends clients that a killed command has left behind and that would submit the job later. */
    private static void endClients(String id) throws IOException {
        Path processes = Path.of("/proc");
        if (!Files.isDirectory(processes)) {
            return;
        }
        List<ProcessHandle> left = ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> {
                    try {
                        return Files.readString(
                                        processes
                                                .resolve(Long.toString(process.pid()))
                                                .resolve("cmdline"),
                                        StandardCharsets.ISO_8859_1)
                                .contains("$internal.pipeline.job-id=" + id + "\0");
                    } catch (IOException e) {
                        // It has ended, or belongs to somebody else.
                        return false;
                    }
                })
                .toList();
        for (ProcessHandle process : left) {
            process.destroyForcibly();
            process.onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }
    }

    /** Where the cluster's configuration is. */
    Path configuration() {
        return flink.cluster().directory().resolve("conf");
    }

    /** Whether the user has ended the command. */
    boolean isInterrupted() {
        return interrupted.getAsBoolean();
    }

    /**
     * Ends a job without a savepoint and waits until it is really gone.
     *
     * @param kill whether TaskManagers are killed where its tasks do not end; others may run there
     */
    void endJob(String job, boolean kill) {
        // First, so that the supervisor does not submit it again.
        cluster.ended(job, "CANCELED");
        try {
            endClients(job);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        long start = System.nanoTime();
        boolean killed = false;
        while (true) {
            Optional<List<JobManagerApi.Job>> jobs = api.jobs();
            Optional<JobManagerApi.Job> seen = jobs.flatMap(
                    all -> all.stream().filter(one -> one.id().equals(job)).findFirst());
            if (jobs.isPresent() && seen.map(JobManagerApi.Job::isOver).orElse(true)) {
                step(
                        "end job " + job.substring(0, 8),
                        seen.map(one -> "it is " + one.state()).orElse("it never ran"));
                return;
            }
            if (seen.filter(one -> !one.state().equals("CANCELLING")).isPresent()) {
                api.cancel(job);
            }
            long waited = System.nanoTime() - start;
            if (waited > END_PATIENCE.toNanos() && kill && !killed) {
                killed = true;
                notes.accept("tasks of job " + job + " do not end when they are asked: killing "
                        + cluster.killTaskManagers() + " TaskManagers, which start again");
            }
            if (waited > (kill ? END_LIMIT : END_LIMIT_ALONE).toNanos()) {
                throw CommandFailure.jobFailed(
                        "job " + job + " must end, did not",
                        null,
                        "end it (./candlewick flink cancel " + job + "), then ./candlewick upgrade --resume",
                        null);
            }
            // Also where the user wants to leave: what was begun beside a running job is not left behind.
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** The newest complete checkpoint of the new job, wherever it is known. */
    private Optional<String> newestCheckpoint(UpgradeJournal journal) {
        String job = journal.get("newJob");
        String directory = journal.get("newCheckpoints") + "/" + job;
        try {
            return CheckpointDirectory.newestOfJob(directory).or(() -> api.newestCheckpoint(job));
        } catch (IOException e) {
            throw CommandFailure.environment(
                    "the checkpoints of the new job must be readable, were not: " + e.getMessage(),
                    directory,
                    "make them readable, then ./candlewick upgrade --resume",
                    e);
        }
    }

    private String checkpointDirectory(JobSubmission job, @Nullable String configured) {
        if (configured == null || configured.isEmpty()) {
            return cluster.checkpoints().toUri().toString();
        }
        return configured.contains(":/")
                ? configured
                : job.directory().resolve(configured).normalize().toUri().toString();
    }

    /** Waits for what becomes of a savepoint. */
    JobManagerApi.SavepointState awaitSavepoint(String job, String trigger, Duration limit) {
        long start = System.nanoTime();
        while (true) {
            Optional<JobManagerApi.SavepointState> state = api.savepointState(job, trigger);
            if (state.isPresent() && !state.get().inProgress()) {
                return state.get();
            }
            boolean unknown = state.isEmpty() && api.jobs().isPresent();
            if (unknown && System.nanoTime() - start > Duration.ofSeconds(5).toNanos()) {
                return new JobManagerApi.SavepointState(false, "", "the JobManager knows nothing of it");
            }
            if (System.nanoTime() - start > limit.toNanos()) {
                return new JobManagerApi.SavepointState(false, "", "not complete after " + limit.toSeconds() + " s");
            }
            pause();
        }
    }

    private void await(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()) {
                throw CommandFailure.jobFailed(
                        what + " must come within " + limit.toSeconds() + " s, did not",
                        null,
                        "look at ./candlewick cluster status, then ./candlewick upgrade --resume",
                        null);
            }
            pause();
        }
    }

    private void pause() {
        if (interrupted.getAsBoolean()) {
            throw new InterruptedUpgradeException();
        }
        LockSupport.parkNanos(POLL_NANOS);
    }

    /** The lag of a job; null where this installation does not understand its options. */
    private static @Nullable KafkaLag lag(JobSubmission job) {
        try {
            return new KafkaLag(StreamingJob.resolve(
                    CommandLineArguments.parse(
                            ProgramArguments.absoluteConfig(job).toArray(String[]::new)),
                    job.environment()));
        } catch (ConfigurationException e) {
            return null;
        }
    }

    private static String behind(@Nullable KafkaLag lag) {
        KafkaLag.Position position = lag == null ? null : lag.position();
        return position == null ? "" : Long.toString(position.behind());
    }

    /** Deletes a savepoint that nobody needs any more. */
    static void delete(String savepoint) {
        org.apache.flink.core.fs.Path path = new org.apache.flink.core.fs.Path(savepoint);
        try {
            path.getFileSystem().delete(path, true);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Notes what was done since the last step. */
    void step(String name, String detail) {
        long now = System.nanoTime();
        Step step = new Step(name, TimeUnit.NANOSECONDS.toMillis(now - stepNanos), detail);
        stepNanos = now;
        steps.add(step);
        notes.accept(name + ": " + detail + " (" + seconds(step.millis()) + ")");
    }

    /** What it has come to. */
    Result result(Outcome outcome, String job, String savepoint, String reason, String fix) {
        long down = stopNanos == 0 ? 0 : TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - stopNanos);
        return new Result(outcome, job, savepoint, reason, fix, List.copyOf(steps), down);
    }

    static String seconds(long millis) {
        return millis / 1000 + "." + millis % 1000 / 100 + " s";
    }
}
