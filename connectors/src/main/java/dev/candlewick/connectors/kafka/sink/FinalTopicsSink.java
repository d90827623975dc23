package dev.candlewick.connectors.kafka.sink;

import dev.candlewick.connectors.kafka.ReferencedSecrets;
import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import dev.candlewick.core.metric.LogField;
import java.io.IOException;
import java.util.Collection;
import java.util.Locale;
import java.util.Properties;
import java.util.UUID;
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
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.slf4j.MDC;

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
    private static final String WRITER = "writer";

    private final KafkaSink<TopicRecord> delegate;
    private final Properties adminConfig;
    private final String writerGroup;
    private final String token;
    private final String run;

    private FinalTopicsSink(
            KafkaSink<TopicRecord> delegate, Properties adminConfig, String writerGroup, String token, String run) {
        this.delegate = delegate;
        this.adminConfig = adminConfig;
        this.writerGroup = writerGroup;
        this.token = token;
        this.run = run;
    }

    /** The consumer group whose member is the job that writes with a transactional id prefix. */
    public static String writerGroup(String transactionalIdPrefix) {
        return transactionalIdPrefix + WRITER;
    }

    /**
     * Makes the sink.
     *
     * @param producerConfig with {@code bootstrap.servers} and {@code transaction.timeout.ms}
     * @param transactionalIdPrefix unlike any other job's, and no prefix of another's
     * @param run name of the run, for the log
     */
    public static FinalTopicsSink exactlyOnce(Properties producerConfig, String transactionalIdPrefix, String run) {
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
                    || name.startsWith("ssl.")
                    || ReferencedSecrets.isProvider(name)) {
                adminConfig.setProperty(name, producerConfig.getProperty(name));
            }
        }
        // One for each submission, whose attempts share it; the earlier job has the smaller one.
        String token = String.format(Locale.ROOT, "%013d-%s", System.currentTimeMillis(), UUID.randomUUID());
        return new FinalTopicsSink(delegate, adminConfig, writerGroup(transactionalIdPrefix), token, run);
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
    @SuppressWarnings("unchecked")
    public SinkWriter<TopicRecord> createWriter(WriterInitContext context) throws IOException {
        // An exactly-once writer of Flink's always has state.
        return claiming(context, () ->
                (StatefulSinkWriter<TopicRecord, KafkaWriterState>) (SinkWriter<?>) delegate.createWriter(context));
    }

    @Override
    public StatefulSinkWriter<TopicRecord, KafkaWriterState> restoreWriter(
            WriterInitContext context, Collection<KafkaWriterState> recoveredState) throws IOException {
        return claiming(context, () -> delegate.restoreWriter(context, recoveredState));
    }

    private interface WriterMaker {
        StatefulSinkWriter<TopicRecord, KafkaWriterState> make() throws IOException;
    }

    /** One subtask speaks for the job: without it no checkpoint completes, and so nothing is committed. */
    private StatefulSinkWriter<TopicRecord, KafkaWriterState> claiming(WriterInitContext context, WriterMaker maker)
            throws IOException {
        // Before the claim, whose thread says what this one does.
        MDC.put(LogField.RUN.key(), run);
        if (context.getTaskInfo().getIndexOfThisSubtask() != 0) {
            return allowed(maker);
        }
        WriterClaim claim = new WriterClaim(
                adminConfig,
                writerGroup,
                token,
                context.metricGroup().getAllVariables().getOrDefault(LogField.OPERATOR_LABEL, ""));
        boolean made = false;
        try {
            claim.await();
            StatefulSinkWriter<TopicRecord, KafkaWriterState> writer = new ClaimingWriter(allowed(maker), claim);
            made = true;
            return writer;
        } finally {
            if (!made) {
                claim.close();
            }
        }
    }

    /** A writer begins its first transaction when it is made: there the broker says whether it may. */
    private StatefulSinkWriter<TopicRecord, KafkaWriterState> allowed(WriterMaker maker) throws IOException {
        try {
            return maker.make();
        } catch (TransactionalIdAuthorizationException e) {
            throw new IOException("this client must be allowed to WRITE with transactional ids that begin with "
                    + writerGroup.substring(0, writerGroup.length() - WRITER.length())
                    + ", was refused by the broker. Fix: grant WRITE and DESCRIBE on transactional ids of that"
                    + " prefix to the client's user");
        }
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
