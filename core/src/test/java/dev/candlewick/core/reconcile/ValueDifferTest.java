package dev.candlewick.core.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Equality is exact, drift is exact, and a missing value is a class of its own. */
class ValueDifferTest {
    private static final long HALF_PERCENT = 5_000_000;
    private static final ReconcileKey KEY = ReconcileKey.vwap("v", "S", 60 * Interval.SECOND_NANOS);

    private static ObservedValue value(long volume, long notional, @Nullable Long vwap, long trades) {
        return ObservedValue.builder(KEY, 12, 8)
                .set(ValueField.VOLUME, Int128.of(volume), 8)
                .set(ValueField.NOTIONAL, Int128.of(notional), 20)
                .set(ValueField.VWAP, vwap == null ? null : Int128.of(vwap), 12)
                .set(ValueField.TRADES, Int128.of(trades), 0)
                .revision(3, "LATE")
                .profile("crypto@1")
                .knownAt(17)
                .where("vwap.5m/0@5")
                .build();
    }

    @Test
    void aThresholdIsPassedOrItIsNot() {
        ValueDiffer differ = new ValueDiffer(HALF_PERCENT, false);
        ObservedValue truth = value(1_000, 1_000_000, 5L, 1_000);
        Difference at = Objects.requireNonNull(differ.compare(null, value(1_005, 1_000_000, 5L, 1_000), truth));
        assertThat(at.alert()).isFalse();
        assertThat(at.drifts()).singleElement().satisfies(drift -> {
            assertThat(drift.field()).isEqualTo(ValueField.VOLUME);
            assertThat(drift.partsPerBillion()).isEqualTo(HALF_PERCENT);
        });
        Difference above = Objects.requireNonNull(differ.compare(null, value(1_000, 1_005_001, 5L, 1_000), truth));
        assertThat(above.alert()).isTrue();
        Difference below = Objects.requireNonNull(differ.compare(null, value(1_000, 994_999, 5L, 1_000), truth));
        assertThat(below.alert()).isTrue();
    }

    @Test
    void aDriftFromZeroOrFromNothingIsInfinite() {
        ValueDiffer differ = new ValueDiffer(HALF_PERCENT, false);
        Difference found = Objects.requireNonNull(differ.compare(null, value(1, 1, 5L, 1), value(0, 0, null, 1)));
        assertThat(found.drifts()).hasSize(3).allSatisfy(drift -> {
            assertThat(drift.partsPerBillion()).isEqualTo(FieldDrift.INFINITE);
            assertThat(drift.alert()).isTrue();
        });
    }

    @Test
    void whoLacksAValueIsSaid() {
        ObservedValue value = value(1, 1, 1L, 1);
        ValueDiffer three = new ValueDiffer(HALF_PERCENT, true);
        assertThat(three.compare(value, value, value)).isNull();
        assertThat(three.compare(null, null, null)).isNull();
        assertThat(kind(three, null, value, value)).isEqualTo(DifferenceClass.MISSING_IN_TOPIC);
        assertThat(kind(three, value, null, value)).isEqualTo(DifferenceClass.MISSING_IN_LAKE);
        assertThat(kind(three, null, null, value)).isEqualTo(DifferenceClass.MISSING_IN_BOTH);
        assertThat(kind(three, value, null, null)).isEqualTo(DifferenceClass.EXTRA_IN_TOPIC);
        assertThat(kind(three, null, value, null)).isEqualTo(DifferenceClass.EXTRA_IN_LAKE);
        assertThat(kind(three, value, value, null)).isEqualTo(DifferenceClass.EXTRA_IN_BOTH);
        ValueDiffer two = new ValueDiffer(HALF_PERCENT, false);
        assertThat(two.compare(null, value, value)).isNull();
        assertThat(kind(two, null, null, value)).isEqualTo(DifferenceClass.MISSING_IN_BOTH);
        assertThat(kind(two, null, value, null)).isEqualTo(DifferenceClass.EXTRA_IN_BOTH);
    }

    private static DifferenceClass kind(
            ValueDiffer differ,
            @Nullable ObservedValue topic,
            @Nullable ObservedValue lake,
            @Nullable ObservedValue truth) {
        return Objects.requireNonNull(differ.compare(topic, lake, truth)).kind();
    }

    @Test
    void aResultReadBackIsTheSame() {
        ValueDiffer differ = new ValueDiffer(HALF_PERCENT, true);
        ObservedValue broken =
                ObservedValue.builder(KEY, 12, 8).defect("was nonsense").build();
        Difference difference = Objects.requireNonNull(differ.compare(broken, value(1, 2, null, 3), value(4, 5, 6L, 7)))
                .with(Diagnosis.keep(Cause.ALTERED, "because", List.of("one", "two")));
        ReconcileResult result = new ReconcileResult(
                "run",
                "/lake",
                1,
                0,
                Interval.SECOND_NANOS,
                "BATCH",
                "ACCEPT",
                "crypto@1",
                null,
                HALF_PERCENT,
                Map.of("candlewick", "1"),
                Map.of(),
                List.of(new GenerationRead("trades", "p", 2, 3)),
                List.of(new ComparedLine("vwap", 1, 2, 3, 4)),
                List.of(difference),
                5,
                List.of(new Finding(Finding.Code.WRONG_DAY, Cause.ALTERED, "trades", "p", "f", 1L, null, 9, "detail")),
                List.of());
        Map<String, @Nullable Object> map = ReconcileMaps.of(result);
        assertThat(ReconcileMaps.of(ReconcileMaps.result(map))).isEqualTo(map);
        assertThat(result.unexplained()).isEqualTo(5);
    }

    @Test
    void oneMissingValueIsNoTransactionAndAnUnbrokenRunIsOne() {
        CommitGroups commits = new CommitGroups();
        for (int i = 0; i < 10; i++) {
            ReconcileKey key = ReconcileKey.vwap("v", "S", i * Interval.SECOND_NANOS);
            commits.add(key, 100 + i, i == 2 || (i >= 5 && i <= 8));
        }
        assertThat(commits.run(ReconcileKey.vwap("v", "S", 2), 102).isTransaction())
                .isFalse();
        CommitGroups.Run run = commits.run(ReconcileKey.vwap("v", "S", 6), 106);
        assertThat(run).isEqualTo(new CommitGroups.Run(4, 105, 108));
        assertThat(run.isTransaction()).isTrue();
        assertThat(commits.run(ReconcileKey.vwap("v", "T", 6), 106).isTransaction())
                .isFalse();
    }
}
