package dev.candlewick.savepoints;

import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.jobs.operators.States;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.CheckpointOptions;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.state.CheckpointStorageLocationReference;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.SavepointResources;
import org.apache.flink.runtime.state.SavepointSnapshotStrategy;
import org.apache.flink.runtime.state.SnapshotExecutionType;
import org.apache.flink.runtime.state.SnapshotResult;
import org.apache.flink.runtime.state.SnapshotStrategyRunner;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;

/**
 * Writes keyed state of {@code market-data} in the canonical format: instruments and their timers, into one file; one
 * thread, everything in memory. What a job restores is told equal by {@link SavepointDiff}.
 */
public final class KeyedStateWriter implements Closeable {
    private static final int WRITE_BUFFER_BYTES = 64 * 1024;

    private final RestoredState empty;
    private final CheckpointableKeyedStateBackend<String> backend;
    private final ValueState<InstrumentState> state;
    private final KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> timers;

    /**
     * An empty writer.
     *
     * @param maxParallelism number of key groups of the job that restores it
     */
    public KeyedStateWriter(int maxParallelism) throws Exception {
        empty = new RestoredState(
                new OperatorState(null, null, new OperatorID(), 1, maxParallelism),
                RestoredState.class.getClassLoader());
        backend = empty.backend(KeyedFormat.CANONICAL, List.of());
        state = backend.getPartitionedState(
                VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, States.INSTRUMENT);
        timers = backend.create(
                RestoredState.EVENT_TIMERS,
                new TimerSerializer<>(StringSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE));
    }

    /** Adds an instrument with its event-time timers. */
    public void add(String key, InstrumentState instrument, List<Long> timersMillis) throws IOException {
        backend.setCurrentKey(key);
        state.update(instrument);
        for (long timestamp : timersMillis) {
            timers.add(new TimerHeapInternalTimer<>(timestamp, key, VoidNamespace.INSTANCE));
        }
    }

    /**
     * Writes everything to a file in a directory.
     *
     * @return what the metadata of a savepoint in that directory names
     */
    public KeyedStateHandle write(Path directory, long checkpointId) throws Exception {
        SavepointResources<String> resources = backend.savepoint();
        try (CloseableRegistry registry = new CloseableRegistry()) {
            var snapshot = new SnapshotStrategyRunner<>(
                            "candlewick savepoint",
                            new SavepointSnapshotStrategy<>(resources.getSnapshotResources()),
                            registry,
                            SnapshotExecutionType.SYNCHRONOUS)
                    .snapshot(
                            checkpointId,
                            0,
                            new FsCheckpointStreamFactory(
                                    directory.getFileSystem(), directory, directory, 0, WRITE_BUFFER_BYTES),
                            new CheckpointOptions(
                                    SavepointType.savepoint(
                                            org.apache.flink.core.execution.SavepointFormatType.CANONICAL),
                                    CheckpointStorageLocationReference.getDefault()));
            snapshot.run();
            SnapshotResult<KeyedStateHandle> result = snapshot.get();
            return java.util.Objects.requireNonNull(result.getJobManagerOwnedSnapshot());
        }
    }

    @Override
    public void close() throws IOException {
        backend.dispose();
        backend.close();
        empty.close();
    }
}
