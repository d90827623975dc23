package dev.candlewick.savepoints;

import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.PartitionCount;
import dev.candlewick.jobs.operators.PartitionMark;
import dev.candlewick.jobs.operators.RestoredTotals;
import dev.candlewick.jobs.operators.States;
import dev.candlewick.jobs.operators.Uids;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumStateSerializer;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplitSerializer;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Candlewick remembers in a savepoint: instruments with their timers, marks, counters, offsets and transactions. Each
 * call restores what it needs; one thread.
 */
public final class SavepointContents {
    /** Flink's name of the list in which readers keep their splits. */
    static final String SPLITS = "SourceReaderState";

    private static final ListStateDescriptor<byte[]> SPLIT_BYTES =
            new ListStateDescriptor<>(SPLITS, BytePrimitiveArraySerializer.INSTANCE);

    private static final Logger LOG = LoggerFactory.getLogger(SavepointContents.class);

    private final Savepoint savepoint;

    /** The contents of a savepoint. */
    public SavepointContents(Savepoint savepoint) {
        this.savepoint = savepoint;
    }

    /** Receives one instrument. */
    @FunctionalInterface
    public interface InstrumentVisitor {
        /** An instrument with its event-time timers in milliseconds, ascending. */
        void accept(String key, InstrumentState state, List<Long> timersMillis) throws Exception;
    }

    /**
     * How much keyed state there is.
     *
     * @param instruments keys with a state
     * @param timers timers of all keys
     * @param orphanTimers timers by key of keys without a state
     */
    public record KeyedTotals(long instruments, long timers, Map<String, List<Long>> orphanTimers) {}

    /** Passes on every instrument, sorted by key. */
    public KeyedTotals forEachInstrument(InstrumentVisitor visitor) {
        OperatorState state = savepoint.state(Uids.MARKET_DATA);
        if (state == null) {
            return new KeyedTotals(0, 0, Map.of());
        }
        try (RestoredState restored = new RestoredState(state, savepoint.loader())) {
            RestoredState.KeyedTotals totals = restored.forEachKey(States.INSTRUMENT, visitor::accept);
            return new KeyedTotals(totals.keys(), totals.timers(), totals.orphanTimers());
        } catch (Exception e) {
            throw unreadable(Uids.MARKET_DATA, e);
        }
    }

    /** Every instrument by key; for savepoints that fit into memory. */
    public Map<String, InstrumentState> instruments() {
        Map<String, InstrumentState> instruments = new TreeMap<>();
        forEachInstrument((key, state, timers) -> instruments.put(key, state));
        return instruments;
    }

    /** The high-water mark of every partition, the largest that any subtask knows, by source and partition. */
    public List<PartitionMark> marks() {
        Map<String, PartitionMark> marks = new TreeMap<>();
        for (String uid : savepoint.stamps()) {
            for (List<PartitionMark> subtask : lists(uid, States.MARKS, true)) {
                for (PartitionMark mark : subtask) {
                    marks.merge(
                            partition(mark.source(), mark.partition()),
                            mark,
                            (left, right) -> left.markNanos() >= right.markNanos() ? left : right);
                }
            }
        }
        return List.copyOf(marks.values());
    }

    private static String partition(String source, int partition) {
        return source + '/' + String.format("%06d", partition);
    }

    /** The counters of one stage, all subtasks summed, by source and partition. */
    public List<PartitionCount> counters(String uid) {
        Map<String, PartitionCount> counts = new TreeMap<>();
        for (List<PartitionCount> subtask : lists(uid, States.COUNTERS, false)) {
            for (PartitionCount count : subtask) {
                counts.merge(partition(count.source(), count.partition()), count, SavepointContents::sum);
            }
        }
        return List.copyOf(counts.values());
    }

    /** The counters of stamps and keyed stage together, by source and partition. */
    public List<PartitionCount> counters() {
        Map<String, PartitionCount> counts = new TreeMap<>();
        List<String> uids = new ArrayList<>(savepoint.stamps());
        uids.add(Uids.MARKET_DATA);
        for (String uid : uids) {
            for (PartitionCount count : counters(uid)) {
                counts.merge(partition(count.source(), count.partition()), count, SavepointContents::sum);
            }
        }
        return List.copyOf(counts.values());
    }

    private static PartitionCount sum(PartitionCount left, PartitionCount right) {
        long[] sums = left.counters().clone();
        for (int i = 0; i < Counter.COUNT; i++) {
            sums[i] += right.counters()[i];
        }
        return new PartitionCount(left.source(), left.partition(), sums);
    }

