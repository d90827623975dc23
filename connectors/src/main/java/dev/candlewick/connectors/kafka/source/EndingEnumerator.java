package dev.candlewick.connectors.kafka.source;

import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;

/** Flink's enumerator of a restored bounded run, whose readers also hear when there is no more to come. */
final class EndingEnumerator extends ForwardingEnumerator {
    private final DiscoveryContext discovery;

    EndingEnumerator(SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate, DiscoveryContext discovery) {
        super(delegate);
        this.discovery = discovery;
    }

    @Override
    public void addReader(int subtask) {
        super.addReader(subtask);
        discovery.readerAdded(subtask);
    }
}
