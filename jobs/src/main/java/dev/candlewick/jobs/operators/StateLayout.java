package dev.candlewick.jobs.operators;

import java.util.List;
import org.apache.flink.api.common.state.StateDescriptor;

/**
 * Which states each operator registers, for tools that ask a job's classes before it runs, perhaps through another class
 * loader: nothing but types of the JDK and of Flink goes in or out.
 */
public final class StateLayout {
    private StateLayout() {}

    /** The keyed states of an operator. */
    public static List<StateDescriptor<?, ?>> keyed(String uid) {
        return uid.equals(Uids.MARKET_DATA) ? List.of(States.INSTRUMENT) : List.of();
    }

    /** The lists of an operator whose elements are spread over its subtasks. */
    public static List<StateDescriptor<?, ?>> lists(String uid) {
        if (isOf(Uids.STAMP, uid)) {
            return List.of(States.COUNTERS);
        }
        return switch (uid) {
            case Uids.MARKET_DATA -> List.of(States.COUNTERS);
            case Uids.OUTLET -> List.of(States.PUBLISHED);
            case Uids.LEDGER -> List.of(States.ENDED);
            case Uids.SILENCE -> List.of(States.SILENCE);
            default -> List.of();
        };
    }

    /** The lists of an operator that every subtask gets whole. */
    public static List<StateDescriptor<?, ?>> unions(String uid) {
        return isOf(Uids.STAMP, uid) ? List.of(States.MARKS) : List.of();
    }

    private static boolean isOf(String base, String uid) {
        return uid.equals(base) || uid.startsWith(base + '-');
    }
}