    /** Trades in published candles by interval index, all subtasks summed. */
    public long[] published() {
        long[] sums = new long[0];
        for (List<StageTotals> subtask : lists(Uids.OUTLET, States.PUBLISHED, false)) {
            for (StageTotals totals : subtask) {
                long[] wider = Arrays.copyOf(sums, Math.max(sums.length, totals.intervals().length));
                for (int i = 0; i < totals.intervals().length; i++) {
                    wider[i] += totals.intervals()[i];
                }
                sums = wider;
            }
        }
        return sums;
    }

    /**
     * The double entry at the savepoint: lines of partitions, then of intervals; every residual is 0 unless state was lost.
     * Empty where there is no keyed operator.
     */
    public List<LedgerRow> ledger() {
        List<LedgerRow> rows = new ArrayList<>();
        long accepted = 0;
        for (PartitionCount count : counters()) {
            rows.add(LedgerRow.ofPartition(count.source() + '/' + count.partition(), count.counters()));
            accepted += count.counters()[Counter.ACCEPTED.ordinal()];
        }
        OpenTrades open = new OpenTrades();
        forEachInstrument((key, state, timers) -> open.add(state));
        long[] published = published();
        int count = Math.max(published.length, open.trades.length);
        long[] publishedTrades = Arrays.copyOf(published, count);
        long[] openTrades = Arrays.copyOf(open.trades, count);
        for (int i = 0; i < count; i++) {
            String name =
                    open.intervals == null ? "#" + i : open.intervals.get(i).name();
            rows.add(LedgerRow.ofInterval(name, accepted, publishedTrades[i], openTrades[i]));
        }
        return rows;
    }

    /** Sums the trades in open candles. */
    private static final class OpenTrades implements EngineOutput {
        private long[] trades = new long[0];
        private @Nullable Intervals intervals;
        private @Nullable MarketEngine engine;

        void add(InstrumentState state) {
            if (intervals == null || engine == null) {
                intervals = state.intervals();
                // It only looks: of its settings the intervals are all that is asked for.
                engine = new MarketEngine(EngineSettings.defaults().withIntervals(intervals), this);
                trades = new long[intervals.count()];
            }
            for (int i = 0; i < Math.min(trades.length, state.intervals().count()); i++) {
                trades[i] += engine.openTrades(state, i);
            }
        }

        @Override
        public void candle(Candle candle) {}

        @Override
        public void vwap(VwapRow row) {}

        @Override
        public void event(QualityEvent event) {}

        @Override
        public void report(MinuteReport report) {}
    }

    /**
     * What is wrong between what the stages counted at the cut and what stands in their states, null where nothing is; the
     * job would find the same when it is restored. State of version 0.1.0 does not tell.
     */
    public @Nullable String problem() {
        for (List<StageTotals> subtask : lists(Uids.OUTLET, States.PUBLISHED, false)) {
            for (StageTotals totals : subtask) {
                if (totals.checkpointId() != savepoint.checkpointId()) {
                    return "state must be of the checkpoint that is restored, was of " + totals.checkpointId()
                            + " in place of " + savepoint.checkpointId()
                            + " (state=published); the savepoint is damaged";
                }
            }
        }
        if (!ended().isEmpty()) {
            return null;
        }
        RestoredTotals totals = new RestoredTotals(lists(Uids.LEDGER, States.CUT, false).stream()
                .flatMap(List::stream)
                .toList());
        for (String uid : savepoint.stamps()) {
            totals.add(stage(StageTotals.Stage.STAMP, counters(uid), new long[0]));
        }
        OpenTrades open = new OpenTrades();
        long instruments =
                forEachInstrument((key, state, timers) -> open.add(state)).instruments();
        totals.add(stage(StageTotals.Stage.MARKET, counters(Uids.MARKET_DATA), open.trades));
        totals.add(stage(StageTotals.Stage.INSTRUMENTS, List.of(), new long[] {instruments}));
        totals.add(stage(StageTotals.Stage.OUTLET, List.of(), published()));
        return totals.problem();
    }

    private static StageTotals stage(StageTotals.Stage stage, List<PartitionCount> counts, long[] intervals) {
        Map<String, long[]> partitions = new TreeMap<>();
        counts.forEach(count -> partitions.put(count.source() + '/' + count.partition(), count.counters()));
        return new StageTotals(stage, 0, StageTotals.RESTORED, partitions, intervals);
    }

