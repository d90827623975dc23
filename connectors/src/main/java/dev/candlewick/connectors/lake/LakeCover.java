package dev.candlewick.connectors.lake;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Days of one table that an overlay answers for itself, also where it holds nothing there; immutable.
 *
 * @param table the table
 * @param interval one interval of it; null for all
 * @param from the first UTC day
 * @param to the last UTC day, inclusive
 */
public record LakeCover(LakeTable table, @Nullable String interval, LocalDate from, LocalDate to) {
    /** Checks the days. */
    public LakeCover {
        if (from.isAfter(to)) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "covered days must not end before they start, was " + from + " to " + to + " (table "
                            + table.directory() + ")");
        }
        if (interval != null && !table.hasInterval()) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "interval must be absent for a table without intervals, was " + interval + " (table "
                            + table.directory() + ")");
        }
    }

    /** Whether a partition is among them, whatever its version. */
    public boolean contains(LakePartition partition) {
        return partition.table() == table
                && (interval == null || interval.equals(partition.interval()))
                && !partition.day().isBefore(from)
                && !partition.day().isAfter(to);
    }
}
