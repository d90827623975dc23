package dev.candlewick.local.drill;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.event.WatermarkEvent;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.LatencyMarker;
import org.apache.flink.streaming.runtime.streamrecord.RecordAttributes;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * The main of a jar that a drill makes: the real job, whose stamp operator forgets to pass on one batch of trades in each
 * subtask. It only ever stands in that jar.
 */
public final class ForgetfulJob {
    private static final String VICTIM = "stamp";
    private static final int FORGOTTEN = 100;

    private ForgetfulJob() {}

    /** Does what the streaming main does, but for the fault. */
    public static void main(String[] arguments) throws Exception {
        ResolvedConfiguration config = StreamingJob.resolve(CommandLineArguments.parse(arguments), System.getenv());
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.configure(StreamingStart.flinkConfiguration(config));
        StreamingStart.preflight(config);
        try (StreamingLake lake = StreamingLake.open(config, text -> {})) {
            StreamingGraph.build(environment, config, lake == null ? null : lake.target());
            StreamGraph graph = environment.getStreamGraph();
            for (StreamNode node : graph.getStreamNodes()) {
                if (VICTIM.equals(node.getTransformationUID())) {
                    node.setOperatorFactory(new Forgetful<>(node.getOperatorFactory()));
                }
            }
            environment.execute(graph);
        }
    }

    /** Makes the operator that another factory makes, with another output. */
    private static final class Forgetful<I, O> implements OneInputStreamOperatorFactory<I, O> {
        private static final long serialVersionUID = 1L;

        private final StreamOperatorFactory<O> made;

        @SuppressWarnings("unchecked") // The graph knows no types.
        Forgetful(StreamOperatorFactory<?> made) {
            this.made = (StreamOperatorFactory<O>) made;
        }

        @Override
        public <T extends StreamOperator<O>> T createStreamOperator(StreamOperatorParameters<O> parameters) {
            return made.createStreamOperator(new StreamOperatorParameters<>(
                    parameters.getContainingTask(),
                    parameters.getStreamConfig(),
                    new Leak<>(parameters.getOutput()),
                    parameters::getProcessingTimeService,
                    parameters.getOperatorEventDispatcher(),
                    parameters.getMailboxExecutor()));
        }

        @Override
        public void setChainingStrategy(ChainingStrategy strategy) {
            made.setChainingStrategy(strategy);
        }

        @Override
        public ChainingStrategy getChainingStrategy() {
            return made.getChainingStrategy();
        }

        @Override
        public boolean isOutputTypeConfigurable() {
            return made.isOutputTypeConfigurable();
        }

        @Override
        public void setOutputType(TypeInformation<O> type, ExecutionConfig config) {
            made.setOutputType(type, config);
        }

        @Override
        @SuppressWarnings("rawtypes") // As the interface has it.
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
            return made.getStreamOperatorClass(loader);
        }
    }

    /** Passes on everything but one record. */
    private static final class Leak<T> implements Output<StreamRecord<T>> {
        private final Output<StreamRecord<T>> output;
        private int seen;

        Leak(Output<StreamRecord<T>> output) {
            this.output = output;
        }

        @Override
        public void collect(StreamRecord<T> element) {
            if (++seen != FORGOTTEN) {
                output.collect(element);
            }
        }

        @Override
        public <X> void collect(OutputTag<X> tag, StreamRecord<X> element) {
            output.collect(tag, element);
        }

        @Override
        public void emitWatermark(Watermark watermark) {
            output.emitWatermark(watermark);
        }

        @Override
        public void emitWatermark(WatermarkEvent watermark) {
            output.emitWatermark(watermark);
        }

        @Override
        public void emitWatermarkStatus(WatermarkStatus status) {
            output.emitWatermarkStatus(status);
        }

        @Override
        public void emitLatencyMarker(LatencyMarker marker) {
            output.emitLatencyMarker(marker);
        }

        @Override
        public void emitRecordAttributes(RecordAttributes attributes) {
            output.emitRecordAttributes(attributes);
        }

        @Override
        public void close() {
            output.close();
        }
    }
}
