package dev.candlewick.core.reconcile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a reconciliation found; immutable.
 *
 * @param run its name
 * @param lake the lake's folder
 * @param version the lake version
 * @param fromNanos first instant of the range
 * @param toNanos first instant after the range
 * @param mode runtime mode of the recomputation
 * @param late what the recomputation did with late trades
 * @param profile the profile's stamp of the recomputation
 * @param topicPrefix prefix of the topics that were read, null where none were
 * @param thresholdPartsPerBillion from which drift on a field is an alert
 * @param lakeVersions versions of the program that wrote the lake
 * @param versions versions of the program that recomputed
 * @param generations partitions and generations that were read
 * @param compared how many values were compared, by interval
 * @param differences all differences in the order of their keys, at most as many as the run keeps
 * @param notKept differences that were only counted; their cause is not known
 * @param findings what is wrong with the archive itself
 * @param ledger the double entry of the recomputation, one map of texts and numbers for each line
 */
public record ReconcileResult(
        String run,
        String lake,
        int version,
        long fromNanos,
        long toNanos,
        String mode,
        String late,
        String profile,
        @Nullable String topicPrefix,
        long thresholdPartsPerBillion,
        Map<String, String> lakeVersions,
        Map<String, String> versions,
        List<GenerationRead> generations,
        List<ComparedLine> compared,
        List<Difference> differences,
        long notKept,
        List<Finding> findings,
        List<Map<String, @Nullable Object>> ledger) {
    /** Copies the collections. */
    public ReconcileResult {
        lakeVersions = Map.copyOf(lakeVersions);
        versions = Map.copyOf(versions);
        generations = List.copyOf(generations);
        compared = List.copyOf(compared);
        differences = List.copyOf(differences);
        findings = List.copyOf(findings);
        ledger = List.copyOf(ledger);
    }

    /** Whether topics were compared. */
    public boolean hasTopics() {
        return topicPrefix != null;
    }

    /** Differences by interval, class and cause. */
    public List<CountLine> counts() {
        Map<String, long[]> sums = new TreeMap<>();
        Map<String, Difference> first = new TreeMap<>();
        for (Difference difference : differences) {
            String id = "%s|%02d|%02d"
                    .formatted(
                            difference.key().group(),
                            difference.kind().ordinal(),
                            difference.cause().ordinal());
            first.putIfAbsent(id, difference);
            long[] sum = sums.computeIfAbsent(id, key -> new long[3]);
            sum[0]++;
            sum[1] += difference.alert() ? 1 : 0;
            sum[2] += difference.healable() ? 1 : 0;
        }
        List<CountLine> lines = new ArrayList<>();
        first.forEach((id, difference) -> {
            long[] sum = sums.getOrDefault(id, new long[3]);
            lines.add(new CountLine(
                    difference.key().group(), difference.kind(), difference.cause(), sum[0], sum[1], sum[2]));
        });
        return lines;
    }

    /** Differences that nothing explains, those that were not kept among them. */
    public long unexplained() {
        return notKept
                + differences.stream()
                        .filter(difference -> !difference.cause().isExplained())
                        .count();
    }

    /** The differences with the largest drift, missing and extra values first. */
    public List<Difference> worst(int count) {
        return differences.stream()
                .sorted(Comparator.comparing(
                                (Difference difference) -> difference.drifts().isEmpty() ? 0 : 1)
                        .thenComparing(Comparator.comparingLong(Difference::worstPartsPerBillion)
                                .reversed())
                        .thenComparing(Difference::key))
                .limit(count)
                .toList();
    }

    /** Whether everything is equal or explained: exit code 0. */
    public boolean isExplained() {
        return unexplained() == 0;
    }
}
