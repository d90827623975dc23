package dev.candlewick.testkit.heal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.heal.HealAction;
import dev.candlewick.core.heal.HealAudit;
import dev.candlewick.core.heal.HealPlan;
import dev.candlewick.core.heal.HealSettings;
import dev.candlewick.core.heal.HealSkip;
import dev.candlewick.core.heal.PurgeEvidence;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.Diagnosis;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.ValueDiffer;
import dev.candlewick.core.time.Interval;
import dev.candlewick.testkit.property.SeededProperty;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The plan of a heal against sides that are maps: what it writes, what it leaves, and when it refuses. */
final class HealPlanTest {
    private static final Interval SECOND = Interval.parse("1s");
    private static final Interval TEN = Interval.parse("10s");
    private static final long S = Interval.SECOND_NANOS;
    private static final long DAY = 86_400 * S;
    private static final HealSettings FREE = new HealSettings(1_000_000, 100, 1_000_000, null);
    private static final PurgeEvidence ENDED = PurgeEvidence.ofEnded(SECOND);
    private static final Map<Long, Long> CANDLES = Map.of(0L, 100_000L);

    /** Topic, lake and truth; the last revision of each key. */
    private static final class Sides {
        final Map<ReconcileKey, ObservedValue> topic = new TreeMap<>();
        final Map<ReconcileKey, ObservedValue> lake = new TreeMap<>();
        final Map<ReconcileKey, ObservedValue> truth = new TreeMap<>();
        final Map<ReconcileKey, Diagnosis> diagnoses = new HashMap<>();

        Sides copy() {
            Sides copy = new Sides();
            copy.topic.putAll(topic);
            copy.lake.putAll(lake);
            copy.truth.putAll(truth);
            copy.diagnoses.putAll(diagnoses);
            return copy;
        }

        ReconcileResult reconcile() {
            Set<ReconcileKey> keys = new TreeSet<>(truth.keySet());
            keys.addAll(topic.keySet());
            keys.addAll(lake.keySet());
            ValueDiffer differ = new ValueDiffer(0, true);
            List<Difference> differences = new ArrayList<>();
            for (ReconcileKey key : keys) {
                Difference difference = differ.compare(topic.get(key), lake.get(key), truth.get(key));
                if (difference != null) {
                    differences.add(difference.with(
                            diagnoses.getOrDefault(key, Diagnosis.healable(Cause.LATE, "late", List.of("late")))));
                }
            }
            return result(differences, 0);
        }

        void apply(HealAction action) {
            ObservedValue written = observed(action);
            if (action.toTopic()) {
                raise(topic, written);
            }
            if (action.toLake()) {
                raise(lake, written);
            }
        }

        /** Publishes, and proves that a side never falls back: not to a lower revision, not to another value of one. */
        private static void raise(Map<ReconcileKey, ObservedValue> side, ObservedValue written) {
            ObservedValue before = side.get(written.key());
            if (before != null) {
                assertThat(written.revision()).as("%s", written.key()).isGreaterThanOrEqualTo(before.revision());
                if (written.revision() == before.revision()) {
                    assertThat(text(written)).isEqualTo(text(before));
                }
            }
            side.put(written.key(), written);
        }

        Map<String, String> end() {
            Map<String, String> end = new TreeMap<>();
            topic.forEach((key, value) -> end.put("topic " + key, text(value)));
            lake.forEach((key, value) -> end.put("lake " + key, text(value)));
            return end;
        }
    }

    private static String text(ObservedValue value) {
        return value.defect() == null ? value + " " + value.profile() : value.defect() + " " + value.revision();
    }

    private static ObservedValue observed(HealAction action) {
        return action.published() instanceof Candle candle
                ? ObservedValue.of(candle, 12, 8, action.profile())
                : ObservedValue.of((VwapRow) action.published(), 12, 8, action.profile());
    }

