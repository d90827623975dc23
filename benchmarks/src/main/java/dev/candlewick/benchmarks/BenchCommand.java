package dev.candlewick.benchmarks;

import dev.candlewick.benchmarks.backfill.BackfillBenchCommand;
import dev.candlewick.benchmarks.filter.FilterCommand;
import dev.candlewick.benchmarks.firstlook.FirstLookCommand;
import dev.candlewick.benchmarks.simulator.SimulatorCommand;
import dev.candlewick.benchmarks.system.SystemCommand;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.ExitCode;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The measurements; found by the {@code candlewick} command through {@link java.util.ServiceLoader}. */
@Command(
        name = "bench",
        description = "Measure speed on this machine, beside peers in the same run.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            SystemCommand.class,
            FirstLookCommand.class,
            FilterCommand.class,
            SimulatorCommand.class,
            BackfillBenchCommand.class
        })
public final class BenchCommand extends CandlewickCommand {

    /** For the service loader. */
    public BenchCommand() {}

    @Override
    protected ExitCode run() {
        throw new ParameterException(
                spec().commandLine(), "bench must have a command: first-look, filter, simulator or backfill");
    }
}
