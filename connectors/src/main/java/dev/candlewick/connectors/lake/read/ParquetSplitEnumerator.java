package dev.candlewick.connectors.lake.read;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.jspecify.annotations.Nullable;

/** Hands out splits one at a time to readers that ask; with one sorted split, one reader gets everything. */
final class ParquetSplitEnumerator implements SplitEnumerator<ParquetSplit, List<ParquetSplit>> {
    private final SplitEnumeratorContext<ParquetSplit> context;
    private final List<ParquetSplit> pending;

    ParquetSplitEnumerator(SplitEnumeratorContext<ParquetSplit> context, Collection<ParquetSplit> pending) {
        this.context = context;
        this.pending = new ArrayList<>(pending);
    }

    @Override
    public void start() {
        // Nothing is discovered: the list of files was fixed when the source was built.
    }

    @Override
    public void addReader(int subtask) {
        // Readers ask.
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        if (!context.registeredReaders().containsKey(subtask)) {
            return;
        }
        if (pending.isEmpty()) {
            context.signalNoMoreSplits(subtask);
        } else {
            context.assignSplit(pending.remove(0), subtask);
        }
    }

    @Override
    public void addSplitsBack(List<ParquetSplit> splits, int subtask) {
        pending.addAll(splits);
        pending.sort(Comparator.comparingInt(ParquetSplit::number));
    }

    @Override
    public List<ParquetSplit> snapshotState(long checkpoint) {
        return List.copyOf(pending);
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