    private static ReconcileResult result(List<Difference> differences, long notKept) {
        return new ReconcileResult(
                "r",
                "lake",
                1,
                0,
                DAY,
                "BATCH",
                "accept",
                "p@1",
                "",
                0,
                Map.of(),
                Map.of(),
                List.of(),
                List.of(),
                differences,
                notKept,
                List.of(),
                List.of());
    }

    private static ObservedValue candle(String symbol, Interval interval, long start, long size, int revision) {
        return ObservedValue.of(
                new Candle(
                        "v",
                        symbol,
                        interval,
                        start,
                        2,
                        0,
                        100,
                        100 + size,
                        100,
                        100 + size,
                        Int128.of(size),
                        Int128.of(size * 100),
                        size,
                        start,
                        start + size,
                        revision,
                        revision == 0 ? RevisionReason.CLOSED : RevisionReason.LATE,
                        true,
                        Int128.of(size),
                        0,
                        0),
                12,
                8,
                "p@1");
    }

    private static ObservedValue vwap(String symbol, long at, long size, int revision) {
        return ObservedValue.of(
                new VwapRow(
                        "v",
                        symbol,
                        at,
                        2,
                        0,
                        Int128.of(size),
                        Int128.of(size * 100),
                        size,
                        revision,
                        revision == 0 ? RevisionReason.CLOSED : RevisionReason.LATE),
                12,
                8,
                "p@1");
    }

    private static ObservedValue random(Random random, ReconcileKey key) {
        int revision = random.nextInt(3);
        long size = 1 + random.nextInt(3);
        if (random.nextInt(20) == 0) {
            return ObservedValue.builder(key, 12, 8)
                    .revision(revision, "CLOSED")
                    .profile("p@1")
                    .defect("no job writes this")
                    .build();
        }
        return key.interval() == null
                ? vwap(key.symbol(), key.timeNanos(), size, revision)
                : candle(key.symbol(), key.interval(), key.timeNanos(), size, revision);
    }

    private static Sides random(Random random) {
        Sides sides = new Sides();
        for (int symbol = 0; symbol < 2; symbol++) {
            for (int i = 0; i < 12; i++) {
                for (ReconcileKey key : List.of(
                        ReconcileKey.candle("v", "s" + symbol, SECOND, i * S),
                        ReconcileKey.candle("v", "s" + symbol, TEN, i * 10 * S),
                        ReconcileKey.vwap("v", "s" + symbol, i * S))) {
                    if (random.nextInt(8) > 0) {
                        ObservedValue truth = random(random, key);
                        while (truth.defect() != null) {
                            truth = random(random, key);
                        }
                        sides.truth.put(key, truth);
                    }
                    if (random.nextInt(4) > 0) {
                        sides.topic.put(key, random(random, key));
                    }
                    if (random.nextInt(4) > 0) {
                        sides.lake.put(
                                key,
                                random.nextBoolean() && sides.topic.containsKey(key)
                                        ? sides.topic.get(key)
                                        : random(random, key));
                    }
                    if (random.nextInt(15) == 0) {
                        sides.diagnoses.put(
                                key,
                                random.nextBoolean()
                                        ? Diagnosis.NONE
                                        : Diagnosis.keep(Cause.ALTERED, "the archive is suspect", List.of("fact")));
                    }
                }
            }
        }
        return sides;
    }

    private static HealPlan plan(ReconcileResult result) {
        return HealPlan.of(result, ENDED, FREE, CANDLES);
    }

    @Test
    void afterAHealOnlyWhatWasLeftAloneDiffersAndASecondOneDoesNothing() {
        int[] healed = new int[1];
        SeededProperty.check(300, seed -> {
            Sides sides = random(new Random(seed));
            HealPlan plan = plan(sides.reconcile());
            healed[0] += plan.actions().size();
            plan.actions().forEach(sides::apply);
            Set<ReconcileKey> left = new TreeSet<>();
            plan.skips().forEach(skip -> left.add(skip.key()));
            ReconcileResult after = sides.reconcile();
            assertThat(after.differences()).extracting(Difference::key).containsExactlyInAnyOrderElementsOf(left);
            assertThat(plan(after).actions()).isEmpty();
        });
        assertThat(healed[0]).isPositive();
    }

