package dev.candlewick.local.savepoint;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.savepoints.SavepointMigration;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Rewrites a savepoint for a job that could not start from it as it is. */
@Command(
        name = "migrate",
        description = {
            "Write a copy of a savepoint for a job that cannot start from it as it is; a dry run until --yes.",
            "The copy holds its files itself. What is rewritten is told line by line."
        })
final class SavepointMigrateCommand extends SavepointTool {
    @Parameters(index = "0", paramLabel = "IN", description = "A savepoint or checkpoint; it stays as it is.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String in;

    @Parameters(index = "1", paramLabel = "OUT", description = "A directory that is missing or empty.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String out;

    @Option(names = "--rename", paramLabel = "OLD=NEW", description = "Give an operator another uid; may be repeated.")
    private Map<String, String> renames = new LinkedHashMap<>();

    @Option(
            names = "--drop-sinks",
            description = "Leave the state of all sinks out, for a second job beside the first: what was not committed"
                    + " is lost to the copy. Only of a savepoint that the job was stopped with, or for a fork.")
    private boolean dropSinks;

    @Option(
            names = "--drop-source",
            description = "Leave the state of all sources out and write start-offsets.yaml, with which the job goes on"
                    + " at the same records.")
    private boolean dropSource;

    @Option(names = "--max-parallelism", paramLabel = "N", description = "Spread the keys over N key groups.")
    private int maxParallelism;

    @Option(names = "--yes", description = "Write it.")
    private boolean yes;

    @Override
    ExitCode work() {
        SavepointMigration migration =
                new SavepointMigration(renames, dropSinks, dropSource, Math.max(0, maxParallelism));
        if (migration.isEmpty()) {
            throw CommandFailure.usage(
                    "migrate must be told what to change, was told nothing",
                    null,
                    "--rename OLD=NEW, --drop-sinks, --drop-source or --max-parallelism N");
        }
        migration.run(open(in), location(out), yes).forEach(output()::line);
        note(yes ? "wrote " + out : "nothing was written; add --yes");
        return ExitCode.OK;
    }
}
