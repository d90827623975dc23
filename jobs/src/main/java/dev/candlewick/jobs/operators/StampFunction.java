package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.late.HighWaterMarks;
import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.PartitionCounters;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.quality.SecondsSeen;
import dev.candlewick.core.time.Interval;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.AbstractRichFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Stamps every trade with what only its own log can tell, counts every message, and turns late trades away.
 *
 * <p>The verdict late comes from one high-water mark for each partition as read. Marks are union list state and every
 * subtask writes every mark it knows, restored or read, so that a quiet partition's mark survives any number of restores
 * (design section 4.6).
 */
@SuppressWarnings("NullAway.Init") // Flink initializes state and opens before the first element.
public final class StampFunction extends AbstractRichFunction implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Where what a stamp finds goes. */
    public interface Output {
        /** A trade that goes on; its object may be used again afterwards. */
        void trade(Trade trade);

        /** A valid trade with its stamp, a late one too, where trades are archived. */
        void archive(Trade trade);

        /** A message that is no trade. */
        void rejected(Rejected rejected);

        /** A second in which a venue had trades. */
        void seconds(VenueSeconds seconds);
    }

    /** One trade of so many is looked at for its delay; a power of two. */
    private static final int SAMPLED = 64;

    /** So many messages are counted together at most. */
    private static final int RUN_MAX = 1_024;

    /** Accumulator of the messages that this attempt read; for the progress of bounded runs. */
    public static final String READ = "read";

    private final LongCounter read = new LongCounter();
    private final Interval finest;
    private final long outOfOrdernessNanos;
    private final long allowedLatenessNanos;
    private final LatePolicy late;
    private final boolean archive;
    private final boolean withSilence;
    private final SourceNames sources;
    private final int subtaskFrom;
    private HealedUntil healed = HealedUntil.NONE;
    private final boolean carried;

    private transient HighWaterMarks marks;
    private transient boolean restored;
    private transient SecondsSeen seconds;
    private transient PartitionCounters counters;
    private transient LongCounter[] rejectedByReason;
    private transient NamedCounts counts;
    private transient NamedCounts.Count[] rejectedCounts;
    private transient RecentValues eventToReceiveMillis;
    private transient int trades;

    /** Messages that came one behind the other from one partition are counted together: {@link #endRun}. */
    private transient int runSource;

    private transient int runPartition;
    private transient long runRead;
    private transient long runFiltered;
    private transient ListState<NamedCount> countState;
    private transient ListState<PartitionMark> markState;
    private transient ListState<PartitionCount> counterState;

    /** The only stamp of a job; times in nanoseconds; with silence it tells in which seconds each venue traded. */
    public StampFunction(
            Interval finest,
            long outOfOrdernessNanos,
            long allowedLatenessNanos,
            LatePolicy late,
            boolean archive,
            boolean withSilence,
            SourceNames sources) {
        this(finest, outOfOrdernessNanos, allowedLatenessNanos, late, archive, withSilence, sources, 0, Arrival.LOG);
    }

    /**
     * One of several stamps; times in nanoseconds.
     *
     * @param subtaskFrom the number under which the ledger knows its first subtask
     * @param arrival whether the verdicts about arrival are found here or come with the trades
     */
    public StampFunction(
            Interval finest,
            long outOfOrdernessNanos,
            long allowedLatenessNanos,
            LatePolicy late,
            boolean archive,
            boolean withSilence,
            SourceNames sources,
            int subtaskFrom,
            Arrival arrival) {
        this.carried = arrival.isArchived();
        this.subtaskFrom = subtaskFrom;
        this.finest = finest;
        this.outOfOrdernessNanos = outOfOrdernessNanos;
        this.allowedLatenessNanos = allowedLatenessNanos;
        this.late = late;
        this.archive = archive;
        this.withSilence = withSilence;
        this.sources = sources;
    }

    /** Whether it began with the state of a checkpoint. */
    boolean isRestored() {
        return restored;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        restored = context.isRestored();
        marks = new HighWaterMarks(finest, outOfOrdernessNanos, allowedLatenessNanos);
        seconds = new SecondsSeen();
        counters = new PartitionCounters();
        markState = context.getOperatorStateStore().getUnionListState(States.MARKS);
        counterState = context.getOperatorStateStore().getListState(States.COUNTERS);
        long largest = Long.MIN_VALUE;
        for (PartitionMark mark : markState.get()) {
            largest = Math.max(largest, mark.markNanos());
            marks.restore(sources.ordinal(mark.source()), mark.partition(), mark.markNanos());
        }
        Counters.restore(counterState, counters, sources);
        counts = new NamedCounts();
        countState = context.getOperatorStateStore().getListState(States.COUNTS);
        counts.restore(countState);
        if (context.isRestored() && largest != Long.MIN_VALUE && !healed.isNone()) {
            healed.checkStart(largest - outOfOrdernessNanos - allowedLatenessNanos);
        }
    }

    /** Stops the job at its start where its state must be older than the newest heal. */
    public StampFunction withHealed(HealedUntil until) {
        healed = until;
        return this;
    }

    @Override
    public void open(OpenContext context) {
        Metrics metrics = new Metrics(getRuntimeContext().getMetricGroup());
        Counters.register(metrics, JobMetric.READ, counters, Counter.READ);
        Counters.register(metrics, JobMetric.FILTERED, counters, Counter.FILTERED);
        Counters.register(metrics, JobMetric.LATE, counters, Counter.LATE, "LOG");
        eventToReceiveMillis = new RecentValues();
        metrics.histogram(JobMetric.EVENT_TO_RECEIVE_MILLIS, eventToReceiveMillis);
        getRuntimeContext().addAccumulator(READ, read);
        Reason[] reasons = Reason.values();
        rejectedByReason = new LongCounter[reasons.length];
        rejectedCounts = new NamedCounts.Count[reasons.length];
        for (Reason reason : reasons) {
            LongCounter counter = new LongCounter();
            rejectedByReason[reason.ordinal()] = counter;
            getRuntimeContext().addAccumulator("rejected." + reason.name(), counter);
            rejectedCounts[reason.ordinal()] = counts.register(metrics, JobMetric.REJECTED, reason.name());
        }
    }

    /** Counts a message, and stamps it where it is a trade. */
    void process(Decoded decoded, Output out) {
        if (decoded.readPartition() != runPartition || decoded.readSource() != runSource || runRead >= RUN_MAX) {
            endRun();
            runSource = decoded.readSource();
            runPartition = decoded.readPartition();
        }
        runRead += decoded.messages();
        switch (decoded.kind()) {
            case FILTERED -> runFiltered += decoded.messages();
            case REJECTED -> {
                counters.count(runSource, runPartition, Counter.REJECTED);
                int reason = decoded.rejected().reason().ordinal();
                rejectedByReason[reason].add(1L);
                rejectedCounts[reason].increment();
                out.rejected(decoded.rejected());
            }
            case TRADE -> {
                Trade trade = decoded.trade();
                if ((trades++ & (SAMPLED - 1)) == 0) {
                    sample(trade);
                }
                if (!carried) {
                    marks.stamp(trade);
                }
                if (archive) {
                    out.archive(trade);
                }
                if (trade.late && late == LatePolicy.APPLY) {
                    counters.count(runSource, runPartition, Counter.LATE);
                } else {
                    if (withSilence && seconds.add(trade.instrument.venue(), trade.eventTimeNanos)) {
                        drainSeconds(out);
                    }
                    out.trade(trade);
                }
            }
        }
    }

    /**
     * Counts the messages since the last call where others can see them: at each change of the partition, in STREAMING some
     * fifty times a second too, and in front of every barrier. Counted one by one, the counters' memory would pass from
     * processor to processor with whatever lies beside it: up to a tenth of a task's time.
     */
    void endRun() {
        if (runRead > 0) {
            long[] counted = counters.of(runSource, runPartition);
            counted[Counter.READ.ordinal()] += runRead;
            counted[Counter.FILTERED.ordinal()] += runFiltered;
            read.add(runRead);
            runRead = 0;
            runFiltered = 0;
        }
    }

    private void sample(Trade trade) {
        long received = trade.receiveTimeNanos != Trade.TIME_ABSENT ? trade.receiveTimeNanos : trade.ingestTimeNanos;
        if (received != Trade.TIME_ABSENT) {
            eventToReceiveMillis.update(Math.floorDiv(received - trade.eventTimeNanos, Interval.MILLI_NANOS));
        }
    }

    /** Hands over the seconds seen so far; in front of each watermark and barrier, because none of them is in state. */
    void drainSeconds(Output out) {
        seconds.drainTo(out::seconds);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        endRun();
        markState.clear();
        Counters.Failing<PartitionMark> add = markState::add;
        marks.forEach((source, partition, nanos) ->
                Counters.unchecked(add, new PartitionMark(sources.name(source), partition, nanos)));
        Counters.snapshot(counterState, counters, sources);
        counts.snapshot(countState);
    }

    /** What this subtask has counted, tagged for a checkpoint or {@link StageTotals#END}. */
    StageTotals totals(long checkpointId) {
        endRun();
        Map<String, long[]> partitions = new TreeMap<>();
        counters.forEach(
                (source, partition, values) -> partitions.put(sources.name(source) + "/" + partition, values.clone()));
        return new StageTotals(
                StageTotals.Stage.STAMP,
                subtaskFrom + getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                checkpointId,
                partitions,
                new long[0]);
    }
}