    @Test
    void aHealThatIsKilledAnywhereAndFinishedByItsRecordEndsLikeOneThatIsNot() {
        SeededProperty.check(300, seed -> {
            Random random = new Random(seed);
            Sides whole = random(random);
            Sides killed = whole.copy();
            HealPlan plan = plan(whole.reconcile());
            plan.actions().forEach(whole::apply);
            HealAudit written =
                    new HealAudit("h", "r", "lake", 1, "", "me", "now", false, List.of(), plan.actions(), plan.skips());
            // Killed at any moment: of each value nothing, the topic, the lake or both.
            for (HealAction action : plan.actions()) {
                int done = random.nextInt(4);
                boolean topic = action.toTopic() && (done & 1) != 0;
                boolean lake = action.toLake() && (done & 2) != 0;
                if (topic || lake) {
                    killed.apply(new HealAction(
                            action.difference(), action.revision(), action.reason(), action.profile(), topic, lake));
                }
            }
            for (HealAction action : HealAudit.of(written.toMap()).actions()) {
                HealAction rest = action.remaining(revision(killed.topic, action), revision(killed.lake, action));
                if (rest != null) {
                    killed.apply(rest);
                }
            }
            assertThat(killed.end()).isEqualTo(whole.end());
        });
    }

    private static long revision(Map<ReconcileKey, ObservedValue> side, HealAction action) {
        ObservedValue value = side.get(action.key());
        return value == null ? -1 : value.revision();
    }

    @Test
    void anOldReportNeverBringsALowerRevisionOrAValueThatNobodyJudged() {
        SeededProperty.check(300, seed -> {
            Random random = new Random(seed);
            Sides sides = random(random);
            ReconcileResult report = sides.reconcile();
            // Half of it is healed meanwhile, and the job has revised some values
            for (HealAction action : plan(report).actions()) {
                if (random.nextBoolean()) {
                    sides.apply(action);
                }
            }
            Set<ReconcileKey> revised = new TreeSet<>();
            for (ReconcileKey key : List.copyOf(sides.topic.keySet())) {
                if (random.nextInt(10) == 0 && key.interval() != null) {
                    ObservedValue value = candle(key.symbol(), key.interval(), key.timeNanos(), 9, 7);
                    sides.topic.put(key, value);
                    sides.lake.put(key, value);
                    revised.add(key);
                }
            }
            List<HealSkip> changed = new ArrayList<>();
            ReconcileResult now = HealPlan.refresh(report, sides.topic, sides.lake, changed);
            HealPlan plan = plan(now);
            assertThat(plan.actions()).extracting(HealAction::key).noneMatch(revised::contains);
            assertThat(changed).allMatch(skip -> revised.contains(skip.key()));
            plan.actions().forEach(sides::apply);
            assertThat(plan(HealPlan.refresh(report, sides.topic, sides.lake, new ArrayList<>()))
                            .actions())
                    .isEmpty();
        });
    }

    @Test
    void aValueMissingInTheTopicComesAsTheLakeHasIt() {
        Sides sides = new Sides();
        ObservedValue value = candle("s", SECOND, 0, 2, 1);
        sides.truth.put(value.key(), candle("s", SECOND, 0, 2, 0));
        sides.lake.put(value.key(), value);
        HealAction action = plan(sides.reconcile()).actions().get(0);

        assertThat(action.revision()).isEqualTo(1);
        assertThat(action.reason()).isEqualTo(RevisionReason.LATE);
        assertThat(action.toTopic()).isTrue();
        assertThat(action.toLake()).isFalse();
        assertThat(action.isNew()).isFalse();
    }

