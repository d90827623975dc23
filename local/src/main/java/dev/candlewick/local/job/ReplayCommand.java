package dev.candlewick.local.job;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.batch.replay.ReplayRun;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.lake.CanonicalDump;
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

    @Option(names = "--input", required = true, paramLabel = "P", description = "File or folder; .gz by its name.")
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

    @Option(names = "--sample", paramLabel = "N", description = "Only N whole instruments, picked by a fixed hash.")
    private @Nullable String sample;

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
        JobArguments.add(more, "--input", input);
        JobArguments.add(more, "--output", output);
        JobArguments.add(more, "--mode", mode);
        JobArguments.add(more, "--sample", sample);
        ResolvedConfiguration config = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(job.arguments(more))
                .environment(context().environment())
                .preset(CandlewickOptions.MODE, RunMode.BATCH)
                .require(CandlewickOptions.INPUT, CandlewickOptions.OUTPUT)
                .build());
        ReplayResult result;
        try (Progress progress = progress("replay", "messages", -1)) {
            result = new ReplayRun(
                            config, LocalFlink::headless, CanonicalDump::digests, this::note, progress::advanceTo)
                    .execute(VersionCommand.versions());
        }
        print(result);
        return result.residual() == 0 ? ExitCode.OK : ExitCode.DATA_MISMATCH;
    }

    private void print(ReplayResult result) {
        try (Output.Table table = output().table(
                        Column.text("scope"),
                        Column.text("read_partition"),
                        Column.text("interval"),
                        Column.number("read"),
                        Column.number("filtered"),
                        Column.number("rejected"),
                        Column.number("duplicate"),
                        Column.number("late"),
                        Column.number("accepted"),
                        Column.number("published"),
                        Column.number("open"),
                        Column.number("residual"))) {
            for (LedgerRow row : result.ledger()) {
                boolean partition = row.scope().equals(LedgerRow.PARTITION);
                table.row(
                        row.scope(),
                        partition ? row.readPartition() : null,
                        partition ? null : row.interval(),
                        partition ? row.read() : null,
                        partition ? row.filtered() : null,
                        partition ? row.rejected() : null,
                        partition ? row.duplicate() : null,
                        partition ? row.late() : null,
                        row.accepted(),
                        partition ? null : row.published(),
                        partition ? null : row.open(),
                        row.residual());
            }
        }
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
