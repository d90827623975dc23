package dev.candlewick.core.ledger;

import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Balances the totals of all stages; mutable, one thread.
 *
 * <p>It keeps the last totals of each subtask. At a barrier every running subtask has sent its totals in front of it, and
 * totals tagged {@link StageTotals#END} stand for a finished one, so the sums belong to one consistent cut.
 */
public final class Ledger {
    private final Intervals intervals;
    private final Map<String, StageTotals> latest = new HashMap<>();

    /** A ledger over the given intervals. */
    public Ledger(Intervals intervals) {
        this.intervals = intervals;
    }

    /** Takes the totals of one subtask; they replace what it sent before. */
    public void add(StageTotals totals) {
        latest.put(totals.stage() + "/" + totals.subtask(), totals);
    }

    /** The last totals of every subtask. */
    public List<StageTotals> totals() {
        return new ArrayList<>(latest.values());
    }

    /** How many instruments all subtasks hold together, by what each said last. */
    public long instruments() {
        long sum = 0;
        for (StageTotals totals : latest.values()) {
            if (totals.stage() == StageTotals.Stage.INSTRUMENTS) {
                sum += totals.intervals()[0];
            }
        }
        return sum;
    }

    /** The lines of the double entry: partitions by name, then intervals from the finest. */
    public List<LedgerRow> rows() {
        Map<String, long[]> byPartition = new TreeMap<>();
        long[] published = new long[intervals.count()];
        long[] open = new long[intervals.count()];
        long accepted = 0;
        for (StageTotals totals : latest.values()) {
            if (totals.stage() == StageTotals.Stage.INSTRUMENTS) {
                continue;
            }
            for (Map.Entry<String, long[]> entry : totals.partitions().entrySet()) {
                long[] sums = byPartition.computeIfAbsent(entry.getKey(), name -> new long[Counter.COUNT]);
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += entry.getValue()[i];
                }
                accepted += entry.getValue()[Counter.ACCEPTED.ordinal()];
            }
            long[] target = switch (totals.stage()) {
                case MARKET -> open;
                case OUTLET -> published;
                case STAMP, INSTRUMENTS -> new long[intervals.count()];
            };
            for (int i = 0; i < totals.intervals().length; i++) {
                target[i] += totals.intervals()[i];
            }
        }
        List<LedgerRow> rows = new ArrayList<>();
        byPartition.forEach((name, counters) -> rows.add(LedgerRow.ofPartition(name, counters)));
        for (int i = 0; i < intervals.count(); i++) {
            rows.add(LedgerRow.ofInterval(intervals.get(i).name(), accepted, published[i], open[i]));
        }
        return rows;
    }

    /** Sum of the magnitudes of all residuals; zero where nothing was lost or made. */
    public static long residual(List<LedgerRow> rows) {
        return rows.stream().mapToLong(row -> Math.abs(row.residual())).sum();
    }
}
