package dev.candlewick.core.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Windows are floored, labelled by start, right before the epoch; coarse intervals come from the coarsest divisor. */
class IntervalsTest {
    @Test
    void eachIntervalComesFromTheCoarsestThatDividesIt() {
        Intervals intervals = Intervals.parse("15m,1s,5m,3m,1m,10s");
        assertThat(intervals).isEqualTo(Intervals.DEFAULT).hasToString("1s,10s,1m,3m,5m,15m");
        assertThat(new int[] {
                    intervals.base(0),
                    intervals.base(1),
                    intervals.base(2),
                    intervals.base(3),
                    intervals.base(4),
                    intervals.base(5)
                })
                .containsExactly(-1, 0, 1, 2, 2, 4);
        assertThat(intervals.parents(2)).containsExactly(3, 4);
        assertThat(intervals.parents(3)).isEmpty();
    }

    @Test
    void windowsBeforeTheEpochAreFlooredToo() {
        Interval second = Interval.parse("1s");
        assertThat(second.startOf(-1)).isEqualTo(-1_000_000_000L);
        assertThat(second.endOf(-1)).isZero();
        assertThat(second.startOf(0)).isZero();
        assertThat(second.startOf(999_999_999)).isZero();
        assertThat(second.startOf(1_000_000_000)).isEqualTo(1_000_000_000);
    }

    @Test
    void badListsAreRefusedWithTheRule() {
        assertThatThrownBy(() -> Intervals.parse("2s,3s")).hasMessageContaining("multiples of the finest one, was 3s");
        assertThatThrownBy(() -> Intervals.parse("1m,60s")).hasMessageContaining("differ");
        assertThatThrownBy(() -> Intervals.parse("1s,")).hasMessageContaining("example: 10s");
        assertThatThrownBy(() -> Intervals.parse("0s")).hasMessageContaining("positive");
        assertThatThrownBy(() -> new Interval("x", 1_500)).hasMessageContaining("multiple of 1 ms");
    }
}
