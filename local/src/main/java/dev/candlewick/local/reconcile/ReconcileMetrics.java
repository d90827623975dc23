package dev.candlewick.local.reconcile;

import dev.candlewick.core.reconcile.CountLine;
import dev.candlewick.core.reconcile.ReconcileResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Counts of a reconciliation as a text file that Prometheus' node exporter picks up; labels from closed lists only. */
final class ReconcileMetrics {
    private ReconcileMetrics() {}

    static void write(Path file, ReconcileResult result) {
        StringBuilder text = new StringBuilder();
        text.append("# TYPE candlewick_reconcile_values gauge\n");
        result.compared()
                .forEach(line -> text.append("candlewick_reconcile_values{interval=\"")
                        .append(line.group())
                        .append("\",kind=\"EQUAL\"} ")
                        .append(line.equal())
                        .append('\n'));
        text.append("# TYPE candlewick_reconcile_differences gauge\n");
        for (CountLine line : result.counts()) {
            text.append("candlewick_reconcile_differences{interval=\"")
                    .append(line.group())
                    .append("\",kind=\"")
                    .append(line.kind())
                    .append("\",reason=\"")
                    .append(line.cause())
                    .append("\"} ")
                    .append(line.values())
                    .append('\n');
        }
        text.append("# TYPE candlewick_reconcile_unexplained gauge\ncandlewick_reconcile_unexplained ")
                .append(result.unexplained())
                .append('\n');
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
