package dev.candlewick.batch.heal;

import dev.candlewick.batch.reconcile.ReconcileRequest;
import dev.candlewick.connectors.kafka.sink.PublishedTopicSink;
import dev.candlewick.connectors.lake.HealNotes;
import dev.candlewick.connectors.lake.LakeHeals;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeSinks;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.RunReport;
import dev.candlewick.core.heal.HealAction;
import dev.candlewick.core.heal.HealAudit;
import dev.candlewick.core.heal.HealPlan;
import dev.candlewick.core.heal.HealSettings;
import dev.candlewick.core.heal.HealSkip;
import dev.candlewick.core.heal.PurgeEvidence;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.jobs.operators.RecordType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * One heal: plans from a reconciliation and from what stands there now, and writes what the plan says.
 *
 * <p>The order makes it safe to kill at any moment: the record of what will be written, a note of it in the topic
 * {@code heals}, the topics, the lake, and the record again as done. Values go out at least once by a bounded STREAMING job;
 * nothing is written whose revision is not above what stands there, so a second run writes nothing more, and a record that
 * is not done is brought to its end first.
 */
public final class HealRun {
    private static final int ATTEMPTS = 3;

    private final HealRequest request;
    private final Function<Configuration, StreamExecutionEnvironment> environments;
    private final InstantSource clock;
    private final Consumer<String> notes;
    private final Steps steps;

    /** Is told before each step, so that a test can stop between any two. */
    @FunctionalInterface
    public interface Steps {
        /** Does nothing. */
        Steps NONE = step -> {};

        /** Before a step. */
        void before(String step);
    }

    /**
     * A heal.
     *
     * @param environments makes an environment with the given settings in addition to its own
     * @param notes receives lines for people
     */
    public HealRun(
            HealRequest request,
            Function<Configuration, StreamExecutionEnvironment> environments,
            InstantSource clock,
            Consumer<String> notes,
            Steps steps) {
        this.request = request;
        this.environments = environments;
        this.clock = clock;
        this.notes = notes;
        this.steps = steps;
    }

    /**
     * Plans by a reconciliation, made now or long ago: what stands there now decides.
     *
     * @throws IllegalArgumentException where it is of another lake version or of other topics
     */
    public HealPlan plan(
            ReconcileResult result, PurgeEvidence purge, HealSettings settings, Map<Long, Long> candlesByDay) {
        ReconcileRequest.Published topics = request.topics();
        if (result.version() != request.catalog().version()) {
            throw new IllegalArgumentException("reconciliation must be of version "
                    + request.catalog().version() + ", was of version " + result.version());
        }
        if (result.hasTopics() != (topics != null)) {
            throw new IllegalArgumentException(
                    result.hasTopics()
                            ? "reconciliation of topics must be healed with them, was without: give --kafka"
                            : "reconciliation without topics must be healed without them, was with: reconcile with"
                                    + " --kafka first");
        }
        String prefix = result.topicPrefix();
        if (topics != null && !topics.topics().prefix().equals(prefix)) {
            throw new IllegalArgumentException("reconciliation must be of the topics with prefix '"
                    + topics.topics().prefix() + "', was of '" + prefix + "'");
        }
        List<ReconcileKey> keys =
                result.differences().stream().map(Difference::key).toList();
        List<HealSkip> changed = new ArrayList<>();
        ReconcileResult now = HealPlan.refresh(
                result,
                topics == null ? Map.of() : CurrentValues.ofTopics(request, topics, keys),
                CurrentValues.ofLake(request, keys),
                changed);
        HealPlan plan = HealPlan.of(now, purge, settings, candlesByDay);
        List<HealSkip> skips = new ArrayList<>(plan.skips());
        skips.addAll(changed);
        return new HealPlan(plan.actions(), skips, plan.refusals());
    }

    /** Heals of this version that were killed before they were done. */
    public List<HealAudit> unfinished() {
        return LakeHeals.unfinished(request.catalog().lake(), request.catalog().version());
    }

