package dev.candlewick.local.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(KafkaExtension.class)
final class TopicsTest {

    @Test
    void returnsWhenEveryPartitionTakesMessages(TestKafka kafka) throws Exception {
        // No retries: a partition that is not there yet shows as a failure.
        Map<String, Object> once = Map.of("retries", 0, "enable.idempotence", false, "acks", "all");
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(once)) {
            for (int round = 0; round < 10; round++) {
                String topic = kafka.newName("ready");
                assertThat(Topics.ensure(kafka.admin(), topic, 12, Map.of()).partitions())
                        .isEqualTo(12);
                List<Future<RecordMetadata>> sent = new ArrayList<>();
                for (int partition = 0; partition < 12; partition++) {
                    sent.add(producer.send(new ProducerRecord<>(topic, partition, null, new byte[1])));
                }
                for (Future<RecordMetadata> future : sent) {
                    assertThat(future.get().offset()).isZero();
                }
            }
        }
    }
}
