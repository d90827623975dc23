package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.upkeep.LakeCompaction;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Merges the small files of a lake. */
@Command(
        name = "compact",
        description = {
            "Merge the small files of partitions into sorted files of a sane size.",
            "",
            "What readers see does not change, so it runs at once; also beside a job that writes the lake. The files it"
                    + " replaces stay until lake retain removes them."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick lake compact --lake lake",
            "  candlewick lake compact --lake lake --table trades --from 2024-11-01 --to 2024-11-30"
        })
public final class CompactCommand extends LakeCommand {
    @Option(
            names = "--lake",
            required = true,
            paramLabel = "P[@VERSION]",
            description = "The lake's folder, and which version (default: the current one).")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(names = "--table", paramLabel = "TABLE", description = "Only this table; may be given again.")
    private final List<String> tables = new ArrayList<>();

    @Option(names = "--from", paramLabel = "DAY", description = "The first day, as 2024-11-01.")
    private @Nullable LocalDate from;

    @Option(names = "--to", paramLabel = "DAY", description = "The last day.")
    private @Nullable LocalDate to;

    @Option(
            names = "--target-mb",
            paramLabel = "MB",
            description = "Size of a merged file (default: ${DEFAULT-VALUE}).",
            defaultValue = "128")
    private int targetMegabytes;

    @Override
    protected ExitCode read() throws IOException {
        if (targetMegabytes < 1) {
            throw CommandFailure.usage(
                    "--target-mb must be at least 1, was " + targetMegabytes, null, "example: --target-mb 128");
        }
        LakeCatalog catalog = catalog(lake);
        try (Output.Table table = output().table(List.of(
                new Column("partition", false),
                new Column("generation", true),
                new Column("files_before", true),
                new Column("files_after", true),
                new Column("bytes_before", true),
                new Column("bytes_after", true),
                new Column("rows", true),
                new Column("copies_left_out", true)))) {
            List<LakeCompaction.Result> results = LakeCompaction.run(
                    catalog.lake(),
                    catalog.version(),
                    wanted(),
                    from,
                    to,
                    new LakeCompaction.Settings(
                            (long) targetMegabytes << 20,
                            LakeCompaction.Settings.usual().memoryBytes()),
                    Clock.systemUTC(),
                    this::note,
                    result -> table.row(Arrays.asList(
                            result.partition(),
                            result.generation(),
                            result.filesBefore(),
                            result.filesAfter(),
                            result.bytesBefore(),
                            result.bytesAfter(),
                            result.rows(),
                            result.copies())));
            if (results.isEmpty()) {
                note("nothing to merge");
            }
        }
        return ExitCode.OK;
    }

    private Set<LakeTable> wanted() {
        if (tables.isEmpty()) {
            return EnumSet.allOf(LakeTable.class);
        }
        Set<LakeTable> wanted = EnumSet.noneOf(LakeTable.class);
        for (String name : tables) {
            LakeTable table = LakeTable.byName(name);
            if (table == null) {
                throw CommandFailure.usage(
                        "--table must be one of "
                                + Arrays.stream(LakeTable.values())
                                        .map(LakeTable::directory)
                                        .toList()
                                + ", was '" + name + "'",
                        null,
                        null);
            }
            wanted.add(table);
        }
        return wanted;
    }
}
