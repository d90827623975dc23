package dev.candlewick.local.upgrade;

import dev.candlewick.local.cluster.JobManagerApi;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Watches a job that was just started until it is known to be well, or not to be. */
final class JobWatch {
    private static final long POLL_NANOS = Duration.ofMillis(150).toNanos();
    private static final long SETTLED_NANOS = Duration.ofSeconds(3).toNanos();
    private static final int PROOF_SECONDS = 5;
    private static final long LAG_NANOS = Duration.ofMillis(500).toNanos();

    private final JobManagerApi api;
    private final BooleanSupplier interrupted;

    JobWatch(JobManagerApi api, BooleanSupplier interrupted) {
        this.api = api;
        this.interrupted = interrupted;
    }

    /**
     * What counts as well.
     *
     * @param checkpoints so many must be complete
     * @param failuresMax so many failures of tasks are borne: one may be a machine's
     * @param failedCheckpointsMax so many checkpoints may fail before the first is complete
     * @param lag of the job; null where it is not looked at
     * @param before where the job before it stood when it was stopped
     */
    record Terms(
            int checkpoints,
            int failuresMax,
            int failedCheckpointsMax,
            @Nullable KafkaLag lag,
            KafkaLag.@Nullable Position before) {}

    /**
     * What was seen.
     *
     * @param well whether everything was as it must be
     * @param text why not, or what was seen
     */
    record Verdict(boolean well, String text) {}

    /**
     * That a job which looks well keeps up: one that is slower than its input looks well while its network buffers fill, and
     * the barriers of its next checkpoint stand in them behind everything that waits.
     */
    private static final class Proof {
        private KafkaLag.@Nullable Position first;
        private long sinceNanos;
        private long completed = -1;

        void forget() {
            first = null;
            completed = -1;
        }

        /** What is missing of the proof; empty where nothing is. */
        String missing(KafkaLag.Position now, long checkpoints, String cause) {
            KafkaLag.Position from = first;
            if (from == null) {
                first = now;
                sinceNanos = System.nanoTime();
                from = now;
            }
            if (completed < 0) {
                if (System.nanoTime() - sinceNanos
                        > Duration.ofSeconds(PROOF_SECONDS).toNanos()) {
                    completed = checkpoints;
                }
                return "it was well for less than " + PROOF_SECONDS + " s";
            }
            if (checkpoints == completed) {
                return "it was well at first, but no further checkpoint is complete" + cause;
            }
            return now.isSlower(from)
                    ? "it falls behind: of " + (now.end() - from.end()) + " records that came it has read "
                            + (now.read() - from.read())
                    : "";
        }
    }

    /** Watches a job until it is well, has failed, or the time is over. */
    Verdict watch(String job, Terms terms, Duration limit) {
        long start = System.nanoTime();
        long lagSeenNanos = start - LAG_NANOS;
        String missing = "no answer of the JobManager";
        KafkaLag.Position now = null;
        long runsSinceNanos = 0;
        long failedBefore = 0;
        Proof proof = new Proof();
        while (System.nanoTime() - start < limit.toNanos()) {
            if (interrupted.getAsBoolean()) {
                throw new Upgrade.InterruptedUpgradeException();
            }
            Optional<JobManagerApi.Job> seen = api.job(job);
            if (seen.isPresent()) {
                List<JobManagerApi.Failure> failures = api.failures(job);
                String cause = failures.isEmpty() ? "" : ": " + failures.get(0).text();
                if (seen.get().isOver()) {
                    return new Verdict(false, "the job is " + seen.get().state() + cause);
                }
                if (failures.size() > terms.failuresMax()) {
                    return new Verdict(false, "failed " + failures.size() + " times" + cause);
                }
                JobManagerApi.Checkpoints checkpoints =
                        api.checkpoints(job).orElse(new JobManagerApi.Checkpoints(0, 0, false, "", "", ""));
                if (!seen.get().runs()) {
                    runsSinceNanos = 0;
                } else if (runsSinceNanos == 0) {
                    runsSinceNanos = System.nanoTime();
                }
                if (runsSinceNanos == 0 || System.nanoTime() - runsSinceNanos < SETTLED_NANOS) {
                    // Checkpoints that come while tasks start are declined, and the endpoint tells of them a little
                    // later.
                    failedBefore = checkpoints.failed();
                }
                long failed = checkpoints.failed() - failedBefore;
                if (checkpoints.completed() == 0 && failed > terms.failedCheckpointsMax()) {
                    return new Verdict(false, failed + " checkpoints failed, none is complete" + cause);
                }
                if (terms.lag() != null && System.nanoTime() - lagSeenNanos > LAG_NANOS) {
                    lagSeenNanos = System.nanoTime();
                    now = terms.lag().position();
                }
                if (!seen.get().runs()) {
                    proof.forget();
                    missing = "it is " + seen.get().state() + ", " + seen.get().running() + " of "
                            + seen.get().tasks() + " tasks run" + cause;
                } else if (checkpoints.completed() < terms.checkpoints()) {
                    missing = checkpoints.completed() + " of " + terms.checkpoints() + " checkpoints are complete"
                            + cause;
                } else if (terms.lag() == null || terms.before() == null) {
                    return new Verdict(true, checkpoints.completed() + " checkpoints");
                } else if (now == null) {
                    missing = "Kafka does not tell its position";
                } else if (now.behind() > 0 && now.read() <= terms.before().read()) {
                    missing = "it has read nothing, " + now.behind() + " records are behind its position";
                } else if (now.behind() > terms.before().behind()) {
                    missing = "it falls behind: " + now.behind() + " records, were "
                            + terms.before().behind() + " when it started";
                } else {
                    missing = proof.missing(now, checkpoints.completed(), cause);
                    if (missing.isEmpty()) {
                        return new Verdict(
                                true, checkpoints.completed() + " checkpoints, " + now.behind() + " records behind");
                    }
                }
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        return new Verdict(false, "not well after " + limit.toSeconds() + " s: " + missing);
    }
}
