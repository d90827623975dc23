package dev.candlewick.batch.heal;

import dev.candlewick.batch.reconcile.CompareFunction;
import dev.candlewick.batch.reconcile.LakeRows;
import dev.candlewick.batch.reconcile.ReconcileRequest;
import dev.candlewick.connectors.kafka.published.PublishedValueParser;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.read.LakeReader;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What lake and topics have now of some keys: the last revision of each; one thread. */
final class CurrentValues {
    private static final long LIMIT_NANOS = TimeUnit.MINUTES.toNanos(10);

    private CurrentValues() {}

    private static void keep(Map<ReconcileKey, ObservedValue> values, ObservedValue value) {
        ObservedValue known = values.get(value.key());
        if (known == null || CompareFunction.isNewer(value, known)) {
            values.put(value.key(), value);
        }
    }

    /** Of the lake; files that are gone are passed over, as a reconciliation does. */
    static Map<ReconcileKey, ObservedValue> ofLake(HealRequest request, Collection<ReconcileKey> wanted) {
        Map<ReconcileKey, ObservedValue> values = new HashMap<>();
        if (wanted.isEmpty()) {
            return values;
        }
        Set<ReconcileKey> keys = new TreeSet<>(wanted);
        TimeRange range = new TimeRange(
                keys.stream().mapToLong(ReconcileKey::timeNanos).min().orElseThrow(),
                keys.stream().mapToLong(ReconcileKey::timeNanos).max().orElseThrow() + 1);
        // Not the catalog of the request: an interrupted heal may have been finished since it was opened.
        LakeCatalog catalog =
                LakeCatalog.open(request.catalog().lake(), request.catalog().version());
        for (LakeTable table : List.of(LakeTable.CANDLES, LakeTable.VWAP)) {
            for (LakeFile file : LakeReader.files(catalog, table, range)) {
                if (!Files.exists(file.path())) {
                    continue;
                }
                LakeRows.forEach(
                        file.path(),
                        table,
                        request.config().feedRules(),
                        range,
                        request.catalog().scales().priceScale(),
                        request.catalog().scales().sizeScale(),
                        null,
                        value -> {
                            if (keys.contains(value.key())) {
                                keep(values, value);
                            }
                        });
            }
        }
        return values;
    }

    /** Of the topics, committed records only, up to their ends at this moment. */
    static Map<ReconcileKey, ObservedValue> ofTopics(
            HealRequest request, ReconcileRequest.Published topics, Collection<ReconcileKey> wanted) {
        Map<ReconcileKey, ObservedValue> values = new HashMap<>();
        if (wanted.isEmpty() || topics.existing().isEmpty()) {
            return values;
        }
        Set<ReconcileKey> keys = new TreeSet<>(wanted);
        Properties properties = new Properties();
        properties.putAll(topics.consumer());
        properties.remove("partition.discovery.interval.ms");
        properties.setProperty("isolation.level", "read_committed");
        properties.setProperty("enable.auto.commit", "false");
        properties.setProperty("auto.offset.reset", "earliest");
        PublishedValueParser parser = new PublishedValueParser(
                topics.topics(),
                request.catalog().scales().priceScale(),
                request.catalog().scales().sizeScale());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (String topic : topics.existing()) {
                consumer.partitionsFor(topic)
                        .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long start = System.nanoTime();
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (System.nanoTime() - start > LIMIT_NANOS) {
                    throw new IllegalStateException("topics must be readable to their ends, were not: " + ends);
                }
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    ObservedValue value = parser.parse(
                            record.topic(),
                            record.key(),
                            record.value(),
                            TimeUnit.MILLISECONDS.toNanos(record.timestamp()),
                            record.topic() + '/' + record.partition() + '@' + record.offset());
                    if (value != null && keys.contains(value.key())) {
                        keep(values, value);
                    }
                }
            }
        }
        return values;
    }
}
