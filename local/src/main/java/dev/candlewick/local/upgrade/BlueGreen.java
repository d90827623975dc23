package dev.candlewick.local.upgrade;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.operators.PartitionMark;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.JobSubmission;
import dev.candlewick.savepoints.Savepoint;
import dev.candlewick.savepoints.SavepointContents;
import dev.candlewick.savepoints.SavepointMigration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.TopicPartition;

/**
 * Proves a jar beside the running job: a fork of its state without that of its sinks, under a group, transactional ids,
 * topics, lake and checkpoints of its own, is compared window by window and thrown away. The running job, blue, is never
 * touched: a fork with blue's sink state would abort blue's transactions (failure modes 4.6).
 */
final class BlueGreen {
    private static final Duration WATCH_LIMIT_MIN = Duration.ofSeconds(60);
    private static final int FAILURES_MAX = 2;

    private final Upgrade upgrade;
    private final JobManagerApi api;
    private final Upgrade.Limits limits;
    private final Path work;

    /**
     * A proof.
     *
     * @param work a directory for logs and what green writes
     */
    BlueGreen(Upgrade upgrade, JobManagerApi api, Upgrade.Limits limits, Path work) {
        this.upgrade = upgrade;
        this.api = api;
        this.limits = limits;
        this.work = work;
    }

    /**
     * Runs green beside blue until so many windows are equal.
     *
     * @param windows of the finest interval
     * @param limit after which it is given up
     * @return why the jar must not be promoted; nothing where it may be
     */
    Optional<Upgrade.Result> prove(UpgradeJournal journal, int windows, Duration limit) {
        String blueJob = journal.get("job");
        ResolvedConfiguration blue = resolve(journal.old());
        String id = JobManagerApi.newTrigger();
        String bluePrefix = blue.get(CandlewickOptions.TOPIC_PREFIX);
        String greenPrefix = "green-" + id.substring(0, 8) + "." + bluePrefix;
        Path directory = work.resolve("green-" + id.substring(0, 8));
        JobSubmission green = green(journal.next(), resolve(journal.next()), greenPrefix, directory);
        journal.set("greenJob", id);
        journal.set("greenPrefix", greenPrefix);
        journal.set("greenDirectory", directory.toString());
        journal.enter(UpgradeJournal.Phase.GREEN);
        Optional<Upgrade.Result> result;
        try {
            result = prove(journal, blue, blueJob, bluePrefix, green, windows, limit);
        } catch (RuntimeException e) {
            clean(journal);
            journal.end();
            throw e;
        }
        clean(journal);
        return result;
    }

    private Optional<Upgrade.Result> prove(
            UpgradeJournal journal,
            ResolvedConfiguration blue,
            String blueJob,
            String bluePrefix,
            JobSubmission green,
            int windows,
            Duration limit) {
        String greenJob = journal.get("greenJob");
        Path directory = Path.of(journal.get("greenDirectory"));
        String fork = directory.resolve("fork").toUri().toString();
        Map<TopicPartition, Long> from = OutputComparison.ends(blue, bluePrefix);
        String trigger = JobManagerApi.newTrigger();
        Optional<String> refused = api.savepoint(blueJob, directory.toUri().toString(), trigger, false);
        JobManagerApi.SavepointState taken = refused.isPresent()
                ? new JobManagerApi.SavepointState(false, "", refused.get())
                : upgrade.awaitSavepoint(blueJob, trigger, Duration.ofMinutes(10));
        if (taken.path().isEmpty()) {
            return refused(blueJob, "the running job must be able to take a savepoint, was not: " + taken.failure());
        }
        new SavepointMigration(Map.of(), true, false, 0).run(Savepoint.open(taken.path()), fork, true);
        Upgrade.delete(taken.path());
        long forkNanos = new SavepointContents(Savepoint.open(fork))
                .marks().stream().mapToLong(PartitionMark::markNanos).max().orElse(Long.MIN_VALUE);
        upgrade.step("fork", "state of the running job without that of its sinks");
        try (Judgement judge = Judgement.of(
                green,
                upgrade.configuration(),
                work.resolve("upgrade-verify.log"),
                Duration.ofMinutes(2),
                upgrade::isInterrupted)) {
            int free = api.overview().map(JobManagerApi.Overview::freeSlots).orElse(0);
            if (judge.slots() > free) {
                return refused(
                        blueJob,
                        "the second job must find " + judge.slots() + " free slots beside the first, were " + free
                                + " (./candlewick cluster up --taskmanagers N --slots S)");
            }
            Judgement.Findings findings = judge.verify(fork, Duration.ofMinutes(10));
            if (!findings.restorable()) {
                return refused(blueJob, findings.reasons());
            }
        } catch (Judgement.NoJobException e) {
            return refused(blueJob, String.valueOf(e.getMessage()));
        }
        upgrade.step("verify", "the second job can start from the fork");
        Optional<String> failed = upgrade.submit(green, greenJob, fork);
        if (failed.isPresent()) {
            return ended(blueJob, "the second job did not start: " + failed.get());
        }
        upgrade.step("start beside", "job " + greenJob + ", topics " + journal.get("greenPrefix") + "*");
        return compare(journal, blue, bluePrefix, from, forkNanos, windows, limit);
    }

