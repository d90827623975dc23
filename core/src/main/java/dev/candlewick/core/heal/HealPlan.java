package dev.candlewick.core.heal;

import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.ValueDiffer;
import dev.candlewick.core.time.Interval;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a heal would do about a reconciliation; immutable and a pure function of it.
 *
 * <p>The rules. A revision that one side lacks and the other has as the recomputation makes it is written there as it is:
 * same value, revision, reason and profile, for no reader of that side has seen it. Every other value that differs is
 * written as the recomputation with {@code revision = largest of topic and lake + 1} and reason HEAL, to both sides. Nothing
 * is taken away. Candles that share a window are healed together or not at all, and VWAP rows follow the candles that they
 * overlap, so that a heal never makes intervals contradict each other.
 *
 * @param actions what to write, in the order of the keys
 * @param skips what is left alone, in the order of the keys
 * @param refusals why the heal must not go on without being told to; empty where it may
 */
public record HealPlan(List<HealAction> actions, List<HealSkip> skips, List<String> refusals) {
    private static final long DAY_NANOS = 86_400 * Interval.SECOND_NANOS;
    private static final BigInteger MILLION = BigInteger.valueOf(1_000_000);

    /** Copies the lists. */
    public HealPlan {
        actions = List.copyOf(actions);
        skips = List.copyOf(skips);
        refusals = List.copyOf(refusals);
    }

    /** Whether it may go on. */
    public boolean isAllowed() {
        return refusals.isEmpty();
    }

    /**
     * Makes the plan.
     *
     * @param candlesByDay how many candles the lake has of each day since the epoch; changes are a share of them and of
     *     those that it lacks
     */
    public static HealPlan of(
            ReconcileResult result, PurgeEvidence purge, HealSettings settings, Map<Long, Long> candlesByDay) {
        TreeMap<ReconcileKey, HealAction> actions = new TreeMap<>();
        TreeMap<ReconcileKey, HealSkip> skips = new TreeMap<>();
        for (Difference difference : result.differences()) {
            HealSkip skip = skip(difference, purge, settings);
            if (skip != null) {
                skips.put(skip.key(), skip);
            } else {
                actions.put(difference.key(), action(difference, result.hasTopics()));
            }
        }
        holdBack(actions, skips);
        return new HealPlan(
                List.copyOf(actions.values()),
                List.copyOf(skips.values()),
                refusals(result, actions, skips, settings, candlesByDay));
    }

    private static @Nullable HealSkip skip(Difference difference, PurgeEvidence purge, HealSettings settings) {
        ReconcileKey key = difference.key();
        if (!settings.takes(key.symbol())) {
            return new HealSkip(key, HealSkip.Why.NOT_ASKED, difference.cause(), "not among the symbols asked for");
        }
        ObservedValue truth = difference.truth();
        if (difference.cause() == Cause.UNKNOWN) {
            return new HealSkip(
                    key,
                    HealSkip.Why.UNKNOWN,
                    difference.cause(),
                    difference.diagnosis().healReason());
        }
        if (truth == null) {
            return new HealSkip(
                    key,
                    HealSkip.Why.EXTRA,
                    difference.cause(),
                    "the recomputation has no such value, and a heal takes nothing away");
        }
        if (!difference.healable()) {
            return new HealSkip(
                    key,
                    HealSkip.Why.NOT_HEALABLE,
                    difference.cause(),
                    difference.diagnosis().healReason());
        }
        if (difference.largestRevision() >= Integer.MAX_VALUE) {
            return new HealSkip(
                    key,
                    HealSkip.Why.NOT_HEALABLE,
                    difference.cause(),
                    "no revision is above " + difference.largestRevision());
        }
        String unsettled = purge.unsettled(key);
        return unsettled == null ? null : new HealSkip(key, HealSkip.Why.NOT_PURGED, difference.cause(), unsettled);
    }

