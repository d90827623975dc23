package dev.candlewick.savepoints;

import dev.candlewick.connectors.kafka.sink.FinalTopicsSink;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.apache.flink.connector.kafka.sink.KafkaCommittable;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollectorSerializer;

/** Reads what Kafka's exactly-once sink keeps in state, with the serializers that the sink itself gives; one thread. */
final class KafkaSinkSerializers {
    /** Flink's name of the list in which sink writers keep their state. */
    static final String WRITER = "writer_raw_states";

    /** Flink's name of the list in which committers keep what is not committed yet. */
    static final String COMMITTER = "streaming_committer_raw_states";

    private final FinalTopicsSink sink;

    KafkaSinkSerializers() {
        Properties properties = new Properties();
        // Nothing is opened: the sink only hands out its serializers.
        properties.setProperty("bootstrap.servers", "localhost:1");
        properties.setProperty("transaction.timeout.ms", "60000");
        sink = FinalTopicsSink.exactlyOnce(properties, "savepoint~", "savepoint");
    }

    List<String> writer(byte[] bytes) throws IOException {
        return List.of(SimpleVersionedSerialization.readVersionAndDeSerialize(sink.getWriterStateSerializer(), bytes)
                .toString());
    }

    List<String> committables(byte[] bytes) throws IOException {
        List<String> found = new ArrayList<>();
        SimpleVersionedSerializer<KafkaCommittable> serializer = sink.getCommittableSerializer();
        SimpleVersionedSerializer<KafkaCommittable> noting = new SimpleVersionedSerializer<>() {
            @Override
            public int getVersion() {
                return serializer.getVersion();
            }

            @Override
            public byte[] serialize(KafkaCommittable committable) throws IOException {
                return serializer.serialize(committable);
            }

            @Override
            public KafkaCommittable deserialize(int version, byte[] serialized) throws IOException {
                KafkaCommittable committable = serializer.deserialize(version, serialized);
                found.add(committable.toString());
                return committable;
            }
        };
        SimpleVersionedSerialization.readVersionAndDeSerialize(
                new CommittableCollectorSerializer<>(
                        noting,
                        0,
                        1,
                        InternalSinkCommitterMetricGroup.wrap(
                                UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup())),
                bytes);
        return found;
    }
}
