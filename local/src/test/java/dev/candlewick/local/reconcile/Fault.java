package dev.candlewick.local.reconcile;

import dev.candlewick.core.reconcile.Cause;
import org.jspecify.annotations.Nullable;

/** What a case has been done to, the cause that must be found, and whether a heal is right. */
enum Fault {
    /** Nothing. */
    NONE(null, false),
    /** One trade never reached the archive. */
    DROPPED(Cause.LOST_IN_ARCHIVE, false),
    /** One row without an id stands in the archive twice, under another position. */
    DOUBLED(Cause.DUPLICATE, false),
    /** The rows of the archive stand in another order: nothing differs by it. */
    REORDERED(null, false),
    /** One archived price is another, and the manifest fits. */
    PRICE_FLIPPED(Cause.ALTERED, false),
    /** A file that its manifest names is gone. */
    FILE_LOST(Cause.LOST_IN_ARCHIVE, false),
    /** A file is there twice, and the manifest names both: ids keep the values right. */
    FILE_DOUBLED(Cause.DUPLICATE, false),
    /** The published values were made with other settings. */
    WRONG_PROFILE(Cause.PROFILE, true),
    /** One trade was a minute ahead, so that those behind it were late. */
    CLOCK_SKEW(Cause.LATE, true),
    /** A file is cut. */
    FILE_TRUNCATED(Cause.LOST_IN_ARCHIVE, false),
    /** A file stands in the partition of the day before: its rows are found by their times. */
    WRONG_DAY(Cause.ALTERED, false),
    /** One candle's record in the topic was replaced by one with another price. */
    TOPIC_ALTERED(Cause.ALTERED, true),
    /** One candle's record is gone from the topic. */
    TOPIC_MISSING(Cause.ALTERED, true),
    /** All records of a while are gone from the topics. */
    TRANSACTION_LOST(Cause.LOST_TRANSACTION, true);

    private final @Nullable Cause cause;
    private final boolean healable;

    Fault(@Nullable Cause cause, boolean healable) {
        this.cause = cause;
        this.healable = healable;
    }

    /** The cause to find; null where nothing must be found. */
    @Nullable
    Cause cause() {
        return cause;
    }

    /** Whether healing is right. */
    boolean healable() {
        return healable;
    }

    /** Whether a finding about files tells it, with no value that differs. */
    boolean isOfFilesAlone() {
        return this == FILE_DOUBLED || this == WRONG_DAY;
    }
}
