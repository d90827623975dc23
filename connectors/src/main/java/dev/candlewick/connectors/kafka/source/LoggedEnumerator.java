package dev.candlewick.connectors.kafka.source;

import dev.candlewick.core.metric.LogField;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Another enumerator, whose thread says in every line of its log which run it works for. */
final class LoggedEnumerator implements SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> {
    private final SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate;
    private final String run;

    LoggedEnumerator(SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> delegate, String run) {
        this.delegate = delegate;
        this.run = run;
    }

    @Override
    public void start() {
        // The first call in the thread of the coordinator: whoever makes an enumerator may be the JobManager's own
        // thread.
        MDC.put(LogField.RUN.key(), run);
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
