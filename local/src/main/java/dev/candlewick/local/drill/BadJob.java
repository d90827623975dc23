package dev.candlewick.local.drill;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.functions.util.FunctionUtils;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.api.operators.UdfStreamOperatorFactory;

/**
 * The main of the jars that a drill makes for upgrades that must go wrong: the real job, with one fault that
 * {@link BadUpgrade#resource a file in the jar} names. It only ever stands in those jars.
 */
public final class BadJob {
    private static final String PLAN_ONLY = "candlewick.plan-only";
    private static final String VICTIM = "published-to-topics";

    private BadJob() {}

    /** Does what the streaming main does, but for the fault. */
    public static void main(String[] arguments) throws Exception {
        BadUpgrade fault = fault();
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        boolean plan =
                Boolean.parseBoolean(environment.getConfiguration().toMap().getOrDefault(PLAN_ONLY, "false"));
        if (fault == BadUpgrade.MAIN_THROWS || (fault == BadUpgrade.MAIN_THROWS_LATER && !plan)) {
            throw new IllegalStateException("the drill's fault: main throws");
        }
        if (fault == BadUpgrade.MAIN_EXITS) {
            System.exit(0);
        }
        if (fault == BadUpgrade.MAIN_SUBMITS_NOTHING && !plan) {
            return;
        }
        while (fault == BadUpgrade.MAIN_HANGS && !plan) {
            LockSupport.park();
        }
        ResolvedConfiguration config = StreamingJob.resolve(CommandLineArguments.parse(arguments), System.getenv());
        environment.configure(StreamingStart.flinkConfiguration(config));
        if (plan) {
            StreamingGraph.build(environment, config, StreamingLake.planned(config));
            environment.execute(spoilt(environment, fault));
            return;
        }
        StreamingStart.preflight(config);
        try (StreamingLake lake = StreamingLake.open(config, text -> {})) {
            StreamingGraph.build(environment, config, lake == null ? null : lake.target());
            environment.execute(spoilt(environment, fault));
        }
    }

    private static BadUpgrade fault() throws IOException {
        try (InputStream in = BadJob.class.getClassLoader().getResourceAsStream(BadUpgrade.resource())) {
            if (in == null) {
                throw new IllegalStateException(BadUpgrade.resource() + " must be in the jar, was missing");
            }
            return BadUpgrade.valueOf(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static StreamGraph spoilt(StreamExecutionEnvironment environment, BadUpgrade fault) {
        if (fault == BadUpgrade.UID_RENAMED) {
            environment.getTransformations().stream()
                    .filter(step -> "stamp".equals(step.getUid()))
                    .forEach(step -> step.setUid("seal"));
        }
        StreamGraph graph = environment.getStreamGraph();
        for (StreamNode node : graph.getStreamNodes()) {
            if (VICTIM.equals(node.getTransformationUID())) {
                MapFunction<?, ?> function =
                        (MapFunction<?, ?>) ((UdfStreamOperatorFactory<?>) node.getOperatorFactory()).getUserFunction();
                node.setOperatorFactory(SimpleOperatorFactory.of(new StreamMap<>(new BadMap<>(fault, function))));
            }
        }
        return graph;
    }

    /** The function of an operator with a fault around it. */
    static final class BadMap<T, R> extends RichMapFunction<T, R> implements CheckpointedFunction, CheckpointListener {
        private static final long serialVersionUID = 1L;
        private static final long SLOW_NANOS = 400_000_000L;
        private static final int BLOCK_BYTES = 1 << 24;
        private static final List<byte[]> LEAK = new ArrayList<>();

        private final BadUpgrade fault;
        private final MapFunction<T, R> function;

        BadMap(BadUpgrade fault, MapFunction<T, R> function) {
            this.fault = fault;
            this.function = function;
        }

        @Override
        public void initializeState(FunctionInitializationContext context) {
            if (fault == BadUpgrade.RESTORE_THROWS && context.isRestored()) {
                throw new IllegalStateException("the drill's fault: the state cannot be restored");
            }
        }

        @Override
        public void open(OpenContext context) throws Exception {
            if (fault == BadUpgrade.OPEN_THROWS) {
                throw new IllegalStateException("the drill's fault: open throws");
            }
            if (fault == BadUpgrade.OPEN_HANGS) {
                new java.util.concurrent.CountDownLatch(1).await();
            }
            FunctionUtils.setFunctionRuntimeContext(function, getRuntimeContext());
            FunctionUtils.openFunction(function, context);
        }

        @Override
        public R map(T value) throws Exception {
            switch (fault) {
                case FIRST_RECORD_THROWS -> throw new IllegalStateException("the drill's fault: a record throws");
                case SLOW -> LockSupport.parkNanos(SLOW_NANOS);
                case OUT_OF_MEMORY -> {
                    while (true) {
                        LEAK.add(new byte[BLOCK_BYTES]);
                    }
                }
                case IGNORES_CANCEL -> {
                    while (true) {
                        LockSupport.parkNanos(SLOW_NANOS);
                        // Whoever asks it to end asks in vain.
                        Thread.interrupted();
                    }
                }
                default -> {
                    return function.map(value);
                }
            }
            return function.map(value);
        }

        @Override
        public void snapshotState(FunctionSnapshotContext context) throws Exception {
            if (fault == BadUpgrade.SNAPSHOT_THROWS) {
                throw new IOException("the drill's fault: snapshot throws");
            }
            if (fault == BadUpgrade.SNAPSHOT_HANGS) {
                new java.util.concurrent.CountDownLatch(1).await();
            }
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            if (fault == BadUpgrade.COMMIT_THROWS) {
                throw new IllegalStateException("the drill's fault: what follows a checkpoint throws");
            }
        }

        @Override
        public void close() throws Exception {
            FunctionUtils.closeFunction(function);
        }
    }
}
