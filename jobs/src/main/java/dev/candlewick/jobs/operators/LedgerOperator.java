package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.metric.LogField;
import java.util.List;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs the {@link LedgerFunction}: evaluates the cut of each checkpoint when its aligned barrier is about to pass, and
 * publishes the lines at the end of the input.
 */
public final class LedgerOperator extends ProcessOperator<StageTotals, LedgerRow> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(LedgerOperator.class);

    /** Runs the given function. */
    public LedgerOperator(LedgerFunction function) {
        super(function);
    }

    @Override
    protected void setup(StreamTask<?, ?> task, StreamConfig config, Output<StreamRecord<LedgerRow>> output) {
        super.setup(task, config, output);
        LoggedRun.enter(getRuntimeContext());
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        report(((LedgerFunction) getUserFunction()).balance(), "checkpoint " + checkpointId);
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        List<LedgerRow> rows = ((LedgerFunction) getUserFunction()).balance();
        report(rows, "the end");
        ((LedgerFunction) getUserFunction()).leave(rows);
        for (LedgerRow row : rows) {
            output.collect(new StreamRecord<>(row));
        }
    }

    private static void report(List<LedgerRow> rows, String cut) {
        long residual = Ledger.residual(rows);
        if (residual != 0) {
            try (MDC.MDCCloseable line = MDC.putCloseable(LogField.OPERATOR.key(), Uids.LEDGER)) {
                LOG.error("the residual of the double entry must be 0, was {} (cut={}, lines={})", residual, cut, rows);
            }
        }
    }
}
