package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Trade;
import java.io.Serializable;

/** Gives the time that is written as known-at, in nanoseconds since the epoch; called by one thread per writer. */
@FunctionalInterface
public interface NanosClock extends Serializable {
    /** A clock that does not know: the column stays null. */
    NanosClock ABSENT = () -> Trade.TIME_ABSENT;

    /** Nanoseconds since the epoch, or {@link Trade#TIME_ABSENT} where not known. */
    long nanos();
}
