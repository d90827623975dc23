package dev.candlewick.local.reconcile;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options {@code --date}, {@code --from} and {@code --to}: which time is reconciled. */
final class RangeOptions {
    @Option(names = "--date", paramLabel = "D", description = "One UTC day.")
    private @Nullable String date;

    @Option(names = "--from", paramLabel = "D", description = "First UTC day, or the first instant.")
    private @Nullable String from;

    @Option(
            names = "--to",
            paramLabel = "D",
            description = "Last UTC day, inclusive, or the first instant behind the range.")
    private @Nullable String to;

    /** The range; null where none was given. */
    @Nullable
    TimeSpan span() {
        return TimeSpan.parse(date, from, to);
    }
}
