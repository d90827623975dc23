package dev.candlewick.local.e2e;

import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A broker that allows transactions of days, so that a test can keep the job's checkpoints away and order each one by
 * itself; with a producer of single trades.
 */
final class LiveBroker implements AutoCloseable {
    private final EmbeddedBroker broker;
    private final Admin admin;
    private final KafkaProducer<byte[], byte[]> producer;

    LiveBroker(Path directory) {
        broker = EmbeddedBroker.start(
                directory, EmbeddedBroker.ANY_PORT, Map.of("transaction.max.timeout.ms", "604800000"));
        admin = Admin.create(Map.of("bootstrap.servers", address()));
        producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", address(), "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }

    String address() {
        return broker.bootstrapServers();
    }

    Admin admin() {
        return admin;
    }

    /** Makes a topic of one partition: time goes by its trades alone. */
    void makeTopic(String name) {
        Topics.ensure(admin, name, 1, Map.of());
    }

    /** Sends messages and returns when the broker has them. */
    void send(String topic, String... messages) throws InterruptedException, ExecutionException {
        for (String message : messages) {
            producer.send(new ProducerRecord<>(topic, 0, null, message.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    /** A trade of one symbol as JSON. */
    static String trade(long id, long eventTimeNanos, String price) {
        return "{\"event_time_ns\":" + eventTimeNanos + ",\"venue\":\"alpha\",\"symbol\":\"BTC-USD\",\"trade_id\":\""
                + id + "\",\"price\":\"" + price + "\",\"size\":\"1\"}";
    }

    /** Committed rows of a topic. */
    List<Row> committed(String topic) {
        return Topic.committed(address(), topic).stream().map(Row::of).toList();
    }

    /** All rows of a topic, also those that no transaction has committed. */
    List<Row> uncommitted(String topic) {
        return Topic.uncommitted(address(), topic).stream().map(Row::of).toList();
    }

    @Override
    public void close() {
        producer.close();
        admin.close();
        broker.close();
    }
}
