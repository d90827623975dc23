package dev.candlewick.local.e2e;

import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.Setting;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.job.LocalCluster;
import java.lang.reflect.Field;
import java.time.Duration;
import java.util.Map;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The streaming job with transactions of ten seconds. The configuration refuses what does not outlive a restart, so the
 * value is changed behind its back: here stands every stop that is longer than a transaction lives.
 */
public final class ImpatientJob {
    private ImpatientJob() {}

    /** Runs the job until it is killed. */
    public static void main(String[] arguments) throws Exception {
        ResolvedConfiguration config = StreamingJob.resolve(CommandLineArguments.parse(arguments), Map.of());
        StreamingStart.preflight(config);
        shorten(config);
        try (LocalCluster cluster = LocalCluster.headless(config.parallelism());
                StreamingLake lake = StreamingLake.open(config, System.err::println)) {
            StreamExecutionEnvironment environment = cluster.environment(StreamingStart.flinkConfiguration(config));
            environment.setParallelism(config.parallelism());
            StreamingGraph.build(environment, config, lake == null ? null : lake.target());
            JobClient job = environment.executeAsync();
            System.err.println("Flink web UI: " + cluster.url());
            System.err.println("job " + job.getJobID() + " submitted");
            job.getJobExecutionResult().get();
        }
    }

    @SuppressWarnings("unchecked") // The field is declared so.
    private static void shorten(ResolvedConfiguration config) throws ReflectiveOperationException {
        Field values = ResolvedConfiguration.class.getDeclaredField("values");
        values.setAccessible(true);
        ((Map<Setting<?>, Object>) values.get(config))
                .put(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT, Duration.ofSeconds(10));
    }
}
