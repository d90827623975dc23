package dev.candlewick.connectors.kafka.sink;

import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import java.io.IOException;
import java.util.Collection;
import java.util.Properties;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaWriterState;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.SupportsPostCommitTopology;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * The one exactly-once sink of all final topics: Flink's Kafka sink with a {@link JudgingCommitter}.
 *
 * <p>One sink picks the topic for each record, so that a checkpoint's candles of all intervals become visible in one
 * transaction of each subtask. Naming strategy INCREMENTING keeps outcomes readable (failure modes 4.4).
 */
public final class FinalTopicsSink
        implements Sink<TopicRecord>,
                SupportsWriterState<TopicRecord, KafkaWriterState>,
                SupportsCommitter<KafkaCommittable>,
                SupportsPostCommitTopology<KafkaCommittable> {
    private static final long serialVersionUID = 1L;

    private final KafkaSink<TopicRecord> delegate;
    private final Properties adminConfig;

    private FinalTopicsSink(KafkaSink<TopicRecord> delegate, Properties adminConfig) {
        this.delegate = delegate;
        this.adminConfig = adminConfig;
    }

    /**
     * Makes the sink.
     *
     * @param producerConfig with {@code bootstrap.servers} and {@code transaction.timeout.ms}
     * @param transactionalIdPrefix unlike any other job's, and no prefix of another's
     */
    public static FinalTopicsSink exactlyOnce(Properties producerConfig, String transactionalIdPrefix) {
        KafkaSink<TopicRecord> delegate = KafkaSink.<TopicRecord>builder()
                .setBootstrapServers(producerConfig.getProperty("bootstrap.servers"))
                .setKafkaProducerConfig(producerConfig)
                .setRecordSerializer(new TopicRecordSerializer())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionNamingStrategy(TransactionNamingStrategy.INCREMENTING)
                .setTransactionalIdPrefix(transactionalIdPrefix)
                .build();
        Properties adminConfig = new Properties();
        for (String name : producerConfig.stringPropertyNames()) {
            if (name.equals("bootstrap.servers")
                    || name.startsWith("security.")
                    || name.startsWith("sasl.")
                    || name.startsWith("ssl.")) {
                adminConfig.setProperty(name, producerConfig.getProperty(name));
            }
        }
        return new FinalTopicsSink(delegate, adminConfig);
    }

    /** The sink of {@code candles.live}: at least once and never behind a transaction. */
    public static Sink<TopicRecord> atLeastOnce(Properties producerConfig) {
        Properties config = new Properties();
        for (String name : producerConfig.stringPropertyNames()) {
            if (!name.startsWith("transaction")) {
                config.setProperty(name, producerConfig.getProperty(name));
            }
        }
        return new StatelessSink<>(KafkaSink.<TopicRecord>builder()
                .setBootstrapServers(producerConfig.getProperty("bootstrap.servers"))
                .setKafkaProducerConfig(config)
                .setRecordSerializer(new TopicRecordSerializer())
                .setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE)
                .build());
    }

    @Override
    public SinkWriter<TopicRecord> createWriter(WriterInitContext context) throws IOException {
        return delegate.createWriter(context);
    }

    @Override
    public StatefulSinkWriter<TopicRecord, KafkaWriterState> restoreWriter(
            WriterInitContext context, Collection<KafkaWriterState> recoveredState) throws IOException {
        return delegate.restoreWriter(context, recoveredState);
    }

    @Override
    public SimpleVersionedSerializer<KafkaWriterState> getWriterStateSerializer() {
        return new CheckedVersionedSerializer<>(delegate.getWriterStateSerializer(), "writer of the Kafka sink");
    }

    @Override
    public Committer<KafkaCommittable> createCommitter(CommitterInitContext context) {
        return new JudgingCommitter(delegate.createCommitter(context), adminConfig, context);
    }

    @Override
    public SimpleVersionedSerializer<KafkaCommittable> getCommittableSerializer() {
        return new CheckedVersionedSerializer<>(delegate.getCommittableSerializer(), "transaction of the Kafka sink");
    }

    @Override
    public void addPostCommitTopology(DataStream<CommittableMessage<KafkaCommittable>> committables) {
        delegate.addPostCommitTopology(committables);
    }
}
