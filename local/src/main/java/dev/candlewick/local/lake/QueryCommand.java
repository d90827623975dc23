package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Asks a lake by SQL. */
@Command(
        name = "query",
        description = {
            "Ask a lake by SQL (DuckDB). The statement may only read.",
            "",
            "Views: trades, candles, vwap (candles and vwap: last revision per key), candle_revisions, vwap_revisions"
                    + " (all revisions), quality, reports, rejected, daily, ledger."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick query --lake lake \"SELECT * FROM candles WHERE interval = '1m' ORDER BY start_ns LIMIT 5\"",
            "  candlewick query --lake lake@1 -o csv \"SELECT symbol, sum(trades) FROM candles GROUP BY ALL\""
        })
public final class QueryCommand extends LakeCommand {
    @Option(
            names = "--lake",
            required = true,
            paramLabel = "P[@VERSION]",
            description = "The lake's folder, and which version (default: the current one).")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Mixin
    private final DayRange days = new DayRange();

    @Parameters(paramLabel = "SQL", description = "One statement that reads.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String sql;

    @Override
    protected ExitCode read() {
        LakeCatalog catalog = days.of(catalog(lake));
        try (LakeDatabase database = LakeDatabase.open(catalog, null);
                Printer printer = new Printer(output())) {
            database.query(sql, printer);
        }
        return ExitCode.OK;
    }

    private static final class Printer implements LakeDatabase.Rows, AutoCloseable {
        private final Output output;
        private Output.@Nullable Table table;

        Printer(Output output) {
            this.output = output;
        }

        @Override
        public void columns(List<String> names, List<Boolean> numeric) {
            List<Column> columns = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                columns.add(new Column(names.get(i), numeric.get(i)));
            }
            table = output.table(columns);
        }

        @Override
        public void row(List<? extends @Nullable Object> values) {
            if (table != null) {
                table.row(values);
            }
        }

        @Override
        public void close() {
            if (table != null) {
                table.close();
            }
        }
    }
}
