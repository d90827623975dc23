package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.TestTrades.Builder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Metric;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphTestUtils;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.operators.testutils.MockInputSplitProvider;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;

/**
 * One subtask of one operator under Flink's test harness, with the job's serializers and its metrics within reach.
 *
 * <p>{@link #checkpoint} does what a task does at a barrier: first {@code prepareSnapshotPreBarrier}, then the snapshot.
 */
final class Harness<I, O> implements AutoCloseable {
    static final int MAX_PARALLELISM = 128;

    /** The allowed lateness of the tests is 10 s, their out-of-orderness 1 s. */
    static final long OUT_OF_ORDERNESS_NANOS = Interval.SECOND_NANOS;

    /** Candles of 1 s and 10 s. */
    static final EngineSettings SETTINGS = EngineSettings.defaults().withIntervals(Intervals.parse("1s,10s"));

    final OneInputStreamOperatorTestHarness<I, O> flink;
    private final MockEnvironment environment;
    private final Map<String, Metric> metrics;

    /** What varies between harnesses: which subtask of how many, and what it starts from. */
    record Start(int parallelism, int subtask, OperatorSubtaskState state, long checkpointId) {
        Start(int parallelism, int subtask, OperatorSubtaskState state) {
            this(parallelism, subtask, state, 0);
        }

        static Start fresh() {
            return new Start(1, 0, null);
        }

        static Start fresh(int parallelism, int subtask) {
            return new Start(parallelism, subtask, null);
        }

        /** From a snapshot of the only subtask. */
        static Start from(OperatorSubtaskState state) {
            return new Start(1, 0, state);
        }

        /** From a snapshot of the only subtask at a checkpoint. */
        static Start from(OperatorSubtaskState state, long checkpointId) {
            return new Start(1, 0, state, checkpointId);
        }

        /** From the snapshots of all subtasks, one of any other number of subtasks. */
        static Start rescaled(List<OperatorSubtaskState> from, int parallelism, int subtask) throws Exception {
            OperatorSubtaskState all =
                    AbstractStreamOperatorTestHarness.repackageState(from.toArray(OperatorSubtaskState[]::new));
            return new Start(
                    parallelism,
                    subtask,
                    AbstractStreamOperatorTestHarness.repartitionOperatorState(
                            all, MAX_PARALLELISM, from.size(), parallelism, subtask));
        }
    }

    /** Makes Flink's harness from an environment. */
    @FunctionalInterface
    private interface Maker<I, O> {
        OneInputStreamOperatorTestHarness<I, O> make(MockEnvironment environment) throws Exception;
    }

    private Harness(Start start, Maker<I, O> maker) throws Exception {
        metrics = new HashMap<>();
        TestingMetricRegistry registry = TestingMetricRegistry.builder()
                .setRegisterConsumer((metric, name, group) ->
                        metrics.put(String.join(".", group.getScopeComponents()) + '.' + name, metric))
                .build();
        environment = new MockEnvironmentBuilder()
                .setTaskName("test")
                .setManagedMemorySize(3 * 1024 * 1024)
                .setInputSplitProvider(new MockInputSplitProvider())
                .setBufferSize(1024)
                .setMaxParallelism(MAX_PARALLELISM)
                .setParallelism(start.parallelism)
                .setSubtaskIndex(start.subtask)
                .setMetricGroup(TaskManagerMetricGroup.createTaskManagerMetricGroup(
                                registry, "localhost", ResourceID.generate())
                        .addJob(new org.apache.flink.api.common.JobID(), "job")
                        .addTask(ExecutionGraphTestUtils.createExecutionAttemptId(), "test"))
                .build();
        flink = maker.make(environment);
    }

    private Harness<I, O> started(Start start) throws Exception {
        if (start.state == null) {
            flink.initializeEmptyState();
        } else {
            flink.setRestoredCheckpointId(start.checkpointId);
            flink.initializeState(start.state);
        }
        flink.open();
        return this;
    }

    private static <I, O> Harness<I, O> unkeyed(
            OneInputStreamOperator<I, O> operator, RecordType<I> in, RecordType<O> out, Start start) throws Exception {
        Harness<I, O> made = new Harness<>(
                start,
                environment ->
                        new OneInputStreamOperatorTestHarness<>(operator, in.createSerializer(null), environment));
        made.flink.setup(out.createSerializer(null));
        return made.started(start);
    }