    /**
     * Writes what a plan says.
     *
     * @param reconciliation name of the reconciliation that it goes by
     * @param overridden refusals that were overridden
     * @return how many values were written
     * @throws Exception where a job fails; run it again then
     */
    public int apply(HealPlan plan, String reconciliation, List<String> overridden) throws Exception {
        if (plan.actions().isEmpty()) {
            return 0;
        }
        ReconcileRequest.Published topics = request.topics();
        HealAudit audit = new HealAudit(
                request.run(),
                reconciliation,
                request.catalog().lake().toString(),
                request.catalog().version(),
                topics == null ? null : topics.topics().prefix(),
                request.by(),
                clock.instant().toString(),
                false,
                overridden,
                plan.actions(),
                plan.skips());
        steps.before("record");
        LakeHeals.write(request.catalog().lake(), audit);
        return finish(audit, request.run());
    }

    /**
     * Brings a heal to its end that was killed: what stands there already is not written again.
     *
     * @return how many values were written
     */
    public int resume(HealAudit audit, String appendName) throws Exception {
        String prefix = audit.topicPrefix();
        ReconcileRequest.Published topics = request.topics();
        if (prefix != null && (topics == null || !topics.topics().prefix().equals(prefix))) {
            throw new IllegalArgumentException("heal " + audit.run() + " must be finished with the topics of prefix '"
                    + prefix + "', was without: give --kafka and --set topic.prefix=" + prefix);
        }
        return finish(audit, appendName);
    }

    private int finish(HealAudit audit, String appendName) throws Exception {
        ReconcileRequest.Published topics = audit.topicPrefix() == null ? null : request.topics();
        List<ReconcileKey> keys = audit.actions().stream().map(HealAction::key).toList();
        // The claim comes first: it finishes or undoes what a killed heal has left in the lake.
        try (LakeRun claim = LakeRun.appending(
                request.catalog().lake(), appendName, request.catalog().version(), clock, notes)) {
            Map<ReconcileKey, ObservedValue> inTopics =
                    topics == null ? Map.of() : CurrentValues.ofTopics(request, topics, keys);
            Map<ReconcileKey, ObservedValue> inLake = CurrentValues.ofLake(request, keys);
            List<HealAction> open = new ArrayList<>();
            for (HealAction action : audit.actions()) {
                HealAction rest = action.remaining(revision(inTopics, action.key()), revision(inLake, action.key()));
                if (rest != null) {
                    open.add(rest);
                }
            }
            if (topics != null) {
                steps.before("note");
                note(audit, topics);
                steps.before("topics");
                publish(open.stream().filter(HealAction::toTopic).toList(), topics);
            }
            steps.before("lake");
            append(audit, claim, open.stream().filter(HealAction::toLake).toList());
            steps.before("done");
            LakeHeals.write(request.catalog().lake(), audit.finished());
            return open.size();
        }
    }

    private static long revision(Map<ReconcileKey, ObservedValue> values, ReconcileKey key) {
        ObservedValue value = values.get(key);
        return value == null ? -1 : value.revision();
    }

