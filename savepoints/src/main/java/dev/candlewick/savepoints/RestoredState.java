package dev.candlewick.savepoints;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobInfoImpl;
import org.apache.flink.api.common.TaskInfoImpl;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.functions.util.RuntimeUDFContext;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.PrioritizedOperatorSubtaskState;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.state.CheckpointableKeyedStateBackend;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.runtime.state.KeyedStateBackendParametersImpl;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.StateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.ttl.TtlTimeProvider;
import org.apache.flink.state.api.runtime.SavepointEnvironment;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.apache.flink.streaming.api.operators.TimerSerializer;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.FileUtils;

/**
 * State of one operator, restored by Flink's own backends in this process, all subtasks as one; one thread.
 *
 * <p>Canonical and heap state goes through the heap backend, files of RocksDB through RocksDB.
 */
final class RestoredState implements Closeable {
    /** Flink's name of the event-time timers of a {@code KeyedProcessFunction}. */
    static final String EVENT_TIMERS = "_timer_state/event_user-timers";

    private final OperatorState operator;
    private final ClassLoader loader;
    private final CloseableRegistry registry = new CloseableRegistry();
    private final File temporary;

    RestoredState(OperatorState operator, ClassLoader loader) {
        this.operator = operator;
        this.loader = loader;
        try {
            temporary = Files.createTempDirectory("candlewick-savepoint").toFile();
        } catch (IOException e) {
            throw new SavepointException(
                    "a temporary directory must be writable, was not: " + e.getMessage(),
                    "set java.io.tmpdir to a directory with room for the state",
                    e);
        }
    }

    /** Receives one key with its state and its timers, ascending. */
    @FunctionalInterface
    interface KeyVisitor<T> {
        void accept(String key, T state, List<Long> timersMillis) throws Exception;
    }

    /** Number of timers whose key has no state. */
    record KeyedTotals(long keys, long timers, Map<String, List<Long>> orphanTimers) {}

    /**
     * Restores the keyed state and passes on every key.
     *
     * @throws Exception where the backend or a serializer refuses the bytes
     */
    <T> KeyedTotals forEachKey(ValueStateDescriptor<T> descriptor, KeyVisitor<T> visitor) throws Exception {
        List<KeyedStateHandle> handles = new ArrayList<>();
        for (OperatorSubtaskState subtask : operator.getStates()) {
            handles.addAll(subtask.getManagedKeyedState());
        }
        KeyedFormat format = KeyedFormat.of(handles);
        if (format == KeyedFormat.NONE) {
            return new KeyedTotals(0, 0, Map.of());
        }
        CheckpointableKeyedStateBackend<String> backend = backend(format, handles);
        try {
            Map<String, List<Long>> timers = timers(backend);
            long timerCount = timers.values().stream().mapToLong(List::size).sum();
            ValueState<T> state =
                    backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
            List<String> keys;
            try (Stream<String> found = backend.getKeys(descriptor.getName(), VoidNamespace.INSTANCE)) {
                keys = found.sorted().toList();
            }
            for (String key : keys) {
                backend.setCurrentKey(key);
                T value = state.value();
                if (value == null) {
                    throw new IOException("a key must stand in its own key group, was in another (key=" + key + ")");
                }
                List<Long> own = timers.remove(key);
                visitor.accept(key, value, own == null ? List.of() : own);
            }
            return new KeyedTotals(keys.size(), timerCount, timers);
        } finally {
            backend.dispose();
            backend.close();
        }
    }

    CheckpointableKeyedStateBackend<String> backend(KeyedFormat format, List<KeyedStateHandle> handles)
            throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(CoreOptions.TMP_DIRS, temporary.getPath());
        StateBackend backend = new HashMapStateBackend();
        if (format == KeyedFormat.ROCKSDB) {
            EmbeddedRocksDBStateBackend rocksDb = new EmbeddedRocksDBStateBackend();
            rocksDb.setDbStoragePath(temporary.getPath());
            backend = rocksDb;
        }
        int groups = operator.getMaxParallelism();
        ExecutionConfig execution = new ExecutionConfig();
        RuntimeContext context = new RuntimeUDFContext(
                new JobInfoImpl(new JobID(), "savepoint"),
                new TaskInfoImpl("savepoint", groups, 0, 1, 0),
                loader,
                execution,
                new HashMap<>(),
                new HashMap<>(),
                UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup());
        SavepointEnvironment environment = new SavepointEnvironment.Builder(context, execution, groups)
                .setConfiguration(configuration)
                .setPrioritizedOperatorSubtaskState(PrioritizedOperatorSubtaskState.emptyNotRestored())
                .build();
        return backend.createKeyedStateBackend(new KeyedStateBackendParametersImpl<>(
                environment,
                environment.getJobID(),
                "savepoint",
                StringSerializer.INSTANCE,
                groups,
                new KeyGroupRange(0, groups - 1),
                environment.getTaskKvStateRegistry(),
                TtlTimeProvider.DEFAULT,
                new UnregisteredMetricsGroup(),
                (name, value) -> {},
                handles,
                registry,
                1.0));
    }

    private static Map<String, List<Long>> timers(CheckpointableKeyedStateBackend<String> backend) throws Exception {
        TypeSerializer<TimerHeapInternalTimer<String, VoidNamespace>> serializer =
                new TimerSerializer<>(StringSerializer.INSTANCE, VoidNamespaceSerializer.INSTANCE);
        KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<String, VoidNamespace>> queue =
                backend.create(EVENT_TIMERS, serializer);
        Map<String, List<Long>> timers = new TreeMap<>();
        try (CloseableIterator<TimerHeapInternalTimer<String, VoidNamespace>> all = queue.iterator()) {
            while (all.hasNext()) {
                TimerHeapInternalTimer<String, VoidNamespace> timer = all.next();
                timers.computeIfAbsent(timer.getKey(), key -> new ArrayList<>()).add(timer.getTimestamp());
            }
        }
        timers.values().forEach(list -> list.sort(null));
        return timers;
    }

    /**
     * The elements of a list by subtask.
     *
     * @throws Exception where the backend or a serializer refuses the bytes
     */
    <T> List<List<T>> lists(ListStateDescriptor<T> descriptor, boolean union) throws Exception {
        List<List<T>> lists = new ArrayList<>();
        for (int subtask = 0; subtask < operator.getParallelism(); subtask++) {
            OperatorSubtaskState state = operator.getState(subtask);
            if (state == null || !state.getManagedOperatorState().hasState()) {
                continue;
            }
            OperatorStateBackend backend = new DefaultOperatorStateBackendBuilder(
                            loader, new ExecutionConfig(), false, state.getManagedOperatorState(), registry)
                    .build();
            try {
                List<T> elements = new ArrayList<>();
                if (backend.getRegisteredStateNames().contains(descriptor.getName())) {
                    (union ? backend.getUnionListState(descriptor) : backend.getListState(descriptor))
                            .get()
                            .forEach(elements::add);
                }
                lists.add(elements);
            } finally {
                backend.dispose();
                backend.close();
            }
        }
        return lists;
    }

    @Override
    public void close() {
        try {
            registry.close();
            FileUtils.deleteDirectory(temporary);
        } catch (IOException e) {
            // Temporary files that cannot be deleted change no result; the directory is the system's to clean.
            temporary.deleteOnExit();
        }
    }
}
