package dev.candlewick.jobs.operators.offender;

import dev.candlewick.connectors.offender.CuriousConnector;
import dev.candlewick.jobs.pipeline.offender.NamedPipeline;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Sees connectors, the graph, the wall clock and processing time, and has keys of another type. */
public final class ClockedOperator extends KeyedProcessFunction<Integer, String, String> {
    private static final long serialVersionUID = 1;

    @Override
    public void processElement(String value, Context context, Collector<String> out) {
        out.collect(CuriousConnector.look() + NamedPipeline.class + System.currentTimeMillis());
        context.timerService()
                .registerProcessingTimeTimer(context.timerService().currentProcessingTime() + 1);
    }
}