    private static <I> Harness<I, Published> keyed(
            MarketDataOperator<I> operator,
            KeySelector<I, String> key,
            Backend backend,
            boolean objectReuse,
            Start start)
            throws Exception {
        Harness<I, Published> made = new Harness<>(
                start,
                environment -> new KeyedOneInputStreamOperatorTestHarness<>(operator, key, Types.STRING, environment));
        if (objectReuse) {
            made.flink.getExecutionConfig().enableObjectReuse();
        }
        made.flink.setStateBackend(backend.create());
        made.flink.setup(RecordType.PUBLISHED.createSerializer(null));
        return made.started(start);
    }

    static Harness<Decoded, Trade> stamp(EngineSettings settings, Start start) throws Exception {
        return stamp(settings, false, start);
    }

    private static StampFunction stampFunction(EngineSettings settings, boolean archive) {
        return new StampFunction(
                settings.intervals().finest(),
                OUT_OF_ORDERNESS_NANOS,
                settings.allowedLatenessNanos(),
                settings.late(),
                archive,
                settings.quality().enabled(),
                sources());
    }

    static Harness<Decoded, Trade> stamp(EngineSettings settings, boolean archive, Start start) throws Exception {
        return unkeyed(
                StampOperator.ofTrades(stampFunction(settings, archive)), RecordType.DECODED, RecordType.TRADE, start);
    }

    /** A stamp of a job that must not publish again what was healed. */
    static Harness<Decoded, Trade> stamp(EngineSettings settings, HealedUntil healed, Start start) throws Exception {
        return unkeyed(
                StampOperator.ofTrades(stampFunction(settings, false).withHealed(healed)),
                RecordType.DECODED,
                RecordType.TRADE,
                start);
    }

    /** A stamp that passes trades on in batches. */
    static Harness<Decoded, TradeBatch> batchingStamp(EngineSettings settings, Start start) throws Exception {
        return unkeyed(
                StampOperator.ofBatches(stampFunction(settings, false)),
                RecordType.DECODED,
                RecordType.TRADE_BATCH,
                start);
    }

    /** A keyed operator behind a shuffle of batches. */
    static Harness<TradeBatch, Published> batchedMarket(Backend backend, EngineSettings settings, Start start)
            throws Exception {
        return keyed(
                MarketDataOperator.ofBatches(new MarketDataFunction(settings, sources(), 1_000), LiveSettings.OFF),
                States.BATCH_KEY,
                backend,
                false,
                start);
    }

    /** A keyed operator that must not publish again what was healed. */
    static Harness<Trade, Published> market(Backend backend, EngineSettings settings, HealedUntil healed, Start start)
            throws Exception {
        return keyed(
                MarketDataOperator.ofTrades(
                        new MarketDataFunction(settings, sources(), 1_000).withHealed(healed), LiveSettings.OFF),
                States.INSTRUMENT_KEY,
                backend,
                false,
                start);
    }

    /** A stamp of trades that carry what was found when their log was read. */
    static Harness<Decoded, Trade> archivedStamp(EngineSettings settings, Start start) throws Exception {
        return unkeyed(
                StampOperator.ofTrades(new StampFunction(
                        settings.intervals().finest(),
                        OUT_OF_ORDERNESS_NANOS,
                        settings.allowedLatenessNanos(),
                        settings.late(),
                        true,
                        settings.quality().enabled(),
                        sources(),
                        0,
                        Arrival.ARCHIVED)),
                RecordType.DECODED,
                RecordType.TRADE,
                start);
    }

    /** A keyed operator whose trades come in the order of event time. */
    static Harness<Trade, Published> orderedMarket(Backend backend, EngineSettings settings, Start start)
            throws Exception {
        return keyed(
                MarketDataOperator.ofTrades(
                        new MarketDataFunction(
                                List.of(new FeedSettings("trades", settings)),
                                sources(),
                                1_000,
                                Arrival.ARCHIVED_IN_ORDER),
                        LiveSettings.OFF),
                States.INSTRUMENT_KEY,
                backend,
                false,
                start);
    }

    static Harness<Trade, Published> market(Backend backend, EngineSettings settings, Start start) throws Exception {
        return market(backend, settings, LiveSettings.OFF, false, start);
    }

    static Harness<Trade, Published> market(
            Backend backend, EngineSettings settings, LiveSettings live, boolean objectReuse, Start start)
            throws Exception {
        return market(backend, List.of(new FeedSettings("trades", settings)), live, objectReuse, start);
    }

    static Harness<Trade, Published> market(Backend backend, List<FeedSettings> feeds, Start start) throws Exception {
        return market(backend, feeds, LiveSettings.OFF, false, start);
    }

