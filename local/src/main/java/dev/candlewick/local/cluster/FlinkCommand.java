package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Flink's own command line, against the local cluster. */
@Command(
        name = FlinkCommand.NAME,
        description = {
            "Flink's own command line against the local cluster: arguments, output and exit code are Flink's.",
            "",
            "For example: flink run -d jobs/target/candlewick-jobs-0.1.0-all.jar --set source.topic=trades; flink list;"
                    + " flink stop JOB. See flink --help for what it can do. Jobs that run submits are submitted again from"
                    + " their newest checkpoints when the JobManager dies."
        })
public final class FlinkCommand implements Callable<Integer> {
    /** How it is called; everything behind it is Flink's. */
    public static final String NAME = "flink";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private CommandSpec spec;

    @Parameters(paramLabel = "ARGUMENTS", description = "Of Flink's command line.")
    private List<String> arguments = new ArrayList<>();

    // Where the line was not prepared by the command's main, so that options are not taken for positions.
    @Unmatched
    private List<String> unmatched = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        CandlewickCommand.Root root = (CandlewickCommand.Root) spec.root().userObject();
        FlinkCommandLine flink = new FlinkCommandLine(root.context().home());
        List<String> all = new ArrayList<>(arguments);
        all.addAll(unmatched);
        try {
            FlinkCommandLine.Result result = flink.run(
                    all,
                    root.context().workingDirectory(),
                    root.context().environment(),
                    root.context().out(),
                    ProcessBuilder.Redirect.INHERIT);
            return result.exitCode();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED.code();
        } catch (java.io.IOException e) {
            throw CommandFailure.environment("Flink's command line must start, was refused: " + e, null, null, e);
        }
    }
}
