package dev.candlewick.connectors.kafka.published;

import dev.candlewick.connectors.kafka.source.StoppingSource;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** A bounded source of all committed revisions of published values whose time lies in a range. */
public final class PublishedSource {
    private PublishedSource() {}

    /**
     * The source: from the first record to what is committed when it starts.
     *
     * @param existing the topics that exist
     * @param properties of the consumer, with the brokers' addresses
     * @param fromNanos first key time
     * @param toNanos first key time after the range
     * @param symbols only these, null for all
     */
    public static StoppingSource<ObservedValue> of(
            PublishedTopics topics,
            List<String> existing,
            Properties properties,
            int priceScale,
            int sizeScale,
            long fromNanos,
            long toNanos,
            @Nullable List<String> symbols,
            TypeInformation<ObservedValue> type) {
        Properties consumer = new Properties();
        consumer.putAll(properties);
        consumer.setProperty("isolation.level", "read_committed");
        consumer.setProperty("commit.offsets.on.checkpoint", "false");
        consumer.remove("partition.discovery.interval.ms");
        return StoppingSource.of(KafkaSource.<ObservedValue>builder()
                .setProperties(consumer)
                .setTopics(existing)
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setBounded(OffsetsInitializer.latest())
                .setDeserializer(new Schema(topics, priceScale, sizeScale, fromNanos, toNanos, symbols, type))
                .build());
    }

    private static final class Schema implements KafkaRecordDeserializationSchema<ObservedValue> {
        private static final long serialVersionUID = 1L;

        private final PublishedTopics topics;
        private final int priceScale;
        private final int sizeScale;
        private final long fromNanos;
        private final long toNanos;
        private final @Nullable List<String> symbols;
        private final TypeInformation<ObservedValue> type;

        @SuppressWarnings("NullAway.Init") // Opened before the first record.
        private transient PublishedValueParser parser;

        Schema(
                PublishedTopics topics,
                int priceScale,
                int sizeScale,
                long fromNanos,
                long toNanos,
                @Nullable List<String> symbols,
                TypeInformation<ObservedValue> type) {
            this.topics = topics;
            this.priceScale = priceScale;
            this.sizeScale = sizeScale;
            this.fromNanos = fromNanos;
            this.toNanos = toNanos;
            this.symbols = symbols;
            this.type = type;
        }

        @Override
        public void open(DeserializationSchema.InitializationContext context) {
            parser = new PublishedValueParser(topics, priceScale, sizeScale);
        }

        @Override
        public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<ObservedValue> out) {
            ObservedValue value = parser.parse(
                    record.topic(),
                    record.key(),
                    record.value(),
                    TimeUnit.MILLISECONDS.toNanos(record.timestamp()),
                    record.topic() + '/' + record.partition() + '@' + record.offset());
            if (value == null) {
                return;
            }
            ReconcileKey key = value.key();
            if (key.timeNanos() >= fromNanos
                    && key.timeNanos() < toNanos
                    && (symbols == null || symbols.contains(key.symbol()))) {
                out.collect(value);
            }
        }

        @Override
        public TypeInformation<ObservedValue> getProducedType() {
            return type;
        }
    }
}
