package dev.candlewick.core.heal;

import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ValueKind;
import org.jspecify.annotations.Nullable;

/**
 * One value that a heal writes; immutable.
 *
 * @param difference what the sides had, what the recomputation says, and why they differ
 * @param revision the number that the recomputed value is published under
 * @param reason {@link RevisionReason#HEAL}, or that of the revision that one side has and the other lacks
 * @param profile the profile's stamp that it is published with
 * @param toTopic whether the topic gets it
 * @param toLake whether the lake gets it
 */
public record HealAction(
        Difference difference, int revision, RevisionReason reason, String profile, boolean toTopic, boolean toLake) {
    /** Checks that there is a value and that it goes somewhere. */
    public HealAction {
        if (difference.truth() == null || !toTopic && !toLake) {
            throw new IllegalArgumentException(
                    "an action must have a value and go to the topic or to the lake, was " + difference.key());
        }
    }

    /** What is healed. */
    public ReconcileKey key() {
        return difference.key();
    }

    /** The recomputed value. */
    @SuppressWarnings("NullAway") // Checked when it was made.
    public ObservedValue value() {
        return difference.truth();
    }

    /** Whether it is a new revision, and not one that only one side lacks. */
    public boolean isNew() {
        return revision > difference.largestRevision();
    }

    /** The value as it is published. */
    public Published published() {
        return key().kind() == ValueKind.CANDLE
                ? value().toCandle(revision, reason)
                : value().toVwapRow(revision, reason);
    }

    /**
     * What of this is still to be done.
     *
     * @param topicRevision the largest revision that the topic has now, −1 for none
     * @param lakeRevision the largest revision that the lake has now, −1 for none
     * @return null where nothing is; never an action that publishes a revision at or below one that is there
     */
    public @Nullable HealAction remaining(long topicRevision, long lakeRevision) {
        boolean topic = toTopic && topicRevision < revision;
        boolean lake = toLake && lakeRevision < revision;
        if (topic == toTopic && lake == toLake) {
            return this;
        }
        return topic || lake ? new HealAction(difference, revision, reason, profile, topic, lake) : null;
    }
}
