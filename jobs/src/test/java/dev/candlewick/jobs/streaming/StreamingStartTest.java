package dev.candlewick.jobs.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;

/** What a job asks of Flink, as Flink's environment understands it. */
class StreamingStartTest {
    private static StreamExecutionEnvironment environment(String... arguments) throws Exception {
        ResolvedConfiguration config = StreamingJob.resolve(CommandLineArguments.parse(arguments), Map.of());
        // A cluster's own values, as Flink's client hands them over
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment(
                Configuration.fromMap(Map.of("execution.buffer-timeout.interval", "7 s")));
        environment.configure(StreamingStart.flinkConfiguration(config));
        return environment;
    }

    @Test
    void whatIsWaitedForOnTheWayToATopicIsShort() throws Exception {
        StreamExecutionEnvironment environment = environment("--kafka.bootstrap.servers", "localhost:1");
        assertThat(environment.getBufferTimeout()).isEqualTo(10);
        assertThat(environment.getConfig().getAutoWatermarkInterval()).isEqualTo(50);
    }

    @Test
    void whatIsWaitedForCanBeSet() throws Exception {
        StreamExecutionEnvironment environment = environment(
                "--kafka.bootstrap.servers",
                "localhost:1",
                "--buffer.timeout",
                "30ms",
                "--watermark.interval",
                "200ms");
        assertThat(environment.getBufferTimeout()).isEqualTo(30);
        assertThat(environment.getConfig().getAutoWatermarkInterval()).isEqualTo(200);
    }
}
