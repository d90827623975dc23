package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares the comparable outputs of two lakes. */
@Command(
        name = "diff",
        description = {
            "Compare the comparable outputs of two lakes, or of files that dump has written (.gz by the name).",
            "Exit code 0: equal. 3: they differ; the first differences of each table are printed, all are counted."
        })
public final class DiffCommand extends LakeCommand {
    @Parameters(index = "0", paramLabel = "A", description = "A lake, P or P@VERSION, or a file with a dump.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String left;

    @Parameters(index = "1", paramLabel = "B", description = "A lake, P or P@VERSION, or a file with a dump.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String right;

    @Option(
            names = "--table",
            paramLabel = "T",
            split = ",",
            description = "Only these tables (default: candles, quality, rejected, trades, vwap).")
    private List<String> tables = new ArrayList<>();

    @Option(
            names = "--last-revisions",
            description = "Compare the last revision per key of candles and vwap, without revision and reason. Of a"
                    + " file, what was dumped counts.")
    private boolean lastRevisions;

    @Option(
            names = "--without-arrival",
            description = "Leave out late, disorder_ns, read position and ingest_time_ns: for runs over different logs"
                    + " of the same trades.")
    private boolean withoutArrival;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "5",
            description = "Rows that differ to print for each table (default: ${DEFAULT-VALUE}).")
    private long limit;

    @Override
    protected ExitCode read() throws IOException {
        List<LakeTable> wanted = tables(tables);
        if (limit < 0) {
            throw CommandFailure.usage("--limit must not be negative, was " + limit, null, null);
        }
        CanonicalDump.Options options = new CanonicalDump.Options(lastRevisions, !withoutArrival);
        Map<String, LakeDiff.Counts> counts;
        try (DumpSource leftSource = source(left, wanted, options);
                DumpSource rightSource = source(right, wanted, options);
                Rows rows = new Rows(output())) {
            counts = LakeDiff.compare(leftSource, rightSource, limit, rows);
        }
        boolean equal = true;
        for (Map.Entry<String, LakeDiff.Counts> entry : counts.entrySet()) {
            LakeDiff.Counts count = entry.getValue();
            equal &= count.isEqual();
            note(entry.getKey() + ": " + count.equal() + " equal, " + count.changed() + " changed, " + count.onlyLeft()
                    + " only in " + left + ", " + count.onlyRight() + " only in " + right);
        }
        note(equal ? "equal" : "different");
        return equal ? ExitCode.OK : ExitCode.DATA_MISMATCH;
    }

    private DumpSource source(String text, List<LakeTable> wanted, CanonicalDump.Options options) throws IOException {
        Path path = path(text);
        return Files.isRegularFile(path) ? DumpSource.of(path, wanted) : DumpSource.of(catalog(text), wanted, options);
    }

    private static final class Rows implements LakeDiff.Differences, AutoCloseable {
        private final Output output;
        private Output.@Nullable Table table;

        Rows(Output output) {
            this.output = output;
        }

        @Override
        public void difference(LakeDiff.Difference difference) {
            if (table == null) {
                table = output.table(
                        Column.text("table"),
                        Column.text("difference"),
                        Column.text("key"),
                        Column.text("column"),
                        Column.text("a"),
                        Column.text("b"));
            }
            String kind = switch (difference.kind()) {
                case ONLY_LEFT -> "only in a";
                case ONLY_RIGHT -> "only in b";
                case CHANGED -> LakeDiff.Kind.CHANGED.name().toLowerCase(Locale.ROOT);
            };
            table.row(
                    difference.table(),
                    kind,
                    difference.key(),
                    difference.column(),
                    difference.left(),
                    difference.right());
        }

        @Override
        public void close() {
            if (table != null) {
                table.close();
            }
        }
    }
}
