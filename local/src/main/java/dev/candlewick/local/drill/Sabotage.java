package dev.candlewick.local.drill;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.broker.KafkaClients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Spoils what the disturbed run has written, before it is compared: a drill that finds nothing then proves nothing. */
enum Sabotage {
    /** The first candles of a partition are deleted in the broker. */
    MISSING,
    /** A candle is sent once more. */
    REPEATED,
    /** A day of the lake's candles loses its manifests, by which readers find files. */
    LAKE;

    /** Spoils a topic that has at least one record, or the lake. */
    void apply(String bootstrapServers, List<ConsumerRecord<byte[], byte[]>> records, LakeCatalog lake)
            throws IOException, InterruptedException {
        ConsumerRecord<byte[], byte[]> victim = records.get(0);
        switch (this) {
            case MISSING -> {
                try (Admin admin = KafkaClients.connect(bootstrapServers)) {
                    KafkaClients.get(
                            admin.deleteRecords(Map.of(
                                            new TopicPartition(victim.topic(), victim.partition()),
                                            RecordsToDelete.beforeOffset(victim.offset() + 1)))
                                    .all(),
                            "deleting a record of " + victim.topic());
                }
            }
            case REPEATED -> {
                try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                        Map.of("bootstrap.servers", bootstrapServers, "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer())) {
                    Future<?> sent = producer.send(
                            new ProducerRecord<>(victim.topic(), victim.partition(), victim.key(), victim.value()));
                    sent.get();
                } catch (ExecutionException e) {
                    throw new IOException(e);
                }
            }
            case LAKE -> {
                Path file =
                        lake.lake().resolve(lake.files(LakeTable.CANDLES).get(0).path());
                try (Stream<Path> beside = Files.list(file.getParent())) {
                    for (Path manifest : beside.filter(
                                    path -> path.getFileName().toString().contains("manifest"))
                            .toList()) {
                        Files.delete(manifest);
                    }
                }
            }
        }
    }
}
