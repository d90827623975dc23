package dev.candlewick.connectors.state;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.fs.CloseableRegistry;
import org.apache.flink.core.fs.FSDataInputStream;
import org.apache.flink.core.io.SimpleVersionedSerialization;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.metrics.groups.InternalSinkCommitterMetricGroup;
import org.apache.flink.runtime.metrics.groups.UnregisteredMetricGroups;
import org.apache.flink.runtime.state.CompletedCheckpointStorageLocation;
import org.apache.flink.runtime.state.DefaultOperatorStateBackendBuilder;
import org.apache.flink.runtime.state.FullSnapshotUtil;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedBackendSerializationProxy;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorBackendSerializationProxy;
import org.apache.flink.runtime.state.OperatorStateBackend;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.filesystem.AbstractFsCheckpointStorageAccess;
import org.apache.flink.runtime.state.metainfo.StateMetaInfoSnapshot;
import org.apache.flink.streaming.runtime.operators.sink.committables.CheckpointCommittableManager;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollector;
import org.apache.flink.streaming.runtime.operators.sink.committables.CommittableCollectorSerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must hold between the numbers in a savepoint's or checkpoint's metadata, and what stands in the states of sources and
 * sinks: Flink restores without looking, so a flipped bit there could lose a subtask's state, spread it another way or put
 * off a commit (failure modes 2.6). Reads only; one thread.
 *
 * <p>Candlewick's own states check themselves when they are read. Nothing is refused that Flink can write.
 */
public final class SnapshotStructure {
    /** Flink's name of the list in which readers keep their splits. */
    public static final String SPLITS = "SourceReaderState";

    /** Flink's name of the list in which sink writers keep their state. */
    public static final String WRITER = "writer_raw_states";

    /** Flink's name of the list in which committers keep what is not committed yet. */
    public static final String COMMITTER = "streaming_committer_raw_states";

