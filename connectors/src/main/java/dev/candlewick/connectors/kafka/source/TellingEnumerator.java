package dev.candlewick.connectors.kafka.source;

import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;

/** Flink's enumerator, whose readers also hear when every partition there is was assigned. */
final class TellingEnumerator extends ForwardingEnumerator {
    private final DiscoveryContext discovery;

    TellingEnumerator(SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate, DiscoveryContext discovery) {
        super(delegate);
        this.discovery = discovery;
    }

    @Override
    public void addReader(int subtask) {
        super.addReader(subtask);
        discovery.readerAdded(subtask);
    }
}
