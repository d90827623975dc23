package dev.candlewick.jobs.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.time.Intervals;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every topic that a job writes is one that consumers can look up. */
class OutputTopicsTest {
    @Test
    void everyTopicHasPublishedSchemas() {
        List<String> topics = new OutputTopics("").all(Intervals.DEFAULT);
        assertThat(topics).contains("candles.1s", "candles.1m", "candles.live", "vwap.5m");
        for (String topic : topics) {
            String name = topic.matches("candles\\.[0-9].*") ? "candles" : topic;
            for (String file : List.of("v1.avsc", "v1.schema.json")) {
                assertThat(OutputTopics.class.getResource("/candlewick/schemas/topics/" + name + "/" + file))
                        .as("%s of topic %s", file, topic)
                        .isNotNull();
            }
        }
        assertThat(OutputTopics.class.getResource("/candlewick/schemas/topics/drift.alerts/v1.avsc"))
                .as("what a reconciliation writes")
                .isNotNull();
    }
}
