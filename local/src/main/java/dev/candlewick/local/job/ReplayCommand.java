package dev.candlewick.local.job;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.batch.replay.ReplayRun;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.NotifyOption;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.lake.CanonicalDump;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A bounded run over a file or folder into a new version of a lake; prints the double entry. */
@Command(
        name = "replay",
        description = {
            "Compute candles and VWAP from a file or folder of trades and publish them as a new version of a lake.",
            "",
            "Prints the double entry: every message read is found again, every accepted trade in one candle of each"
                    + " interval. Exit code 3 where it does not balance."
        })
public final class ReplayCommand extends CandlewickCommand {
    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(
            names = "--input",
            required = true,
            paramLabel = "P",
            description = "File or folder, .gz by its name; with --format parquet also LAKE or LAKE@version.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String input;

    @Option(names = "--output", required = true, paramLabel = "LAKE", description = "Folder of the lake.")
    @SuppressWarnings("NullAway.Init")
    private String output;

    @Option(
            names = "--mode",
            paramLabel = "batch|streaming",
            description = "Flink's runtime mode (default: batch); both give the same rows.")
    private @Nullable String mode;

    @Option(
            names = "--from",
            paramLabel = "T",
            description = "Publish only windows that begin at this UTC date or instant or later (--format parquet).")
    private @Nullable String from;

    @Option(
            names = "--to",
            paramLabel = "T",
            description = "Publish only windows that end by this UTC date or instant (--format parquet).")
    private @Nullable String to;

    @Option(names = "--sample", paramLabel = "N", description = "Only N whole instruments, picked by a fixed hash.")
    private @Nullable String sample;

    @Mixin
    private final NotifyOption notification = new NotifyOption();

    @Override
    protected NotifyOption notification() {
        return notification;
    }

    @Override
    protected ExitCode run() {
        try {
            return replay();
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }

    private ExitCode replay() throws Exception {
        List<String> more = new ArrayList<>();
        JobArguments.add(more, "--input", path(input));
        JobArguments.add(more, "--output", path(output));
        JobArguments.add(more, "--mode", mode);
        JobArguments.add(more, "--from", from);
        JobArguments.add(more, "--to", to);
        JobArguments.add(more, "--sample", sample);
        ResolvedConfiguration config = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(job.arguments(more))
                .environment(context().environment())
                .preset(CandlewickOptions.MODE, RunMode.BATCH)
                .workingDirectory(context().workingDirectory())
                .require(CandlewickOptions.INPUT, CandlewickOptions.OUTPUT)
                .build());
        ReplayResult result;
        try (LocalCluster cluster = LocalCluster.headless(config.parallelism());
                Progress progress = progress("replay", "messages", -1)) {
            result = new ReplayRun(
                            config, cluster::environment, CanonicalDump::digests, this::note, progress::advanceTo)
                    .execute(VersionCommand.versions());
        }
        print(result);
        notification.count("read", result.read());
        notification.count("residual", result.residual());
        result.counts().forEach(notification::count);
        notification.report(result.lake().runFile());
        if (result.residual() != 0) {
            notification.problem("residual must be 0, was " + result.residual());
        }
        return result.residual() == 0 ? ExitCode.OK : ExitCode.DATA_MISMATCH;
    }

    /** Relative to where the command was called; an address of another file system stays as it is. */
    private String path(String given) {
        return given.contains(":/") ? given : context().resolve(Path.of(given)).toString();
    }

    private void print(ReplayResult result) {
        LedgerTable.print(output(), result.ledger());
        result.counts().forEach((name, count) -> {
            if (count > 0) {
                note(name + ": " + count);
            }
        });
        long millis = Math.max(1, result.duration().toMillis());
        note("%d messages in %d.%03d s (%d a second), lake %s version %d, residual %d"
                .formatted(
                        result.read(),
                        millis / 1000,
                        millis % 1000,
                        result.read() * 1000 / millis,
                        result.lake().lake(),
                        result.lake().version(),
                        result.residual()));
    }
}
