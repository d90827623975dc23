package dev.candlewick.local;

import dev.candlewick.local.broker.KafkaCommand;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.GlobalOptions;
import dev.candlewick.local.cluster.ClusterCommand;
import dev.candlewick.local.cluster.FlinkCommand;
import dev.candlewick.local.doctor.DoctorCommand;
import dev.candlewick.local.drill.DrillCommand;
import dev.candlewick.local.job.BackfillCommand;
import dev.candlewick.local.job.ConfigCommand;
import dev.candlewick.local.job.DemoCommand;
import dev.candlewick.local.job.ReplayCommand;
import dev.candlewick.local.job.RunCommand;
import dev.candlewick.local.lake.DiffCommand;
import dev.candlewick.local.lake.DumpCommand;
import dev.candlewick.local.lake.QueryCommand;
import dev.candlewick.local.lake.RejectedCommand;
import dev.candlewick.local.produce.ProduceCommand;
import dev.candlewick.local.reconcile.HealCommand;
import dev.candlewick.local.reconcile.ReconcileCommand;
import dev.candlewick.local.savepoint.SavepointCommand;
import dev.candlewick.local.simulate.SimulateCommand;
import dev.candlewick.local.tail.TailCommand;
import dev.candlewick.local.upgrade.UpgradeCommand;
import dev.candlewick.local.upkeep.UpkeepCommand;
import dev.candlewick.local.verify.DailyCommand;
import dev.candlewick.local.verify.VerifyCommand;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of the command tree: a new command is one line in {@code subcommands}. */
@Command(
        name = "candlewick",
        header = "Candles and VWAP from trade streams that can be trusted and proved.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.Provider.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ok",
            "1:internal error",
            "2:usage",
            "3:data mismatch",
            "4:environment",
            "5:job failed",
            "130:interrupted"
        },
        subcommands = {
            DemoCommand.class,
            KafkaCommand.class,
            ClusterCommand.class,
            FlinkCommand.class,
            DrillCommand.class,
            ReplayCommand.class,
            ReconcileCommand.class,
            BackfillCommand.class,
            HealCommand.class,
            RunCommand.class,
            ProduceCommand.class,
            SimulateCommand.class,
            TailCommand.class,
            QueryCommand.class,
            RejectedCommand.class,
            DumpCommand.class,
            DiffCommand.class,
            SavepointCommand.class,
            UpgradeCommand.class,
            VerifyCommand.class,
            DailyCommand.class,
            UpkeepCommand.class,
            ConfigCommand.class,
            DoctorCommand.class,
            VersionCommand.class,
            GenerateCompletion.class,
            HelpCommand.class,
        })
public final class Candlewick implements Runnable, CandlewickCommand.Root {

    private final CliContext context;

    @Mixin
    private final GlobalOptions options = new GlobalOptions();

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private CommandSpec spec;

    Candlewick(CliContext context) {
        this.context = context;
    }

    @Override
    public CliContext context() {
        return context;
    }

    @Override
    public GlobalOptions options() {
        return options;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command must be given");
    }
}
