package dev.candlewick.local.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.cli.PortClaim;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EmbeddedBrokerTest {

    @TempDir
    private Path directory;

    @Test
    void keepsItsDataOverARestartOnTheSamePort() throws Exception {
        int port;
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT)) {
            port = broker.port();
            assertThat(broker.bootstrapServers()).isEqualTo("127.0.0.1:" + port);
            try (Admin admin = KafkaClients.connect(broker.bootstrapServers())) {
                assertThat(Topics.ensure(admin, "kept", 3, Topics.INPUT_CONFIGS))
                        .isEqualTo(new Topics.Topic("kept", 3, true, Map.of()));
            }
            send(broker, "kept", 0, 5);
        }
        assertThat(PortClaim.isFree(port)).isTrue();
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, port)) {
            assertThat(broker.port()).isEqualTo(port);
            send(broker, "kept", 0, 2);
            assertThat(end(broker, "kept", 0)).isEqualTo(7);
        }
    }

    @Test
    void runsTransactionsAndGroupsOnOneNodeAndCreatesNoTopicByItself() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT);
                Admin admin = KafkaClients.connect(broker.bootstrapServers())) {
            Topics.ensure(admin, "transactional", 1, Map.of());
            try (KafkaProducer<byte[], byte[]> producer = producer(broker, Map.of("transactional.id", "one-node"))) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("transactional", bytes("x")));
                producer.commitTransaction();
            }
            try (KafkaProducer<byte[], byte[]> producer = producer(broker, Map.of("max.block.ms", 500))) {
                assertThatThrownBy(() -> producer.send(new ProducerRecord<>("not-there", bytes("x")))
                                .get())
                        .hasRootCauseInstanceOf(org.apache.kafka.common.errors.UnknownTopicOrPartitionException.class)
                        .cause()
                        .isInstanceOf(TimeoutException.class);
            }
            assertThat(admin.listTopics().names().get()).containsExactly("transactional");
        }
    }

    @Test
    void refusesASecondBrokerOnItsDirectoryAndIsNotHurtByIt() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT);
                Admin admin = KafkaClients.connect(broker.bootstrapServers())) {
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT))
                    .isInstanceOf(BrokerStartException.class)
                    .hasMessageContaining("must have one broker")
                    .hasMessageContaining(directory.toString());
            Topics.ensure(admin, "still-works", 1, Map.of());
            send(broker, "still-works", 0, 1);
        }
        // The refused one must not have touched the metadata log.
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT)) {
            assertThat(end(broker, "still-works", 0)).isEqualTo(1);
        }
    }

    @Test
    void refusesATakenPortAndStartsOnceItIsFree() throws Exception {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = taken.getLocalPort();
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, port))
                    .isInstanceOf(BrokerStartException.class)
                    .hasMessageContaining("port must be free")
                    .hasMessageContaining(Integer.toString(port));
        }
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, port)) {
            assertThat(broker.port()).isEqualTo(port);
        }
    }

    @Test
    void saysWhyKafkaRefusesAndLeavesTheJvmAlive() {
        assertThatThrownBy(() -> EmbeddedBroker.start(
                        directory, EmbeddedBroker.ANY_PORT, Map.of("log.retention.ms", "no number")))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("log.retention.ms");
        // A controller that cannot bind is what Kafka ends the JVM for.
        assertThatThrownBy(() -> EmbeddedBroker.start(
                        directory,
                        EmbeddedBroker.ANY_PORT,
                        Map.of("listeners", "PLAINTEXT://127.0.0.1:0,CONTROLLER://192.0.2.1:45454")))
                .isInstanceOf(BrokerStartException.class)
                .hasMessageContaining("must start, was refused");
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT)) {
            assertThat(broker.port()).isPositive();
        }
    }

    @Test
    void leavesATopicThatExistsAsItIsAndReportsTheDifference() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT);
                Admin admin = KafkaClients.connect(broker.bootstrapServers())) {
            admin.createTopics(List.of(new NewTopic("older", 2, (short) 1)))
                    .all()
                    .get();
            assertThat(Topics.ensure(admin, "older", 8, Topics.INPUT_CONFIGS))
                    .isEqualTo(new Topics.Topic("older", 2, false, Map.of("message.timestamp.type", "CreateTime")));
        }
    }

    static void send(EmbeddedBroker broker, String topic, int partition, int count) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(broker, Map.of("acks", "all"))) {
            for (int i = 0; i < count; i++) {
                producer.send(new ProducerRecord<>(topic, partition, null, bytes("message " + i)))
                        .get();
            }
        }
    }

    private static KafkaProducer<byte[], byte[]> producer(EmbeddedBroker broker, Map<String, Object> settings) {
        Map<String, Object> all = new java.util.HashMap<>(settings);
        all.put("bootstrap.servers", broker.bootstrapServers());
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    private static long end(EmbeddedBroker broker, String topic, int partition) throws Exception {
        TopicPartition where = new TopicPartition(topic, partition);
        try (Admin admin = KafkaClients.connect(broker.bootstrapServers())) {
            return admin.listOffsets(Map.of(where, OffsetSpec.latest()))
                    .partitionResult(where)
                    .get()
                    .offset();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
