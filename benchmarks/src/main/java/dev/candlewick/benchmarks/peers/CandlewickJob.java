package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Candlewick's streaming job as it is run, unchanged: six intervals, rolling VWAP, live candles, exactly once; in profile
 * <em>candles</em> quality by default and no archive, in profile <em>full</em> with outliers and a lake beside the topics.
 */
final class CandlewickJob {
    /** Out-of-orderness of both jobs. */
    static final Duration OUT_OF_ORDERNESS = Duration.ofSeconds(1);

    private CandlewickJob() {}

    /** @param settings what the contender sets beyond the usual; the request may override it */
    static void run(RunRequest request, List<String> settings) throws Exception {
        ResolvedConfiguration config = configuration(request, settings);
        StreamingStart.preflight(config);
        StreamExecutionEnvironment environment =
                FlinkRun.environment(StreamingStart.flinkConfiguration(config), request);
        // As the job's main does it: with a lake, the files of each complete checkpoint are published while the job
        // runs.
        try (StreamingLake lake = StreamingLake.open(config, note -> System.out.println(note))) {
            StreamingGraph.build(environment, config, lake == null ? null : lake.target());
            if (lake != null) {
                lake.follow(Map.of());
            }
            FlinkRun.execute(environment, request);
            if (lake != null) {
                lake.publish(Map.of());
            }
        }
    }

    private static ResolvedConfiguration configuration(RunRequest request, List<String> ofContender) {
        List<String> settings = new ArrayList<>(List.of(
                "kafka.bootstrap.servers=" + request.bootstrapServers(),
                "kafka.group.id=" + request.outputPrefix() + "group",
                "source.topic=" + request.topic(),
                "source.start-offsets=earliest",
                "format=" + request.format(),
                "feed=crypto",
                "out-of-orderness=" + OUT_OF_ORDERNESS.toMillis() + "ms",
                "archive=off",
                "quality=default",
                "topic.prefix=" + request.outputPrefix(),
                "parallelism=" + request.parallelism(),
                "state.backend=" + request.backend(),
                "intervals=" + String.join(",", request.intervals()),
                "checkpoint.interval=" + request.checkpointIntervalMillis() + "ms",
                "restart.attempts=0"));
        settings.addAll(ofContender);
        settings.addAll(request.settings());
        // What comes later replaces what came before.
        Map<String, String> byKey = new LinkedHashMap<>();
        settings.forEach(setting -> byKey.put(setting.substring(0, setting.indexOf('=') + 1), setting));
        List<String> arguments = new ArrayList<>();
        for (String setting : byKey.values()) {
            arguments.add("--set");
            arguments.add(setting);
        }
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(arguments.toArray(String[]::new))
                .build());
    }
}
