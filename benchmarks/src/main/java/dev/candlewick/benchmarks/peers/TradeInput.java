package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.kafka.TradeRecordDeserializer;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.jobs.operators.RecordType;
import java.util.List;
import java.util.Properties;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** How every contender reads the trades. */
final class TradeInput {
    private TradeInput() {}

    /** Settings of all consumers, those of Candlewick: Kafka's defaults, committed records only. */
    static Properties consumerConfig() {
        Properties config = new Properties();
        config.setProperty(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.setProperty(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        return config;
    }

    /** The format of the topic, rules of crypto feeds. */
    static TradeRecordDeserializer deserializer(RunRequest request) {
        return new TradeRecordDeserializer(
                WireFormat.ofOption(request.format()),
                FeedRules.builder().build(),
                List.of(request.topic()),
                RecordType.DECODED);
    }

    /** An unbounded source from the first record on. */
    static KafkaSource<Decoded> source(RunRequest request) {
        return KafkaSource.<Decoded>builder()
                .setBootstrapServers(request.bootstrapServers())
                .setTopics(request.topic())
                .setGroupId("bench")
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setProperties(consumerConfig())
                .setDeserializer(deserializer(request))
                .build();
    }
}
