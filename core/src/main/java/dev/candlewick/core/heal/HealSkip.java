package dev.candlewick.core.heal;

import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.ReconcileKey;

/**
 * One difference that a heal leaves alone; immutable.
 *
 * @param key what differs
 * @param why a stable code
 * @param cause why it differs
 * @param detail a sentence
 */
public record HealSkip(ReconcileKey key, Why why, Cause cause, String detail) {
    /** Why a difference is left alone. */
    public enum Why {
        /** Another symbol than those asked for. */
        NOT_ASKED(false),
        /** The running job may still revise the value. */
        NOT_PURGED(false),
        /** Another side has changed since the reconciliation. */
        CHANGED(false),
        /** Nothing explains the difference. */
        UNKNOWN(true),
        /** The recomputed value is not proved better. */
        NOT_HEALABLE(true),
        /** The recomputation has no such value; a heal never takes anything away. */
        EXTRA(true),
        /** A value made from the same trades cannot be healed. */
        INCONSISTENT(true);

        private final boolean unhealable;

        Why(boolean unhealable) {
            this.unhealable = unhealable;
        }

        /** Whether it counts against the bound of values that cannot be healed. */
        public boolean isUnhealable() {
            return unhealable;
        }
    }
}
