package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the comparable outputs of a lake. */
@Command(
        name = "dump",
        description = {
            "Print what runs are compared by: candles, quality, rejected, trades and vwap, one JSON object a line,"
                    + " sorted by key, the same bytes for the same rows.",
            "",
            "The digests in run.json are what sha256sum says of: candlewick dump --lake P --canonical --table T"
        })
public final class DumpCommand extends LakeCommand {
    private static final int FLUSH_EVERY_LINES = 10_000;

    @Option(
            names = "--lake",
            required = true,
            paramLabel = "P[@VERSION]",
            description = "The lake's folder, and which version (default: the current one).")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(names = "--canonical", required = true, description = "The canonical form, the only one there is.")
    private boolean canonical;

    @Option(
            names = "--table",
            paramLabel = "T",
            split = ",",
            description = "Only these tables (default: all but reports).")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--last-revisions",
            description = "Only the last revision per key of candles and vwap, without revision and reason: what runs"
                    + " with revising trades are compared by.")
    private boolean lastRevisions;

    @Option(
            names = "--without-arrival",
            description =
                    "Without late, disorder_ns, read position and ingest_time_ns: what runs over different logs of"
                            + " the same trades are compared by.")
    private boolean withoutArrival;

    @Option(names = "--digest", description = "Rows and SHA-256 of each table instead of its lines.")
    private boolean digest;

    @Override
    protected ExitCode read() {
        List<LakeTable> wanted = tables(tables);
        LakeCatalog catalog = catalog(lake);
        CanonicalDump.Options options = new CanonicalDump.Options(lastRevisions, !withoutArrival);
        Output output = output();
        if (digest) {
            try (Output.Table table =
                    output.table(Column.text("table"), Column.number("rows"), Column.text("sha256"))) {
                CanonicalDump.digests(catalog, wanted, options)
                        .forEach((name, value) -> table.row(name.directory(), value.rows(), value.sha256()));
            }
            return ExitCode.OK;
        }
        long[] lines = {0};
        CanonicalDump.write(catalog, wanted, options, line -> {
            output.line(line);
            if (++lines[0] % FLUSH_EVERY_LINES == 0) {
                output.flush();
            }
        });
        output.flush();
        return ExitCode.OK;
    }
}
