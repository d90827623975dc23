package dev.candlewick.connectors.kafka.source;

import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.jspecify.annotations.Nullable;

/** An enumerator that passes everything on to another one. */
abstract class ForwardingEnumerator implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
    private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate;

    ForwardingEnumerator(SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate) {
        this.delegate = delegate;
    }

    @Override
    public void start() {
        delegate.start();
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        delegate.handleSplitRequest(subtask, host);
    }

    @Override
    public void addSplitsBack(List<KafkaPartitionSplit> splits, int subtask) {
        delegate.addSplitsBack(splits, subtask);
    }

    @Override
    public void addReader(int subtask) {
        delegate.addReader(subtask);
    }

    @Override
    public KafkaSourceEnumState snapshotState(long checkpoint) throws Exception {
        return delegate.snapshotState(checkpoint);
    }

    @Override
    public void notifyCheckpointComplete(long checkpoint) throws Exception {
        delegate.notifyCheckpointComplete(checkpoint);
    }

    @Override
    public void handleSourceEvent(int subtask, SourceEvent event) {
        delegate.handleSourceEvent(subtask, event);
    }

    @Override
    public void close() throws IOException {
        delegate.close();
    }
}