    private static HealAction action(Difference difference, boolean withTopic) {
        ObservedValue truth = Objects.requireNonNull(difference.truth());
        ObservedValue topic = difference.topic();
        ObservedValue lake = difference.lake();
        if (withTopic && lacks(topic, lake, truth)) {
            return as(Objects.requireNonNull(lake), true, false, difference);
        }
        if (withTopic && lacks(lake, topic, truth)) {
            return as(Objects.requireNonNull(topic), false, true, difference);
        }
        return new HealAction(
                difference,
                Math.toIntExact(difference.largestRevision() + 1),
                RevisionReason.HEAL,
                truth.profile(),
                withTopic,
                true);
    }

    private static HealAction as(ObservedValue known, boolean toTopic, boolean toLake, Difference difference) {
        return new HealAction(
                difference,
                Math.toIntExact(known.revision()),
                RevisionReason.valueOf(known.reason()),
                known.profile(),
                toTopic,
                toLake);
    }

    /** Whether a side lacks a revision that the other has and that is right. */
    private static boolean lacks(@Nullable ObservedValue side, @Nullable ObservedValue other, ObservedValue truth) {
        return other != null
                && other.sameFields(truth)
                && isReason(other.reason())
                && other.revision() >= 0
                && (side == null || side.defect() == null && side.revision() < other.revision());
    }

