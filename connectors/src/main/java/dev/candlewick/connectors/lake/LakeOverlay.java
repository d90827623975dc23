package dev.candlewick.connectors.lake;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What makes a version lie over another one: readers of the version see its own partitions where it covers them, and
 * those of the base, as they are now, everywhere else; immutable.
 *
 * @param base the version below, which may be an overlay itself
 * @param covers what the version answers for itself
 */
public record LakeOverlay(int base, List<LakeCover> covers) {
    /** Copies the list. */
    public LakeOverlay {
        if (base < 1) {
            throw new LakeException(
                    LakeException.Kind.USAGE, "base of an overlay must be a version from 1, was " + base);
        }
        if (covers.isEmpty()) {
            throw new LakeException(LakeException.Kind.USAGE, "overlay must cover something, was empty");
        }
        covers = List.copyOf(covers);
    }

    /** Whole days, first to last inclusive, of some tables. */
    public static LakeOverlay days(int base, Collection<LakeTable> tables, LocalDate from, LocalDate to) {
        List<LakeCover> covers = new ArrayList<>();
        for (LakeTable table : LakeTable.values()) {
            if (tables.contains(table)) {
                covers.add(new LakeCover(table, null, from, to));
            }
        }
        return new LakeOverlay(base, covers);
    }

    /** Whether the version answers for a partition, whatever the partition's version. */
    public boolean covers(LakePartition partition) {
        return covers.stream().anyMatch(cover -> cover.contains(partition));
    }
}
