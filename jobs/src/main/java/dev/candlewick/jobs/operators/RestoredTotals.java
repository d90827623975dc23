package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the stages counted at a checkpoint with what they were restored with, over all subtasks, because a lost list
 * or key group looks like one that never was; mutable, one thread.
 */
public final class RestoredTotals {
    private final Map<StageTotals.Stage, Map<String, long[]>> expected = new EnumMap<>(StageTotals.Stage.class);
    private final Map<StageTotals.Stage, Map<String, long[]>> found = new EnumMap<>(StageTotals.Stage.class);

    /** Expects the sums of a checkpoint; none, as of version 0.1.0, expect nothing. */
    public RestoredTotals(Iterable<StageTotals> cut) {
        for (StageTotals totals : cut) {
            add(expected, totals);
        }
    }

    /** Takes what one subtask was restored with. */
    public void add(StageTotals totals) {
        if (!expected.isEmpty()) {
            add(found, totals);
        }
    }

    private static void add(Map<StageTotals.Stage, Map<String, long[]>> sums, StageTotals totals) {
        Map<String, long[]> lines = sums.computeIfAbsent(totals.stage(), stage -> new TreeMap<>());
        totals.partitions().forEach((name, counters) -> add(lines, name, counters));
        add(lines, "", totals.intervals());
    }

    private static void add(Map<String, long[]> lines, String name, long[] values) {
        if (Arrays.stream(values).allMatch(value -> value == 0)) {
            return;
        }
        lines.merge(name, values.clone(), (left, right) -> {
            long[] sums = Arrays.copyOf(left, Math.max(left.length, right.length));
            for (int i = 0; i < right.length; i++) {
                sums[i] += right[i];
            }
            return sums;
        });
    }

    /**
     * Compares once, when every subtask has told.
     *
     * @throws IllegalStateException where a stage was restored with something else
     */
    void check() {
        String problem = problem();
        if (problem != null) {
            throw new IllegalStateException(problem + ". Fix: start from another checkpoint or savepoint");
        }
        expected.clear();
        found.clear();
    }

    /** What is wrong with what was told so far, null where it is what was expected. */
    public @Nullable String problem() {
        for (Map.Entry<StageTotals.Stage, Map<String, long[]>> entry : expected.entrySet()) {
            String wanted = text(entry.getValue());
            String was = text(found.getOrDefault(entry.getKey(), Map.of()));
            if (!was.equals(wanted)) {
                return "a stage must be restored with what it had counted at the checkpoint, was " + was
                        + " in place of " + wanted + " (stage=" + entry.getKey() + "); the checkpoint is damaged";
            }
        }
        return null;
    }

    private static String text(Map<String, long[]> lines) {
        TreeMap<String, String> texts = new TreeMap<>();
        lines.forEach((name, values) -> texts.put(name, Arrays.toString(values)));
        return texts.toString();
    }

    /** The sums of each stage at a checkpoint, as one subtask's. */
    static List<StageTotals> summed(Iterable<StageTotals> latest, long checkpointId) {
        Map<StageTotals.Stage, Map<String, long[]>> sums = new EnumMap<>(StageTotals.Stage.class);
        for (StageTotals totals : latest) {
            if (totals.checkpointId() == checkpointId) {
                add(sums, totals);
            }
        }
        List<StageTotals> summed = new ArrayList<>();
        sums.forEach((stage, lines) -> {
            Map<String, long[]> partitions = new TreeMap<>(lines);
            long[] intervals = partitions.remove("");
            summed.add(
                    new StageTotals(stage, 0, checkpointId, partitions, intervals == null ? new long[0] : intervals));
        });
        return summed;
    }
}
