package dev.candlewick.jobs.streaming;

import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.metric.LogField;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationReference;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.operators.LedgerFunction;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The streaming main: trades from Kafka, candles and VWAP to Kafka; a plain Flink program for {@code flink run}.
 *
 * <p>Arguments are {@code --key value}, {@code --set key=value} and {@code --config file}; see docs/configuration.md.
 */
public final class StreamingJob {
    private static final Logger LOG = LoggerFactory.getLogger(StreamingJob.class);

    private StreamingJob() {}

    /** The job's configuration; every problem is reported at once. */
    public static ResolvedConfiguration resolve(CommandLineArguments commandLine, Map<String, String> environment) {
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(commandLine)
                .environment(environment)
                .require(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS)
                .build());
    }

    /** Checks everything, builds the graph and submits it. */
    public static void main(String[] arguments) throws Exception {
        CommandLineArguments commandLine = CommandLineArguments.parse(arguments);
        if (commandLine.isHelp()) {
            System.out.println(ConfigurationReference.help());
            return;
        }
        ResolvedConfiguration config = resolve(commandLine, System.getenv());
        try (MDC.MDCCloseable run = MDC.putCloseable(LogField.RUN.key(), StreamingStart.run(config))) {
            submit(config);
        }
    }

    private static void submit(ResolvedConfiguration config) throws Exception {
        Configuration flink = StreamingStart.flinkConfiguration(config);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        Configuration effective =
                Configuration.fromMap(environment.getConfiguration().toMap());
        if (effective.get(StreamingStart.PLAN_ONLY)) {
            environment.configure(flink);
            StreamingGraph.build(environment, config, StreamingLake.planned(config));
            environment.execute();
            return;
        }
        LOG.info("{}", StreamingStart.decideState(config, effective, false));
        StreamingStart.preflight(config, effective);
        environment.configure(flink);
        try (StreamingLake lake = StreamingLake.open(config, LOG::info)) {
            StreamingGraph.build(
                    environment,
                    config,
                    lake == null ? null : lake.target(),
                    HealedInstruments.read(config, LOG::info));
            Map<String, String> versions = Map.of("flink", EnvironmentInformation.getVersion());
            if (lake != null) {
                lake.follow(versions);
            }
            // Detached, this returns at once and the job goes on: candlewick lake publish --follow takes over then.
            JobExecutionResult result = environment.execute();
            if (lake != null && result.isJobExecutionResult()) {
                List<LedgerRow> ledger = result.getAccumulatorResult(LedgerFunction.ACCUMULATOR);
                lake.publish(versions, ledger == null ? List.of() : ledger);
            } else if (lake != null) {
                lake.publish(versions);
            }
        }
    }
}
