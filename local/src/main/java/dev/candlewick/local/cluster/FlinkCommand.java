package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** Flink's own command line, against the local cluster. */
@Command(
        name = "flink",
        description = {
            "Flink's own command line against the local cluster: arguments, output and exit code are Flink's.",
            "",
            "For example: flink run -d jobs/target/candlewick-jobs-0.1.0-all.jar --set source.topic=trades; flink list;"
                    + " flink stop JOB. See flink --help for what it can do. Jobs that run submits are submitted again from"
                    + " their newest checkpoints when the JobManager dies."
        })
public final class FlinkCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private CommandSpec spec;

    // Everything: options of Flink's are none of ours, not even --help.
    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        CandlewickCommand.Root root = (CandlewickCommand.Root) spec.root().userObject();
        FlinkCommandLine flink = new FlinkCommandLine(root.context().home());
        try {
            FlinkCommandLine.Result result = flink.run(
                    arguments,
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
