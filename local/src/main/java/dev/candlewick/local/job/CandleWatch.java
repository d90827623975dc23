package dev.candlewick.local.job;

import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.streaming.OutputTopics;
import dev.candlewick.local.cli.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what a job publishes, as any other reader would: of transactions only what was committed. One thread. */
final class CandleWatch implements AutoCloseable {

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final KafkaConsumer<byte[], byte[]> consumer;
    private final String liveTopic;
    private final Set<String> finalTopics = new HashSet<>();
    private long finals;
    private long lives;

    /** Reads the topics, which must exist, from their beginning. */
    CandleWatch(String bootstrapServers, OutputTopics topics, Intervals intervals) {
        liveTopic = topics.live();
        for (Interval interval : intervals.asList()) {
            finalTopics.add(topics.candles(interval));
        }
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ConsumerConfig.CLIENT_ID_CONFIG,
                        "candlewick-demo-watch",
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        "read_committed",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        false,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        "earliest"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        List<TopicPartition> partitions = new ArrayList<>();
        List<String> all = new ArrayList<>(finalTopics);
        all.add(liveTopic);
        for (String topic : all) {
            consumer.partitionsFor(topic)
                    .forEach(partition -> partitions.add(new TopicPartition(topic, partition.partition())));
        }
        consumer.assign(partitions);
    }

    /** Waits a little for messages; returns the final candles that came, of any interval, as their fields. */
    List<Map<String, Json.Value>> poll(Duration limit) {
        List<Map<String, Json.Value>> candles = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> message : consumer.poll(limit)) {
            if (message.topic().equals(liveTopic)) {
                lives++;
                continue;
            }
            Map<String, Json.Value> candle = message.value() == null ? null : Json.object(message.value());
            Json.Value isFinal = candle == null ? null : candle.get("final");
            if (candle != null && isFinal != null && isFinal.text().equals("true")) {
                finals++;
                candles.add(candle);
            }
        }
        return candles;
    }

    /** Final candles seen so far, revisions included. */
    long finals() {
        return finals;
    }

    /** Updates of open candles seen so far. */
    long lives() {
        return lives;
    }

    @Override
    public void close() {
        consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
    }
}
