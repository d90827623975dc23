package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.lake.CommittedPublisher;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.metric.LogField;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * The lake that a streaming job writes beside its topics.
 *
 * <p>Files are committed by checkpoints and become visible to readers when they are named, outside the job graph (failure
 * modes 5.6): every {@value #PUBLISH_MILLIS} ms by a thread beside the job after {@link #follow}, and when
 * {@link #publish} is called. Where the job outlives this process, {@code candlewick lake publish} does it.
 */
public final class StreamingLake implements AutoCloseable {
    private static final long PUBLISH_MILLIS = 2_000;

    private final LakeRun run;
    private final ResolvedConfiguration config;
    private final Consumer<String> notes;
    private @Nullable CommittedPublisher publisher;
    private @Nullable ScheduledExecutorService thread;
    private @Nullable String told;
    private long published;

    private StreamingLake(LakeRun run, ResolvedConfiguration config, Consumer<String> notes) {
        this.run = run;
        this.config = config;
        this.notes = notes;
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
        return new StreamingLake(
                LakeRun.streaming(Path.of(lake), StreamingStart.run(config), scales, Clock.systemUTC(), notes),
                config,
                notes);
    }

    /** Where the sinks of a graph would write that is captured and not run; nothing is claimed. Null without a lake. */
    public static @Nullable LakeTarget planned(ResolvedConfiguration config) {
        return config.find(CandlewickOptions.OUTPUT_LAKE)
                .map(lake -> new LakeTarget(
                        Path.of(lake).toAbsolutePath().toUri().toString(),
                        1,
                        StreamingStart.run(config),
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
     * Names what is committed from now on, every few seconds until this is closed. What keeps it from that is told once,
     * and tried again: the job goes on.
     *
     * @param versions versions of the program and of what it runs on
     */
    public synchronized void follow(Map<String, String> versions) {
        if (thread != null) {
            throw new IllegalStateException("lake must be followed once, was followed (" + run.lake() + ")");
        }
        LakePublisher.announce(run, report(versions, List.of()));
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(
                    () -> {
                        MDC.put(LogField.RUN.key(), run.run());
                        task.run();
                    },
                    "lake-publisher");
            made.setDaemon(true);
            return made;
        });
        started.scheduleWithFixedDelay(
                () -> publishQuietly(versions), PUBLISH_MILLIS, PUBLISH_MILLIS, TimeUnit.MILLISECONDS);
        thread = started;
    }

    private void publishQuietly(Map<String, String> versions) {
        try {
            publish(versions);
            told = null;
        } catch (RuntimeException e) {
            String message = "the lake cannot be published: " + e.getMessage();
            if (!message.equals(told)) {
                told = message;
                notes.accept(message);
            }
        }
    }

    private RunReport report(Map<String, String> versions, List<LedgerRow> ledger) {
        return new RunReport(
                versions,
                config.asMap(),
                config.sourceTopics(),
                Map.of(),
                dev.candlewick.connectors.lake.LedgerRow.of(ledger),
                Map.of());
    }

    /**
     * Names what was committed since the last time; the next generation of each partition.
     *
     * @param versions versions of the program and of what it runs on
     * @return how many files have become visible since this was opened
     */
    public synchronized long publish(Map<String, String> versions) {
        CommittedPublisher used = publisher;
        if (used == null) {
            used = CommittedPublisher.of(run, report(versions, List.of()));
            publisher = used;
        }
        published += used.publish();
        return published;
    }

    /**
     * Names the last files of a job that has ended, and writes its double entry to {@code run.json}.
     *
     * @param versions versions of the program and of what it runs on
     * @return how many files have become visible since this was opened
     */
    public synchronized long publish(Map<String, String> versions, List<LedgerRow> ledger) {
        CommittedPublisher used = CommittedPublisher.of(run, report(versions, ledger));
        publisher = used;
        published += used.publish();
        return published;
    }

    @Override
    public void close() {
        ScheduledExecutorService started = thread;
        if (started != null) {
            started.shutdown();
            try {
                if (!started.awaitTermination(1, TimeUnit.MINUTES)) {
                    notes.accept("the lake's publisher did not end within a minute");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        run.close();
    }
}
