package dev.candlewick.local.savepoint;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The group of the savepoint commands. */
@Command(
        name = "savepoint",
        description = {
            "Look into savepoints and checkpoints, without a running job and before anything is stopped.",
            "P is a savepoint, a checkpoint (chk-N), or a directory with checkpoints, of which the newest counts."
        },
        subcommands = {
            SavepointInspectCommand.class,
            SavepointDiffCommand.class,
            SavepointVerifyCommand.class,
            SavepointBootstrapCommand.class,
            SavepointMigrateCommand.class,
            SavepointHashCommand.class,
        })
public final class SavepointCommand extends CandlewickCommand {
    @Override
    protected ExitCode run() {
        throw new ParameterException(
                spec().commandLine(),
                "savepoint must have a command: "
                        + String.join(", ", spec().subcommands().keySet()));
    }
}
