package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Published;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** Runs the {@link OutletFunction} and sends its totals in front of each checkpoint barrier and at the end. */
public final class OutletOperator extends ProcessOperator<Published, Published> {
    private static final long serialVersionUID = 1L;

    /** Totals for the ledger. */
    public static final OutputTag<StageTotals> TOTALS = new OutputTag<>("totals", RecordType.TOTALS);

    private transient @Nullable StageTotals restored;

    @SuppressWarnings("NullAway.Init") // Opened before the first element.
    private transient CloseDelay closeDelay;

    /** Runs the given function. */
    public OutletOperator(OutletFunction function) {
        super(function);
    }

    @Override
    protected void setup(StreamTask<?, ?> task, StreamConfig config, Output<StreamRecord<Published>> output) {
        super.setup(task, config, output);
        LoggedRun.enter(getRuntimeContext());
    }

    @Override
    public void open() throws Exception {
        super.open();
        OutletFunction function = (OutletFunction) getUserFunction();
        restored = function.isRestored() ? function.totals(StageTotals.RESTORED) : null;
        closeDelay = new CloseDelay(getProcessingTimeService(), new Metrics(getMetricGroup()));
    }

    @Override
    public void processElement(StreamRecord<Published> element) throws Exception {
        super.processElement(element);
        closeDelay.published(element.getValue());
    }

    private void sendRestored() {
        if (restored != null) {
            output.collect(TOTALS, new StreamRecord<>(restored));
            restored = null;
        }
    }

    @Override
    public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
        super.prepareSnapshotPreBarrier(checkpointId);
        sendRestored();
        output.collect(TOTALS, new StreamRecord<>(((OutletFunction) getUserFunction()).totals(checkpointId)));
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        sendRestored();
        output.collect(TOTALS, new StreamRecord<>(((OutletFunction) getUserFunction()).totals(StageTotals.END)));
    }
}
