package dev.candlewick.savepoints;

import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.jobs.operators.Uids;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.checkpoint.SnapshotType;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.IncrementalRemoteKeyedStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorBackendSerializationProxy;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.StreamStateHandle;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.state.api.OperatorIdentifier;
import org.jspecify.annotations.Nullable;

/**
 * A savepoint or checkpoint: its metadata, and what each operator registered; immutable. Nothing is restored to tell it.
 */
public final class Savepoint {
    /** What kind of snapshot it is, as far as its metadata tells. */
    public enum Kind {
        /** A checkpoint. */
        CHECKPOINT("checkpoint"),
        /** A savepoint of a job that went on. */
        SAVEPOINT("savepoint"),
        /** A savepoint that the job was stopped with: nothing was read or published after it. */
        STOPPED("stop-with-savepoint"),
        /** A savepoint that the job was drained with: its open windows were published as if they were complete. */
        DRAINED("stop-with-savepoint and drain"),
        /** Metadata of a version that does not tell. */
        UNKNOWN("unknown");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final Path directory;
    private final ClassLoader loader;
    private final CheckpointMetadata metadata;
    private final Map<String, OperatorState> states = new LinkedHashMap<>();
    private final List<OperatorInfo> operators = new ArrayList<>();

    private Savepoint(Path directory, ClassLoader loader) {
        this.directory = directory;
        this.loader = loader;
        this.metadata = SavepointFiles.load(directory, loader);
        Map<String, String> known = knownUids();
        for (OperatorState state : metadata.getOperatorStates()) {
            OperatorInfo info = describe(state, known);
            operators.add(info);
            states.put(info.label(), state);
        }
        operators.sort(Comparator.comparing(OperatorInfo::label));
    }

    /**
     * Opens a savepoint; see {@link SavepointFiles#resolve} for what a path may be.
     *
     * @throws SavepointException where it is not there, not complete, damaged, or of a version that Flink does not read
     */
    public static Savepoint open(String path) {
        return open(path, loaderOfThisThread());
    }

    /** Opens a savepoint whose serializers are those of a class loader. */
    public static Savepoint open(String path, ClassLoader loader) {
        return new Savepoint(SavepointFiles.resolve(path), loader);
    }

    @SuppressWarnings("NullAway") // Every thread of Flink's and of a command has one.
    private static ClassLoader loaderOfThisThread() {
        return Thread.currentThread().getContextClassLoader();
    }

    /** The directory with the metadata. */
    public Path directory() {
        return directory;
    }

    /** Number of the checkpoint. */
    public long checkpointId() {
        return metadata.getCheckpointId();
    }

    /** What kind of snapshot it is. */
    public Kind kind() {
        if (metadata.getCheckpointProperties() == null) {
            return Kind.UNKNOWN;
        }
        SnapshotType type = metadata.getCheckpointProperties().getCheckpointType();
        if (type instanceof SavepointType savepoint) {
            return savepoint.shouldDrain() ? Kind.DRAINED : savepoint.isSynchronous() ? Kind.STOPPED : Kind.SAVEPOINT;
        }
        return Kind.CHECKPOINT;
    }

    /** Every operator, by uid. */
    public List<OperatorInfo> operators() {
        return List.copyOf(operators);
    }

    /** The operator with a uid, null where there is none. */
    public @Nullable OperatorInfo operator(String uid) {
        return operators.stream()
                .filter(operator -> uid.equals(operator.uid()))
                .findFirst()
                .orElse(null);
    }

    /** Bytes of all state. */
    public long bytes() {
        return operators.stream().mapToLong(OperatorInfo::bytes).sum();
    }

    CheckpointMetadata metadata() {
        return metadata;
    }

    ClassLoader loader() {
        return loader;
    }

    /** Flink's own view of an operator, null where there is none of this uid. */
    @Nullable
    OperatorState state(String uid) {
        return states.get(uid);
    }

    /** Uids of the stamps, one for each source. */
    List<String> stamps() {
        return prefixed(Uids.STAMP);
    }

    /** Uids of the sources. */
    List<String> sources() {
        return prefixed(Uids.SOURCE);
    }

    private List<String> prefixed(String uid) {
        return operators.stream()
                .map(OperatorInfo::uid)
                .filter(found -> found != null && (found.equals(uid) || found.startsWith(uid + '-')))
                .toList();
    }

    private static Map<String, String> knownUids() {
        Map<String, String> known = new TreeMap<>();
        for (String uid : List.of(
                Uids.SOURCE, Uids.STAMP, Uids.MARKET_DATA, Uids.OUTLET, Uids.SILENCE, Uids.LEDGER, "final-topics")) {
            known.put(OperatorIdentifier.forUid(uid).getOperatorId().toHexString(), uid);
        }
        return known;
    }

    private OperatorInfo describe(OperatorState state, Map<String, String> known) {
        String id = state.getOperatorID().toHexString();
        String uid = state.getOperatorUid().orElse(known.get(id));
        if (uid != null && !OperatorIdentifier.forUid(uid).getOperatorId().equals(state.getOperatorID())) {
            // Flink restores by the id and shows the uid: they must not speak of two operators.
            throw new SavepointException(
                    "the id of an operator must be that of its uid, was " + id + " (operator=" + TextEscapes.value(uid)
                            + ", " + directory + ")",
                    "the savepoint is damaged; use another one",
                    null);
        }
        try {
            Map<String, StateInfo> found = new TreeMap<>();
            List<KeyedStateHandle> keyed = new ArrayList<>();
            for (OperatorSubtaskState subtask : state.getStates()) {
                for (OperatorStateHandle handle : subtask.getManagedOperatorState()) {
                    describe(handle, found);
                }
                keyed.addAll(subtask.getManagedKeyedState());
            }
            for (KeyedStateHandle handle : keyed) {
                describe(handle, found);
            }
            long coordinator = state.getCoordinatorState() == null
                    ? 0
                    : state.getCoordinatorState().getStateSize();
            return new OperatorInfo(
                    uid,
                    state.getOperatorName().orElse(null),
                    id,
                    state.getParallelism(),
                    state.getMaxParallelism(),
                    KeyedFormat.of(keyed),
                    state.isFullyFinished(),
                    state.getCheckpointedSize(),
                    coordinator,
                    new ArrayList<>(found.values()));
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Flink believes every length that damaged bytes claim.
            throw new SavepointException(
                    "the state of an operator must be readable, was not: " + SavepointException.reasons(e)
                            + " (operator=" + (uid == null ? id : uid) + ", " + directory + ")",
                    "check that every file of the savepoint is there and unchanged (./candlewick savepoint verify)",
                    e);
        }
    }

