package dev.candlewick.core.simulate;

import org.jspecify.annotations.Nullable;

/** One trade of the market as it truly happened, and then what befell its message; filled again and again. */
final class TradeCore {
    /** The partition's how manyeth trade it is, from 0. */
    long number = -1;
    /** Ordinal of the listing in the partition. */
    int listing;
    /** When its group begins, in trading time since the start. */
    long groupNanos;
    /** What all choices about it are mixed from. */
    long mixed;
    /** Its price in ticks. */
    long ticks;
    /** Its size in lots. */
    long lots;
    /** Whether the buyer was the aggressor. */
    boolean buy;

    /** The fault that befell it, null for none. */
    @Nullable
    FaultKind fault;
    /** Whether it is sent at all. */
    boolean sent;
    /** The venue's id. */
    long id;
    /** When it happened. */
    long trueNanos;
    /** How far its event time was set back. */
    long backNanos;
    /** The price that is sent, in ticks. */
    long printedTicks;

    /** The event time that is sent, unless it is late. */
    long eventNanos() {
        return trueNanos - backNanos;
    }

    /** Whether its event time stands for the partition's mark: everything before is no later. */
    boolean isAnchor() {
        return sent && backNanos == 0 && fault != FaultKind.LATE;
    }

    /** Whether nothing befell it. */
    boolean isClean() {
        return isAnchor() && fault == null;
    }
}
