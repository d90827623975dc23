package dev.candlewick.local.job;

import dev.candlewick.connectors.kafka.sink.TransactionVerdicts;
import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.streaming.HealedInstruments;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.cli.CommandFailure;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.jspecify.annotations.Nullable;

/**
 * The streaming job in this process: checked, submitted, watched until it ends or is told to.
 *
 * <p>The first cause of every failure is told at once, also while the job restarts; a lost transaction is told when the
 * committer has found it.
 */
final class StreamingRun implements AutoCloseable {
    private static final long WATCH_MILLIS = 250;

    private static final String CHECKPOINT_FAILURES = "org.apache.flink.runtime.checkpoint.CheckpointFailureManager";

    private final LocalCluster cluster;
    private final @Nullable StreamingLake lake;
    private final JobClient job;
    private final Consumer<String> notes;
    private final long lostBefore;
    private volatile boolean cancelled;
    private @Nullable String told;
    private long lostTold;

    private StreamingRun(
            LocalCluster cluster,
            @Nullable StreamingLake lake,
            JobClient job,
            long lostBefore,
            Consumer<String> notes) {
        this.lostBefore = lostBefore;
        this.cluster = cluster;
        this.lake = lake;
        this.job = job;
        this.notes = notes;
    }

    /** Makes the cluster of a run. */
    @FunctionalInterface
    interface Clusters {
        /** Starts a cluster. */
        LocalCluster start(int slots) throws Exception;
    }

    /** Checks everything and submits the job to a cluster with its web UI near the usual port. */
    static StreamingRun start(ResolvedConfiguration config, Consumer<String> notes) throws Exception {
        return start(config, LocalCluster::withWebUi, notes);
    }

    /**
     * The same from a savepoint.
     *
     * @param savepoint the state of the first start, which counts where the job has no checkpoint of its own; null for none
     */
    static StreamingRun start(ResolvedConfiguration config, @Nullable String savepoint, Consumer<String> notes)
            throws Exception {
        return start(config, savepoint, LocalCluster::withWebUi, notes);
    }

    /** Checks everything and submits the job to a new cluster. */
    static StreamingRun start(ResolvedConfiguration config, Clusters clusters, Consumer<String> notes)
            throws Exception {
        return start(config, null, clusters, notes);
    }

    private static StreamingRun start(
            ResolvedConfiguration config, @Nullable String savepoint, Clusters clusters, Consumer<String> notes)
            throws Exception {
        Configuration flink = StreamingStart.flinkConfiguration(config);
        if (savepoint != null && StreamingStart.newestCheckpoint(config).isEmpty()) {
            flink.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
        }
        notes.accept(StreamingStart.decideState(config, flink, true));
        StreamingStart.preflight(config, flink);
        // Before the job is submitted: a restored transaction may be judged before the client returns.
        long lostBefore = TransactionVerdicts.lost();
        LocalCluster cluster = clusters.start(config.parallelism());
        StreamingLake lake = null;
        try {
            lake = StreamingLake.open(config, notes);
            StreamExecutionEnvironment environment = cluster.environment(flink);
            environment.setParallelism(config.parallelism());
            StreamingGraph.build(
                    environment, config, lake == null ? null : lake.target(), HealedInstruments.read(config, notes));
            JobClient job = environment.executeAsync();
            if (lake != null) {
                lake.follow(VersionCommand.versions());
            }
            return new StreamingRun(cluster, lake, job, lostBefore, notes);
        } catch (Exception e) {
            if (lake != null) {
                lake.close();
            }
            cluster.close();
            throw e;
        }
    }

    /** Address of Flink's web UI. */
    String webUi() {
        return cluster.address().toString();
    }

    /** The submitted job. */
    JobClient job() {
        return job;
    }

    /** True while every task of the job runs. */
    boolean runs() {
        return cluster.runs(job.getJobID());
    }

    /** Cancels the job; its last checkpoint stays, and the next run goes on from it. */
    void cancel() {
        cancelled = true;
        // A checkpoint that is under way is given up with the job, of which Flink warns as of one that failed.
        Configurator.setLevel(CHECKPOINT_FAILURES, Level.ERROR);
        job.cancel();
    }

    /** Transactions that this run has lost so far. */
    long lostTransactions() {
        return TransactionVerdicts.lost() - lostBefore;
    }

    /** Looks once at failures and verdicts and tells what is new. */
    void watch() {
        if (!cancelled) {
            // What a task that is being torn down runs into is no news.
            cluster.failure(job.getJobID()).filter(cause -> !cause.equals(told)).ifPresent(cause -> {
                told = cause;
                notes.accept("the job failed and restarts: " + cause);
            });
        }
        if (lostTransactions() > lostTold) {
            lostTold = lostTransactions();
            notes.accept("LOST TRANSACTION: " + lostTold + " restored transaction(s) could not be committed; their"
                    + " candles are missing in the topics");
        }
    }

    /**
     * Waits for the end of the job.
     *
     * @return the lines of the double entry; null where the job was cancelled
     * @throws CommandFailure with exit code 5 where the job failed
     */
    @Nullable
    List<LedgerRow> await() throws Exception {
        CompletableFuture<JobExecutionResult> end = job.getJobExecutionResult();
        while (true) {
            try {
                JobExecutionResult result = end.get(WATCH_MILLIS, TimeUnit.MILLISECONDS);
                watch();
                List<LedgerRow> ledger = result.getAccumulatorResult(LedgerFunction.ACCUMULATOR);
                if (lake != null) {
                    tellPublished(lake.publish(VersionCommand.versions(), ledger));
                }
                return ledger;
            } catch (TimeoutException e) {
                watch();
            } catch (ExecutionException e) {
                watch();
                if (lake != null) {
                    tellPublished(lake.publish(VersionCommand.versions()));
                }
                if (cancelled || job.getJobStatus().get() == JobStatus.CANCELED) {
                    return null;
                }
                throw CommandFailure.jobFailed(
                        "the job must run, failed: " + (told == null ? LocalFlink.message(e) : told),
                        null,
                        "see the whole trace with -v",
                        e);
            }
        }
    }

    private void tellPublished(long files) {
        notes.accept(files + " lake files published");
    }

    /** Sum of residuals, for the exit code. */
    static long residual(List<LedgerRow> ledger) {
        return Ledger.residual(ledger);
    }

    @Override
    public void close() throws Exception {
        try {
            if (lake != null) {
                lake.close();
            }
        } finally {
            cluster.close();
            if (cancelled) {
                // The next run of this process may have something to warn of.
                Configurator.setLevel(CHECKPOINT_FAILURES, (Level) null);
            }
        }
    }
}
