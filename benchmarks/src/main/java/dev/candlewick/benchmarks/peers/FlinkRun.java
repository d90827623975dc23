package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.JobClock;
import dev.candlewick.benchmarks.run.RunClock;
import dev.candlewick.benchmarks.run.RunRequest;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The Flink cluster and settings that all Flink jobs run with: one process, as many slots as the parallelism,
 * the same state backend, object reuse, exactly-once checkpoints to files, no restarts.
 */
final class FlinkRun {
    /** What RocksDB may use, over all slots; taken beside the heap. */
    private static final MemorySize MANAGED_MEMORY = MemorySize.ofMebiBytes(512);

    private static final long WAIT_MILLIS = 500;
    private static final long STOP_LIMIT_SECONDS = 120;

    private FlinkRun() {}

    /**
     * An environment on a cluster in this process.
     *
     * @param job what the job asks for itself; the settings that all jobs share win
     */
    static StreamExecutionEnvironment environment(Configuration job, RunRequest request) {
        Configuration config = new Configuration(job);
        config.set(RestOptions.BIND_PORT, "0");
        config.set(TaskManagerOptions.NUM_TASK_SLOTS, request.parallelism());
        config.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(128));
        config.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(128));
        config.set(StateBackendOptions.STATE_BACKEND, request.backend());
        config.set(
                CheckpointingOptions.INCREMENTAL_CHECKPOINTS, request.backend().equals("rocksdb"));
        config.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MANAGED_MEMORY);
        config.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints(request));
        config.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(request.checkpointIntervalMillis()));
        config.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
        config.set(PipelineOptions.OBJECT_REUSE, true);
        config.set(PipelineOptions.GENERIC_TYPES, false);
        config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        JobClock.addTo(config);
        return StreamExecutionEnvironment.createLocalEnvironment(request.parallelism(), config);
    }

    /** Where checkpoints go. */
    static String checkpoints(RunRequest request) {
        return request.directory().resolve("checkpoints").toUri().toString();
    }

    /** Settings of the transactional producers, those of Candlewick. */
    static Properties producerConfig(RunRequest request) {
        Properties config = new Properties();
        config.setProperty(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, request.bootstrapServers());
        config.setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "600000");
        config.setProperty(ProducerConfig.ACKS_CONFIG, "all");
        config.setProperty(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        config.setProperty(ProducerConfig.LINGER_MS_CONFIG, "20");
        config.setProperty(ProducerConfig.BATCH_SIZE_CONFIG, Integer.toString(128 << 10));
        return config;
    }

    /**
     * Runs the job until everything is processed, then stops it with a savepoint, which commits what the sinks hold.
     *
     * @throws Exception where the job fails
     */
    static void execute(StreamExecutionEnvironment environment, RunRequest request) throws Exception {
        JobClient job = environment.executeAsync();
        CompletableFuture<JobExecutionResult> result = job.getJobExecutionResult();
        while (!RunClock.await(WAIT_MILLIS)) {
            if (result.isDone()) {
                result.get();
                throw new IllegalStateException("job must run until everything is processed, ended before");
            }
        }
        job.stopWithSavepoint(
                        false, request.directory().resolve("savepoint").toUri().toString(), SavepointFormatType.NATIVE)
                .get(STOP_LIMIT_SECONDS, TimeUnit.SECONDS);
        result.get(STOP_LIMIT_SECONDS, TimeUnit.SECONDS);
    }
}
