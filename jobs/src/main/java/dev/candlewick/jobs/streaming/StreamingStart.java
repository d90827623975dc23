package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.kafka.preflight.KafkaPreflight;
import dev.candlewick.connectors.kafka.preflight.PreflightException;
import dev.candlewick.connectors.kafka.preflight.TransactionTimeouts;
import dev.candlewick.connectors.kafka.sink.FinalTopicsSink;
import dev.candlewick.connectors.state.SnapshotStructure;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceOffsets;
import dev.candlewick.jobs.operators.LoggedRun;
import dev.candlewick.jobs.operators.Uids;
import java.io.DataInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;

/** What is set and checked before the streaming job starts; every refusal says what, where and how to mend it. */
public final class StreamingStart {
    /** How long the job may be down between a failure and its restored state. */
    public static final Duration LONGEST_RESTART = Duration.ofMinutes(1);

    /** More than twice the time after which a broker misses a job that was killed: it may be busy. */
    private static final Duration DEAD_WRITER = Duration.ofSeconds(15);

    /**
     * Set by tools that capture the graph and do not run it: the main then touches neither broker nor lake nor checkpoints.
     */
    static final ConfigOption<Boolean> PLAN_ONLY =
            ConfigOptions.key("candlewick.plan-only").booleanType().defaultValue(false);

    private StreamingStart() {}

