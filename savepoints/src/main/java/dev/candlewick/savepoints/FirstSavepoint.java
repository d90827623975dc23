package dev.candlewick.savepoints;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;
import org.apache.flink.util.ExceptionUtils;

/**
 * Takes a savepoint of a job that was just started, as soon as all of its tasks run.
 *
 * <p>A job is RUNNING as soon as it is deployed, and its first tasks may have read all of a short input while others still
 * open their state. Until the last one runs Flink declines every savepoint and the job goes on, see
 * {@link CheckpointFailureReason#NOT_ALL_REQUIRED_TASKS_RUNNING}.
 */
final class FirstSavepoint {
    private static final long PAUSE_MILLIS = 20;

    private FirstSavepoint() {}

    /**
     * Asks until Flink does not decline for tasks that do not run yet.
     *
     * @param job runs in a cluster of this process
     * @param attempt asks once
     * @return where the savepoint is
     * @throws ExecutionException as the job has failed, or the attempt for any other reason
     * @throws IllegalStateException as the cluster has ended
     */
    static String take(JobClient job, Supplier<CompletableFuture<String>> attempt)
            throws ExecutionException, InterruptedException {
        CompletableFuture<?> ended = job.getJobExecutionResult();
        while (true) {
            try {
                CompletableFuture<String> savepoint = attempt.get();
                // Where the job fails meanwhile its cluster may end with it, and nobody answers.
                CompletableFuture.anyOf(savepoint, ended).get();
                return savepoint.get();
            } catch (ExecutionException e) {
                if (ended.isCompletedExceptionally() || !isTooEarly(e)) {
                    throw e;
                }
            }
            try {
                ended.get(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                // The job goes on, as it should.
            }
        }
    }

    private static boolean isTooEarly(ExecutionException failure) {
        return ExceptionUtils.findThrowable(failure, CheckpointException.class)
                .filter(reason ->
                        reason.getCheckpointFailureReason() == CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING)
                .isPresent();
    }
}
