package dev.candlewick.local.tail;

import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Interruption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what is committed on a topic when the call begins, from the first message on. */
public final class CommittedMessages {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

    private CommittedMessages() {}

    /**
     * Hands over every committed message, in order within a partition; ends early where the user interrupts.
     *
     * @throws CommandFailure where the topic does not exist or cannot be read
     */
    public static void read(
            String bootstrap,
            String topic,
            Interruption interruption,
            Consumer<ConsumerRecord<byte[], byte[]>> messages) {
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            List<TopicPartition> partitions = IntStream.range(0, Topics.partitions(admin, topic))
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            Map<TopicPartition, Long> left = new HashMap<>();
            OpenTransactions.ends(admin, partitions).forEach((partition, end) -> left.put(partition, end.stable()));
            KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                    TailCommand.settings(bootstrap), new ByteArrayDeserializer(), new ByteArrayDeserializer());
            try {
                consumer.assign(partitions);
                consumer.seekToBeginning(partitions);
                Map<TopicPartition, Long> ends = Map.copyOf(left);
                while (!interruption.requested()) {
                    left.entrySet().removeIf(entry -> consumer.position(entry.getKey()) >= entry.getValue());
                    if (left.isEmpty()) {
                        return;
                    }
                    for (ConsumerRecord<byte[], byte[]> message : consumer.poll(POLL)) {
                        Long end = ends.get(new TopicPartition(message.topic(), message.partition()));
                        if (end != null && message.offset() < end) {
                            messages.accept(message);
                        }
                    }
                }
            } finally {
                consumer.close(CloseOptions.timeout(CLOSE_LIMIT));
            }
        } catch (KafkaException e) {
            throw CommandFailure.environment(
                    "topic " + topic + " must be readable, was refused: " + e.getMessage(), bootstrap, null, e);
        }
    }
}
