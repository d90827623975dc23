package dev.candlewick.local.job;

import dev.candlewick.batch.backfill.BackfillRequest;
import dev.candlewick.batch.backfill.BackfillResult;
import dev.candlewick.batch.backfill.BackfillRun;
import dev.candlewick.batch.backfill.DayResult;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.NotifyOption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Days of a lake made again from its trades, as one new version; prints what became of each day. */
@Command(
        name = "backfill",
        description = {
            "Make days of a lake again from its stored trades, and publish them as one new version over the one before.",
            "",
            "One bounded job a day, each with a lead-in and a lead-out. A day that fails is left out; a killed run goes on"
                    + " when the same command is given again; a day that stands already is not made again. Exit code 3 or"
                    + " 5 where a day or a symbol failed."
        })
public final class BackfillCommand extends CandlewickCommand {
    @Mixin
    private final JobArguments job = new JobArguments();

    @Mixin
    private final NotifyOption notification = new NotifyOption();

    @Option(names = "--lake", required = true, paramLabel = "P", description = "Folder of the lake, or LAKE@version.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(names = "--from", required = true, paramLabel = "D", description = "First UTC day, as 2024-03-04.")
    @SuppressWarnings("NullAway.Init")
    private String from;

    @Option(names = "--to", required = true, paramLabel = "D", description = "Last UTC day, inclusive.")
    @SuppressWarnings("NullAway.Init")
    private String to;

    @Option(
            names = "--mode",
            paramLabel = "streaming|batch",
            description = "Flink's runtime mode (default: streaming, the faster one); both give the same rows.")
    private @Nullable String mode;

    @Option(
            names = "--output",
            paramLabel = "LAKE",
            description = "Publish in another lake (default: in the one that is read).")
    private @Nullable String output;

    @Option(names = "--fresh", description = "Make every day again, also where it stands; resume nothing.")
    private boolean fresh;

    @Override
    protected NotifyOption notification() {
        return notification;
    }

    @Override
    protected ExitCode run() {
        try {
            return backfill();
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }

    private ExitCode backfill() throws Exception {
        BackfillRequest request = new BackfillRequest(
                path(lake).toString(),
                output == null ? null : path(output),
                day("--from", from),
                day("--to", to),
                fresh);
        List<String> more = new ArrayList<>();
        JobArguments.add(more, "--mode", mode);
        JobArguments.add(more, "--input", request.lake());
        JobArguments.add(more, "--format", job.format() == null ? "parquet" : null);
        ResolvedConfiguration config = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(job.arguments(more))
                .environment(context().environment())
                .preset(CandlewickOptions.MODE, RunMode.STREAMING)
                .preset(CandlewickOptions.LATE, LatePolicy.ACCEPT)
                .workingDirectory(context().workingDirectory())
                .build());
        if (config.sample().isPresent()) {
            throw CommandFailure.usage(
                    "backfill must be given its symbols by name, was given sample", "sample", "use --symbols S,S…");
        }
        if (config.sources().size() != 1) {
            throw CommandFailure.usage(
                    "backfill must be given one feed, was given "
                            + config.sources().size(),
                    "sources",
                    "backfill the symbols of one feed after those of another, with --symbols and --feed");
        }
        BackfillResult result;
        try (LocalCluster cluster = LocalCluster.headless(config.parallelism());
                Progress progress = progress("backfill", "trades", -1)) {
            result = new BackfillRun(config, cluster::environment, progress::println, new Watch(progress))
                    .execute(request, VersionCommand.versions());
        }
        tell(result);
        print(result);
        return exitCode(result);
    }

    /** Shows the run in the progress bar. */
    private record Watch(Progress progress) implements BackfillRun.Watch {
        @Override
        public void total(long trades) {
            progress.total(trades);
        }

        @Override
        public void read(long trades) {
            progress.advanceTo(trades);
        }

        @Override
        public void day(String text) {
            progress.message(text);
        }
    }

    private static LocalDate day(String option, String text) {
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException e) {
            throw CommandFailure.usage(
                    option + " must be a UTC day, was '" + text + "'", null, "for example " + option + " 2024-03-04");
        }
    }

    private Path path(String given) {
        return context().resolve(Path.of(given));
    }

    private static ExitCode exitCode(BackfillResult result) {
        if (result.isWhole()) {
            return ExitCode.OK;
        }
        boolean onlyData = result.days().stream()
                .allMatch(day -> day.failedSymbols().isEmpty()
                        && (day.failure() == null || day.failure() == DayResult.Failure.DATA));
        return onlyData ? ExitCode.DATA_MISMATCH : ExitCode.JOB_FAILED;
    }

    private void tell(BackfillResult result) {
        for (DayResult.State state : DayResult.State.values()) {
            notification.count("days_" + state.name().toLowerCase(Locale.ROOT), result.count(state));
        }
        notification.count("trades_read", result.read());
        notification.count(
                "rows", result.days().stream().mapToLong(DayResult::rows).sum());
        for (DayResult day : result.days()) {
            if (day.state() == DayResult.State.FAILED || !day.failedSymbols().isEmpty()) {
                notification.problem(day.day() + ": " + day.reason());
            }
        }
    }

    private void print(BackfillResult result) {
        try (Output.Table table = output().table(
                        Column.text("day"),
                        Column.text("state"),
                        Column.number("trades"),
                        Column.number("rows"),
                        Column.number("millis"),
                        Column.number("trades_per_second"),
                        Column.text("reason"))) {
            for (DayResult day : result.days()) {
                table.row(
                        day.day().toString(),
                        day.state().name().toLowerCase(Locale.ROOT),
                        day.trades(),
                        day.rows(),
                        day.duration().toMillis(),
                        day.tradesPerSecond(),
                        day.reason());
            }
        }
        TreeSet<String> failed = new TreeSet<>();
        result.days().forEach(day -> failed.addAll(day.failedSymbols()));
        if (!failed.isEmpty()) {
            note("symbols that failed keep their old rows: "
                    + failed.stream().map(TextEscapes::value).toList()
                    + "; correct their price.scale or size.scale and run again with --symbols");
        }
        long millis = Math.max(1, result.duration().toMillis());
        String days = "%d days: %d done, %d skipped, %d failed"
                .formatted(
                        result.days().size(),
                        result.count(DayResult.State.DONE),
                        result.count(DayResult.State.SKIPPED),
                        result.count(DayResult.State.FAILED));
        if (result.published() == null) {
            note(days
                    + (result.count(DayResult.State.FAILED) == 0
                            ? "; nothing to do (make them again all the same with --fresh)"
                            : "; nothing was published"));
            return;
        }
        note("%s; %d trades read in %d.%03d s (%d a second), lake %s version %d, residual %d"
                .formatted(
                        days,
                        result.read(),
                        millis / 1000,
                        millis % 1000,
                        result.read() * 1000 / millis,
                        result.published().lake(),
                        result.published().version(),
                        dev.candlewick.core.ledger.Ledger.residual(result.ledger())));
    }
}