    private static boolean isReason(String text) {
        for (RevisionReason reason : RevisionReason.values()) {
            if (reason.name().equals(text)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Leaves candles alone whose trades are also in a value that cannot be healed. Candles hang together where windows
     * overlap; VWAP rows follow the candles and do not join them, or all of a day would be one.
     */
    private static void holdBack(TreeMap<ReconcileKey, HealAction> actions, TreeMap<ReconcileKey, HealSkip> skips) {
        Map<String, TreeMap<Long, Long>> closed = new HashMap<>();
        boolean more = true;
        while (more) {
            closed.clear();
            long longest = 0;
            for (HealSkip skip : skips.values()) {
                if (skip.why().isUnhealable() && skip.key().interval() != null) {
                    closed.computeIfAbsent(skip.key().instrument(), instrument -> new TreeMap<>())
                            .merge(skip.key().fromNanos(), skip.key().toNanos(), Math::max);
                    longest =
                            Math.max(longest, skip.key().toNanos() - skip.key().fromNanos());
                }
            }
            List<HealSkip> found = new ArrayList<>();
            for (HealAction action : actions.values()) {
                TreeMap<Long, Long> spans = closed.get(action.key().instrument());
                if (spans != null && overlaps(spans, longest, action.key())) {
                    found.add(new HealSkip(
                            action.key(),
                            HealSkip.Why.INCONSISTENT,
                            action.difference().cause(),
                            "another value made from the same trades cannot be healed"));
                }
            }
            for (HealSkip skip : found) {
                actions.remove(skip.key());
                skips.put(skip.key(), skip);
            }
            more = found.stream().anyMatch(skip -> skip.key().interval() != null);
        }
    }

    private static boolean overlaps(TreeMap<Long, Long> spans, long longest, ReconcileKey key) {
        return spans.subMap(key.fromNanos() - longest, true, key.toNanos(), false).values().stream()
                .anyMatch(to -> to > key.fromNanos());
    }

    private static List<String> refusals(
            ReconcileResult result,
            TreeMap<ReconcileKey, HealAction> actions,
            TreeMap<ReconcileKey, HealSkip> skips,
            HealSettings settings,
            Map<Long, Long> candlesByDay) {
        List<String> refusals = new ArrayList<>();
        Map<Long, Long> changed = new TreeMap<>();
        Set<String> symbols = new TreeSet<>();
        for (ReconcileKey key : actions.keySet()) {
            symbols.add(key.symbol());
            if (key.interval() != null) {
                changed.merge(Math.floorDiv(key.timeNanos(), DAY_NANOS), 1L, Long::sum);
            }
        }
        Map<Long, Long> missing = new HashMap<>();
        for (Difference difference : result.differences()) {
            if (difference.key().interval() != null && difference.lake() == null && difference.truth() != null) {
                missing.merge(Math.floorDiv(difference.key().timeNanos(), DAY_NANOS), 1L, Long::sum);
            }
        }
        changed.forEach((day, count) -> {
            long all = candlesByDay.getOrDefault(day, 0L) + missing.getOrDefault(day, 0L);
            if (BigInteger.valueOf(count)
                            .multiply(MILLION)
                            .compareTo(BigInteger.valueOf(all)
                                    .multiply(BigInteger.valueOf(settings.maxSharePartsPerMillion())))
                    > 0) {
                refusals.add("candles that change must be at most " + percent(settings.maxSharePartsPerMillion())
                        + " of a day's, was " + count + " of " + all + " (day=" + LocalDate.ofEpochDay(day) + ")");
            }
        });
        if (symbols.size() > settings.maxSymbols()) {
            refusals.add("symbols that change must be at most " + settings.maxSymbols() + ", was " + symbols.size());
        }
        Map<HealSkip.Why, Long> unhealable = new LinkedHashMap<>();
        Set<Cause> causes = new HashSet<>();
        for (HealSkip skip : skips.values()) {
            if (skip.why().isUnhealable()) {
                unhealable.merge(skip.why(), 1L, Long::sum);
                causes.add(skip.cause());
            }
        }
        long total = unhealable.values().stream().mapToLong(Long::longValue).sum() + result.notKept();
        if (total > settings.maxUnhealable()) {
            refusals.add("differences that cannot be healed must be at most " + settings.maxUnhealable() + ", was "
                    + total + " (" + unhealable + (result.notKept() > 0 ? ", not looked at=" + result.notKept() : "")
                    + ", causes=" + new TreeSet<>(causes) + ")");
        }
        return refusals;
    }

    private static String percent(long partsPerMillion) {
        return BigDecimal.valueOf(partsPerMillion, 4).stripTrailingZeros().toPlainString() + " %";
    }

    /**
     * A result with what the sides have now instead of what they had, for a heal that starts from a report.
     *
     * <p>A value that meanwhile equals the recomputation on all sides is gone from it. Where a side says something new that is
     * not the recomputation, the difference can no longer be healed: its cause was found for another value.
     *
     * @param topicNow last revisions of the topics
     * @param lakeNow last revisions of the lake
     * @param changed receives the keys that cannot be judged any more
     */
    public static ReconcileResult refresh(
            ReconcileResult result,
            Map<ReconcileKey, ObservedValue> topicNow,
            Map<ReconcileKey, ObservedValue> lakeNow,
            List<HealSkip> changed) {
        List<Difference> differences = new ArrayList<>();
        ValueDiffer differ = new ValueDiffer(result.thresholdPartsPerBillion(), result.hasTopics());
        for (Difference old : result.differences()) {
            ObservedValue topic = result.hasTopics() ? topicNow.get(old.key()) : null;
            ObservedValue lake = lakeNow.get(old.key());
            if (isNew(old.topic(), topic, old.truth()) || isNew(old.lake(), lake, old.truth())) {
                changed.add(new HealSkip(
                        old.key(),
                        HealSkip.Why.CHANGED,
                        old.cause(),
                        "it has changed since the report was made; reconcile again"));
                continue;
            }
            Difference now = differ.compare(topic, lake, old.truth());
            if (now != null) {
                differences.add(now.with(old.diagnosis()));
            }
        }
        return new ReconcileResult(
                result.run(),
                result.lake(),
                result.version(),
                result.fromNanos(),
                result.toNanos(),
                result.mode(),
                result.late(),
                result.profile(),
                result.topicPrefix(),
                result.thresholdPartsPerBillion(),
                result.lakeVersions(),
                result.versions(),
                result.generations(),
                result.compared(),
                differences,
                result.notKept(),
                result.findings(),
                result.ledger());
    }

    private static boolean isNew(
            @Nullable ObservedValue old, @Nullable ObservedValue now, @Nullable ObservedValue truth) {
        if (now == null) {
            // A value that is gone is written again like one that was never there.
            return false;
        }
        if (truth != null && now.sameFields(truth)) {
            return false;
        }
        if (old == null) {
            return true;
        }
        boolean same = now.revision() == old.revision()
                && (now.sameFields(old) || now.defect() != null && now.defect().equals(old.defect()));
        return !same;
    }
}
