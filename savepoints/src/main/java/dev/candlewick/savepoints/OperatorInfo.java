package dev.candlewick.savepoints;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One operator as it stands in a savepoint; immutable.
 *
 * @param uid the uid, null where the savepoint does not tell and it is none that Candlewick knows
 * @param name the operator's name, null where the savepoint does not tell
 * @param id Flink's id in hexadecimal, made of the uid
 * @param parallelism subtasks at the time of the savepoint
 * @param maxParallelism number of key groups
 * @param format how keyed state was written
 * @param finished whether every subtask had finished
 * @param bytes of all state of all subtasks, coordinator included
 * @param coordinatorBytes of the coordinator's state, 0 where it has none
 * @param states by name
 */
public record OperatorInfo(
        @Nullable String uid,
        @Nullable String name,
        String id,
        int parallelism,
        int maxParallelism,
        KeyedFormat format,
        boolean finished,
        long bytes,
        long coordinatorBytes,
        List<StateInfo> states) {
    /** Copies the list. */
    public OperatorInfo {
        states = List.copyOf(states);
    }

    /** The uid where it is known, else the id. */
    public String label() {
        return uid == null ? id : uid;
    }

    /** The state of a name, null where there is none. */
    public @Nullable StateInfo state(String stateName) {
        return states.stream()
                .filter(state -> state.name().equals(stateName))
                .findFirst()
                .orElse(null);
    }
}
