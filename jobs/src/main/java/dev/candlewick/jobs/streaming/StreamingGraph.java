package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.connectors.kafka.FilteredRun;
import dev.candlewick.connectors.kafka.TradeRecordDeserializer;
import dev.candlewick.connectors.kafka.sink.FinalTopicsSink;
import dev.candlewick.connectors.kafka.sink.TopicRecord;
import dev.candlewick.connectors.kafka.source.StoppingSource;
import dev.candlewick.connectors.lake.LakeOutputs;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.MessagePreset;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceConfiguration;
import dev.candlewick.jobs.config.SourceOffsets;
import dev.candlewick.jobs.operators.HealedUntil;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.SourceNames;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.MarketDataPipeline;
import dev.candlewick.jobs.pipeline.PipelineOutputs;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Wires the graph between Kafka and Kafka, and the lake where one is given. */
public final class StreamingGraph {
    /**
     * Open candles must not wait. Final values become visible with the checkpoint, which sends everything at once, and
     * each of their batches costs the broker as much as dozens of records. Readers of what is not committed yet wait this
     * long at most.
     */
    private static final int LIVE_LINGER_MILLIS = 20;

    private static final int FINAL_LINGER_MILLIS = 100;
    private static final String DISCOVERY_INTERVAL = "partition.discovery.interval.ms";

    private StreamingGraph() {}

    /**
     * Adds the whole job to an environment.
     *
     * @param lake where the lake's files go, null for none
     */
    public static void build(
            StreamExecutionEnvironment environment, ResolvedConfiguration config, @Nullable LakeTarget lake) {
        build(environment, config, lake, HealedUntil.NONE);
    }

