package dev.candlewick.savepoints;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.core.engine.PublishedRevisions;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.MarketDataPipeline;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;

/**
 * Makes the savepoint of a job that has read a lake's log up to some offsets, with which a new job starts warm: ids, marks,
 * counters, open candles, rolling VWAP and quality baselines are those of a job that had run all along.
 *
 * <p>The job's own operators read the log in its order; nothing of the state is made by other means. What belongs to the
 * source and the sinks is not in it: the offsets are written to a file, with which the first start begins.
 */
public final class SavepointBootstrap {
    /** How long Flink may take to write the savepoint. */
    private static final Duration SAVEPOINT_TIMEOUT = Duration.ofHours(1);

    private static final String SOURCE = "archived-log";
    private static final long WATCH_SECONDS = 5;

    /**
     * What is asked for.
     *
     * @param lake the version whose archive is read
     * @param sources those of the new job
     * @param settings from which the new job's graph is built
     * @param parallelism subtasks of the keyed operators; it makes no difference to the state
     * @param rocksDb whether state is kept in RocksDB while the log is read; it makes no difference to the savepoint
     * @param idleTimeout the job's own, null for never
     * @param at the offset at which each partition ends, exclusive; null for all that the lake holds
     * @param holes what an offset that the lake does not hold is taken for
     * @param memoryBytes what may be sorted in memory at once
     * @param savepoint where it goes: a directory that is missing or empty
     * @param startOffsets the file with the offsets; must not exist
     */
    public record Request(
            LakeCatalog lake,
            List<LogSource> sources,
            PipelineSettings settings,
            int parallelism,
            boolean rocksDb,
            @Nullable Duration idleTimeout,
            @Nullable Map<ArchivedLog.TopicPartition, Long> at,
            ArchivedLog.Holes holes,
            long memoryBytes,
            Path savepoint,
            Path startOffsets) {}

    /**
     * What was made.
     *
     * @param partitions where each partition begins and ends
     * @param messages how many messages were read
     * @param watermarkMillis the watermark behind the last of them, {@link Long#MIN_VALUE} where there is none
     */
    public record Result(List<ArchivedLog.Partition> partitions, long messages, long watermarkMillis) {}

    private final Request request;
    private final Consumer<String> notes;

    private SavepointBootstrap(Request request, Consumer<String> notes) {
        this.request = request;
        this.notes = notes;
    }

    /**
     * Reads the lake and writes the savepoint.
     *
     * @param environments makes an environment of a cluster in this process
     * @param notes receives lines for people
     * @throws SavepointException where the lake does not hold the log, or something stands where the savepoint goes
     */
    public static Result run(
            Request request, Function<Configuration, StreamExecutionEnvironment> environments, Consumer<String> notes)
            throws Exception {
        return new SavepointBootstrap(request, notes).run(environments);
    }

    private Result run(Function<Configuration, StreamExecutionEnvironment> environments) throws Exception {
        org.apache.flink.core.fs.Path target =
                SavepointCopy.path(request.savepoint().toString());
        SavepointCopy.prepare(target, false);
        if (Files.exists(request.startOffsets())) {
            throw new SavepointException(
                    "the file of start offsets must not exist, was there (" + request.startOffsets() + ")",
                    "remove it, or give another one with --start-offsets",
                    null);
        }
        Path parent = request.savepoint().toAbsolutePath().getParent();
        Files.createDirectories(parent);
        Path staging = Files.createTempDirectory(parent, ".bootstrap-");
        try (ArchivedLog log = ArchivedLog.read(
                request.lake(),
                request.sources(),
                request.settings().sources(),
                request.at(),
                request.holes(),
                Files.createDirectory(staging.resolve("log")),
                request.memoryBytes(),
                notes)) {
            long total = log.partitions().stream()
                    .mapToLong(ArchivedLog.Partition::messages)
                    .sum();
            notes.accept("the lake holds " + total + " messages of "
                    + log.partitions().size() + " partitions");
            LogReplay replay = new LogReplay(
                    log,
                    request.idleTimeout() == null ? 0 : request.idleTimeout().toNanos());
            ArchivedLogSource source = ArchivedLogSource.of(replay);
            try {
                Savepoint taken = Savepoint.open(taken(log, source, environments, staging, total));
                write(taken, target, log.partitions());
                return new Result(
                        log.partitions(), source.messages(), source.whenRead().getNow(Long.MIN_VALUE));
            } finally {
                source.release();
            }
        } finally {
            delete(staging);
        }
    }

