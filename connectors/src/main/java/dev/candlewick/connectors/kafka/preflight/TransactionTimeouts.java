package dev.candlewick.connectors.kafka.preflight;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The relation between transaction timeout, checkpointing and restarts without which committed data is lost; immutable.
 *
 * <p>A transaction stays open from one completed checkpoint to the next, over tolerated failures and a restart. If the
 * broker's timer ends it before, its records are gone although the checkpoint stands (failure modes 4.1, 4.2).
 *
 * @param timeout {@code transaction.timeout.ms} of the producers
 * @param interval checkpoint interval
 * @param checkpointTimeout how long one checkpoint may take
 * @param tolerableFailures how many failed checkpoints in a row are tolerated
 * @param longestRestart how long the job may be down between failure and restored checkpoint
 */
public record TransactionTimeouts(
        Duration timeout,
        Duration interval,
        Duration checkpointTimeout,
        int tolerableFailures,
        Duration longestRestart) {
    /** The least timeout that survives tolerated failures and the longest restart. */
    public Duration required() {
        return interval.plus(checkpointTimeout)
                .multipliedBy(tolerableFailures + 1L)
                .plus(longestRestart);
    }

    /**
     * What is wrong, all at once; empty where the relation holds.
     *
     * @param brokerMaximum the broker's {@code transaction.max.timeout.ms}
     */
    public List<String> problems(Duration brokerMaximum) {
        List<String> problems = new ArrayList<>();
        if (timeout.compareTo(required()) < 0) {
            problems.add("kafka.transaction.timeout must be at least (tolerable failures + 1) x (checkpoint interval +"
                    + " checkpoint timeout) + longest restart = (" + tolerableFailures + " + 1) x (" + interval + " + "
                    + checkpointTimeout + ") + " + longestRestart + " = " + required() + ", was " + timeout
                    + " (example: kafka.transaction.timeout=" + required().toMinutes() + "m)");
        }
        if (timeout.compareTo(brokerMaximum) > 0) {
            problems.add(
                    "kafka.transaction.timeout must not pass the broker's transaction.max.timeout.ms="
                            + brokerMaximum.toMillis() + ", was " + timeout.toMillis()
                            + " ms; raise the broker's maximum or lower the timeout, the checkpoint timeout or the restart time");
        }
        return problems;
    }
}
