package dev.candlewick.connectors.kafka.source;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** The bytes of a split; on reading the split gets its end, whether it comes from state or from the enumerator. */
final class StoppingSplitSerializer implements SimpleVersionedSerializer<KafkaPartitionSplit> {
    private final SimpleVersionedSerializer<KafkaPartitionSplit> delegate;
    private final UnaryOperator<KafkaPartitionSplit> bounded;

    StoppingSplitSerializer(
            SimpleVersionedSerializer<KafkaPartitionSplit> delegate, UnaryOperator<KafkaPartitionSplit> bounded) {
        this.delegate = delegate;
        this.bounded = bounded;
    }

    @Override
    public int getVersion() {
        return delegate.getVersion();
    }

    @Override
    public byte[] serialize(KafkaPartitionSplit split) throws IOException {
        return delegate.serialize(split);
    }

    @Override
    public KafkaPartitionSplit deserialize(int version, byte[] serialized) throws IOException {
        return bounded.apply(delegate.deserialize(version, serialized));
    }
}
