package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.upkeep.LakeBackup;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Takes a snapshot of a lake. */
@Command(
        name = "backup",
        description = {
            "Take a snapshot of a lake: all versions as readers see them at this moment, and the records of all runs.",
            "",
            "A file that the backup has already is not copied again. Every file is compared with its digest."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick lake backup --lake lake --to /mnt/backup",
            "  candlewick lake backup --lake lake --to /mnt/backup --savepoints savepoints"
        })
public final class BackupCommand extends LakeCommand {
    @Option(names = "--lake", required = true, paramLabel = "P", description = "The lake's folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(names = "--to", required = true, paramLabel = "DIR", description = "The folder of the backup.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String to;

    @Option(names = "--savepoints", paramLabel = "DIR", description = "Keep the files of this folder too.")
    private @Nullable String savepoints;

    @Option(
            names = "--link",
            description = "Link to the lake's files where the file system can, instead of copying: costs no space, and"
                    + " does not protect from a broken disk.")
    private boolean link;

    @Override
    protected ExitCode read() throws IOException {
        LakeBackup.Snapshot snapshot = LakeBackup.take(
                path(lake), path(to), savepoints == null ? null : path(savepoints), link, Clock.systemUTC());
        output().line(snapshot.name());
        note(snapshot.files() + " files, " + snapshot.bytes() + " bytes; " + snapshot.copied()
                + " were not in the backup before");
        return ExitCode.OK;
    }
}
