package dev.candlewick.batch;

import dev.candlewick.batch.replay.ReplayResult;
import dev.candlewick.batch.replay.ReplayRun;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import java.util.Map;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bounded main: a file or folder of trades into a lake; a plain Flink program for {@code flink run} (attached,
 * because the result is published after the job).
 *
 * <p>Arguments are {@code --input P --format F --feed N --mode batch|streaming --output LAKE} and {@code --set key=value}.
 */
public final class BatchJob {
    private static final Logger LOG = LoggerFactory.getLogger(BatchJob.class);

    private BatchJob() {}

    /** Runs, publishes and fails where the double entry does not balance. */
    public static void main(String[] arguments) throws Exception {
        ResolvedConfiguration config = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(arguments)
                .environment(System.getenv())
                .preset(CandlewickOptions.MODE, RunMode.BATCH)
                .require(CandlewickOptions.INPUT, CandlewickOptions.OUTPUT)
                .build());
        ReplayRun run = new ReplayRun(
                config,
                flink -> {
                    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
                    environment.configure(flink);
                    return environment;
                },
                LakePublisher.Digester.NONE,
                LOG::info,
                read -> LOG.info("{} messages read", read));
        ReplayResult result = run.execute(Map.of("flink", EnvironmentInformation.getVersion()));
        if (result.residual() != 0) {
            throw new IllegalStateException("the residual of the double entry must be 0, was " + result.residual()
                    + " (" + result.ledger() + ")");
        }
    }
}
