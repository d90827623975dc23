package dev.candlewick.core.reconcile;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One value that is not the same on all sides, with its cause; immutable.
 *
 * @param key what differs
 * @param kind how
 * @param topic the topic's value, null where there is none or no topic was read
 * @param lake the lake's value, null where there is none
 * @param truth the recomputed value, null where there is none
 * @param drifts the fields that differ, for each published side; empty where a side is missing
 * @param alert whether a field is beyond the threshold, or a value is missing or extra
 * @param diagnosis why, with evidence, and whether it may be healed
 */
public record Difference(
        ReconcileKey key,
        DifferenceClass kind,
        @Nullable ObservedValue topic,
        @Nullable ObservedValue lake,
        @Nullable ObservedValue truth,
        List<FieldDrift> drifts,
        boolean alert,
        Diagnosis diagnosis) {
    /** Copies the list. */
    public Difference {
        drifts = List.copyOf(drifts);
    }

    /** The same with a diagnosis. */
    public Difference with(Diagnosis found) {
        return new Difference(key, kind, topic, lake, truth, drifts, alert, found);
    }

    /** Why. */
    public Cause cause() {
        return diagnosis.cause();
    }

    /** Whether the published sides may be set to the recomputed value. */
    public boolean healable() {
        return diagnosis.healable();
    }

    /** The value of a side. */
    public @Nullable ObservedValue value(Side side) {
        return switch (side) {
            case TOPIC -> topic;
            case LAKE -> lake;
            case TRUTH -> truth;
        };
    }

    /** The largest revision that any side has published, −1 where none has: a heal must go above it. */
    public long largestRevision() {
        long largest = -1;
        if (topic != null) {
            largest = topic.revision();
        }
        return lake == null ? largest : Math.max(largest, lake.revision());
    }

    /** The largest relative drift of any field, 0 where there is none. */
    public long worstPartsPerBillion() {
        long worst = 0;
        for (FieldDrift drift : drifts) {
            Long own = drift.partsPerBillion();
            worst = own == null ? worst : Math.max(worst, own);
        }
        return worst;
    }
}
