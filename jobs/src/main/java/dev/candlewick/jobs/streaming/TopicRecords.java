package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.kafka.sink.TopicRecord;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.jobs.operators.RecordSerializer;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.SourceNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** Turns published values into the bytes of their topics. */
final class TopicRecords {
    /** The type of topic records between operators. */
    static final RecordType<TopicRecord> TYPE = new RecordType<>(TopicRecord.class, new Serializer());

    private TopicRecords() {}

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Base of the maps: makes the writer of the run's profile on the task. */
    private abstract static class JsonMap<T> extends RichMapFunction<T, TopicRecord> {
        private static final long serialVersionUID = 1L;

        private final String profile;
        transient PublishedJson json;

        @SuppressWarnings("NullAway.Init") // Opened before the first element.
        JsonMap(String profile) {
            this.profile = profile;
        }

        @Override
        public void open(OpenContext context) {
            json = new PublishedJson(profile);
        }
    }

    /** Candles and VWAP rows. */
    static final class OfPublished extends JsonMap<Published> {
        private static final long serialVersionUID = 1L;

        private final OutputTopics topics;

        OfPublished(OutputTopics topics, String profile) {
            super(profile);
            this.topics = topics;
        }

        @Override
        public TopicRecord map(Published published) {
            byte[] key = utf8(published.key());
            if (published instanceof Candle candle) {
                return new TopicRecord(topics.candles(candle.interval()), key, json.candle(candle));
            }
            if (published instanceof VwapRow row) {
                return new TopicRecord(topics.vwap(), key, json.vwap(row));
            }
            if (published instanceof QualityEvent event) {
                return new TopicRecord(topics.qualityEvents(), key, json.event(event));
            }
            return new TopicRecord(topics.qualityReports(), key, json.report((MinuteReport) published));
        }
    }

    /** Open candles. */
    static final class OfLive extends JsonMap<LiveCandles> {
        private static final long serialVersionUID = 1L;

        private final OutputTopics topics;

        OfLive(OutputTopics topics, String profile) {
            super(profile);
            this.topics = topics;
        }

        @Override
        public TopicRecord map(LiveCandles live) {
            return new TopicRecord(topics.live(), utf8(live.key()), json.live(live));
        }
    }

    /** Rejected messages; keyed by where they were read, so that a repeat is known as one. */
    static final class OfRejected extends JsonMap<Rejected> {
        private static final long serialVersionUID = 1L;

        private final OutputTopics topics;
        private final SourceNames sources;

        OfRejected(OutputTopics topics, SourceNames sources, String profile) {
            super(profile);
            this.topics = topics;
            this.sources = sources;
        }

        @Override
        public TopicRecord map(Rejected rejected) {
            String source = sources.name(rejected.readSource());
            String key = source + '|' + rejected.readPartition() + '|' + rejected.readOffset();
            return new TopicRecord(topics.rejected(), utf8(key), json.rejected(rejected, source));
        }
    }

    /** The fixed layout of a topic record. */
    public static final class Serializer extends RecordSerializer<TopicRecord> {
        private static final long serialVersionUID = 1L;

        @Override
        public void serialize(TopicRecord record, DataOutputView out) throws IOException {
            out.writeUTF(record.topic());
            out.writeInt(record.key().length);
            out.write(record.key());
            out.writeInt(record.value().length);
            out.write(record.value());
        }

        @Override
        public TopicRecord deserialize(DataInputView in) throws IOException {
            String topic = in.readUTF();
            byte[] key = new byte[in.readInt()];
            in.readFully(key);
            byte[] value = new byte[in.readInt()];
            in.readFully(value);
            return new TopicRecord(topic, key, value);
        }

        @Override
        public TypeSerializerSnapshot<TopicRecord> snapshotConfiguration() {
            return new Snapshot();
        }

        /** Names the layout. */
        public static final class Snapshot extends SimpleTypeSerializerSnapshot<TopicRecord> {
            /** For Flink. */
            public Snapshot() {
                super(Serializer::new);
            }
        }
    }
}
