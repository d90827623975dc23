package dev.candlewick.local.savepoint;

import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.job.JobArguments;
import dev.candlewick.savepoints.Savepoint;
import dev.candlewick.savepoints.SavepointDiff;
import dev.candlewick.savepoints.SettledState;
import java.util.Locale;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares what two savepoints remember. */
@Command(
        name = "diff",
        description = {
            "Compare what two savepoints remember: instruments by key and field, their timers, marks, counters, offsets.",
            "Parallelism, state backend and format make no difference. With --settled it makes none either when watermarks"
                    + " came: both are brought to the later of their two first, by the options of the job.",
            "Exit code 0: equal. 3: they differ; the first differences are printed, all are counted."
        })
final class SavepointDiffCommand extends SavepointTool {
    @Parameters(index = "0", paramLabel = "A", description = "A savepoint or checkpoint.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String left;

    @Parameters(index = "1", paramLabel = "B", description = "A savepoint or checkpoint.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String right;

    @Option(
            names = "--settled",
            description = "Compare both as they are once the next watermark has passed; takes the job's options.")
    private boolean settled;

    @Option(
            names = "--without-offsets",
            description = "Leave the offsets of sources out, which a bootstrapped savepoint does not have.")
    private boolean withoutOffsets;

    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "Differences to print (default: ${DEFAULT-VALUE}).")
    private long limit;

    @Override
    ExitCode work() {
        if (limit < 0) {
            throw CommandFailure.usage("--limit must not be negative, was " + limit, null, null);
        }
        Savepoint a = open(left);
        Savepoint b = open(right);
        TreeMap<String, Long> counts = new TreeMap<>();
        try (Output.Table table = output().table(
                        Column.text("part"),
                        Column.text("difference"),
                        Column.text("key"),
                        Column.text("field"),
                        Column.text("a"),
                        Column.text("b"))) {
            long[] printed = new long[1];
            SavepointDiff.compare(a, b, settled ? settings() : null, !withoutOffsets, difference -> {
                counts.merge(difference.part(), 1L, Long::sum);
                if (printed[0]++ < limit) {
                    table.row(
                            difference.part(),
                            difference.change().name().toLowerCase(Locale.ROOT),
                            difference.key(),
                            difference.field(),
                            difference.left(),
                            difference.right());
                }
            });
        }
        counts.forEach((part, count) -> note(part + ": " + count + (count == 1 ? " difference" : " differences")));
        note(counts.isEmpty() ? "equal" : "different");
        return counts.isEmpty() ? ExitCode.OK : ExitCode.DATA_MISMATCH;
    }

    private SettledState.Settings settings() {
        ResolvedConfiguration config = configuration(job);
        return new SettledState.Settings(
                sources(config),
                config.pipelineSettings(config.sourceTopics(), false, false).feeds());
    }
}
