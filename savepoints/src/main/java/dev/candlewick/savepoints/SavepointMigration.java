package dev.candlewick.savepoints;

import dev.candlewick.jobs.operators.States;
import dev.candlewick.jobs.operators.Uids;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.StateObjectCollection;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyedStateHandle;
import org.apache.flink.state.api.OperatorIdentifier;

/**
 * Rewrites a savepoint: other uids, without sinks or sources, over another number of key groups; immutable.
 *
 * <p>Files of state are copied as they are, metadata is written anew; keyed state is restored and written again only where
 * the number of key groups changes.
 *
 * @param renames uids by the uid they replace
 * @param dropSinks whether the state of all sinks is left out
 * @param dropSource whether the state of all sources is left out, and their offsets are written to a file
 * @param maxParallelism number of key groups, 0 to keep it
 */
public record SavepointMigration(
        Map<String, String> renames, boolean dropSinks, boolean dropSource, int maxParallelism) {
    /** The file with the offsets of the sources: a configuration file for the first start. */
    public static final String START_OFFSETS = "start-offsets.yaml";

    private static final int MAX_PARALLELISM = 1 << 15;

    /** Copies the map. */
    public SavepointMigration {
        renames = Map.copyOf(renames);
    }

    /** Whether nothing would change. */
    public boolean isEmpty() {
        return renames.isEmpty() && !dropSinks && !dropSource && maxParallelism == 0;
    }

    /**
     * Writes the rewritten copy.
     *
     * @param to a directory that is missing or empty
     * @param write false only tells what would be done
     * @return what is done, line by line
     * @throws SavepointException where it cannot be done
     */
    public List<String> run(Savepoint from, String to, boolean write) {
        List<String> lines = new ArrayList<>();
        boolean newGroups = maxParallelism > 0
                && from.operators().stream().anyMatch(operator -> operator.maxParallelism() != maxParallelism);
        boolean withoutSource = dropSource || newGroups;
        boolean withoutSinks = dropSinks || newGroups;
        if ((withoutSource || newGroups) && from.kind() != Savepoint.Kind.STOPPED) {
            throw new SavepointException(
                    "sources, sinks or key groups must be rewritten in a savepoint that its job was stopped with, was a "
                            + from.kind() + " (" + from.directory()
                            + "): what the job did after it would be done again",
                    "stop the job with a savepoint (flink stop, without --drain), and migrate that one",
                    null);
        }
        int widest = from.operators().stream()
                .mapToInt(OperatorInfo::parallelism)
                .max()
                .orElse(1);
        if (newGroups && maxParallelism < widest) {
            throw new SavepointException(
                    "max parallelism must be at least the parallelism of every operator, " + widest + ", was "
                            + maxParallelism,
                    null,
                    null);
        }
        if (newGroups && maxParallelism > MAX_PARALLELISM) {
            throw new SavepointException(
                    "max parallelism must be at most " + MAX_PARALLELISM + ", was " + maxParallelism, null, null);
        }
        Path target = SavepointCopy.path(to);
        List<SavepointContents.NextOffset> offsets = withoutSource ? new SavepointContents(from).offsets() : List.of();
        try {
            SavepointCopy.prepare(target, write);
            List<OperatorState> states = new ArrayList<>();
            Map<String, String> left = new LinkedHashMap<>(renames);
            for (OperatorInfo operator : from.operators()) {
                OperatorState state = from.metadata().getOperatorStates().stream()
                        .filter(found -> found.getOperatorID().toHexString().equals(operator.id()))
                        .findFirst()
                        .orElseThrow();
                if (withoutSink(operator, withoutSinks)) {
                    lines.add(operator.label() + ": state of a sink left out");
                    continue;
                }
                if (withoutSource && from.sources().contains(operator.label())) {
                    lines.add(operator.label() + ": state of a source left out");
                    continue;
                }
                String uid = left.remove(operator.label());
                if (uid != null) {
                    lines.add(operator.label() + ": renamed to " + uid);
                    state = state.copyWithNewIDs(
                            uid, OperatorIdentifier.forUid(uid).getOperatorId());
                }
                if (newGroups) {
                    lines.add(operator.label() + ": max parallelism from " + state.getMaxParallelism() + " to "
                            + maxParallelism);
                    if (write) {
                        state = regrouped(state, from, target, operator.format() != KeyedFormat.NONE);
                    }
                }
                states.add(state);
            }
            if (!left.isEmpty()) {
                throw new SavepointException(
                        "a uid that is renamed must be in the savepoint, was not: " + left.keySet(),
                        "uids are: "
                                + from.operators().stream()
                                        .map(OperatorInfo::label)
                                        .toList(),
                        null);
            }
            if (withoutSource) {
                lines.add(START_OFFSETS + ": " + offsets.size() + " partitions");
            }
            if (write) {
                SavepointCopy.write(from, target, states);
                if (withoutSource) {
                    SavepointCopy.write(new Path(target, START_OFFSETS), startOffsets(offsets));
                }
                HashManifest.write(target);
            }
        } catch (IOException e) {
            throw new SavepointException(
                    "the migrated savepoint must be writable, was not: " + e.getMessage() + " (" + target + ")",
                    null,
                    e);
        }
        return lines;
    }

    /** A configuration file with the offsets at which a job begins. */
    static String startOffsets(List<SavepointContents.NextOffset> offsets) {
        return offsets.stream()
                .map(offset -> offset.topic() + ':' + offset.partition() + ':' + Math.max(0, offset.offset()))
                .collect(Collectors.joining(",", "source.start-offsets: \"", "\"\n"));
    }

    private static boolean withoutSink(OperatorInfo operator, boolean drop) {
        return drop
                && (operator.state(KafkaSinkSerializers.WRITER) != null
                        || operator.state(KafkaSinkSerializers.COMMITTER) != null);
    }

    /** The same state over another number of key groups. */
    private OperatorState regrouped(OperatorState state, Savepoint from, Path target, boolean keyed) {
        OperatorState wider = new OperatorState(
                state.getOperatorName().orElse(null),
                state.getOperatorUid().orElse(null),
                state.getOperatorID(),
                state.getParallelism(),
                maxParallelism);
        if (!keyed) {
            state.getSubtaskStates().forEach(wider::putState);
            if (state.getCoordinatorState() != null) {
                wider.setCoordinatorState(state.getCoordinatorState());
            }
            return wider;
        }
        KeyedStateHandle rewritten;
        try (KeyedStateWriter writer = new KeyedStateWriter(maxParallelism)) {
            new SavepointContents(from).forEachInstrument(writer::add);
            rewritten = writer.write(target, from.checkpointId());
        } catch (Exception e) {
            throw new SavepointException(
                    "keyed state must be writable again, was not: " + SavepointException.reasons(e) + " (operator="
                            + Uids.MARKET_DATA + ", state=" + States.INSTRUMENT.getName() + ")",
                    null,
                    e);
        }
        // Where the parallelism does not change, Flink gives each subtask what it had and looks no further.
        for (int subtask = 0; subtask < state.getParallelism(); subtask++) {
            OperatorSubtaskState before = state.getState(subtask);
            KeyedStateHandle part =
                    rewritten.getIntersection(KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                            maxParallelism, state.getParallelism(), subtask));
            OperatorSubtaskState.Builder after = OperatorSubtaskState.builder();
            if (before != null) {
                after.setManagedOperatorState(before.getManagedOperatorState());
            }
            if (part != null) {
                after.setManagedKeyedState(StateObjectCollection.singleton(part));
            }
            wider.putState(subtask, after.build());
        }
        return wider;
    }
}
