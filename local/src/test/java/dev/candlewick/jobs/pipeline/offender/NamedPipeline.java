package dev.candlewick.jobs.pipeline.offender;

import dev.candlewick.batch.offender.BatchThing;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Names the job in code, fixes a uid hash and sees batch. */
public final class NamedPipeline {
    private NamedPipeline() {}

    public static void run(StreamExecutionEnvironment environment) throws Exception {
        environment
                .fromSequence(1, 2)
                .map(n -> n)
                .setUidHash("0123456789abcdef0123456789abcdef")
                .print();
        environment.execute(BatchThing.class.getName());
    }

    /** The form that is allowed. */
    public static void runUnnamed(StreamExecutionEnvironment environment) throws Exception {
        environment.execute();
    }
}
