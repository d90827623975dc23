package dev.candlewick.local.job;

import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.Output;
import java.util.List;

/** The double entry as a result, with the columns of the view {@code ledger}. */
final class LedgerTable {
    private LedgerTable() {}

    static void print(Output output, List<LedgerRow> ledger) {
        try (Output.Table table = output.table(
                Column.text("scope"),
                Column.text("read_partition"),
                Column.text("interval"),
                Column.number("read"),
                Column.number("filtered"),
                Column.number("rejected"),
                Column.number("duplicate"),
                Column.number("late"),
                Column.number("accepted"),
                Column.number("published"),
                Column.number("open"),
                Column.number("residual"))) {
            for (LedgerRow row : ledger) {
                boolean partition = row.scope().equals(LedgerRow.PARTITION);
                table.row(
                        row.scope(),
                        partition ? row.readPartition() : null,
                        partition ? null : row.interval(),
                        partition ? row.read() : null,
                        partition ? row.filtered() : null,
                        partition ? row.rejected() : null,
                        partition ? row.duplicate() : null,
                        partition ? row.late() : null,
                        row.accepted(),
                        partition ? null : row.published(),
                        partition ? null : row.open(),
                        row.residual());
            }
        }
    }
}
