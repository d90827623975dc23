package dev.candlewick.jobs.operators.offender;

import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Reads processing time where it is allowed: in the class of this name. */
public final class LiveTap extends KeyedProcessFunction<String, String, String> {
    private static final long serialVersionUID = 1;

    @Override
    public void processElement(String value, Context context, Collector<String> out) {
        context.timerService()
                .registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 1);
    }
}
