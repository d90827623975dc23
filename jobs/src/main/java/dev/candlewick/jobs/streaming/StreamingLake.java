package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The lake that a streaming job writes beside its topics; one thread.
 *
 * <p>Files are committed by checkpoints and become visible to readers when {@link #publish} names them, outside the job
 * graph (failure modes 5.6).
 */
public final class StreamingLake implements AutoCloseable {
    private final LakeRun run;
    private final ResolvedConfiguration config;

    private StreamingLake(LakeRun run, ResolvedConfiguration config) {
        this.run = run;
        this.config = config;
    }

    /**
     * Claims the version of this job in the configured lake, the one it wrote before where there is one.
     *
     * @param notes receives lines for people
     * @return null where no lake is configured
     */
    public static @Nullable StreamingLake open(ResolvedConfiguration config, Consumer<String> notes) {
        String lake = config.find(CandlewickOptions.OUTPUT_LAKE).orElse(null);
        if (lake == null) {
            return null;
        }
        LakeScales scales = LakeScales.covering(config.lakePriceScale(), config.lakeSizeScale());
        String name = config.get(CandlewickOptions.KAFKA_GROUP_ID);
        return new StreamingLake(LakeRun.streaming(Path.of(lake), name, scales, Clock.systemUTC(), notes), config);
    }

    /** Where the sinks of a graph would write that is captured and not run; nothing is claimed. Null without a lake. */
    public static @Nullable LakeTarget planned(ResolvedConfiguration config) {
        return config.find(CandlewickOptions.OUTPUT_LAKE)
                .map(lake -> new LakeTarget(
                        Path.of(lake).toAbsolutePath().toUri().toString(),
                        1,
                        config.get(CandlewickOptions.KAFKA_GROUP_ID),
                        0,
                        LakeScales.covering(config.lakePriceScale(), config.lakeSizeScale()),
                        config.sourceTopics(),
                        config.profileStamp(),
                        StreamingLake::knownAtNanos))
                .orElse(null);
    }

    /** Where the job's sinks write. */
    public LakeTarget target() {
        return run.target(config.sourceTopics(), config.profileStamp(), StreamingLake::knownAtNanos);
    }

    private static long knownAtNanos() {
        Instant now = Clock.systemUTC().instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    /**
     * Names what was committed since the last time; the next generation of each partition.
     *
     * @param versions versions of the program and of what it runs on
     * @return how many files became visible
     */
    public int publish(Map<String, String> versions) {
        return LakePublisher.publishCommitted(
                run, new RunReport(versions, config.asMap(), config.sourceTopics(), Map.of(), List.of(), Map.of()));
    }

    @Override
    public void close() {
        run.close();
    }
}