    /** Flink's configuration for the job, every value that matters set. */
    public static Configuration flinkConfiguration(ResolvedConfiguration config) {
        Configuration flink = new Configuration();
        flink.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, config.get(CandlewickOptions.CHECKPOINT_INTERVAL));
        flink.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, config.get(CandlewickOptions.CHECKPOINT_TIMEOUT));
        flink.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        flink.set(CheckpointingOptions.MAX_CONCURRENT_CHECKPOINTS, 1);
        flink.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
        flink.set(
                CheckpointingOptions.TOLERABLE_FAILURE_NUMBER,
                config.get(CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES));
        flink.set(
                CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
                ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
        flink.set(CheckpointingOptions.MAX_RETAINED_CHECKPOINTS, 3);
        checkpointDirectory(config).ifPresent(directory -> {
            flink.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
            flink.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory);
        });
        if (config.isGiven(CandlewickOptions.STATE_BACKEND)) {
            // The default is Flink's own: a cluster that keeps state in RocksDB must not be talked out of it.
            flink.set(
                    StateBackendOptions.STATE_BACKEND,
                    config.get(CandlewickOptions.STATE_BACKEND).name().toLowerCase(Locale.ROOT));
        }
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        flink.set(
                RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS,
                config.get(CandlewickOptions.RESTART_ATTEMPTS));
        flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
        flink.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, config.get(CandlewickOptions.WATERMARK_INTERVAL));
        flink.set(ExecutionOptions.BUFFER_TIMEOUT, config.get(CandlewickOptions.BUFFER_TIMEOUT));
        flink.set(PipelineOptions.OBJECT_REUSE, true);
        flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        flink.set(PipelineOptions.GENERIC_TYPES, false);
        flink.set(PipelineOptions.NAME, "candlewick");
        flink.set(PipelineOptions.GLOBAL_JOB_PARAMETERS, LoggedRun.in(config.asMap(), run(config)));
        return flink;
    }

    /** The brokers to start from. */
    static String bootstrapServers(ResolvedConfiguration config) {
        return config.kafkaBootstrapServers()
                .orElseThrow(() -> new PreflightException("kafka.bootstrap.servers must be given, was absent (example:"
                        + " --set kafka.bootstrap.servers=localhost:9092)"));
    }

    /** The name of the job's run: all starts that go on from its state share it. */
    static String run(ResolvedConfiguration config) {
        return config.get(CandlewickOptions.KAFKA_GROUP_ID);
    }

    /** What the transactional ids begin with; the end mark keeps it from being a prefix of another job's. */
    public static String transactionalIdPrefix(ResolvedConfiguration config) {
        return config.find(CandlewickOptions.KAFKA_TRANSACTIONAL_ID_PREFIX)
                .orElseGet(() -> "cw." + config.get(CandlewickOptions.KAFKA_GROUP_ID) + "~");
    }

    /** The checkpoint directory as a URI, where one is configured. */
    public static Optional<String> checkpointDirectory(ResolvedConfiguration config) {
        return config.find(CandlewickOptions.CHECKPOINT_DIR)
                .map(directory -> directory.contains(":/")
                        ? directory
                        : java.nio.file.Path.of(directory)
                                .toAbsolutePath()
                                .toUri()
                                .toString());
    }

    /** The newest complete checkpoint of the job, where one stands. */
    public static Optional<String> newestCheckpoint(ResolvedConfiguration config) throws IOException {
        Optional<String> directory = checkpointDirectory(config);
        return directory.isPresent() ? CheckpointDirectory.newest(directory.get()) : Optional.empty();
    }

    /**
     * Decides from which state the job starts, and refuses to start without state where a checkpoint stands.
     *
     * @param flink receives the path of the checkpoint to restore, where {@code resume}
     * @param resume whether the newest checkpoint is restored by itself
     * @return what was decided, for people
     * @throws IllegalStateException where a checkpoint stands and neither it nor a start without state was asked for, or
     *     the one that is restored is damaged
     */
    public static String decideState(ResolvedConfiguration config, Configuration flink, boolean resume)
            throws IOException {
        if (config.get(CandlewickOptions.FRESH)) {
            return "starting without state, as --fresh says";
        }
        Optional<String> restored = flink.getOptional(StateRecoveryOptions.SAVEPOINT_PATH);
        if (restored.isPresent()) {
            SnapshotStructure.check(restored.get());
            return "restoring " + restored.get();
        }
        Optional<String> newest = newestCheckpoint(config);
        if (newest.isEmpty()) {
            return "starting without state: no checkpoint stands";
        }
        if (!resume) {
            throw new IllegalStateException("a start without state must be asked for where a checkpoint stands, was "
                    + newest.get() + ". Fix: start from it (flink run -s " + newest.get() + "), or pass --fresh");
        }
        SnapshotStructure.check(newest.get());
        flink.set(StateRecoveryOptions.SAVEPOINT_PATH, newest.get());
        return "restoring " + newest.get();
    }

    /**
     * Checks broker, topics and transaction timeout, and makes the output topics that do not exist.
     *
     * @throws PreflightException with every problem in its message
     */
    public static void preflight(ResolvedConfiguration config) {
        preflight(config, new Configuration());
    }

    /**
     * The same, where start offsets count only for sources that the restored state does not hold.
     *
     * @param flink with the path of the state to restore, where there is one
     * @throws PreflightException with every problem in its message
     */
    public static void preflight(ResolvedConfiguration config, Configuration flink) {
        Properties client = new Properties();
        client.putAll(config.kafkaProperties());
        client.setProperty("bootstrap.servers", bootstrapServers(config));
        List<String> sources = config.sourceTopics();
        try (KafkaPreflight preflight = new KafkaPreflight(client)) {
            Map<String, Integer> partitions = preflight.partitions(topic -> isRead(config, topic));
            List<String> missing = sources.stream()
                    .filter(topic -> !partitions.containsKey(topic))
                    .toList();
            if (!missing.isEmpty()) {
                // One that exists and must not be seen by this client is another fault than one that does not exist.
                preflight.missing(missing);
                throw new PreflightException("source.topic must exist, was " + String.join(", ", missing)
                        + " (bootstrap.servers=" + bootstrapServers(config)
                        + "). Fix: create it, or send trades to it with ./candlewick produce --topic "
                        + missing.get(0));
            }
            preflight.requireRights(partitions.keySet(), AclOperation.READ);
            checkStartOffsets(config, flink, preflight, partitions);
            preflight.awaitCoordinator(config.get(CandlewickOptions.KAFKA_GROUP_ID));
            preflight.checkTransactionTimeout(new TransactionTimeouts(
                    config.get(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT),
                    config.get(CandlewickOptions.CHECKPOINT_INTERVAL),
                    config.get(CandlewickOptions.CHECKPOINT_TIMEOUT),
                    config.get(CandlewickOptions.CHECKPOINT_TOLERABLE_FAILURES),
                    LONGEST_RESTART));
            preflight.requireTransactionalIds(transactionalIdPrefix(config));
            preflight.awaitNoWriter(FinalTopicsSink.writerGroup(transactionalIdPrefix(config)), DEAD_WRITER);
            Collection<Integer> counts = partitions.values();
            int widest = counts.stream().mapToInt(Integer::intValue).max().orElse(1);
            OutputTopics topics = new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX));
            List<String> written = topics.all(config.engineSettings().intervals());
            preflight.ensureTopics(written, widest, Map.of("message.timestamp.type", "LogAppendTime"));
            preflight.requireRights(written, AclOperation.WRITE);
            // A topic that must not be seen looks like one that is not there, and the job would undo what was healed.
            if (preflight.missing(List.of(topics.heals())).isEmpty()) {
                preflight.requireRights(List.of(topics.heals()), AclOperation.READ);
            }
            preflight.ensureMessageBytes(topics.rejected(), PublishedJson.REJECTED_BYTES_MAX);
        }
    }

    private static void checkStartOffsets(
            ResolvedConfiguration config,
            Configuration flink,
            KafkaPreflight preflight,
            Map<String, Integer> partitions) {
        SourceOffsets start = config.get(CandlewickOptions.SOURCE_START_OFFSETS);
        if (start.kind() != SourceOffsets.Kind.OFFSETS) {
            return;
        }
        Predicate<String> isRestored = restored(flink);
        Map<TopicPartition, Long> offsets = new HashMap<>();
        StreamingGraph.subscriptions(config).forEach((source, subscription) -> {
            if (!isRestored.test(Uids.source(source.name()))) {
                offsets.putAll(StreamingGraph.byPartition(start, source, subscription));
            }
        });
        List<TopicPartition> existing = offsets.keySet().stream()
                .filter(partition -> partition.partition() < partitions.getOrDefault(partition.topic(), 0))
                .toList();
        List<String> problems =
                StartOffsets.problems(offsets, preflight.offsets(existing, false), preflight.offsets(existing, true));
        if (!problems.isEmpty()) {
            throw new PreflightException(String.join(System.lineSeparator(), problems));
        }
    }

    /** Which uids the state that is restored holds. What cannot be read is Flink's to refuse. */
    private static Predicate<String> restored(Configuration flink) {
        String path = flink.getOptional(StateRecoveryOptions.SAVEPOINT_PATH).orElse(null);
        if (path == null) {
            return uid -> false;
        }
        Set<String> uids = new HashSet<>();
        try {
            Path given = new Path(path);
            Path metadata = given.getName().equals("_metadata") ? given : new Path(given, "_metadata");
            try (DataInputStream in =
                    new DataInputStream(metadata.getFileSystem().open(metadata))) {
                Checkpoints.loadCheckpointMetadata(
                                in, StreamingStart.class.getClassLoader(), String.valueOf(metadata.getParent()))
                        .getOperatorStates()
                        .forEach(state -> state.getOperatorUid().ifPresent(uids::add));
            }
        } catch (IOException | RuntimeException e) {
            return uid -> true;
        }
        return uids.isEmpty() ? uid -> true : uids::contains;
    }

    private static boolean isRead(ResolvedConfiguration config, String topic) {
        List<String> written = new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX)).all(config.intervals());
        return config.sources().stream()
                .anyMatch(source -> source.subscription(config.sources(), written)
                        .matcher(topic)
                        .matches());
    }
}
