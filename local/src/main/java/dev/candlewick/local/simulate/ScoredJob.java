package dev.candlewick.local.simulate;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.batch.replay.ReplayRun;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.simulate.Horizon;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.VersionCommand;
import dev.candlewick.local.job.LocalCluster;
import dev.candlewick.local.job.LocalFlink;
import dev.candlewick.local.lake.CanonicalDump;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** The whole job in bounded streaming over the files of a simulated market, turning late trades away as it would live. */
final class ScoredJob {
    private final ResolvedConfiguration config;

    /**
     * A job with the lateness that labels hold for.
     *
     * @param files the folder that {@link MarketFiles} wrote
     * @param lake where its results go
     */
    ScoredJob(Horizon horizon, WireFormat format, Path files, Path lake) {
        config = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(CommandLineArguments.parse(
                        "--input",
                        files.toString(),
                        "--output",
                        lake.toString(),
                        "--format",
                        format.optionName(),
                        "--mode",
                        "streaming",
                        "--set",
                        "late=apply",
                        "--set",
                        "quality=full",
                        "--set",
                        "out-of-orderness=" + horizon.outOfOrdernessNanos() / 1_000_000 + "ms",
                        "--set",
                        "allowed-lateness=" + horizon.allowedLatenessNanos() / 1_000_000 + "ms"))
                .workingDirectory(files)
                .build());
    }

    /** The candle intervals that it makes. */
    Intervals intervals() {
        return config.intervals();
    }

    /** Runs to the end. */
    ReplayResult run(Consumer<String> notes, LongConsumer progress) {
        try (LocalCluster cluster = LocalCluster.headless(config.parallelism())) {
            return new ReplayRun(config, cluster::environment, CanonicalDump::digests, notes, progress)
                    .execute(VersionCommand.versions());
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }
}