    private void describe(OperatorStateHandle handle, Map<String, StateInfo> found) throws IOException {
        OperatorBackendSerializationProxy proxy = new OperatorBackendSerializationProxy(loader);
        try (FSDataInputStream in = handle.openInputStream()) {
            proxy.read(new DataInputViewStreamWrapper(in));
        }
        Map<String, OperatorStateHandle.StateMetaInfo> partitions = handle.getStateNameToPartitionOffsets();
        for (StateMetaInfoSnapshot meta : proxy.getOperatorStateMetaInfoSnapshots()) {
            OperatorStateHandle.StateMetaInfo partition = partitions.get(meta.getName());
            long elements = partition == null ? 0 : partition.getOffsets().length;
            boolean union = partition != null && partition.getDistributionMode() == OperatorStateHandle.Mode.UNION;
            add(
                    found,
                    new StateInfo(
                            meta.getName(),
                            union ? StateInfo.Kind.UNION : StateInfo.Kind.LIST,
                            meta.getTypeSerializerSnapshot(StateMetaInfoSnapshot.CommonSerializerKeys.VALUE_SERIALIZER),
                            null,
                            elements,
                            partition == null ? 0 : bytes(partition, partitions.values(), handle.getStateSize())));
        }
        for (StateMetaInfoSnapshot meta : proxy.getBroadcastStateMetaInfoSnapshots()) {
            add(
                    found,
                    new StateInfo(
                            meta.getName(),
                            StateInfo.Kind.BROADCAST,
                            meta.getTypeSerializerSnapshot(StateMetaInfoSnapshot.CommonSerializerKeys.VALUE_SERIALIZER),
                            null,
                            -1,
                            -1));
        }
    }

    /** An element reaches from its offset to the next of any state. */
    private static long bytes(
            OperatorStateHandle.StateMetaInfo partition, Collection<OperatorStateHandle.StateMetaInfo> all, long size) {
        long[] starts = all.stream()
                .flatMapToLong(other -> Arrays.stream(other.getOffsets()))
                .sorted()
                .toArray();
        long sum = 0;
        for (long offset : partition.getOffsets()) {
            int at = Arrays.binarySearch(starts, offset);
            sum += (at + 1 < starts.length ? starts[at + 1] : size) - offset;
        }
        return sum;
    }

    private void describe(KeyedStateHandle handle, Map<String, StateInfo> found) throws IOException {
        StreamStateHandle stream;
        if (handle instanceof KeyGroupsStateHandle groups) {
            stream = groups;
        } else if (handle instanceof IncrementalRemoteKeyedStateHandle files) {
            stream = files.getMetaDataStateHandle();
        } else {
            return;
        }
        KeyedBackendSerializationProxy<?> proxy = new KeyedBackendSerializationProxy<>(loader);
        try (FSDataInputStream in = stream.openInputStream()) {
            proxy.read(new DataInputViewStreamWrapper(in));
        }
        for (StateMetaInfoSnapshot meta : proxy.getStateMetaInfoSnapshots()) {
            boolean timers = meta.getBackendStateType() == StateMetaInfoSnapshot.BackendStateType.PRIORITY_QUEUE;
            add(
                    found,
                    new StateInfo(
                            meta.getName(),
                            timers ? StateInfo.Kind.TIMERS : StateInfo.Kind.KEYED,
                            meta.getTypeSerializerSnapshot(StateMetaInfoSnapshot.CommonSerializerKeys.VALUE_SERIALIZER),
                            proxy.getKeySerializerSnapshot(),
                            -1,
                            -1));
        }
    }

    private static void add(Map<String, StateInfo> found, StateInfo info) {
        found.merge(
                info.name(),
                info,
                (left, right) -> left.counted(
                        left.elements() < 0 ? -1 : left.elements() + right.elements(),
                        left.bytes() < 0 ? -1 : left.bytes() + right.bytes()));
    }

    /** The files that hold its state, metadata first; relative to nothing, each once. */
    Stream<Path> files() {
        List<Path> files = new ArrayList<>();
        files.add(new Path(directory, SavepointFiles.METADATA));
        for (OperatorState state : metadata.getOperatorStates()) {
            for (OperatorSubtaskState subtask : state.getStates()) {
                subtask.getManagedOperatorState()
                        .forEach(handle ->
                                handle.getDelegateStateHandle().maybeGetPath().ifPresent(files::add));
                for (KeyedStateHandle handle : subtask.getManagedKeyedState()) {
                    if (handle instanceof KeyGroupsStateHandle groups) {
                        groups.maybeGetPath().ifPresent(files::add);
                    } else if (handle instanceof IncrementalRemoteKeyedStateHandle incremental) {
                        incremental
                                .streamSubHandles()
                                .forEach(part -> part.maybeGetPath().ifPresent(files::add));
                    }
                }
            }
        }
        return files.stream().distinct();
    }
}
