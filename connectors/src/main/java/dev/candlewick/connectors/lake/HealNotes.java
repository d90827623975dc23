package dev.candlewick.connectors.lake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.candlewick.core.heal.HealAudit;
import dev.candlewick.core.model.Instrument;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * The records of the topic {@code heals}: for each heal and instrument one, sent before any healed value, so that a job that
 * starts later knows how far it must have come.
 */
public final class HealNotes {
    /** The topic's name, behind the prefix. */
    public static final String TOPIC = "heals";

    private static final JsonFactory JSON = new JsonFactory();
    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);

    private HealNotes() {}

    /** The value of a record. */
    public static byte[] value(HealAudit audit, HealAudit.Reach reach) {
        Map<String, @Nullable Object> value = new LinkedHashMap<>(HealAudit.of(reach));
        value.put("run", audit.run());
        value.put("reconciliation", audit.reconciliation());
        value.put("lake", audit.lake());
        value.put("lake_version", (long) audit.version());
        value.put("by", audit.by());
        value.put("at", audit.at());
        try {
            return LakeJson.line(value);
        } catch (IOException e) {
            throw new IllegalStateException("a map must be writable into memory", e);
        }
    }

    /**
     * Reads all notes.
     *
     * @param consumerConfig with {@code bootstrap.servers}
     * @return the largest end of a healed value by instrument; empty where there is no such topic
     * @throws IllegalStateException where they cannot be read
     */
    public static Map<String, Long> read(Properties consumerConfig, String topic) {
        Map<String, Long> until = new HashMap<>();
        Properties properties = new Properties();
        properties.putAll(consumerConfig);
        properties.setProperty("isolation.level", "read_committed");
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("auto.offset.reset", "earliest");
        properties.setProperty("allow.auto.create.topics", "false");
        properties.remove("partition.discovery.interval.ms");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.listTopics(Duration.ofSeconds(15)).getOrDefault(topic, List.of()).stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .toList();
            if (partitions.isEmpty()) {
                return until;
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long start = System.nanoTime();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (System.nanoTime() - start > LIMIT_NANOS) {
                    throw new IllegalStateException(
                            "notes of heals must be readable within 30 s, were not (topic=" + topic + ")");
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    take(topic, record.value(), until);
                }
            }
        }
        return until;
    }

    private static void take(String topic, byte @Nullable [] value, Map<String, Long> until) {
        String venue = null;
        String symbol = null;
        Long nanos = null;
        try (JsonParser parser = JSON.createParser(value == null ? new byte[0] : value)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "venue" -> venue = parser.getText();
                    case "symbol" -> symbol = parser.getText();
                    case "healed_until_ns" -> nanos = parser.getLongValue();
                    default -> parser.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("note of a heal must be a JSON object, was not (topic=" + topic + ")", e);
        }
        if (venue == null || symbol == null || nanos == null) {
            throw new IllegalStateException(
                    "note of a heal must name venue, symbol and healed_until_ns, did not (topic=" + topic + ")");
        }
        until.merge(Instrument.escape(venue) + '|' + Instrument.escape(symbol), nanos, Math::max);
    }
}
