package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.state.SnapshotStructure;
import dev.candlewick.jobs.operators.Uids;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;
import org.apache.flink.runtime.state.KeyGroupRangeOffsets;
import org.apache.flink.runtime.state.KeyGroupsSavepointStateHandle;
import org.apache.flink.runtime.state.KeyGroupsStateHandle;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.runtime.state.OperatorStateHandle;
import org.apache.flink.runtime.state.OperatorStreamStateHandle;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Damage to the metadata that Flink restores without a word, each refused before or while the job starts. */
class DamagedMetadataTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(3)
            .build());

    @TempDir
    static Path directory;

    private static Path savepoint;

    @BeforeAll
    static void stop() throws Exception {
        try (TestJob job = new TestJob()) {
            savepoint = Path.of(
                    URI.create(job.stoppedAt(1_500, TestJob.How.heap(2), directory, SavepointFormatType.CANONICAL)));
        }
    }

    /** The savepoint with one operator's state changed, and the number of its checkpoint. */
    private static Path changed(String uid, UnaryOperator<OperatorState> change, long checkpointIdChange)
            throws Exception {
        Path copy = Files.createTempDirectory(directory, "copy");
        try (Stream<Path> files = Files.list(savepoint)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName().toString()));
            }
        }
        CheckpointMetadata metadata = Savepoint.open(copy.toString()).metadata();
        List<OperatorState> states = new ArrayList<>();
        for (OperatorState state : metadata.getOperatorStates()) {
            states.add(uid.equals(state.getOperatorUid().orElse("")) ? change.apply(state) : state);
        }
        try (OutputStream out = Files.newOutputStream(copy.resolve("_metadata"))) {
            Checkpoints.storeCheckpointMetadata(
                    new CheckpointMetadata(
                            metadata.getCheckpointId() ^ checkpointIdChange,
                            states,
                            metadata.getMasterStates(),
                            metadata.getCheckpointProperties()),
                    out);
        }
        return copy;
    }

    private static OperatorState with(OperatorState state, Map<Integer, OperatorSubtaskState> subtasks) {
        OperatorState changed = new OperatorState(
                state.getOperatorName().orElse(null),
                state.getOperatorUid().orElse(null),
                state.getOperatorID(),
                state.getParallelism(),
                state.getMaxParallelism());
        subtasks.forEach(changed::putState);
        return changed;
    }

    private static void assertVerifyRefuses(Path copy, String why) {
        try (TestJob job = new TestJob()) {
            TestJob.How how = TestJob.How.heap(2);
            List<SavepointVerification.Finding> findings = SavepointVerification.verify(
                    copy.toString(),
                    NewJob.of(
                            job.graph(how).getStreamGraph(false),
                            new NewJob.Settings(how.engine().intervals(), false, List.of(Uids.DEFAULT_SOURCE))));
            assertThat(findings)
                    .anyMatch(finding -> finding.severity() == SavepointVerification.Severity.REFUSED
                            && finding.text().contains(why));
        }
    }

    /** Before Flink is given the graph. */
    private static void assertRefusedAtOnce(Path copy, String why) {
        assertThatThrownBy(() -> SnapshotStructure.check(copy.toUri().toString()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("Fix: ");
        assertVerifyRefuses(copy, why);
    }

    /** By the operators, at the latest in front of the first commit. */
    private static void assertRefusedByTheJob(Path copy, String why) {
        SnapshotStructure.check(copy.toUri().toString());
        assertThatThrownBy(() -> {
                    try (TestJob job = new TestJob()) {
                        job.finish(TestJob.How.heap(2).from(copy.toUri().toString()));
                    }
                })
                .satisfies(e -> assertThat(SavepointException.reasons(e)).contains(why));
        assertVerifyRefuses(copy, why);
    }

    @Test
    void theSavepointItselfIsSound() throws Exception {
        Path copy = changed(Uids.STAMP, state -> with(state, state.getSubtaskStates()), 0);
        SnapshotStructure.check(copy.toUri().toString());
        try (TestJob job = new TestJob()) {
            job.finish(TestJob.How.heap(3).from(copy.toUri().toString()));
            assertThat(job.output()).isNotEmpty();
        }
    }

    @Test
    void aSubtaskWithoutItsState() throws Exception {
        Path copy = changed(Uids.MARKET_DATA, state -> with(state, Map.of(0, state.getState(1))), 0);
        assertRefusedAtOnce(copy, "every subtask must have its state, was without that of number 1");
    }

    @Test
    void keyGroupsOfNobody() throws Exception {
        Path copy =
                changed(Uids.MARKET_DATA, state -> with(state, Map.of(0, state.getState(0), 1, state.getState(0))), 0);
        assertRefusedAtOnce(copy, "every key group must stand in the state of one subtask");
    }

    @Test
    void aListThatIsSpreadAnotherWay() throws Exception {
        Path copy = changed(
                Uids.OUTLET,
                state -> {
                    Map<Integer, OperatorSubtaskState> subtasks = new TreeMap<>(state.getSubtaskStates());
                    OperatorStateHandle handle = state.getState(0)
                            .getManagedOperatorState()
                            .iterator()
                            .next();
                    Map<String, OperatorStateHandle.StateMetaInfo> lists = new TreeMap<>();
                    handle.getStateNameToPartitionOffsets()
                            .forEach((name, list) -> lists.put(
                                    name,
                                    new OperatorStateHandle.StateMetaInfo(
                                            list.getOffsets(), OperatorStateHandle.Mode.UNION)));
                    subtasks.put(
                            0,
                            OperatorSubtaskState.builder()
                                    .setManagedOperatorState(StateObjectCollection.singleton(
                                            new OperatorStreamStateHandle(lists, handle.getDelegateStateHandle())))
                                    .build());
                    return with(state, subtasks);
                },
                0);
        assertRefusedAtOnce(copy, "a list must be spread as it was written, was UNION");
    }

    @Test
    void aKeyGroupThatWouldBeSkipped() throws Exception {
        Path copy = changed(
                Uids.MARKET_DATA,
                state -> {
                    Map<Integer, OperatorSubtaskState> subtasks = new TreeMap<>(state.getSubtaskStates());
                    OperatorSubtaskState before = state.getState(0);
                    KeyedStateHandle keyed =
                            before.getManagedKeyedState().iterator().next();
                    KeyGroupsStateHandle handle = (KeyGroupsStateHandle) keyed;
                    KeyGroupRangeOffsets offsets = new KeyGroupRangeOffsets(handle.getKeyGroupRange());
                    boolean skipped = false;
                    for (int group : handle.getKeyGroupRange()) {
                        long offset = handle.getOffsetForKeyGroup(group);
                        offsets.setKeyGroupOffset(group, skipped ? offset : 0);
                        skipped |= offset != 0;
                    }
                    subtasks.put(
                            0,
                            OperatorSubtaskState.builder()
                                    .setManagedOperatorState(before.getManagedOperatorState())
                                    .setManagedKeyedState(
                                            StateObjectCollection.singleton(new KeyGroupsSavepointStateHandle(
                                                    offsets, handle.getDelegateStateHandle())))
                                    .build());
                    return with(state, subtasks);
                },
                0);
        assertRefusedByTheJob(copy, "a stage must be restored with what it had counted at the checkpoint");
    }

    @Test
    void theNumberOfAnotherCheckpoint() throws Exception {
        Path copy = changed("", state -> state, 1L << 20);
        assertRefusedByTheJob(copy, "state must be of the checkpoint that is restored");
    }
}
