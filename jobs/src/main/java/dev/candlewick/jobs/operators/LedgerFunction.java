package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.time.Intervals;
import java.util.List;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Balances the totals of all stages at every checkpoint barrier and at the end; parallelism 1.
 *
 * <p>The residual is a metric at every cut. Only totals of finished subtasks are kept in state: the running ones send
 * theirs again in front of the next barrier.
 */
@SuppressWarnings("NullAway.Init") // Flink initializes state and opens before the first element.
public final class LedgerFunction extends ProcessFunction<StageTotals, LedgerRow> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Accumulator under which a bounded run's client finds the lines. */
    public static final String ACCUMULATOR = "candlewick.ledger";

    private final Intervals intervals;

    private transient Ledger ledger;
    private transient ListState<StageTotals> ended;
    private transient volatile long residual;
    private transient volatile long cuts;

    /** A ledger over the given intervals. */
    public LedgerFunction(Intervals intervals) {
        this.intervals = intervals;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        ledger = new Ledger(intervals);
        ended = context.getOperatorStateStore().getListState(States.ENDED);
        for (StageTotals totals : ended.get()) {
            ledger.add(totals);
        }
    }

    @Override
    public void open(OpenContext context) {
        var group = getRuntimeContext().getMetricGroup().addGroup("candlewick");
        group.gauge("ledgerResidual", (Gauge<Long>) () -> residual);
        group.gauge("ledgerCuts", (Gauge<Long>) () -> cuts);
    }

    @Override
    public void processElement(StageTotals totals, Context context, Collector<LedgerRow> out) {
        ledger.add(totals);
    }

    /** Balances the cut whose barrier every input has passed. */
    List<LedgerRow> balance() {
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
    }
}