    /** Runs the operators over the log and stops them with a savepoint behind its last message. */
    private String taken(
            ArchivedLog log,
            ArchivedLogSource source,
            Function<Configuration, StreamExecutionEnvironment> environments,
            Path staging,
            long total)
            throws Exception {
        StreamExecutionEnvironment environment = environments.apply(configuration());
        environment.setParallelism(request.parallelism());
        environment.setMaxParallelism(request.settings().maxParallelism());
        build(environment, log, source);
        JobClient job = environment.executeAsync("candlewick bootstrap");
        CompletableFuture<?> failed = job.getJobExecutionResult();
        boolean stopped = false;
        try {
            CompletableFuture<?> first = CompletableFuture.anyOf(source.whenRead(), failed);
            while (true) {
                try {
                    first.get(WATCH_SECONDS, TimeUnit.SECONDS);
                    break;
                } catch (TimeoutException e) {
                    notes.accept(source.messages() + " of " + total + " messages");
                }
            }
            String savepoint = FirstSavepoint.take(
                    job, () -> job.stopWithSavepoint(false, staging.toUri().toString(), SavepointFormatType.CANONICAL));
            failed.get();
            stopped = true;
            return savepoint;
        } catch (ExecutionException e) {
            throw new SavepointException(
                    "the lake's log must be read by the operators of the job, was not: "
                            + SavepointException.reasons(e.getCause() == null ? e : e.getCause()),
                    "check that the settings are those of the job",
                    e);
        } finally {
            if (!stopped) {
                job.cancel();
            }
        }
    }