    /**
     * Adds the whole job to an environment.
     *
     * @param lake where the lake's files go, null for none
     * @param healed what must not be published again, see {@link HealedInstruments}
     */
    public static void build(
            StreamExecutionEnvironment environment,
            ResolvedConfiguration config,
            @Nullable LakeTarget lake,
            HealedUntil healed) {
        boolean bounded = isBounded(config);
        List<String> topics = config.sourceTopics();
        PipelineSettings settings =
                config.pipelineSettings(topics, bounded, !bounded).withHealed(healed);
        SourceNames sources = new SourceNames(topics);
        if (config.isGiven(CandlewickOptions.PARALLELISM)) {
            // The default is the number of cores here, which says nothing about the cluster that runs the job.
            environment.setParallelism(config.parallelism());
        }
        environment.setMaxParallelism(settings.maxParallelism());

        Duration idleTimeout = bounded ? null : config.idleTimeout().orElse(null);
        List<MarketDataPipeline.Input> inputs = new ArrayList<>();
        for (SourceConfiguration source : config.sources()) {
            String uid = Uids.source(source.name());
            boolean isDefault = uid.equals(Uids.SOURCE);
            SingleOutputStreamOperator<Decoded> decoded = environment
                    .fromSource(
                            source(config, source, topics),
                            HighWaterWatermarks.of(source.outOfOrderness(), idleTimeout),
                            isDefault ? "trades" : "trades-" + source.name(),
                            RecordType.DECODED)
                    .uid(uid)
                    .setDescription("trades: decode, validate and watermark by partition of " + source.topics());
            if (bounded) {
                // Flink completes no checkpoint while a vertex with union list state is partly finished.
                decoded.setParallelism(1);
            }
            inputs.add(new MarketDataPipeline.Input(
                    source.name(),
                    decoded,
                    source.outOfOrderness().toNanos(),
                    source.allowedLateness().toNanos()));
        }
        int sourceParallelism = inputs.get(0).decoded().getParallelism();
        PipelineOutputs outputs = MarketDataPipeline.build(inputs, settings);

        OutputTopics names = new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX));
        String profile = config.profileStamp();
        // Chained to what publishes: bytes go over the network once, where objects would have to go first.
        DataStream<TopicRecord> finals = outputs.ofInstruments()
                .map(new TopicRecords.OfPublished(names, profile))
                .returns(TopicRecords.TYPE)
                .uid("published-to-topics")
                .name("published-to-topics");
        DataStream<TopicRecord> venues = outputs.ofVenues()
                .map(new TopicRecords.OfPublished(names, profile))
                .returns(TopicRecords.TYPE)
                .setParallelism(1)
                .uid("venues-to-topics")
                .name("venues-to-topics");
        DataStream<TopicRecord> rejected = outputs.rejected()
                .map(new TopicRecords.OfRejected(names, sources, profile))
                .returns(TopicRecords.TYPE)
                .setParallelism(sourceParallelism)
                .uid("rejected-to-topic")
                .name("rejected-to-topic");
        finals.union(venues, rejected)
                .sinkTo(FinalTopicsSink.exactlyOnce(
                        producerConfig(config, FINAL_LINGER_MILLIS),
                        StreamingStart.transactionalIdPrefix(config),
                        StreamingStart.run(config)))
                .uid("final-topics")
                .name("final-topics");
        if (settings.live().enabled()) {
            outputs.live()
                    .map(new TopicRecords.OfLive(names, profile))
                    .returns(TopicRecords.TYPE)
                    .uid("live-to-topic")
                    .name("live-to-topic")
                    .sinkTo(FinalTopicsSink.atLeastOnce(producerConfig(config, LIVE_LINGER_MILLIS)))
                    .uid("live-topic")
                    .name("live-topic");
        }
        if (lake != null) {
            if (!environment.getCheckpointConfig().isCheckpointingEnabled()) {
                throw new IllegalStateException("checkpointing must be on where a streaming job writes a lake, was off:"
                        + " its files would stay hidden for ever (example: checkpoint.interval=10s)");
            }
            LakeOutputs.attach(
                    lake,
                    outputs.ofInstruments(),
                    outputs.ofVenues(),
                    outputs.rejected(),
                    settings.engine().quality().enabled(),
                    settings.archive() ? byMessage(outputs.archive(), bounded && hasPreset(config)) : null,
                    config.sources().stream()
                            .mapToLong(source -> config.feedRules(source).eventTimeMinNanos())
                            .min()
                            .orElseThrow(),
                    config.sources().stream()
                            .mapToLong(source -> config.feedRules(source).eventTimeMaxNanos())
                            .max()
                            .orElseThrow());
        }
    }

    /**
     * Sends the trades of one message to one writer, where they would be spread: readers of a lake tell the rows that a
     * restored job has written again from several trades of one message by the file they stand in.
     */
    private static DataStream<Trade> byMessage(DataStream<Trade> archive, boolean isSpread) {
        return isSpread
                ? archive.partitionCustom(
                        (Long offset, int writers) -> (int) Long.remainderUnsigned(offset, writers),
                        trade -> trade.readOffset)
                : archive;
    }

    private static boolean hasPreset(ResolvedConfiguration config) {
        return config.sources().stream().anyMatch(source -> source.preset() != MessagePreset.NONE);
    }

    /** Whether the job ends by itself. */
    public static boolean isBounded(ResolvedConfiguration config) {
        return config.get(CandlewickOptions.SOURCE_UNTIL).kind() != SourceOffsets.Kind.NEVER;
    }

    /** The topics that each source reads, in the order of the sources. */
    public static Map<SourceConfiguration, Pattern> subscriptions(ResolvedConfiguration config) {
        List<String> written = new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX)).all(config.intervals());
        Map<SourceConfiguration, Pattern> subscriptions = new LinkedHashMap<>();
        for (SourceConfiguration source : config.sources()) {
            subscriptions.put(source, source.subscription(config.sources(), written));
        }
        return subscriptions;
    }

    private static StoppingSource<Decoded> source(
            ResolvedConfiguration config, SourceConfiguration source, List<String> allTopics) {
        Properties consumer = new Properties();
        consumer.putAll(config.kafkaProperties());
        consumer.setProperty("isolation.level", "read_committed");
        if (isBounded(config)) {
            // A bounded source looks for partitions once, and warns where an interval is set.
            consumer.remove(DISCOVERY_INTERVAL);
        } else {
            consumer.putIfAbsent(DISCOVERY_INTERVAL, "10000");
        }
        consumer.setProperty("commit.offsets.on.checkpoint", "true");
        Pattern subscription = source.subscription(
                config.sources(), new OutputTopics(config.get(CandlewickOptions.TOPIC_PREFIX)).all(config.intervals()));
        FilteredRun filtered = new FilteredRun();
        KafkaSourceBuilder<Decoded> builder = KafkaSource.<Decoded>builder()
                .setBootstrapServers(StreamingStart.bootstrapServers(config))
                .setGroupId(config.get(CandlewickOptions.KAFKA_GROUP_ID))
                .setProperties(consumer)
                .setDeserializer(new TradeRecordDeserializer(
                                TradeFormat.ofOptions(
                                        source.format().name(), source.preset().name(), source.presetVenue()),
                                config.feedRules(source),
                                allTopics,
                                source.hasPattern() ? subscription : null,
                                RecordType.DECODED)
                        .holdingFiltered(filtered))
                .setStartingOffsets(start(config, source, subscription));
        if (source.hasPattern()) {
            builder.setTopicPattern(subscription);
        } else {
            builder.setTopics(source.topics());
        }
        if (config.sources().size() > 1) {
            builder.setClientIdPrefix(config.get(CandlewickOptions.KAFKA_GROUP_ID) + '-' + source.name());
        }
        SourceOffsets until = config.get(CandlewickOptions.SOURCE_UNTIL);
        if (until.kind() != SourceOffsets.Kind.NEVER) {
            builder.setBounded(offsets(until, source, subscription));
        }
        StoppingSource<Decoded> stopping = until.kind() == SourceOffsets.Kind.OFFSETS
                ? StoppingSource.until(builder.build(), byPartition(until, source, subscription))
                : StoppingSource.of(builder.build());
        return stopping.holding(filtered).inRun(StreamingStart.run(config));
    }

    private static OffsetsInitializer start(
            ResolvedConfiguration config, SourceConfiguration source, Pattern subscription) {
        SourceOffsets start = config.get(CandlewickOptions.SOURCE_START_OFFSETS);
        return start.kind() == SourceOffsets.Kind.OFFSETS
                ? new StartOffsets(byPartition(start, source, subscription))
                : new NoSilentReset(offsets(start, source, subscription));
    }

    private static OffsetsInitializer offsets(SourceOffsets offsets, SourceConfiguration source, Pattern subscription) {
        return switch (offsets.kind()) {
            case EARLIEST, NEVER -> OffsetsInitializer.earliest();
            case LATEST -> OffsetsInitializer.latest();
            case TIMESTAMP -> OffsetsInitializer.timestamp(offsets.timestampMillis());
            case OFFSETS -> OffsetsInitializer.offsets(byPartition(offsets, source, subscription));
        };
    }

    /** The offsets of the partitions of one source. */
    static Map<TopicPartition, Long> byPartition(
            SourceOffsets offsets, SourceConfiguration source, Pattern subscription) {
        Map<TopicPartition, Long> map = new HashMap<>();
        for (SourceOffsets.PartitionOffset offset : offsets.offsets()) {
            String topic = offset.topic() == null ? source.topics().get(0) : offset.topic();
            if (subscription.matcher(topic).matches()) {
                map.put(new TopicPartition(topic, offset.partition()), offset.offset());
            }
        }
        return map;
    }

    /**
     * The configuration of a producer: acknowledged by all, compressed, with the transaction timeout.
     *
     * @param lingerMillis how long a batch waits for more records where {@code kafka.linger.ms} does not say
     */
    static Properties producerConfig(ResolvedConfiguration config, int lingerMillis) {
        Properties producer = new Properties();
        producer.putAll(config.kafkaProperties());
        producer.setProperty("bootstrap.servers", StreamingStart.bootstrapServers(config));
        producer.setProperty(
                "transaction.timeout.ms",
                Long.toString(
                        config.get(CandlewickOptions.KAFKA_TRANSACTION_TIMEOUT).toMillis()));
        producer.setProperty("acks", "all");
        producer.putIfAbsent("compression.type", "lz4");
        producer.putIfAbsent("linger.ms", Integer.toString(lingerMillis));
        producer.putIfAbsent("batch.size", "131072");
        producer.putIfAbsent("buffer.memory", "16777216");
        // A rejected message that is refused here would stop the job at the same message again and again.
        producer.putIfAbsent("max.request.size", Integer.toString(PublishedJson.REJECTED_BYTES_MAX + 4096));
        return producer;
    }
}
