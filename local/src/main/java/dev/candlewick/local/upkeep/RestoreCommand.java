package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.upkeep.LakeBackup;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a lake from a snapshot. */
@Command(
        name = "restore",
        description = {
            "Write a lake from a snapshot of a backup; every file is compared with its digest.",
            "",
            "The lake appears whole or not at all. A damaged backup is exit code 3."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick lake restore --from /mnt/backup --to lake",
            "  candlewick lake restore --from /mnt/backup --snapshot 2024-11-03T09-00-00Z --to lake --savepoints"
                    + " savepoints"
        })
public final class RestoreCommand extends LakeCommand {
    @Option(names = "--from", required = true, paramLabel = "DIR", description = "The folder of the backup.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String from;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "LAKE",
            description = "The lake: missing, or an empty folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String to;

    @Option(names = "--snapshot", paramLabel = "NAME", description = "Which snapshot (default: the newest).")
    private @Nullable String snapshot;

    @Option(names = "--savepoints", paramLabel = "DIR", description = "Where the snapshot's savepoints go.")
    private @Nullable String savepoints;

    @Override
    protected ExitCode read() throws IOException {
        LakeBackup.Snapshot restored =
                LakeBackup.restore(path(from), snapshot, path(to), savepoints == null ? null : path(savepoints));
        note("snapshot " + restored.name() + " restored: " + restored.files() + " files, " + restored.bytes()
                + " bytes");
        if (savepoints == null && LakeBackup.hasSavepoints(path(from), restored.name())) {
            note("it has savepoints too: take them with --savepoints DIR");
        }
        return ExitCode.OK;
    }
}