    private Configuration configuration() {
        Configuration flink = new Configuration();
        flink.set(PipelineOptions.NAME, "candlewick bootstrap");
        flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        flink.set(PipelineOptions.GENERIC_TYPES, false);
        flink.set(PipelineOptions.OBJECT_REUSE, true);
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        flink.set(StateBackendOptions.STATE_BACKEND, request.rocksDb() ? "rocksdb" : "hashmap");
        flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "jobmanager");
        flink.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
        flink.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, SAVEPOINT_TIMEOUT);
        return flink;
    }

    private void build(StreamExecutionEnvironment environment, ArchivedLog log, ArchivedLogSource source) {
        SingleOutputStreamOperator<Decoded> all = environment
                .fromSource(source, WatermarkStrategy.noWatermarks(), SOURCE, RecordType.DECODED)
                .uid(SOURCE)
                .setParallelism(1);
        List<MarketDataPipeline.Input> inputs = new ArrayList<>();
        for (int i = 0; i < request.sources().size(); i++) {
            LogSource own = request.sources().get(i);
            SingleOutputStreamOperator<Decoded> decoded = all;
            if (request.sources().size() > 1) {
                HashSet<Integer> ordinals = new HashSet<>();
                for (ArchivedLog.Partition partition : log.partitions()) {
                    if (own.topics().matcher(partition.id().topic()).matches()) {
                        ordinals.add(log.ordinalOf(partition.id().topic()));
                    }
                }
                decoded = all.filter(new OfSource(ordinals))
                        .uid(SOURCE + '-' + own.name())
                        .name(SOURCE + '-' + own.name())
                        .setParallelism(1);
            }
            inputs.add(new MarketDataPipeline.Input(
                    own.name(),
                    decoded,
                    own.outOfOrdernessNanos(),
                    request.settings().feeds().get(i).engine().allowedLatenessNanos()));
        }
        MarketDataPipeline.build(inputs, request.settings());
    }

    /** Lets the messages of one source through. */
    private record OfSource(HashSet<Integer> ordinals) implements FilterFunction<Decoded> {
        @Override
        public boolean filter(Decoded message) {
            return ordinals.contains(message.readSource());
        }
    }

    private void write(Savepoint taken, org.apache.flink.core.fs.Path target, List<ArchivedLog.Partition> partitions)
            throws IOException {
        Set<String> uids = new HashSet<>(Set.of(Uids.MARKET_DATA, Uids.OUTLET, Uids.SILENCE, Uids.LEDGER));
        request.sources().forEach(source -> uids.add(Uids.stamp(source.name())));
        List<OperatorState> states = new ArrayList<>();
        for (String uid : uids.stream().sorted().toList()) {
            OperatorState state = taken.state(uid);
            if (state == null) {
                throw new SavepointException(
                        "the savepoint must hold every operator of the job, was without " + uid, null, null);
            }
            states.add(state);
        }
        SavepointCopy.prepare(target, true);
        Set<String> replaced = new HashSet<>();
        OperatorState market = Objects.requireNonNull(taken.state(Uids.MARKET_DATA));
        states.set(states.indexOf(market), numbered(taken, market, target, replaced));
        SavepointCopy.write(taken, target, states, replaced);
        HashManifest.write(target);
        List<SavepointContents.NextOffset> offsets = partitions.stream()
                .map(partition -> new SavepointContents.NextOffset(
                        "", partition.id().topic(), partition.id().partition(), partition.end()))
                .toList();
        SavepointCopy.write(
                SavepointCopy.path(request.startOffsets().toString()), SavepointMigration.startOffsets(offsets));
    }

    /**
     * The keyed state with the revision numbers of the lake. How often a value was published while it was revised is no
     * function of the trades, and the next revision must be a larger one.
     *
     * @param replaced receives the names of the files that are not needed any more
     */
    private OperatorState numbered(
            Savepoint taken, OperatorState market, org.apache.flink.core.fs.Path target, Set<String> replaced) {
        SavepointContents contents = new SavepointContents(taken);
        long[] oldest = {Long.MAX_VALUE};
        contents.forEachInstrument((key, state, timers) -> oldest[0] = Math.min(oldest[0], state.oldestKeptNanos()));
        if (oldest[0] == Long.MAX_VALUE) {
            return market;
        }
        LakeRevisions revisions = LakeRevisions.read(request.lake(), request.sources(), oldest[0]);
        PublishedRevisions.Applied[] applied = {new PublishedRevisions.Applied(0, 0)};
        KeyedStateHandle rewritten;
        try (KeyedStateWriter writer = new KeyedStateWriter(market.getMaxParallelism())) {
            contents.forEachInstrument((key, state, timers) -> {
                applied[0] = applied[0].plus(revisions.apply(key, state, request.at() == null));
                writer.add(
                        key, state, state.timerMillis() == Long.MAX_VALUE ? List.of() : List.of(state.timerMillis()));
            });
            rewritten = writer.write(target, taken.checkpointId());
        } catch (Exception e) {
            throw new SavepointException(
                    "keyed state must be writable again, was not: " + SavepointException.reasons(e) + " (operator="
                            + Uids.MARKET_DATA + ")",
                    null,
                    e);
        }
        OperatorState numbered = new OperatorState(
                market.getOperatorName().orElse(null),
                market.getOperatorUid().orElse(null),
                market.getOperatorID(),
                market.getParallelism(),
                market.getMaxParallelism());
        for (int subtask = 0; subtask < market.getParallelism(); subtask++) {
            OperatorSubtaskState before = market.getState(subtask);
            OperatorSubtaskState.Builder after = OperatorSubtaskState.builder();
            if (before != null) {
                after.setManagedOperatorState(before.getManagedOperatorState());
                for (KeyedStateHandle handle : before.getManagedKeyedState()) {
                    if (handle instanceof KeyGroupsStateHandle groups) {
                        groups.maybeGetPath().ifPresent(path -> replaced.add(path.getName()));
                    }
                }
            }
            // Where the parallelism does not change, Flink gives each subtask what it had and looks no further.
            KeyedStateHandle part =
                    rewritten.getIntersection(KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                            market.getMaxParallelism(), market.getParallelism(), subtask));
            if (part != null) {
                after.setManagedKeyedState(StateObjectCollection.singleton(part));
            }
            numbered.putState(subtask, after.build());
        }
        if (applied[0].numbered() > 0) {
            notes.accept(applied[0].numbered() + " values have the revision numbers under which the lake's job had"
                    + " published them");
        }
        if (applied[0].due() > 0) {
            notes.accept(applied[0].due() + " values were due and are not in the lake: the new job publishes them");
        }
        return numbered;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
