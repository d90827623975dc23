package dev.candlewick.local.reconcile;

import dev.candlewick.core.reconcile.ComparedLine;
import dev.candlewick.core.reconcile.CountLine;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.FieldDrift;
import dev.candlewick.core.reconcile.Finding;
import dev.candlewick.core.reconcile.ReconcileMaps;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The result for people and programs: counts always, and in tables the worst cases field by field. */
final class ReconcileTables {
    private ReconcileTables() {}

    static void print(Output output, ReconcileResult result, int worst) {
        try (Output.Table table = output.table(
                Column.text("interval"),
                Column.text("class"),
                Column.text("cause"),
                Column.number("values"),
                Column.number("alerts"),
                Column.number("healable"))) {
            for (ComparedLine line : result.compared()) {
                if (line.truth() + line.lake() + line.topic() > 0) {
                    table.row(line.group(), "EQUAL", null, line.equal(), 0L, 0L);
                }
            }
            for (CountLine line : result.counts()) {
                table.row(
                        line.group(),
                        line.kind().name(),
                        line.cause().name(),
                        line.values(),
                        line.alerts(),
                        line.healable());
            }
            if (result.notKept() > 0) {
                table.row(null, "NOT_LOOKED_AT", "UNKNOWN", result.notKept(), 0L, 0L);
            }
        }
        if (output.format() != OutputFormat.TABLE) {
            return;
        }
        if (!result.findings().isEmpty()) {
            output.line("");
            try (Output.Table table = output.table(Column.texts("finding", "cause", "table", "detail"))) {
                for (Finding finding : result.findings()) {
                    table.row(finding.code().name(), finding.cause().name(), finding.table(), finding.detail());
                }
            }
        }
        if (!result.differences().isEmpty() && worst > 0) {
            output.line("");
            worst(output, result, worst);
        }
    }

    private static void worst(Output output, ReconcileResult result, int worst) {
        try (Output.Table table = output.table(
                Column.text("interval"),
                Column.text("symbol"),
                Column.text("at"),
                Column.text("class"),
                Column.text("cause"),
                Column.text("side"),
                Column.text("field"),
                Column.number("published"),
                Column.number("recomputed"),
                Column.number("drift"))) {
            for (Difference difference : result.worst(worst)) {
                String at = instant(difference.key().timeNanos());
                if (difference.drifts().isEmpty()) {
                    table.row(
                            difference.key().group(),
                            difference.key().symbol(),
                            at,
                            difference.kind().name(),
                            difference.cause().name(),
                            null,
                            null,
                            null,
                            null,
                            null);
                }
                for (FieldDrift drift : difference.drifts()) {
                    table.row(
                            difference.key().group(),
                            difference.key().symbol(),
                            at,
                            difference.kind().name(),
                            difference.cause().name(),
                            ReconcileMaps.column(drift.side()),
                            drift.field().column(),
                            drift.published(),
                            drift.truth(),
                            percent(drift.partsPerBillion()));
                }
            }
        }
        for (Difference difference : result.worst(worst)) {
            output.line("");
            output.line(difference.key() + ": " + difference.cause() + ", "
                    + (difference.healable() ? "healable: " : "not healable: ")
                    + difference.diagnosis().healReason());
            difference.diagnosis().evidence().forEach(fact -> output.line("  " + fact));
        }
    }

    private static String instant(long nanos) {
        return Instant.ofEpochSecond(Math.floorDiv(nanos, 1_000_000_000L), Math.floorMod(nanos, 1_000_000_000L))
                .toString();
    }

    private static @Nullable String percent(@Nullable Long partsPerBillion) {
        if (partsPerBillion == null) {
            return null;
        }
        return partsPerBillion == FieldDrift.INFINITE
                ? "infinite"
                : BigDecimal.valueOf(partsPerBillion, 7)
                                .setScale(4, RoundingMode.HALF_EVEN)
                                .toPlainString() + "%";
    }
}
