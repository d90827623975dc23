package dev.candlewick.connectors.kafka.sink;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts, for the process that runs the job, how restored transactions ended that could not be committed again.
 *
 * <p>Thread-safe. The command line reads it where the job runs in its own process; on a cluster the metrics
 * {@code lostTransactions} and {@code committedBefore} of the committer say the same.
 */
public final class TransactionVerdicts {
    private static final AtomicLong LOST = new AtomicLong();
    private static final AtomicLong COMMITTED_BEFORE = new AtomicLong();

    private TransactionVerdicts() {}

    /** Transactions whose records are gone: aborted or unknown to the broker. */
    public static long lost() {
        return LOST.get();
    }

    /** Transactions that had been committed before the restore: nothing was lost. */
    public static long committedBefore() {
        return COMMITTED_BEFORE.get();
    }

    static void countLost() {
        LOST.incrementAndGet();
    }

    static void countCommittedBefore() {
        COMMITTED_BEFORE.incrementAndGet();
    }
}
