package dev.candlewick.local.upkeep;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The upkeep of a lake. */
@Command(
        name = "lake",
        description = "Keep a lake in order.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            VersionsCommand.class,
            PublishCommand.class,
            CompactCommand.class,
            RepairCommand.class,
            RetainCommand.class,
            BackupCommand.class,
            RestoreCommand.class,
        })
public final class UpkeepCommand extends CandlewickCommand {
    @Override
    protected ExitCode run() {
        throw new ParameterException(
                spec().commandLine(),
                "lake must have a command: "
                        + String.join(
                                ", ", spec().commandLine().getSubcommands().keySet()));
    }
}