    @Test
    void aWrongValueGetsARevisionAboveBothSides() {
        Sides sides = new Sides();
        ObservedValue topic = candle("s", SECOND, 0, 2, 1);
        sides.topic.put(topic.key(), topic);
        sides.lake.put(topic.key(), candle("s", SECOND, 0, 3, 4));
        sides.truth.put(topic.key(), candle("s", SECOND, 0, 5, 0));
        HealAction action = plan(sides.reconcile()).actions().get(0);

        assertThat(action.revision()).isEqualTo(5);
        assertThat(action.reason()).isEqualTo(RevisionReason.HEAL);
        assertThat(action.toTopic()).isTrue();
        assertThat(action.toLake()).isTrue();
        assertThat(((Candle) action.published()).trades()).isEqualTo(5);
    }

    @Test
    void nothingIsTakenAway() {
        Sides sides = new Sides();
        ObservedValue extra = candle("s", SECOND, 0, 2, 0);
        sides.topic.put(extra.key(), extra);
        HealPlan plan = HealPlan.of(sides.reconcile(), ENDED, HealSettings.DEFAULT, CANDLES);

        assertThat(plan.actions()).isEmpty();
        assertThat(plan.skips()).extracting(HealSkip::why).containsExactly(HealSkip.Why.EXTRA);
        assertThat(plan.isAllowed()).isFalse();
    }

    @Test
    void aCandleIsLeftAloneWithACoarserOneThatCannotBeHealed() {
        Sides sides = new Sides();
        ObservedValue fine = candle("s", SECOND, 0, 2, 0);
        ObservedValue coarse = candle("s", TEN, 0, 2, 0);
        ObservedValue row = vwap("s", S, 2, 0);
        ObservedValue later = candle("s", SECOND, 10 * S, 2, 0);
        ObservedValue other = candle("t", SECOND, 0, 2, 0);
        for (ObservedValue value : List.of(fine, coarse, row, later, other)) {
            sides.truth.put(value.key(), value);
        }
        sides.diagnoses.put(coarse.key(), Diagnosis.NONE);
        HealPlan plan = plan(sides.reconcile());

        assertThat(plan.actions()).extracting(HealAction::key).containsExactly(later.key(), other.key());
        assertThat(plan.skips())
                .extracting(HealSkip::why)
                .containsExactlyInAnyOrder(HealSkip.Why.UNKNOWN, HealSkip.Why.INCONSISTENT, HealSkip.Why.INCONSISTENT);
    }

    @Test
    void tooMuchIsRefusedAndAllowedOnlyByAnExplicitBound() {
        Sides sides = new Sides();
        for (int i = 0; i < 6; i++) {
            ObservedValue value = candle("s" + i, SECOND, 0, 2, 0);
            sides.truth.put(value.key(), value);
        }
        ObservedValue unknown = candle("u", SECOND, 0, 2, 0);
        sides.truth.put(unknown.key(), unknown);
        sides.diagnoses.put(unknown.key(), Diagnosis.NONE);
        ReconcileResult result = sides.reconcile();

        // The seven that the lake lacks belong to the day: six of 600 are one per cent and no more
        assertThat(refusals(result, HealSettings.DEFAULT, 592)).hasSize(3);
        assertThat(refusals(result, HealSettings.DEFAULT, 593)).hasSize(2);
        assertThat(refusals(result, new HealSettings(10_000, 6, 0, null), 593)).hasSize(1);
        assertThat(refusals(result, new HealSettings(10_000, 6, 1, null), 593)).isEmpty();
        assertThat(refusals(result, new HealSettings(10_000, 5, 0, Set.of("s1")), 593))
                .isEmpty();
        // A share of all is never too much
        assertThat(refusals(result, new HealSettings(1_000_000, 6, 1, null), 0)).isEmpty();
        // Differences that were only counted are not healable either
        assertThat(HealPlan.of(result(List.of(), 1), ENDED, HealSettings.DEFAULT, CANDLES)
                        .isAllowed())
                .isFalse();
    }