    /** One record for each instrument, before any value: a job that starts later knows how far it must have come. */
    private void note(HealAudit audit, ReconcileRequest.Published topics) throws Exception {
        Map<String, Object> settings = new HashMap<>();
        topics.consumer().forEach((name, value) -> settings.put(String.valueOf(name), value));
        settings.keySet().removeIf(name -> name.startsWith("partition.") || name.startsWith("auto."));
        settings.putAll(Map.of("acks", "all", "enable.idempotence", true));
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (HealAudit.Reach reach : audit.reach().values()) {
                sent.add(producer.send(new ProducerRecord<>(
                        topics.topics().prefix() + HealNotes.TOPIC,
                        reach.instrument().getBytes(StandardCharsets.UTF_8),
                        HealNotes.value(audit, reach))));
            }
            for (Future<RecordMetadata> one : sent) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "notes of a heal must be taken by the broker, were not: " + e.getCause(), e);
        }
    }

    private void publish(List<HealAction> actions, ReconcileRequest.Published topics) throws Exception {
        if (actions.isEmpty()) {
            return;
        }
        StreamExecutionEnvironment environment = environment("candlewick heal: topics");
        Properties producer = new Properties();
        producer.putAll(request.config().kafkaProperties());
        producer.setProperty("bootstrap.servers", topics.consumer().getProperty("bootstrap.servers"));
        int number = 0;
        for (Map.Entry<String, List<Published>> entry : byProfile(actions).entrySet()) {
            attach(
                    environment,
                    entry.getValue(),
                    "topics-" + number++,
                    PublishedTopicSink.atLeastOnce(producer, topics.topics().prefix(), entry.getKey()));
        }
        environment.execute();
        notes.accept(actions.size() + " values published to the topics");
    }

    private static Map<String, List<Published>> byProfile(List<HealAction> actions) {
        Map<String, List<Published>> profiles = new TreeMap<>();
        for (HealAction action : actions) {
            profiles.computeIfAbsent(action.profile(), profile -> new ArrayList<>())
                    .add(action.published());
        }
        return profiles;
    }

    private static void attach(
            StreamExecutionEnvironment environment, List<Published> values, String name, Sink<Published> sink) {
        environment
                .fromData(values, RecordType.PUBLISHED)
                .uid(name)
                .name(name)
                .setParallelism(1)
                .sinkTo(sink)
                .uid(name + "-sink")
                .name(name + "-sink")
                .setParallelism(1);
    }

    private StreamExecutionEnvironment environment(String name) {
        Configuration flink = new Configuration();
        flink.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.STREAMING);
        // Without checkpoints a failed attempt starts again from the first value: at least once, and nothing else.
        flink.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, ATTEMPTS);
        flink.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
        flink.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        flink.set(PipelineOptions.GENERIC_TYPES, false);
        flink.set(PipelineOptions.NAME, name);
        StreamExecutionEnvironment environment = environments.apply(flink);
        environment.setParallelism(1);
        return environment;
    }

    private void append(HealAudit audit, LakeRun run, List<HealAction> actions) throws Exception {
        if (actions.isEmpty()) {
            return;
        }
        StreamExecutionEnvironment environment = environment("candlewick heal: lake");
        Map<LakeTable, Long> rows = new EnumMap<>(LakeTable.class);
        int number = 0;
        for (Map.Entry<String, List<Published>> entry : byProfile(actions).entrySet()) {
            LakeTarget target = run.target(request.catalog().sources(), entry.getKey(), HealRun::knownAtNanos);
            List<Published> candles = new ArrayList<>();
            List<Published> vwap = new ArrayList<>();
            entry.getValue().forEach(value -> (value instanceof Candle ? candles : vwap).add(value));
            if (!candles.isEmpty()) {
                attach(environment, candles, "candles-" + number, cast(LakeSinks.candles(target)));
            }
            if (!vwap.isEmpty()) {
                attach(environment, vwap, "vwap-" + number, cast(LakeSinks.vwap(target)));
            }
            rows.merge(LakeTable.CANDLES, (long) candles.size(), Long::sum);
            rows.merge(LakeTable.VWAP, (long) vwap.size(), Long::sum);
            number++;
        }
        environment.execute();
        Map<String, @Nullable Object> record = new LinkedHashMap<>();
        record.put("heal", audit.run());
        record.put("reconciliation", audit.reconciliation());
        record.put("by", audit.by());
        record.put("at", audit.at());
        LakePublisher.append(
                run,
                new RunReport(
                        request.versions(),
                        request.config().asMap(),
                        request.catalog().sources(),
                        Map.of(),
                        List.of(),
                        rows),
                record);
        notes.accept(actions.size() + " rows appended to the lake");
    }

    private static long knownAtNanos() {
        Instant now = InstantSource.system().instant();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    @SuppressWarnings("unchecked") // Only values of the sink's kind are sent there.
    private static <T extends Published> Sink<Published> cast(Sink<T> sink) {
        return (Sink<Published>) (Sink<? extends Published>) sink;
    }
}
