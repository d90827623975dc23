package dev.candlewick.benchmarks.workload;

import dev.candlewick.connectors.format.MessageEncoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Fills a topic with the records of a workload, keyed by symbol, not compressed.
 *
 * <p>A marker record stands at the end of each partition: one trade, of an instrument of its own, an hour of event time
 * after the last. It closes every window, so that a job that never ends has still published everything that a
 * measurement looks at, and it tells the job's last operator that all records in front of it were processed.
 */
public final class TopicFiller {
    /** What the symbols of the markers begin with; no traded symbol does. */
    public static final String MARKER_SYMBOL = "END-";

    private static final String DESCRIPTION = "topic.properties";
    private static final int PROGRESS_RECORDS = 8_192;

    private TopicFiller() {}

    /**
     * Fills a topic, or finds the one that was filled with the same workload before.
     *
     * @param format of the records
     * @param directory where the content is remembered; lives as long as the broker's data
     * @param progress gets the number of further records written, now and then
     * @throws CommandFailure where the broker refuses
     */
    public static FilledTopic fill(
            String bootstrapServers, Path directory, TradeWorkload workload, WireFormat format, LongConsumer progress)
            throws IOException {
        Path description = directory.resolve(DESCRIPTION);
        try (Admin admin = KafkaClients.connect(bootstrapServers)) {
            FilledTopic found = FilledTopic.read(description, workload, format);
            if (found != null && count(admin, found.topic(), workload.partitions()) == found.allRecords()) {
                return found;
            }
            String topic = "bench.trades." + Long.toHexString(System.nanoTime());
            Topics.ensure(admin, topic, workload.partitions(), Topics.INPUT_CONFIGS);
            FilledTopic filled = produce(bootstrapServers, topic, workload, format, workload.partitions(), progress);
            long count = count(admin, topic, workload.partitions());
            if (count != filled.allRecords()) {
                throw CommandFailure.environment(
                        "topic must hold " + filled.allRecords() + " records, was " + count,
                        topic,
                        "look at the broker's log",
                        null);
            }
            filled.write(description);
            return filled;
        }
    }

    /**
     * Fills a new topic without markers: what stands open at its end stays open in a job that goes on.
     *
     * @param progress gets the number of further records written, now and then
     * @throws CommandFailure where the broker refuses
     */
    public static FilledTopic fillOpen(String bootstrapServers, TradeWorkload workload, LongConsumer progress) {
        String topic = "bench.trades." + Long.toHexString(System.nanoTime());
        try (Admin admin = KafkaClients.connect(bootstrapServers)) {
            Topics.ensure(admin, topic, workload.partitions(), Topics.INPUT_CONFIGS);
        }
        return produce(bootstrapServers, topic, workload, WireFormat.BINARY, 0, progress);
    }

    private static long count(Admin admin, String topic, int partitions) {
        Map<TopicPartition, OffsetSpec> wanted = IntStream.range(0, partitions)
                .mapToObj(p -> new TopicPartition(topic, p))
                .collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
        return KafkaClients.get(admin.listOffsets(wanted).all(), "reading the end of topic " + topic).values().stream()
                .mapToLong(end -> end.offset())
                .sum();
    }

    private static FilledTopic produce(
            String bootstrapServers,
            String topic,
            TradeWorkload workload,
            WireFormat format,
            int markers,
            LongConsumer progress) {
        TradeGenerator generator = new TradeGenerator(workload);
        MessageEncoder encoder = format.newEncoder();
        byte[][] keys = new byte[workload.symbols()][];
        int[] partitionOf = new int[workload.symbols()];
        byte[][] orders = OrderMessages.of(format);
        for (int i = 0; i < keys.length; i++) {
            keys[i] = generator.instrument(i).symbolUtf8();
            // What the producer's default partitioner does with a key.
            partitionOf[i] = Utils.toPositive(Utils.murmur2(keys[i])) % workload.partitions();
        }
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        long bytes = 0;
        long records = 0;
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                producerConfig(bootstrapServers), new ByteArraySerializer(), new ByteArraySerializer())) {
            Callback noted = (metadata, error) -> {
                if (error != null) {
                    failure.compareAndSet(null, error);
                }
            };
            for (Trade trade = generator.next(); trade != null; trade = generator.next()) {
                int symbol = generator.symbol();
                for (int i = 0; i < workload.ordersPerTrade(); i++) {
                    byte[] order = orders[(int) ((records + i) % orders.length)];
                    bytes += order.length;
                    producer.send(new ProducerRecord<>(topic, partitionOf[symbol], keys[symbol], order), noted);
                }
                byte[] value = encoder.encode(trade);
                bytes += value.length;
                producer.send(new ProducerRecord<>(topic, partitionOf[symbol], keys[symbol], value), noted);
                if (++records % PROGRESS_RECORDS == 0) {
                    progress.accept(PROGRESS_RECORDS);
                    if (failure.get() != null) {
                        break;
                    }
                }
            }
            // Flushed, so that the markers of small partitions cannot overtake a retry.
            producer.flush();
            FilledTopic filled = new FilledTopic(
                    topic, workload, format, generator.copiesMade(), bytes, generator.lastArrivalNanos(), markers);
            for (int partition = 0; partition < markers; partition++) {
                Trade marker = marker(partition, filled.markerNanos());
                producer.send(
                        new ProducerRecord<>(topic, partition, marker.instrument.symbolUtf8(), encoder.encode(marker)),
                        noted);
            }
            producer.flush();
            Exception cause = failure.get();
            if (cause != null) {
                throw CommandFailure.environment(
                        "writing topic " + topic + " must succeed, was refused: " + cause.getMessage(),
                        bootstrapServers,
                        "look at the broker's log; the topic needs about 150 bytes of disk for each trade",
                        cause);
            }
            return filled;
        }
    }

    private static Trade marker(int partition, long nanos) {
        Trade marker = new Trade();
        marker.instrument = Instrument.ofVenue(
                TradeGenerator.VENUE, MARKER_SYMBOL + partition, TradeGenerator.PRICE_SCALE, TradeGenerator.SIZE_SCALE);
        marker.eventTimeNanos = nanos;
        marker.receiveTimeNanos = nanos;
        marker.setIdNumber(1);
        marker.priceScaled = 1;
        marker.sizeScaled = 1;
        return marker;
    }

    private static Map<String, Object> producerConfig(String bootstrapServers) {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.put(ProducerConfig.ACKS_CONFIG, "all");
        config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 20);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
        config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "none");
        return config;
    }
}
