package dev.candlewick.connectors.file;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.jspecify.annotations.Nullable;

/**
 * Hands out files: all to reader 0 in one assignment where they are merged by event time, else one at a time to readers
 * that ask.
 *
 * <p>One assignment, because a split that comes later would meet windows that the others have purged (design section
 * 4.6).
 */
final class FileSplitEnumerator implements SplitEnumerator<FileSplit, FileEnumeratorState> {
    private static final int MERGING_READER = 0;

    private final SplitEnumeratorContext<FileSplit> context;
    private final boolean merged;
    private final List<FileSplit> pending;

    FileSplitEnumerator(SplitEnumeratorContext<FileSplit> context, boolean merged, Collection<FileSplit> pending) {
        this.context = context;
        this.merged = merged;
        this.pending = new ArrayList<>(pending);
    }

    @Override
    public void start() {
        // Nothing is discovered: the list of files was fixed when the source was built.
    }

    @Override
    public void addReader(int subtask) {
        if (!merged) {
            return;
        }
        if (subtask == MERGING_READER && !pending.isEmpty()) {
            context.assignSplits(new SplitsAssignment<>(Map.of(subtask, List.copyOf(pending))));
            pending.clear();
        }
        context.signalNoMoreSplits(subtask);
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        if (merged || !context.registeredReaders().containsKey(subtask)) {
            return;
        }
        if (pending.isEmpty()) {
            context.signalNoMoreSplits(subtask);
        } else {
            context.assignSplit(pending.remove(0), subtask);
        }
    }

    @Override
    public void addSplitsBack(List<FileSplit> splits, int subtask) {
        pending.addAll(splits);
        pending.sort(Comparator.comparingInt(split -> split.file().ordinal()));
    }

    @Override
    public FileEnumeratorState snapshotState(long checkpoint) {
        return new FileEnumeratorState(pending);
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
