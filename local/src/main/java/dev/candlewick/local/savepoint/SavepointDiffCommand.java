package dev.candlewick.local.savepoint;

import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.savepoints.Savepoint;
import dev.candlewick.savepoints.SavepointDiff;
import java.util.Locale;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares what two savepoints remember. */
@Command(
        name = "diff",
        description = {
            "Compare what two savepoints remember: instruments by key and field, their timers, marks, counters, offsets.",
            "Parallelism, state backend and format make no difference.",
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
            SavepointDiff.compare(a, b, difference -> {
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
}