    /** Totals of subtasks that had finished. */
    public List<StageTotals> ended() {
        return lists(Uids.LEDGER, States.ENDED, false).stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparing(StageTotals::stage).thenComparingInt(StageTotals::subtask))
                .toList();
    }

    /** What the silence operator remembers, as bytes. */
    public List<byte[]> silence() {
        return lists(Uids.SILENCE, States.SILENCE, false).stream()
                .flatMap(List::stream)
                .toList();
    }

    /**
     * Where a source goes on in one partition.
     *
     * @param uid of the source
     * @param topic Kafka topic
     * @param partition Kafka partition
     * @param offset the next offset to read; negative is one of Kafka's markers, for a partition never read
     */
    public record NextOffset(String uid, String topic, int partition, long offset) {}

    /**
     * Where every Kafka source goes on, by source, topic and partition. Empty for a source of another kind: nothing in a
     * savepoint tells of what kind a source is, so bytes that are no splits of Kafka's are taken for another's.
     */
    public List<NextOffset> offsets() {
        Map<String, NextOffset> offsets = new TreeMap<>();
        CheckedVersionedSerializer<KafkaPartitionSplit> splits =
                new CheckedVersionedSerializer<>(new KafkaPartitionSplitSerializer(), "split of the Kafka source");
        for (String uid : savepoint.sources()) {
            List<List<byte[]>> readers = lists(uid, SPLIT_BYTES, false);
            Map<String, NextOffset> own = new TreeMap<>();
            try {
                KafkaSourceEnumState assigned = enumerator(uid);
                // What no reader has taken yet stands with the enumerator only.
                assigned.unassignedSplits().forEach(split -> put(own, uid, split));
                for (List<byte[]> subtask : readers) {
                    for (byte[] bytes : subtask) {
                        put(own, uid, SimpleVersionedSerialization.readVersionAndDeSerialize(splits, bytes));
                    }
                }
                offsets.putAll(own);
            } catch (IOException | RuntimeException e) {
                LOG.debug("the source {} is none of Kafka's", uid, e);
            }
        }
        return List.copyOf(offsets.values());
    }

    private static void put(Map<String, NextOffset> offsets, String uid, KafkaPartitionSplit split) {
        offsets.put(
                uid + '/' + partition(split.getTopic(), split.getPartition()),
                new NextOffset(uid, split.getTopic(), split.getPartition(), split.getStartingOffset()));
    }

    private KafkaSourceEnumState enumerator(String uid) throws IOException {
        OperatorState state = savepoint.state(uid);
        if (state == null || state.getCoordinatorState() == null) {
            throw new IOException("a Kafka source must have a coordinator's state, was none");
        }
        byte[] bytes = state.getCoordinatorState().getData();
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            in.readInt(); // layout of the coordinator, checked by Flink
            int version = in.readInt();
            byte[] enumerator = in.readNBytes(in.readInt());
            return new CheckedVersionedSerializer<>(
                            new KafkaSourceEnumStateSerializer(), "partitions of the Kafka source")
                    .deserialize(version, enumerator);
        }
    }

    /**
     * A transaction or writer of an exactly-once sink.
     *
     * @param uid of the sink's operator
     * @param subtask that wrote it
     * @param what {@code writer} or {@code committable}
     * @param text what the connector tells of it: transactional ids and their state
     */
    public record SinkEntry(String uid, int subtask, String what, String text) {}

    /** What the Kafka sinks remember, as far as the connector tells; transactions that a restore commits among it. */
    public List<SinkEntry> transactions() {
        List<SinkEntry> entries = new ArrayList<>();
        KafkaSinkSerializers sinks = new KafkaSinkSerializers();
        for (OperatorInfo operator : savepoint.operators()) {
            for (String name : List.of(KafkaSinkSerializers.WRITER, KafkaSinkSerializers.COMMITTER)) {
                if (operator.state(name) == null) {
                    continue;
                }
                boolean writer = name.equals(KafkaSinkSerializers.WRITER);
                List<List<byte[]>> subtasks = lists(
                        operator.label(),
                        new ListStateDescriptor<>(name, BytePrimitiveArraySerializer.INSTANCE),
                        false);
                for (int subtask = 0; subtask < subtasks.size(); subtask++) {
                    for (byte[] bytes : subtasks.get(subtask)) {
                        try {
                            for (String text : writer ? sinks.writer(bytes) : sinks.committables(bytes)) {
                                entries.add(new SinkEntry(
                                        operator.label(), subtask, writer ? "writer" : "committable", text));
                            }
                        } catch (IOException | RuntimeException e) {
                            LOG.debug("the sink {} is none of Kafka's", operator.label(), e);
                        }
                    }
                }
            }
        }
        return entries;
    }

    private <T> List<List<T>> lists(String uid, ListStateDescriptor<T> descriptor, boolean union) {
        OperatorState state = savepoint.state(uid);
        if (state == null) {
            return List.of();
        }
        try (RestoredState restored = new RestoredState(state, savepoint.loader())) {
            return restored.lists(descriptor, union);
        } catch (Exception e) {
            throw unreadable(uid, e);
        }
    }

    private SavepointException unreadable(String uid, Exception cause) {
        return new SavepointException(
                "the state of an operator must be readable, was not: " + SavepointException.reasons(cause)
                        + " (operator=" + uid + ", " + savepoint.directory() + ")",
                "the savepoint is damaged or of a newer version; use another one",
                cause);
    }
}