    private Optional<Upgrade.Result> compare(
            UpgradeJournal journal,
            ResolvedConfiguration blue,
            String bluePrefix,
            Map<TopicPartition, Long> from,
            long forkNanos,
            int windows,
            Duration limit) {
        String blueJob = journal.get("job");
        String greenJob = journal.get("greenJob");
        long start = System.nanoTime();
        long wellNanos = 0;
        try (OutputComparison comparison =
                OutputComparison.begin(blue, bluePrefix, journal.get("greenPrefix"), from, forkNanos)) {
            while (true) {
                if (upgrade.isInterrupted()) {
                    throw new Upgrade.InterruptedUpgradeException();
                }
                long now = System.nanoTime();
                Optional<JobManagerApi.Job> green = api.job(greenJob);
                List<JobManagerApi.Failure> failures = api.failures(greenJob);
                String cause = failures.isEmpty() ? "" : ": " + failures.get(0).text();
                if (green.filter(JobManagerApi.Job::isOver).isPresent() || failures.size() > FAILURES_MAX) {
                    return ended(blueJob, "the second job failed" + cause);
                }
                Optional<JobManagerApi.Job> first = api.job(blueJob);
                if (first.filter(JobManagerApi.Job::isOver).isPresent()) {
                    return ended(
                            blueJob,
                            "the running job ended by itself: " + first.get().state());
                }
                long blueDone = completed(blueJob);
                long greenDone = completed(greenJob);
                if (greenDone > 0 && wellNanos == 0) {
                    wellNanos = now;
                }
                Duration patience =
                        limits.timeout().compareTo(WATCH_LIMIT_MIN) > 0 ? limits.timeout() : WATCH_LIMIT_MIN;
                if (wellNanos == 0 && now - start > patience.toNanos()) {
                    return ended(
                            blueJob,
                            "the second job completed no checkpoint in " + patience.toSeconds() + " s" + cause);
                }
                comparison.advance(blueDone, greenDone);
                if (comparison.different() > 0) {
                    upgrade.step("compare", comparison.different() + " of " + comparison.compared() + " values differ");
                    return Optional.of(upgrade.result(
                            Upgrade.Outcome.DIFFERENT,
                            blueJob,
                            "",
                            comparison.different() + " of " + comparison.compared()
                                    + " published values differ, among them: "
                                    + String.join("; ", comparison.differences()),
                            "the running job was not touched"));
                }
                if (comparison.windows() >= windows) {
                    upgrade.step(
                            "compare", comparison.windows() + " windows equal, " + comparison.compared() + " values");
                    return Optional.empty();
                }
                if (now - start > limit.toNanos()) {
                    return ended(
                            blueJob,
                            windows + " windows must be equal within " + limit.toSeconds() + " s, were "
                                    + comparison.windows() + " (--compare-timeout)");
                }
            }
        }
    }

    private long completed(String job) {
        return api.checkpoints(job).map(JobManagerApi.Checkpoints::completed).orElse(0L);
    }

    private Optional<Upgrade.Result> refused(String job, String reason) {
        return Optional.of(upgrade.result(Upgrade.Outcome.REFUSED, job, "", reason, "the running job was not touched"));
    }

    private Optional<Upgrade.Result> ended(String job, String reason) {
        return Optional.of(
                upgrade.result(Upgrade.Outcome.NOT_PROMOTED, job, "", reason, "the running job was not touched"));
    }

    /** Ends green and removes all it has written; also where another process has left it behind. */
    void clean(UpgradeJournal journal) {
        upgrade.endJob(journal.get("greenJob"), false);
        String prefix = journal.get("greenPrefix");
        if (prefix.startsWith("green-")) {
            ResolvedConfiguration blue = resolve(journal.old());
            Map<String, Object> settings = new HashMap<>(blue.kafkaProperties());
            settings.put(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                    blue.kafkaBootstrapServers().orElseThrow());
            try (Admin admin = Admin.create(settings)) {
                Set<String> topics = KafkaClients.get(admin.listTopics().names(), "listing topics");
                KafkaClients.get(
                        admin.deleteTopics(topics.stream()
                                        .filter(name -> name.startsWith(prefix))
                                        .toList())
                                .all(),
                        "deleting the topics " + prefix + "*");
            }
        }
        delete(Path.of(journal.get("greenDirectory")));
        upgrade.step("remove", "topics " + prefix + "*, lake and checkpoints of the second job");
    }

    private static void delete(Path tree) {
        if (!Files.isDirectory(tree)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(tree)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The new job with names of its own for everything that two jobs must not share. */
    private static JobSubmission green(
            JobSubmission next, ResolvedConfiguration config, String greenPrefix, Path directory) {
        String mark = greenPrefix.substring(0, greenPrefix.indexOf('.'));
        Map<String, String> own = new LinkedHashMap<>();
        own.put("topic.prefix", greenPrefix);
        own.put("kafka.group.id", mark + "." + config.get(CandlewickOptions.KAFKA_GROUP_ID));
        config.find(CandlewickOptions.KAFKA_TRANSACTIONAL_ID_PREFIX)
                .ifPresent(prefix -> own.put("kafka.transactional-id-prefix", mark + "." + prefix));
        config.find(CandlewickOptions.OUTPUT_LAKE)
                .ifPresent(
                        lake -> own.put("output.lake", directory.resolve("lake").toString()));
        own.put("checkpoint.dir", directory.resolve("checkpoints").toUri().toString());
        // What stands in its variables is weaker than this.
        return next.withProgram(ProgramArguments.change(next.program(), own, Set.of()));
    }

    private static ResolvedConfiguration resolve(JobSubmission job) {
        try {
            return StreamingJob.resolve(
                    CommandLineArguments.parse(
                            ProgramArguments.absoluteConfig(job).toArray(String[]::new)),
                    job.environment());
        } catch (ConfigurationException e) {
            throw CommandFailure.usage(
                    "this installation must understand the job's options to run a second one beside it, does not: "
                            + e.getMessage(),
                    null,
                    "use the candlewick command of the new version");
        }
    }
}
