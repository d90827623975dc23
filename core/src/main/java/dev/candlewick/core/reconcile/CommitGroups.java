package dev.candlewick.core.reconcile;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells a value that was taken out of a topic from one that went down with its transaction: by what the lake knows of the
 * same instrument shortly before and after; mutable, one thread.
 *
 * <p>All values of an instrument go through one writer in the order in which they became known. A lost transaction takes an
 * unbroken run of them; a value that is missing alone, with its neighbours there, was not lost that way.
 */
public final class CommitGroups {
    /** Values that must be missing side by side for a transaction. */
    private static final int RUN_MIN = 2;

    private final Map<String, TreeMap<Long, int[]>> instruments = new HashMap<>();
    private final Map<String, TreeMap<Long, Run>> runs = new HashMap<>();

    /**
     * An unbroken run of missing values.
     *
     * @param values how many
     * @param fromNanos when the first became known
     * @param toNanos when the last became known
     */
    public record Run(int values, long fromNanos, long toNanos) {
        /** Whether it is long enough to be a transaction. */
        public boolean isTransaction() {
            return values >= RUN_MIN;
        }
    }

    /** Takes note of a value of the lake. */
    public void add(ReconcileKey key, long knownAtNanos, boolean missingInTopic) {
        int[] counts = instruments
                .computeIfAbsent(key.instrument(), text -> new TreeMap<>())
                .computeIfAbsent(knownAtNanos, time -> new int[2]);
        counts[missingInTopic ? 1 : 0]++;
        runs.clear();
    }

    /** The run that a missing value belongs to; of length 1 where it is alone or nothing is known of it. */
    public Run run(ReconcileKey key, long knownAtNanos) {
        TreeMap<Long, Run> own = runs.computeIfAbsent(key.instrument(), this::runs);
        Map.Entry<Long, Run> entry = own.floorEntry(knownAtNanos);
        return entry != null && knownAtNanos <= entry.getValue().toNanos()
                ? entry.getValue()
                : new Run(1, knownAtNanos, knownAtNanos);
    }

    private TreeMap<Long, Run> runs(String instrument) {
        TreeMap<Long, Run> found = new TreeMap<>();
        int values = 0;
        long from = 0;
        long to = 0;
        for (Map.Entry<Long, int[]> entry :
                instruments.getOrDefault(instrument, new TreeMap<>()).entrySet()) {
            int present = entry.getValue()[0];
            int missing = entry.getValue()[1];
            if (present > 0 || missing == 0) {
                if (values > 0) {
                    found.put(from, new Run(values, from, to));
                }
                values = 0;
                if (missing > 0) {
                    // Known at the same moment as one that is there: not a run of its own.
                    found.put(entry.getKey(), new Run(1, entry.getKey(), entry.getKey()));
                }
                continue;
            }
            if (values == 0) {
                from = entry.getKey();
            }
            values += missing;
            to = entry.getKey();
        }
        if (values > 0) {
            found.put(from, new Run(values, from, to));
        }
        return found;
    }
}