    private static Harness<Trade, Published> market(
            Backend backend, List<FeedSettings> feeds, LiveSettings live, boolean objectReuse, Start start)
            throws Exception {
        return keyed(
                MarketDataOperator.ofTrades(new MarketDataFunction(feeds, sources(), 1_000), live),
                States.INSTRUMENT_KEY,
                backend,
                objectReuse,
                start);
    }

    static Harness<Published, Published> outlet(EngineSettings settings, Start start) throws Exception {
        return unkeyed(
                new OutletOperator(new OutletFunction(settings.intervals())),
                RecordType.PUBLISHED,
                RecordType.PUBLISHED,
                start);
    }

    static Harness<StageTotals, LedgerRow> ledger(EngineSettings settings, Start start) throws Exception {
        return unkeyed(
                new LedgerOperator(new LedgerFunction(settings.intervals(), 1_000)),
                RecordType.TOTALS,
                RecordType.LEDGER_ROW,
                start);
    }

    static EngineSettings accepting() {
        return SETTINGS.withLate(LatePolicy.ACCEPT);
    }

    private static SourceNames sources() {
        return new SourceNames(List.of("trades"));
    }

    // ---- driving ----

    void process(I record) throws Exception {
        flink.processElement(new StreamRecord<>(record));
    }

    @SuppressWarnings("unchecked")
    void process(Builder trade) throws Exception {
        process((I) trade.trade());
    }

    void watermark(long millis) throws Exception {
        flink.processWatermark(millis);
    }

    /** The watermark that stands for a time of the day, in whole milliseconds. */
    void watermark(String time) throws Exception {
        watermark(TestTrades.millis(time));
    }

    OperatorSubtaskState checkpoint(long id) throws Exception {
        flink.prepareSnapshotPreBarrier(id);
        return flink.snapshot(id, id);
    }

    /** The end of the input: the largest watermark, then {@code finish}. */
    void finish() throws Exception {
        watermark(Long.MAX_VALUE);
        flink.getOperator().finish();
    }

    // ---- looking ----

    /** Records that came out since the last call. */
    List<O> take() {
        List<O> taken = List.copyOf(flink.extractOutputValues());
        flink.getOutput().clear();
        return taken;
    }

    <X> List<X> take(OutputTag<X> tag) {
        Collection<StreamRecord<X>> records = flink.getSideOutput(tag);
        if (records == null) {
            return List.of();
        }
        List<X> taken = records.stream().map(StreamRecord::getValue).toList();
        records.clear();
        return taken;
    }

    /** Candles of one interval that came out since the last call; candles of others are dropped. */
    List<Candle> candles(String interval) {
        List<Candle> candles = new ArrayList<>();
        for (O record : take()) {
            if (record instanceof Candle candle && candle.interval().name().equals(interval)) {
                candles.add(candle);
            }
        }
        return candles;
    }

    List<VwapRow> vwap() {
        return take().stream()
                .filter(VwapRow.class::isInstance)
                .map(VwapRow.class::cast)
                .toList();
    }

    /** The state of a key as the backend holds it; on RocksDB as of the last barrier. */
    InstrumentState state(String key) throws Exception {
        flink.getOperator().setCurrentKey(key);
        return flink.getOperator()
                .getKeyedStateBackend()
                .getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, States.INSTRUMENT)
                .value();
    }

    int timers() {
        return flink.numEventTimeTimers();
    }

    private static final Pattern METRIC_PATH =
            Pattern.compile("((?:(?:interval|reason|cause|kind)\\.[^.]+\\.)*candlewick\\.[^.]+)$");

    /** Every metric of the product that this operator registered: its groups behind the operator's, then its name. */
    Set<String> metricPaths() {
        Set<String> paths = new TreeSet<>();
        for (String name : metrics.keySet()) {
            Matcher path = METRIC_PATH.matcher(name);
            if (path.find()) {
                paths.add(path.group());
            }
        }
        return paths;
    }

    private static String path(String suffix) {
        return suffix.contains(".candlewick.") ? suffix : "candlewick." + suffix;
    }

    /** Value of the gauge whose scope ends in the given text, for example {@code cause.IDLE.candlewick.late}. */
    @SuppressWarnings("unchecked")
    long metric(String suffix) {
        List<Map.Entry<String, Metric>> found = metrics.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith('.' + path(suffix)))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError("metric must be one of " + metrics.keySet() + ", was " + suffix);
        }
        return ((Gauge<Long>) found.get(0).getValue()).getValue();
    }

    /** Ends the subtask as a failure would: without {@code finish}, which Flink's own harness always calls. */
    @Override
    public void close() throws Exception {
        flink.getProcessingTimeService().shutdownService();
        flink.getOperator().close();
        environment.close();
    }
}
