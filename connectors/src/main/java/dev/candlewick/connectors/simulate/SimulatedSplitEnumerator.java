package dev.candlewick.connectors.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SplitsAssignment;
import org.jspecify.annotations.Nullable;

/** Gives each reader all its partitions in one assignment, by the remainder of the partition. */
final class SimulatedSplitEnumerator implements SplitEnumerator<SimulatedSplit, SimulatedSplit.Pending> {
    private final SplitEnumeratorContext<SimulatedSplit> context;
    private final boolean bounded;
    private final List<SimulatedSplit> pending;

    SimulatedSplitEnumerator(
            SplitEnumeratorContext<SimulatedSplit> context, boolean bounded, List<SimulatedSplit> pending) {
        this.context = context;
        this.bounded = bounded;
        this.pending = new ArrayList<>(pending);
    }

    @Override
    public void start() {
        // Nothing is discovered: the partitions belong to the market's settings.
    }

    @Override
    public void addReader(int subtask) {
        List<SimulatedSplit> own = new ArrayList<>();
        for (SimulatedSplit split : pending) {
            if (split.partition() % context.currentParallelism() == subtask) {
                own.add(split);
            }
        }
        if (!own.isEmpty()) {
            context.assignSplits(new SplitsAssignment<>(Map.of(subtask, own)));
            pending.removeAll(own);
        }
        if (bounded) {
            context.signalNoMoreSplits(subtask);
        }
    }

    @Override
    public void handleSplitRequest(int subtask, @Nullable String host) {
        // Readers do not ask.
    }

    @Override
    public void addSplitsBack(List<SimulatedSplit> splits, int subtask) {
        pending.addAll(splits);
    }

    @Override
    public SimulatedSplit.Pending snapshotState(long checkpoint) {
        return new SimulatedSplit.Pending(pending);
    }

    @Override
    public void close() {
        // Nothing is held open.
    }
}
