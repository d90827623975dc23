package dev.candlewick.connectors.kafka.sink;

import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/** Hands a {@link TopicRecord} to the producer; its time is the broker's, when the value became known. */
final class TopicRecordSerializer implements KafkaRecordSerializationSchema<TopicRecord> {
    private static final long serialVersionUID = 1L;

    @Override
    public ProducerRecord<byte[], byte[]> serialize(
            TopicRecord record, KafkaSinkContext context, @Nullable Long timestampMillis) {
        return new ProducerRecord<>(record.topic(), record.key(), record.value());
    }
}
