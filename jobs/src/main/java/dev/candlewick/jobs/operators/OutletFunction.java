package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Intervals;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Counts, right in front of the sinks, how many trades the last revisions of published candles hold; the far side of the
 * double entry.
 */
@SuppressWarnings("NullAway.Init") // Flink initializes state and opens before the first element.
public final class OutletFunction extends ProcessFunction<Published, Published> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Accumulator of the candle rows that this attempt published; for bounded runs. */
    public static final String CANDLE_ROWS = "published.candles";

    /** Accumulator of the VWAP rows that this attempt published; for bounded runs. */
    public static final String VWAP_ROWS = "published.vwap";

    /** Accumulator of the reports that this attempt published; for bounded runs. */
    public static final String REPORT_ROWS = "published.reports";

    /** Stands for the interval that rolling VWAP rows are over. */
    private static final String VWAP = "vwap_5m";

    private final Intervals intervals;
    private final LongCounter candleRows = new LongCounter();
    private final LongCounter vwapRows = new LongCounter();
    private final LongCounter reportRows = new LongCounter();

    private transient KindCounters events;
    private transient NamedCounts counts;
    private transient ListState<NamedCount> countState;

    /** By interval and reason; rolling VWAP behind the intervals. */
    private transient NamedCounts.Count[][] published;

    private transient boolean restored;
    private transient long[] trades;
    private transient ListState<StageTotals> state;

    private static final List<QualityKind> OF_INSTRUMENTS = Arrays.stream(QualityKind.values())
            .filter(kind -> kind != QualityKind.SILENCE && kind != QualityKind.SILENCE_END)
            .toList();

    /** Names of the accumulators that count quality events, of this operator and the silence operator together. */
    public static List<String> eventAccumulators() {
        return Arrays.stream(QualityKind.values())
                .map(KindCounters::accumulator)
                .toList();
    }

    /** An outlet of candles of the given intervals. */
    public OutletFunction(Intervals intervals) {
        this.intervals = intervals;
    }

    /** Whether it began with the state of a checkpoint. */
    boolean isRestored() {
        return restored;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        restored = context.isRestored();
        trades = new long[intervals.count()];
        counts = new NamedCounts();
        countState = context.getOperatorStateStore().getListState(States.COUNTS);
        counts.restore(countState);
        state = context.getOperatorStateStore().getListState(States.PUBLISHED);
        OptionalLong checkpoint = context.getRestoredCheckpointId();
        for (StageTotals kept : state.get()) {
            if (checkpoint.isPresent() && checkpoint.getAsLong() != kept.checkpointId()) {
                // By this number sinks decide what is to be committed.
                throw new IllegalStateException("state must be of the checkpoint that is restored, was of "
                        + kept.checkpointId() + " in place of " + checkpoint.getAsLong()
                        + " (state=published); the checkpoint is damaged");
            }
            if (kept.intervals().length != trades.length) {
                throw new IllegalStateException("intervals must not change under kept state, was " + intervals
                        + " in place of " + kept.intervals().length + " intervals (state=published)");
            }
            for (int i = 0; i < trades.length; i++) {
                trades[i] += kept.intervals()[i];
            }
        }
    }

    @Override
    public void open(OpenContext context) {
        getRuntimeContext().addAccumulator(CANDLE_ROWS, candleRows);
        getRuntimeContext().addAccumulator(VWAP_ROWS, vwapRows);
        getRuntimeContext().addAccumulator(REPORT_ROWS, reportRows);
        events = new KindCounters(getRuntimeContext(), OF_INSTRUMENTS, counts);
        Metrics metrics = new Metrics(getRuntimeContext().getMetricGroup());
        RevisionReason[] reasons = RevisionReason.values();
        published = new NamedCounts.Count[intervals.count() + 1][reasons.length];
        for (int i = 0; i <= intervals.count(); i++) {
            String interval = i == intervals.count() ? VWAP : intervals.get(i).name();
            for (RevisionReason reason : reasons) {
                published[i][reason.ordinal()] = counts.register(metrics, JobMetric.PUBLISHED, interval, reason.name());
            }
        }
        for (int i = 0; i < intervals.count(); i++) {
            int index = i;
            metrics.gauge(
                    JobMetric.PUBLISHED_TRADES,
                    () -> trades[index],
                    intervals.get(i).name());
        }
    }

    @Override
    public void processElement(Published published, Context context, Collector<Published> out) {
        if (published instanceof Candle candle) {
            candleRows.add(1L);
            long nanos = candle.interval().nanos();
            for (int i = 0; i < trades.length; i++) {
                if (intervals.get(i).nanos() == nanos) {
                    trades[i] += candle.trades() - candle.previousTrades();
                    this.published[i][candle.reason().ordinal()].increment();
                    break;
                }
            }
        } else if (published instanceof VwapRow row) {
            vwapRows.add(1L);
            this.published[intervals.count()][row.reason().ordinal()].increment();
        } else if (published instanceof QualityEvent event) {
            events.count(event.kind());
        } else {
            reportRows.add(1L);
        }
        out.collect(published);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        state.update(List.of(totals(context.getCheckpointId())));
        counts.snapshot(countState);
    }

    /** What this subtask has counted, tagged for a checkpoint or {@link StageTotals#END}. */
    StageTotals totals(long checkpointId) {
        return new StageTotals(
                StageTotals.Stage.OUTLET,
                getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                checkpointId,
                Map.of(),
                trades.clone());
    }
}
