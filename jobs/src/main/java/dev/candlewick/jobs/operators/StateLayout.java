package dev.candlewick.jobs.operators;

import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.quality.SilenceDetector;
import dev.candlewick.core.time.Interval;
import java.io.IOException;
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
            return List.of(States.COUNTERS, States.COUNTS);
        }
        return switch (uid) {
            case Uids.MARKET_DATA -> List.of(States.COUNTERS, States.COUNTS);
            case Uids.OUTLET -> List.of(States.PUBLISHED, States.COUNTS);
            case Uids.LEDGER -> List.of(States.ENDED, States.CUT);
            case Uids.SILENCE -> List.of(States.SILENCE, States.COUNTS);
            default -> List.of();
        };
    }

    /** The lists of an operator that every subtask gets whole. */
    public static List<StateDescriptor<?, ?>> unions(String uid) {
        return isOf(Uids.STAMP, uid) ? List.of(States.MARKS) : List.of();
    }

    /**
     * Reads an element whose type is bytes to Flink, as the operator does when it is restored; others were read when their
     * serializer gave them.
     *
     * @param state name of the state
     * @throws IOException where the operator would refuse it
     */
    public static void check(String state, Object element) throws IOException {
        if (state.equals(States.SILENCE.getName()) && element instanceof byte[] bytes) {
            SilenceFunction.read(
                    bytes,
                    new SilenceDetector(QualitySettings.defaults(), Interval.parse("1s"), Interval.SECOND_NANOS));
        }
    }

    private static boolean isOf(String base, String uid) {
        return uid.equals(base) || uid.startsWith(base + '-');
    }
}
