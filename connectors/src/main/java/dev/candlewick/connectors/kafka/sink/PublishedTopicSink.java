package dev.candlewick.connectors.kafka.sink;

import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.VwapRow;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.flink.api.common.serialization.SerializationSchema;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Candles and VWAP rows to their topics with the key and the bytes that the job writes, at least once: for writers that may
 * write the same record again.
 */
public final class PublishedTopicSink {
    private PublishedTopicSink() {}

    /**
     * Makes the sink.
     *
     * @param producerConfig with {@code bootstrap.servers}
     * @param topicPrefix stands before every topic's name; may be empty
     * @param profile stamp of the values
     */
    public static Sink<Published> atLeastOnce(Properties producerConfig, String topicPrefix, String profile) {
        Properties config = new Properties();
        for (String name : producerConfig.stringPropertyNames()) {
            if (!name.startsWith("transaction")) {
                config.setProperty(name, producerConfig.getProperty(name));
            }
        }
        config.setProperty("acks", "all");
        return new StatelessSink<>(KafkaSink.<Published>builder()
                .setBootstrapServers(producerConfig.getProperty("bootstrap.servers"))
                .setKafkaProducerConfig(config)
                .setRecordSerializer(new Schema(topicPrefix, profile))
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .build());
    }

    /** The topic of a value. */
    public static String topic(String topicPrefix, Published published) {
        if (published instanceof Candle candle) {
            return topicPrefix + "candles." + candle.interval().name();
        }
        if (published instanceof VwapRow) {
            return topicPrefix + "vwap.5m";
        }
        throw new IllegalArgumentException("value must be a candle or a VWAP row, was " + published);
    }

    private static final class Schema implements KafkaRecordSerializationSchema<Published> {
        private static final long serialVersionUID = 1L;

        private final String topicPrefix;
        private final String profile;

        @SuppressWarnings("NullAway.Init") // Opened before the first record.
        private transient PublishedJson json;

        Schema(String topicPrefix, String profile) {
            this.topicPrefix = topicPrefix;
            this.profile = profile;
        }

        @Override
        public void open(SerializationSchema.InitializationContext context, KafkaSinkContext sinkContext) {
            json = new PublishedJson(profile);
        }

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                Published published, KafkaSinkContext context, @Nullable Long timestampMillis) {
            return new ProducerRecord<>(
                    topic(topicPrefix, published),
                    published.key().getBytes(StandardCharsets.UTF_8),
                    published instanceof Candle candle ? json.candle(candle) : json.vwap((VwapRow) published));
        }
    }
}
