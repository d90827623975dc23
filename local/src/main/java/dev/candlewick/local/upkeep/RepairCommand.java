package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.upkeep.LakeRepair;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Finds and mends what is wrong in a lake. */
@Command(
        name = "repair",
        description = {
            "Look for files that are missing, damaged, left over or written twice, and mend what can be mended.",
            "",
            "Nothing is changed without --yes. Exit code 3 where a file that readers need is missing or damaged: restore"
                    + " it from a backup, or compute its days again."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick lake repair --lake lake",
            "  candlewick lake repair --lake lake --deep --rows --yes"
        })
public final class RepairCommand extends LakeCommand {
    @Option(names = "--lake", required = true, paramLabel = "P", description = "The lake's folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(names = "--deep", description = "Compare every file's bytes with its digest.")
    private boolean deep;

    @Option(
            names = "--rows",
            description = "Read all rows that streaming jobs wrote, for those that a restored job wrote twice.")
    private boolean rows;

    @Option(
            names = "--older-than-days",
            paramLabel = "DAYS",
            description = "Files that nothing names are taken for left over from this age on; longer than the oldest"
                    + " savepoint is kept (default: ${DEFAULT-VALUE}).",
            defaultValue = "7")
    private int days;

    @Option(names = "--yes", description = "Mend.")
    private boolean yes;

    @Override
    protected ExitCode read() throws IOException {
        if (days < 0) {
            throw CommandFailure.usage(
                    "--older-than-days must not be negative, was " + days, null, "example: --older-than-days 7");
        }
        LakeRepair.Options options = new LakeRepair.Options(deep, rows, Duration.ofDays(days));
        Path folder = path(lake);
        List<LakeRepair.Finding> findings = yes
                ? LakeRepair.mend(folder, options, Clock.systemUTC(), this::note)
                : LakeRepair.look(folder, options, Clock.systemUTC());
        try (Output.Table table = output().table(List.of(
                new Column("kind", false),
                new Column("path", false),
                new Column("detail", false),
                new Column("mending", false)))) {
            for (LakeRepair.Finding finding : findings) {
                table.row(List.of(
                        finding.kind().name().toLowerCase(Locale.ROOT),
                        finding.path(),
                        finding.detail(),
                        !finding.mendable() ? "no" : yes ? "done" : "with --yes"));
            }
        }
        long damaged = findings.stream()
                .filter(finding -> finding.kind() == LakeRepair.Kind.DAMAGED)
                .count();
        if (damaged > 0) {
            throw CommandFailure.dataMismatch(
                    "files that manifests name must be whole, " + damaged + " are not",
                    lake,
                    "restore a backup by: candlewick lake restore, or compute these days again");
        }
        if (findings.isEmpty()) {
            note("nothing to mend");
        }
        return ExitCode.OK;
    }
}
