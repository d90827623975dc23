package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** More readers than partitions, with an idle timeout that no test waits for. */
@ExtendWith(KafkaExtension.class)
final class SpareReaderTest {
    private static final long START = 1_704_110_400_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    private Path directory;

    @Test
    void aReaderWithoutAPartitionHoldsNothingBackBehindAStartOrARestart(TestKafka kafka) throws Exception {
        String topic = kafka.newTopic("spare", 1);
        // Given three readers of one partition
        try (JobProcess job = JobProcess.start(directory, "first", run(kafka, topic))) {
            send(kafka, topic, 0, 10);
            // Then the candles of all seconds but those that are open come
            job.await("candles", () -> candles(kafka, topic) == 8);
            job.kill();
        }
        // And behind a restart, when no partition is assigned any more
        try (JobProcess job = JobProcess.start(directory, "second", run(kafka, topic))) {
            send(kafka, topic, 10, 20);
            job.await("more candles", () -> candles(kafka, topic) == 18);
            assertThat(job.err()).contains("restoring ");
        }
    }

    private static int candles(TestKafka kafka, String topic) {
        return Topic.committed(kafka.bootstrapServers(), topic + ".candles.1s").size();
    }

    private static List<String> run(TestKafka kafka, String topic) {
        List<String> arguments = new ArrayList<>(List.of("run", "--kafka", kafka.bootstrapServers()));
        for (String setting : List.of(
                "source.topic=" + topic,
                "topic.prefix=" + topic + ".",
                "kafka.group.id=" + topic,
                "checkpoint.interval=300ms",
                "source.idle-timeout=1d",
                "parallelism=3")) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    private static void send(TestKafka kafka, String topic, int from, int to) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of("acks", "all"))) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(
                                topic,
                                0,
                                null,
                                LiveBroker.trade(i, START + i * SECOND, "10").getBytes(StandardCharsets.UTF_8)))
                        .get();
            }
        }
    }
}
