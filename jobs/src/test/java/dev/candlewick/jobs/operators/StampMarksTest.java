package dev.candlewick.jobs.operators;

import static dev.candlewick.jobs.operators.TestTrades.at;
import static dev.candlewick.jobs.operators.TestTrades.nanos;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.Harness.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** The stamp's high-water marks survive every restore and rescale (design section 4.6, failure modes 7.3). */
class StampMarksTest {
    private static Harness<Decoded, Trade> stamp(Start start) throws Exception {
        return Harness.stamp(Harness.SETTINGS, start);
    }

    /** The marks that a subtask wrote with its last checkpoint, as time of the day in nanoseconds by partition. */
    private static Map<Integer, Long> written(Harness<Decoded, Trade> stamp) throws Exception {
        Map<Integer, Long> marks = new TreeMap<>();
        for (PartitionMark mark : stamp.flink
                .getOperator()
                .getOperatorStateBackend()
                .getUnionListState(States.MARKS)
                .get()) {
            assertThat(mark.source()).isEqualTo("trades");
            assertThat(marks.put(mark.partition(), mark.markNanos()))
                    .as("one mark for partition %s", mark.partition())
                    .isNull();
        }
        return marks;
    }

    /** Whether the next trade of a partition would be late. */
    private static boolean isLate(Harness<Decoded, Trade> stamp, String time, int partition) throws Exception {
        long before = stamp.metric("cause.LOG.candlewick.late");
        stamp.process(at(time).read(partition, 99).decoded());
        stamp.take();
        return stamp.metric("cause.LOG.candlewick.late") > before;
    }

    @Test
    void marksAreTheMaximumThroughTwoToThreeToOne() throws Exception {
        List<OperatorSubtaskState> two = new ArrayList<>();
        try (var first = stamp(Start.fresh(2, 0));
                var second = stamp(Start.fresh(2, 1))) {
            first.process(at("12:00:30").read(0, 0).decoded());
            first.process(at("12:00:20").read(0, 1).decoded());
            first.process(at("12:10:00").read(2, 0).decoded());
            second.process(at("12:00:05").read(1, 0).decoded());
            two.add(first.checkpoint(1));
            two.add(second.checkpoint(1));
            assertThat(written(first)).isEqualTo(Map.of(0, nanos("12:00:30"), 2, nanos("12:10:00")));
            assertThat(written(second)).isEqualTo(Map.of(1, nanos("12:00:05")));
        }

        List<OperatorSubtaskState> three = new ArrayList<>();
        for (int subtask = 0; subtask < 3; subtask++) {
            try (var stamp = stamp(Start.rescaled(two, 3, subtask))) {
                if (subtask == 1) {
                    // Partition 0 moved here and goes on; the others go on elsewhere or are quiet.
                    stamp.process(at("12:00:45").read(0, 2).decoded());
                }
                three.add(stamp.checkpoint(2));
                assertThat(written(stamp))
                        .as("every subtask writes every mark it knows")
                        .isEqualTo(Map.of(
                                0,
                                nanos(subtask == 1 ? "12:00:45" : "12:00:30"),
                                1,
                                nanos("12:00:05"),
                                2,
                                nanos("12:10:00")));
            }
        }

        try (var one = stamp(Start.rescaled(three, 1, 0))) {
            one.checkpoint(3);
            assertThat(written(one))
                    .isEqualTo(Map.of(0, nanos("12:00:45"), 1, nanos("12:00:05"), 2, nanos("12:10:00")));
            assertThat(isLate(one, "12:00:33.999999999", 0)).isTrue();
            assertThat(isLate(one, "12:00:34", 0)).isFalse();
            assertThat(isLate(one, "12:00:00", 1)).isFalse();
            assertThat(isLate(one, "12:09:48", 2)).isTrue();
        }
    }

    @Test
    void theMarkOfAQuietPartitionOutlivesTwoRestores() throws Exception {
        OperatorSubtaskState state;
        try (var stamp = stamp(Start.fresh())) {
            stamp.process(at("12:10:00").read(7, 0).decoded());
            state = stamp.checkpoint(1);
        }
        // Two restores in which partition 7 says nothing.
        for (int restore = 2; restore <= 4; restore++) {
            try (var stamp = stamp(Start.from(state))) {
                stamp.process(at("12:10:30").read(8, restore).decoded());
                state = stamp.checkpoint(restore);
            }
        }
        try (var stamp = stamp(Start.from(state))) {
            assertThat(isLate(stamp, "12:00:00", 7)).isTrue();
            assertThat(isLate(stamp, "12:09:49", 7)).isFalse();
        }
    }

    @Test
    void aPartitionUnknownToTheRestoredMarksIsNewUntilItCatchesUp() throws Exception {
        OperatorSubtaskState state;
        try (var stamp = stamp(Start.fresh())) {
            stamp.process(at("12:10:00").read(0, 0).decoded());
            assertThat(stamp.take()).noneMatch(trade -> trade.newPartition);
            state = stamp.checkpoint(1);
        }
        try (var stamp = stamp(Start.from(state))) {
            stamp.process(at("12:00:00").read(1, 0).decoded());
            stamp.process(at("12:09:59").read(1, 1).decoded());
            stamp.process(at("12:10:00").read(1, 2).decoded());
            stamp.process(at("12:10:01").read(1, 3).decoded());
            stamp.process(at("12:10:01").read(0, 1).decoded());
            assertThat(stamp.take())
                    .extracting(trade -> trade.newPartition)
                    .containsExactly(true, true, true, false, false);
        }
    }

    @Test
    void neitherRejectedNorFilteredMessagesMoveTheMark() throws Exception {
        try (var stamp = stamp(Start.fresh())) {
            stamp.process(at("12:00:00").read(0, 0).decoded());
            stamp.process(new Decoded()
                    .setRejected(new Rejected(
                            Reason.TIME_FUTURE,
                            "event time must not be later than its receive time",
                            new byte[] {1},
                            nanos("23:00:00"),
                            nanos("12:00:00"),
                            Trade.TIME_ABSENT,
                            0,
                            0,
                            1)));
            stamp.process(new Decoded().setFiltered(0, 0, 2));
            assertThat(isLate(stamp, "11:59:51", 0)).isFalse();
            assertThat(stamp.take(StampOperator.REJECTED))
                    .singleElement()
                    .satisfies(rejected -> assertThat(rejected.reason()).isEqualTo(Reason.TIME_FUTURE));
            assertThat(stamp.metric("reason.TIME_FUTURE.candlewick.rejected")).isEqualTo(1);
            stamp.checkpoint(1);
            assertThat(stamp.metric("read")).isEqualTo(4);
            assertThat(stamp.metric("filtered")).isEqualTo(1);
            assertThat(written(stamp)).isEqualTo(Map.of(0, nanos("12:00:00")));
        }
    }
}
