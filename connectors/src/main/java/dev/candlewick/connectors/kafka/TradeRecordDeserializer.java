package dev.candlewick.connectors.kafka;

import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.RejectionLog;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.ReadSources;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * Decodes and validates Kafka records; exactly one {@link Decoded} for each record, for each of its trades where the
 * format puts several into one, or for a {@linkplain #holdingFiltered run of filtered ones}, and never an exception
 * because of its content, since that would fail the job at the same offset again and again.
 *
 * <p>The place comes from the record's headers, else from the message, else it is Kafka partition and offset. The
 * record's timestamp becomes the ingest time; whether the broker set it (LogAppendTime) decides about TIME_JUMP.
 *
 * <p>The emitted instance is filled again by the next record.
 */
public final class TradeRecordDeserializer implements KafkaRecordDeserializationSchema<Decoded> {
    private static final long serialVersionUID = 1;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final TradeFormat format;
    private final FeedRules rules;
    private final ArrayList<String> topics;
    private final @Nullable Pattern topicPattern;
    private final TypeInformation<Decoded> type;
    private final @Nullable FilteredRun filtered;

    private transient @Nullable Worker worker;

    /** A deserializer of messages with the canonical names, of given topics. */
    public TradeRecordDeserializer(
            WireFormat format, FeedRules rules, List<String> topics, TypeInformation<Decoded> type) {
        this(TradeFormat.of(format), rules, topics, null, type);
    }

    /**
     * A deserializer.
     *
     * @param format of all records
     * @param rules of the feed
     * @param topics the run's topics, of all its sources; a topic's index is its read source
     * @param topicPattern topics that may be found while the run goes on; null for none
     * @param type the type of the records downstream
     */
    public TradeRecordDeserializer(
            TradeFormat format,
            FeedRules rules,
            List<String> topics,
            @Nullable Pattern topicPattern,
            TypeInformation<Decoded> type) {
        this(format, rules, topics, topicPattern, type, null);
    }

    private TradeRecordDeserializer(
            TradeFormat format,
            FeedRules rules,
            List<String> topics,
            @Nullable Pattern topicPattern,
            TypeInformation<Decoded> type,
            @Nullable FilteredRun filtered) {
        this.format = format;
        this.rules = rules;
        this.topics = new ArrayList<>(topics);
        this.topicPattern = topicPattern;
        this.type = type;
        this.filtered = filtered;
    }

    /** The same deserializer, which holds filtered messages back in the run; the source must pass on what is left there. */
    public TradeRecordDeserializer holdingFiltered(FilteredRun run) {
        return new TradeRecordDeserializer(format, rules, topics, topicPattern, type, run);
    }

    @Override
    public void open(DeserializationSchema.InitializationContext context) {
        worker = new Worker(context.getMetricGroup());
    }

    @Override
    public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<Decoded> out) {
        Worker opened = worker;
        if (opened == null) {
            opened = new Worker(new UnregisteredMetricsGroup());
            worker = opened;
        }
        Decoded decoded = opened.decode(record);
        FilteredRun run = filtered;
        if (run != null && decoded.kind() == Decoded.Kind.FILTERED) {
            if (run.records() > 0 && !run.continuesWith(decoded)) {
                out.collect(run.take());
            }
            boolean isFull = run.add(record, decoded);
            if (!opened.next()) {
                if (isFull) {
                    out.collect(run.take());
                }
                return;
            }
            // Of a message whose other trades are passed on nothing may be held back: it would be read again as a
            // whole.
        }
        if (run != null && run.records() > 0) {
            out.collect(run.take());
        }
        out.collect(decoded);
        while (opened.next()) {
            out.collect(opened.decoded);
        }
    }

    @Override
    public TypeInformation<Decoded> getProducedType() {
        return type;
    }

    /** The scratch state of one reader. */
    private final class Worker {
        private final TradeValidator validator;
        private final MessageDecoder decoder;
        private final ReadContext context = new ReadContext();
        private final Decoded decoded = new Decoded();
        private final RejectionLog rejections;
        private @Nullable String lastTopic;
        private int lastSource;
        private byte @Nullable [] value;

        /** Whether the decoder, and not this class, has judged the message. */
        private boolean byDecoder;

        Worker(MetricGroup group) {
            rejections = new RejectionLog(group, rules.feedName());
            validator = new TradeValidator(rules);
            decoder = format.newDecoder(validator);
        }

        Decoded decode(ConsumerRecord<byte[], byte[]> record) {
            byte[] bytes = record.value();
            int length = bytes == null ? 0 : bytes.length;
            value = bytes;
            context.readFromLog(source(record.topic()), record.partition(), record.offset());
            long timestamp = record.timestamp();
            if (timestamp >= 0 && record.timestampType() != TimestampType.NO_TIMESTAMP_TYPE) {
                // A forged create time may lie beyond the years that nanoseconds reach.
                context.ingestTimeNanos =
                        timestamp > Long.MAX_VALUE / NANOS_PER_MILLI ? Long.MAX_VALUE : timestamp * NANOS_PER_MILLI;
                context.logAppendTime = record.timestampType() == TimestampType.LOG_APPEND_TIME;
            }
            byDecoder = false;
            try {
                String problem = TradeHeaders.read(record.headers(), context);
                if (problem == null) {
                    decoder.decode(bytes, 0, length, context, decoded);
                    byDecoder = true;
                } else {
                    validator.rejectUnparsable(problem, bytes, 0, length, context, decoded);
                }
            } catch (RuntimeException e) {
                fault(e, bytes, length);
            }
            log();
            return decoded;
        }

        /** Goes on to the next trade of the message; false where it holds no further one. */
        boolean next() {
            if (!byDecoder) {
                return false;
            }
            byte[] bytes = value;
            try {
                if (!decoder.next(decoded)) {
                    return false;
                }
            } catch (RuntimeException e) {
                byDecoder = false;
                fault(e, bytes, bytes == null ? 0 : bytes.length);
            }
            log();
            return true;
        }

        private void log() {
            if (decoded.kind() == Decoded.Kind.REJECTED) {
                rejections.add(decoded.rejected(), lastTopic == null ? "" : lastTopic);
            }
        }

        /** A fault of ours must not stop the feed: the record is kept with its bytes and counted. */
        private void fault(RuntimeException e, byte @Nullable [] bytes, int length) {
            validator.rejectUnparsable(
                    "message must be decodable, was not: internal error "
                            + e.getClass().getSimpleName(),
                    bytes,
                    0,
                    length,
                    context,
                    decoded);
        }

        @SuppressWarnings("ReferenceEquality")
        private int source(String topic) {
            // The consumer hands out the same string for all records of a partition's fetch.
            if (topic != lastTopic) {
                lastTopic = topic;
                lastSource = topics.indexOf(topic);
                if (lastSource < 0
                        && topicPattern != null
                        && topicPattern.matcher(topic).matches()) {
                    lastSource = ReadSources.ordinal(topic);
                }
                if (lastSource < 0) {
                    throw new IllegalStateException(
                            "topic must be one of the run's topics " + topics + ", was " + topic);
                }
            }
            return lastSource;
        }
    }
}
