package dev.candlewick.jobs.operators;

import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;
import org.jspecify.annotations.Nullable;

/** Runs the {@link StampFunction} and sends its totals in front of each checkpoint barrier and at the end. */
public final class StampOperator extends ProcessOperator<Decoded, Trade> {
    private static final long serialVersionUID = 1L;

    /** Totals for the ledger. */
    public static final OutputTag<StageTotals> TOTALS = new OutputTag<>("totals", RecordType.TOTALS);

    private transient @Nullable StageTotals restored;

    /** Runs the given function. */
    public StampOperator(StampFunction function) {
        super(function);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        drainSeconds();
        super.processWatermark(mark);
    }

    private void drainSeconds() {
        ((StampFunction) getUserFunction())
                .drainSeconds(seen -> output.collect(StampFunction.SECONDS, new StreamRecord<>(seen)));
    }

    @Override
    public void open() throws Exception {
        super.open();
        StampFunction function = (StampFunction) getUserFunction();
        restored = function.isRestored() ? function.totals(StageTotals.RESTORED) : null;
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
        drainSeconds();
        sendRestored();
        output.collect(TOTALS, new StreamRecord<>(((StampFunction) getUserFunction()).totals(checkpointId)));
    }

    @Override
    public void finish() throws Exception {
        super.finish();
        drainSeconds();
        sendRestored();
        output.collect(TOTALS, new StreamRecord<>(((StampFunction) getUserFunction()).totals(StageTotals.END)));
    }
}
