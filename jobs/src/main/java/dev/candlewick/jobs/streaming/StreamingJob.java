package dev.candlewick.jobs.streaming;

import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streaming main: trades from Kafka, candles and VWAP to Kafka; a plain Flink program for {@code flink run}.
 *
 * <p>Arguments are {@code --key value}, {@code --set key=value} and {@code --config file}; see docs/configuration.md.
 */
public final class StreamingJob {
    private static final Logger LOG = LoggerFactory.getLogger(StreamingJob.class);

    private StreamingJob() {}

    /** Checks everything, builds the graph and submits it. */
    public static void main(String[] arguments) throws Exception {
        ResolvedConfiguration config = ResolvedConfiguration.resolve(ConfigurationSources.ofMain(arguments));
        Configuration flink = StreamingStart.flinkConfiguration(config);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        Configuration effective =
                Configuration.fromMap(environment.getConfiguration().toMap());
        LOG.info("{}", StreamingStart.decideState(config, effective, false));
        StreamingStart.preflight(config);
        environment.configure(flink);
        StreamingGraph.build(environment, config, null);
        environment.execute();
    }
}
