package dev.candlewick.local.reconcile;

import dev.candlewick.core.reconcile.ComparedLine;
import dev.candlewick.core.reconcile.CountLine;
import dev.candlewick.core.reconcile.DifferenceClass;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.local.cli.MetricsOption;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Counts of a reconciliation as metrics; labels from closed lists only, and every class of differences also where it is 0. */
final class ReconcileMetrics {
    private static final String VALUES = "candlewick_reconcile_values";
    private static final String DIFFERENCES = "candlewick_reconcile_differences";
    private static final String UNEXPLAINED = "candlewick_reconcile_unexplained";
    private static final String NONE = "NONE";

    private ReconcileMetrics() {}

    static void fill(MetricsOption.Text text, ReconcileResult result) {
        text.gauge(VALUES, "Values that were equal, by interval.");
        Set<String> groups = new TreeSet<>();
        for (ComparedLine line : result.compared()) {
            groups.add(line.group());
            text.value(VALUES, line.equal(), "interval", line.group(), "kind", "EQUAL");
        }
        text.gauge(
                DIFFERENCES,
                "Values that differ, by interval, class and cause; 0 without a cause where there are none.");
        for (String group : groups.isEmpty() ? List.of(NONE) : groups) {
            for (DifferenceClass kind : DifferenceClass.values()) {
                boolean any =
                        result.counts().stream().anyMatch(line -> line.group().equals(group) && line.kind() == kind);
                if (!any) {
                    text.value(DIFFERENCES, 0, "interval", group, "kind", kind.name(), "reason", NONE);
                }
            }
        }
        for (CountLine line : result.counts()) {
            text.value(
                    DIFFERENCES,
                    line.values(),
                    "interval",
                    line.group(),
                    "kind",
                    line.kind().name(),
                    "reason",
                    line.cause().name());
        }
        text.gauge(UNEXPLAINED, "Values that differ without a known cause.").value(UNEXPLAINED, result.unexplained());
    }
}
