package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunClock;
import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.connectors.kafka.TradeRecordDeserializer;
import dev.candlewick.core.model.Decoded;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/** One thread that reads the whole topic: what the broker and the client alone take. */
final class RawConsumer {
    private static final Duration POLL = Duration.ofSeconds(10);

    private RawConsumer() {}

    /** Counts what it is given, so that the decoding cannot be left out by the compiler. */
    private static final class Count implements Collector<Decoded> {
        private long messages;
        private long trades;
        private long sizeSum;

        @Override
        public void collect(Decoded decoded) {
            messages++;
            if (decoded.isTrade()) {
                trades++;
                sizeSum += decoded.trade().sizeScaled;
            }
        }

        @Override
        public void close() {}
    }

    static void run(RunRequest request, boolean decode) {
        Properties config = TradeInput.consumerConfig();
        config.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, request.bootstrapServers());
        TradeRecordDeserializer deserializer = TradeInput.deserializer(request);
        Count count = new Count();
        long read = 0;
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, deserializer(), deserializer())) {
            consumer.assign(request.topicPartitions());
            consumer.seekToBeginning(request.topicPartitions());
            while (read < request.records()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                if (records.isEmpty()) {
                    throw new IllegalStateException(
                            "topic must hold " + request.records() + " records, gave no more after " + read);
                }
                read += records.count();
                RunClock.read(read);
                if (decode) {
                    for (ConsumerRecord<byte[], byte[]> record : records) {
                        deserializer.deserialize(record, count);
                    }
                }
            }
            RunClock.processedAll();
        }
        if (decode && (count.messages != request.records() || count.trades == 0 || count.sizeSum <= 0)) {
            throw new IllegalStateException("all " + request.records() + " records must be decoded, was "
                    + count.messages + ", " + count.trades + " of them trades");
        }
    }

    private static Deserializer<byte[]> deserializer() {
        return new ByteArrayDeserializer();
    }
}