    /** The number that Flink gives to what is committed behind the last checkpoint. */
    private static final long END_OF_INPUT = Long.MAX_VALUE;

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotStructure.class);

    /** More looks into files, each of which may be a request to a remote store, are not worth it. */
    private static final int SEEKS_MAX = 4_096;

    private final CheckpointMetadata metadata;
    private final ClassLoader loader;
    private final List<String> problems = new ArrayList<>();
    private int seeks;

    private SnapshotStructure(CheckpointMetadata metadata, ClassLoader loader) {
        this.metadata = metadata;
        this.loader = loader;
    }

    /**
     * Refuses a start from a damaged savepoint or checkpoint. One that this process cannot see, as its files may lie where
     * only the cluster can read them, is not looked at.
     *
     * @param path as Flink takes it: the directory or its metadata file
     * @throws IllegalStateException with what was found
     */
    public static void check(String path) {
        CompletedCheckpointStorageLocation location;
        try {
            location = AbstractFsCheckpointStorageAccess.resolveCheckpointPointer(path);
        } catch (IOException e) {
            LOG.warn("{} cannot be looked at from here before the job restores it: {}", path, e.getMessage());
            return;
        }
        ClassLoader loader = SnapshotStructure.class.getClassLoader();
        List<String> found;
        try (DataInputStream in =
                new DataInputStream(location.getMetadataHandle().openInputStream())) {
            found = problems(Checkpoints.loadCheckpointMetadata(in, loader, location.getExternalPointer()), loader);
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            // Damaged bytes end in whatever exception their meaning leads to, and Flink believes every length they
            // claim.
            throw new IllegalStateException(
                    "what a job is restored from must be readable, was not: " + e + " (" + path
                            + "). Fix: start from another checkpoint or savepoint",
                    e);
        }
        if (!found.isEmpty()) {
            throw new IllegalStateException("what a job is restored from must be sound, was not (" + path + "): "
                    + String.join("; ", found) + ". Fix: start from another checkpoint or savepoint");
        }
    }

    /** Everything that cannot have been written like this; empty where it is sound. */
    public static List<String> problems(CheckpointMetadata metadata, ClassLoader loader) {
        SnapshotStructure structure = new SnapshotStructure(metadata, loader);
        if (metadata.getCheckpointId() < 0) {
            structure.problems.add("number of the checkpoint must not be negative, was " + metadata.getCheckpointId());
        }
        for (OperatorState operator : metadata.getOperatorStates()) {
            structure.operator(operator);
        }
        return List.copyOf(structure.problems);
    }

    private void operator(OperatorState operator) {
        String where = operator.getOperatorUid()
                .or(operator::getOperatorName)
                .orElse(operator.getOperatorID().toHexString());
        if (!operator.isFullyFinished() && operator.getNumberCollectedStates() > 0) {
            for (int subtask = 0; subtask < operator.getParallelism(); subtask++) {
                if (operator.getState(subtask) == null) {
                    problems.add("every subtask must have its state, was without that of number " + subtask
                            + " (operator=" + where + ", parallelism=" + operator.getParallelism() + ")");
                }
            }
        }
        List<KeyGroupRange> ranges = new ArrayList<>();
        Map<Integer, OperatorSubtaskState> subtasks = new TreeMap<>(operator.getSubtaskStates());
        for (Map.Entry<Integer, OperatorSubtaskState> entry : subtasks.entrySet()) {
            String subtask = "operator=" + where + ", subtask=" + entry.getKey();
            for (OperatorStateHandle handle : entry.getValue().getManagedOperatorState()) {
                lists(handle, subtask);
            }
            elements(entry.getValue(), subtask);
            for (KeyedStateHandle handle : entry.getValue().getManagedKeyedState()) {
                ranges.add(handle.getKeyGroupRange());
                if (handle instanceof KeyGroupsStateHandle groups) {
                    offsets(groups, subtask);
                }
            }
        }
        if (!ranges.isEmpty()) {
            ranges(ranges, operator.getMaxParallelism(), where);
        }
    }

    /** What the metadata says of an operator's lists must be what the file with their elements says of itself. */
    private void lists(OperatorStateHandle handle, String where) {
        Map<String, String> modes = new TreeMap<>();
        try (FSDataInputStream in = handle.openInputStream()) {
            OperatorBackendSerializationProxy proxy = new OperatorBackendSerializationProxy(loader);
            proxy.read(new DataInputViewStreamWrapper(in));
            for (StateMetaInfoSnapshot state : proxy.getOperatorStateMetaInfoSnapshots()) {
                modes.put(
                        state.getName(),
                        state.getOption(StateMetaInfoSnapshot.CommonOptionsKeys.OPERATOR_STATE_DISTRIBUTION_MODE));
            }
            for (StateMetaInfoSnapshot state : proxy.getBroadcastStateMetaInfoSnapshots()) {
                modes.put(state.getName(), OperatorStateHandle.Mode.BROADCAST.name());
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            problems.add("lists of an operator must be readable, was not: " + e + " (" + where + ")");
            return;
        }
        for (Map.Entry<String, OperatorStateHandle.StateMetaInfo> entry :
                handle.getStateNameToPartitionOffsets().entrySet()) {
            String state = entry.getKey();
            String mode = entry.getValue().getDistributionMode().name();
            if (!mode.equals(modes.remove(state))) {
                problems.add("a list must be spread as it was written, was " + mode + " (" + where + ", state=" + state
                        + ")");
            }
            long last = 0;
            for (long offset : entry.getValue().getOffsets()) {
                if (offset <= last) {
                    problems.add("elements of a list must stand behind each other, was at " + offset + " behind " + last
                            + " (" + where + ", state=" + state + ")");
                    break;
                }
                last = offset;
            }
        }
        if (!modes.isEmpty()) {
            problems.add(
                    "every list must be named in the metadata, was without " + modes.keySet() + " (" + where + ")");
        }
    }

    /** Every key group belongs to one subtask. */
    private void ranges(List<KeyGroupRange> ranges, int groups, String where) {
        int[] owners = new int[groups];
        for (KeyGroupRange range : ranges) {
            if (range.getStartKeyGroup() < 0 || range.getEndKeyGroup() >= groups) {
                problems.add(
                        "key groups must lie in 0 to " + (groups - 1) + ", was " + range + " (operator=" + where + ")");
                return;
            }
            for (int group = range.getStartKeyGroup(); group <= range.getEndKeyGroup(); group++) {
                owners[group]++;
            }
        }
        for (int group = 0; group < groups; group++) {
            if (owners[group] != 1) {
                problems.add("every key group must stand in the state of one subtask, was in " + owners[group]
                        + " (operator=" + where + ", group=" + group + ")");
                return;
            }
        }
    }

    /** Key groups stand behind each other, each where one begins; 0 stands for one without keys. */
    private void offsets(KeyGroupsStateHandle handle, String where) {
        long size = handle.getStateSize();
        boolean canonical = handle instanceof KeyGroupsSavepointStateHandle;
        try (FSDataInputStream in = handle.openInputStream()) {
            DataInputViewStreamWrapper view = new DataInputViewStreamWrapper(in);
            KeyedBackendSerializationProxy<?> proxy = new KeyedBackendSerializationProxy<>(loader);
            proxy.read(view);
            long begin = in.getPos();
            long last = begin - 1;
            for (int group : handle.getKeyGroupRange()) {
                long offset = handle.getOffsetForKeyGroup(group);
                if (offset == 0) {
                    continue;
                }
                boolean ordered = offset > last && offset < size;
                if (!ordered || (seeks++ < SEEKS_MAX && !begins(in, view, offset, begin, canonical, proxy, group))) {
                    problems.add("key groups must stand behind each other, each where one begins, was at " + offset
                            + " behind " + last + " of " + size + " bytes (" + where + ", group=" + group + ")");
                    return;
                }
                last = offset;
            }
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            problems.add("keyed state must be readable, was not: " + e + " (" + where + ")");
        }
    }

    /** In a canonical file a key group follows the header or the end mark of another, in one of the heap it begins with its number. */
    private static boolean begins(
            FSDataInputStream in,
            DataInputViewStreamWrapper view,
            long offset,
            long begin,
            boolean canonical,
            KeyedBackendSerializationProxy<?> proxy,
            int group)
            throws IOException {
        if (!canonical) {
            in.seek(offset);
            return view.readInt() == group;
        }
        if (offset == begin || proxy.isUsingKeyGroupCompression()) {
            return true;
        }
        in.seek(offset - Short.BYTES);
        return view.readUnsignedShort() == FullSnapshotUtil.END_OF_KEY_GROUP_MARK;
    }

    /** The states of Flink's own source and sink operators, as far as their frames tell. */
    private void elements(OperatorSubtaskState subtask, String where) {
        List<String> names = subtask.getManagedOperatorState().stream()
                .flatMap(handle -> handle.getStateNameToPartitionOffsets().keySet().stream())
                .filter(List.of(SPLITS, WRITER, COMMITTER)::contains)
                .toList();
        if (names.isEmpty()) {
            return;
        }
        try (CloseableRegistry registry = new CloseableRegistry()) {
            OperatorStateBackend backend = new DefaultOperatorStateBackendBuilder(
                            loader, new ExecutionConfig(), false, subtask.getManagedOperatorState(), registry)
                    .build();
            try {
                for (String name : names) {
                    for (byte[] element : backend.getListState(
                                    new ListStateDescriptor<>(name, BytePrimitiveArraySerializer.INSTANCE))
                            .get()) {
                        element(name, element, where);
                    }
                }
            } finally {
                backend.dispose();
                backend.close();
            }
        } catch (Exception | OutOfMemoryError e) {
            problems.add("state of a source or sink must be readable, was not: " + e + " (" + where + ", state=" + names
                    + ")");
        }
    }

    private void element(String name, byte[] element, String where) throws IOException {
        SimpleVersionedSerializer<byte[]> frame =
                new CheckedVersionedSerializer<>(new Bytes(), "state of a source or sink");
        if (!name.equals(COMMITTER)) {
            SimpleVersionedSerialization.readVersionAndDeSerialize(frame, element);
            return;
        }
        CommittableCollector<byte[]> collector = SimpleVersionedSerialization.readVersionAndDeSerialize(
                new CommittableCollectorSerializer<>(
                        frame,
                        0,
                        1,
                        InternalSinkCommitterMetricGroup.wrap(
                                UnregisteredMetricGroups.createUnregisteredOperatorMetricGroup())),
                element);
        Collection<? extends CheckpointCommittableManager<byte[]>> all =
                collector.getCheckpointCommittablesUpTo(Long.MAX_VALUE);
        for (CheckpointCommittableManager<byte[]> committables : all) {
            long id = committables.getCheckpointId();
            // A later one would be committed only when the job comes to it, which may be never.
            if (id > metadata.getCheckpointId() && id != END_OF_INPUT) {
                problems.add("what is committed at a restore must be of checkpoint " + metadata.getCheckpointId()
                        + " or older, was of " + id + " (" + where + ", state=" + name + ")");
            }
        }
    }

    /** Whatever stands in a frame. */
    private static final class Bytes implements SimpleVersionedSerializer<byte[]> {
        @Override
        public int getVersion() {
            return 0;
        }

        @Override
        public byte[] serialize(byte[] bytes) {
            return bytes;
        }

        @Override
        public byte[] deserialize(int version, byte[] bytes) {
            return bytes;
        }
    }
}
