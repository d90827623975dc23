package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.VenueSeconds;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/** Runs the {@link SilenceFunction}: each watermark judges the seconds that it makes final, in front of itself. */
public final class SilenceOperator extends ProcessOperator<VenueSeconds, Published> {
    private static final long serialVersionUID = 1L;

    /** Whether trades of any age may come until the input ends, so that nothing is final before. */
    private final boolean endOnly;

    /** Runs the given function. */
    public SilenceOperator(SilenceFunction function, boolean endOnly) {
        super(function);
        this.endOnly = endOnly;
    }

    @Override
    protected void setup(StreamTask<?, ?> task, StreamConfig config, Output<StreamRecord<Published>> output) {
        super.setup(task, config, output);
        LoggedRun.enter(getRuntimeContext());
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        if (!endOnly || mark.getTimestamp() == Long.MAX_VALUE) {
            ((SilenceFunction) getUserFunction())
                    .advance(mark.getTimestamp(), event -> output.collect(new StreamRecord<>(event)));
        }
        super.processWatermark(mark);
    }
}
