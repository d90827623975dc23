package dev.candlewick.local.tail;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Interruption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Looks records up by partition and offset. */
public final class Originals {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    /** Reading over so many records is cheaper than seeking. */
    private static final long READ_OVER = 10_000;

    private Originals() {}

    /**
     * The headers of the wanted records that a topic still holds.
     *
     * @param wanted what is asked about; its own partition and offset say where
     */
    public static <T> Map<T, Headers> headers(
            String bootstrap,
            String topic,
            List<T> wanted,
            ToIntFunction<T> partition,
            ToLongFunction<T> offset,
            Interruption interruption) {
        Map<Integer, TreeMap<Long, T>> byPartition = new TreeMap<>();
        for (T one : wanted) {
            byPartition
                    .computeIfAbsent(partition.applyAsInt(one), number -> new TreeMap<>())
                    .put(offset.applyAsLong(one), one);
        }
        Map<T, Headers> found = new HashMap<>();
        KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                TailCommand.settings(bootstrap), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        try {
            int partitions = consumer.partitionsFor(topic).size();
            byPartition.forEach((number, offsets) -> {
                if (number < partitions) {
                    scan(consumer, new TopicPartition(topic, number), offsets, found, interruption);
                }
            });
        } catch (KafkaException e) {
            throw CommandFailure.environment(
                    "topic " + topic + " must be readable, was refused: " + e.getMessage(), bootstrap, null, e);
        } finally {
            consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
        }
        return found;
    }

    private static <T> void scan(
            KafkaConsumer<byte[], byte[]> consumer,
            TopicPartition partition,
            TreeMap<Long, T> offsets,
            Map<T, Headers> found,
            Interruption interruption) {
        List<TopicPartition> one = List.of(partition);
        consumer.assign(one);
        long begin = consumer.beginningOffsets(one).getOrDefault(partition, 0L);
        long end = consumer.endOffsets(one).getOrDefault(partition, 0L);
        List<Long> left = new ArrayList<>(offsets.subMap(begin, end).keySet());
        int next = 0;
        long position = Long.MIN_VALUE;
        while (next < left.size() && !interruption.requested()) {
            long target = left.get(next);
            if (position == Long.MIN_VALUE || target > position + READ_OVER) {
                consumer.seek(partition, target);
            }
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
                while (next < left.size() && left.get(next) < record.offset()) {
                    next++;
                }
                if (next < left.size() && left.get(next) == record.offset()) {
                    found.put(offsets.get(record.offset()), record.headers());
                    next++;
                }
            }
            position = consumer.position(partition);
            while (next < left.size() && left.get(next) < position) {
                next++;
            }
        }
    }
}
