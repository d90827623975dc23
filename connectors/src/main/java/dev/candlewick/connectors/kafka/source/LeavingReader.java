package dev.candlewick.connectors.kafka.source;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.InputStatus;

/**
 * A reader that leaves the minimum of all watermarks as soon as it knows that no partition is its own.
 *
 * <p>Flink waits for the idle timeout, behind each start anew, since it cannot know whether one is on its way; with more readers
 * than partitions no window closes meanwhile. {@link AllAssigned} says that none is. A partition that is found later makes the
 * reader active again with its first watermark, as behind an idle timeout.
 */
final class LeavingReader<T> extends ForwardingReader<T> {
    private final CompletableFuture<Void> told = new CompletableFuture<>();
    private boolean hasPartition;
    private boolean isToLeave;

    LeavingReader(SourceReader<T, KafkaPartitionSplit> delegate) {
        super(delegate);
    }

    @Override
    public void addSplits(List<KafkaPartitionSplit> splits) {
        hasPartition |= !splits.isEmpty();
        super.addSplits(splits);
    }

    @Override
    public void handleSourceEvents(SourceEvent event) {
        if (event instanceof AllAssigned) {
            // The output is at hand in the next poll only.
            isToLeave = !hasPartition;
            told.complete(null);
        } else {
            super.handleSourceEvents(event);
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) throws Exception {
        if (isToLeave) {
            isToLeave = false;
            if (!hasPartition) {
                output.markIdle();
            }
        }
        return super.pollNext(output);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        if (isToLeave) {
            return told;
        }
        CompletableFuture<Void> records = super.isAvailable();
        return hasPartition || told.isDone() || records.isDone()
                ? records
                : CompletableFuture.anyOf(records, told).thenAccept(which -> {});
    }
}
