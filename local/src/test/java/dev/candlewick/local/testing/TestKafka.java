package dev.candlewick.local.testing;

import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A real broker for tests, with what tests do most; topics get unique names, so that tests share it. */
public final class TestKafka implements AutoCloseable {

    private static final Duration READ_LIMIT = Duration.ofSeconds(60);

    private final AtomicInteger topics = new AtomicInteger();
    private final Path directory;
    private final EmbeddedBroker broker;
    private final Admin admin;

    /** Starts a broker on a temporary directory and any port. */
    public TestKafka() {
        try {
            directory = Files.createTempDirectory("candlewick-kafka");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        broker = EmbeddedBroker.start(directory.resolve("data"), EmbeddedBroker.ANY_PORT);
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
    }

    /** The address. */
    public String bootstrapServers() {
        return broker.bootstrapServers();
    }

    /** A client for everything but data. */
    public Admin admin() {
        return admin;
    }

    /** A topic name that no other test uses. */
    public String newName(String prefix) {
        return prefix + "-" + topics.incrementAndGet();
    }

    /** Creates a topic with a name that no other test uses. */
    public String newTopic(String prefix, int partitions) {
        String name = newName(prefix);
        Topics.ensure(admin, name, partitions, Map.of());
        return name;
    }

    /** A producer of bytes with further settings. */
    public KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", bootstrapServers());
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** All committed messages of a topic up to its present end, by partition and offset. */
    public List<ConsumerRecord<byte[], byte[]>> readAll(String topic) {
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", bootstrapServers(), "isolation.level", "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = IntStream.range(
                            0, consumer.partitionsFor(topic).size())
                    .mapToObj(partition -> new TopicPartition(topic, partition))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            long deadline = System.nanoTime() + READ_LIMIT.toNanos();
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("topic " + topic + " must be readable to " + ends + ", was not");
                }
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            records.sort(Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition)
                    .thenComparingLong(ConsumerRecord::offset));
            return records;
        }
    }

    @Override
    public void close() {
        admin.close();
        broker.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
