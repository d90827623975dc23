package dev.candlewick.core.reconcile;

import java.util.List;

/**
 * The cause of a difference, what shows it, and whether a heal may repair it; immutable.
 *
 * @param cause the cause
 * @param evidence facts in full sentences, the decisive one first
 * @param healable whether the recomputed value is proved better than the published one
 * @param healReason why it is or is not
 */
public record Diagnosis(Cause cause, List<String> evidence, boolean healable, String healReason) {
    /** What a difference has before anybody looked at it. */
    public static final Diagnosis NONE = new Diagnosis(Cause.UNKNOWN, List.of(), false, "the cause is not known");

    /** Copies the list. */
    public Diagnosis {
        evidence = List.copyOf(evidence);
    }

    /** A diagnosis whose recomputed value may replace the published one. */
    public static Diagnosis healable(Cause cause, String healReason, List<String> evidence) {
        return new Diagnosis(cause, evidence, true, healReason);
    }

    /** A diagnosis that must not lead to a heal. */
    public static Diagnosis keep(Cause cause, String healReason, List<String> evidence) {
        return new Diagnosis(cause, evidence, false, healReason);
    }
}
