package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import java.util.Map;

/**
 * When one subtask of the keyed stage tells the ledger how many instruments it holds: as soon as the count grew by a
 * hundredth of its share of {@code instruments.max}, and with its totals; task thread only.
 *
 * <p>So the job-wide sum is exact at each barrier and at the end, and in between short of at most one per cent.
 */
final class InstrumentReports {
    private final int subtask;
    private final long step;
    private long next;

    InstrumentReports(int subtask, int subtasks, int instrumentsMax) {
        this.subtask = subtask;
        step = Math.max(1, instrumentsMax / 100 / subtasks);
        next = step;
    }

    /** Whether this count is to be sent without waiting for a barrier. */
    boolean isDue(long instruments) {
        return instruments >= next;
    }

    /** The count as it is sent. */
    StageTotals totals(long instruments, long checkpointId) {
        next = instruments + step;
        return new StageTotals(
                StageTotals.Stage.INSTRUMENTS, subtask, checkpointId, Map.of(), new long[] {instruments});
    }
}
