package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.metric.LogField;
import dev.candlewick.core.time.Intervals;
import java.util.List;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Balances the totals of all stages at every checkpoint barrier and at the end; parallelism 1.
 *
 * <p>It also holds {@code instruments.max} for the whole job: a warning and a metric from 80 % on, a failure above it.
 *
 * <p>The residual is a metric at every cut. In state are the totals of finished subtasks, and the sums of all running ones at
 * the cut: what those are restored with must be the same, else a part of the checkpoint was lost or is damaged, and the job
 * stops before it commits anything.
 */
@SuppressWarnings("NullAway.Init") // Flink initializes state and opens before the first element.
public final class LedgerFunction extends ProcessFunction<StageTotals, LedgerRow> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Accumulator under which a bounded run's client finds the lines. */
    public static final String ACCUMULATOR = "candlewick.ledger";

    private static final long ALARM_SHARE_PERCENT = 80;

    private static final Logger LOG = LoggerFactory.getLogger(LedgerFunction.class);

    private final Intervals intervals;
    private final int instrumentsMax;

    private transient Ledger ledger;
    private transient ListState<StageTotals> ended;
    private transient ListState<StageTotals> cut;
    private transient RestoredTotals restored;
    private transient volatile long residual;
    private transient volatile long cuts;
    private transient volatile long instruments;
    private transient boolean alarmed;

    /**
     * A ledger.
     *
     * @param instrumentsMax the most instruments that all subtasks may hold together
     */
    public LedgerFunction(Intervals intervals, int instrumentsMax) {
        this.intervals = intervals;
        this.instrumentsMax = instrumentsMax;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        ledger = new Ledger(intervals);
        ended = context.getOperatorStateStore().getListState(States.ENDED);
        boolean isEnded = false;
        for (StageTotals totals : ended.get()) {
            ledger.add(totals);
            isEnded = true;
        }
        cut = context.getOperatorStateStore().getListState(States.CUT);
        // A stage whose subtasks had ended does not come back to say what it was restored with.
        restored = isEnded ? new RestoredTotals(List.of()) : new RestoredTotals(cut.get());
    }

    @Override
    public void open(OpenContext context) {
        int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
        if (subtasks != 1) {
            // A scheduler that rescales gives a vertex what it is asked for.
            throw new IllegalStateException(
                    "parallelism of ledger must be 1, was " + subtasks + " (ask for upperBound 1 of its vertex again)");
        }
        Metrics metrics = new Metrics(getRuntimeContext().getMetricGroup());
        metrics.gauge(JobMetric.LEDGER_RESIDUAL, () -> residual);
        metrics.gauge(JobMetric.LEDGER_CUTS, () -> cuts);
        metrics.gauge(JobMetric.INSTRUMENTS_TOTAL, () -> instruments);
        metrics.gauge(JobMetric.INSTRUMENTS_ALARM, () -> isAlarm() ? 1 : 0);
    }

    @Override
    public void processElement(StageTotals totals, Context context, Collector<LedgerRow> out) {
        if (totals.checkpointId() == StageTotals.RESTORED) {
            restored.add(totals);
            return;
        }
        ledger.add(totals);
        if (totals.stage() == StageTotals.Stage.INSTRUMENTS) {
            checkInstruments();
        }
    }

    /** Which symbol is one too many depends on arrival, so no trade is rejected for it: the job stops. */
    private void checkInstruments() {
        instruments = ledger.instruments();
        if (instruments > instrumentsMax) {
            throw new IllegalStateException("instruments must number at most instruments.max=" + instrumentsMax
                    + " in the job, was " + instruments + "; raise it if the feed is right");
        }
        if (isAlarm() && !alarmed) {
            try (MDC.MDCCloseable line = MDC.putCloseable(LogField.OPERATOR.key(), Uids.LEDGER)) {
                LOG.warn(
                        "instruments should stay below 80 % of instruments.max={}, was {}; one more than the maximum stops"
                                + " the job",
                        instrumentsMax, instruments);
            }
        }
        alarmed = isAlarm();
    }

    private boolean isAlarm() {
        return instruments >= instrumentsMax * ALARM_SHARE_PERCENT / 100;
    }

    /**
     * Balances the cut whose barrier every input has passed.
     *
     * @throws IllegalStateException at the first cut after a restore, where the stages were not restored with what they had
     *     counted: nothing that was published since is committed then
     */
    List<LedgerRow> balance() {
        restored.check();
        List<LedgerRow> rows = ledger.rows();
        residual = Ledger.residual(rows);
        cuts++;
        return rows;
    }

    /** Leaves the lines of the end where the client of a bounded run finds them. */
    void leave(List<LedgerRow> rows) {
        ListAccumulator<LedgerRow> lines = new ListAccumulator<>();
        rows.forEach(lines::add);
        getRuntimeContext().addAccumulator(ACCUMULATOR, lines);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        ended.update(ledger.totals().stream()
                .filter(totals -> totals.checkpointId() == StageTotals.END)
                .toList());
        cut.update(RestoredTotals.summed(ledger.totals(), context.getCheckpointId()));
    }
}
