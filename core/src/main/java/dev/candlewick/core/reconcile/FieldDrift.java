package dev.candlewick.core.reconcile;

import org.jspecify.annotations.Nullable;

/**
 * How far one field of a published value is from the recomputation; immutable.
 *
 * @param side topic or lake
 * @param field the field
 * @param published its text there, null where it is absent
 * @param truth its text in the recomputation, null where it is absent
 * @param partsPerBillion |published − truth| / |truth| in 10^-9, rounded down, {@link #INFINITE} where the truth is zero or
 *     one of the two is absent or it is larger than a long; null where a relative drift makes no sense
 * @param alert whether the drift is above the threshold, compared exactly
 */
public record FieldDrift(
        Side side,
        ValueField field,
        @Nullable String published,
        @Nullable String truth,
        @Nullable Long partsPerBillion,
        boolean alert) {
    /** A drift beyond all bounds. */
    public static final long INFINITE = Long.MAX_VALUE;
}