    private static List<String> refusals(ReconcileResult result, HealSettings settings, long candles) {
        return HealPlan.of(result, ENDED, settings, Map.of(0L, candles)).refusals();
    }

    @Test
    void onlyWhatTheJobCanNeverReviseIsHealed() {
        ReconcileKey second = ReconcileKey.candle("v", "s", SECOND, 0);
        ReconcileKey row = ReconcileKey.vwap("v", "s", S);
        // O = 1 s, L = 10 s: the window [0, 1 s) goes when both partitions have reached 12 s, the row one second later
        assertThat(evidence(12 * S, 12 * S - 1, null).unsettled(second)).contains("11000000000");
        assertThat(evidence(12 * S, 12 * S, null).unsettled(second)).isNull();
        assertThat(evidence(12 * S, 12 * S, null).unsettled(row)).isNotNull();
        assertThat(evidence(13 * S, 13 * S, null).unsettled(row)).isNull();
        // A silent partition says nothing; a candle that the job has closed since does
        assertThat(evidence(99 * S, 0, 11 * S - 1).unsettled(second)).isNotNull();
        assertThat(evidence(99 * S, 0, 11 * S).unsettled(second)).isNull();
        assertThat(evidence(99 * S, 0, 11 * S).unsettled(ReconcileKey.candle("v", "t", SECOND, 0)))
                .as("another instrument")
                .isNotNull();
        assertThat(ENDED.unsettled(second)).isNull();
        assertThat(new PurgeEvidence(false, Map.of(), S, S, SECOND, false, Map.of(), Map.of()).unsettled(second))
                .isNotNull();
    }

    private static PurgeEvidence evidence(long first, long other, @Nullable Long closed) {
        return new PurgeEvidence(
                false,
                Map.of("trades/0", first, "trades/1", other),
                S,
                10 * S,
                SECOND,
                false,
                closed == null ? Map.of() : Map.of("v|s", closed),
                Map.of());
    }

    @Test
    void aFillThatTheJobHasStillToBringIsNotHealed() {
        PurgeEvidence evidence = new PurgeEvidence(
                false,
                Map.of("trades/0", DAY),
                S,
                S,
                SECOND,
                true,
                Map.of(),
                Map.of(PurgeEvidence.lane("v|s", "1s"), 5 * S));

        assertThat(evidence.unsettled(ReconcileKey.candle("v", "s", SECOND, 4 * S)))
                .isNull();
        assertThat(evidence.unsettled(ReconcileKey.candle("v", "s", SECOND, 5 * S)))
                .contains("fill");
        assertThat(evidence.unsettled(ReconcileKey.vwap("v", "s", 9 * S))).isNull();
    }

    @Test
    void theRecordOfAHealTellsHowFarEachInstrumentWasHealed() {
        Sides sides = new Sides();
        for (ObservedValue value :
                List.of(candle("a|b", SECOND, 0, 2, 0), candle("a|b", TEN, 10 * S, 2, 0), vwap("t", 7 * S, 1, 0))) {
            sides.truth.put(value.key(), value);
        }
        HealPlan plan = plan(sides.reconcile());
        HealAudit audit = new HealAudit(
                "h", "r", "lake", 1, null, "me", "now", false, List.of("why"), plan.actions(), plan.skips());

        assertThat(audit.reach().get("v|a\\|b").untilNanos()).isEqualTo(20 * S);
        assertThat(audit.reach().get("v|t").untilNanos()).isEqualTo(7 * S);
        HealAudit back = HealAudit.of(audit.finished().toMap());
        assertThat(back.done()).isTrue();
        assertThat(back.reach()).isEqualTo(audit.reach());
        assertThat(back.actions()).hasSize(3);
    }
}
