package dev.candlewick.core.reconcile;

import org.jspecify.annotations.Nullable;

/**
 * Something wrong with the archive or the lake itself, whether or not a value differs by it; immutable.
 *
 * @param code what is wrong
 * @param cause the cause that it is evidence for
 * @param table the table's name
 * @param partition the partition's folder relative to the lake, empty where it is about the whole table
 * @param file the file's name, null where it is about more than one
 * @param fromNanos first event time that is concerned, null where unknown
 * @param toNanos last event time that is concerned, null where unknown
 * @param rows how many rows are concerned
 * @param detail a full sentence
 */
public record Finding(
        Code code,
        Cause cause,
        String table,
        String partition,
        @Nullable String file,
        @Nullable Long fromNanos,
        @Nullable Long toNanos,
        long rows,
        String detail) {
    /** What is wrong; stable codes. */
    public enum Code {
        /** A manifest names a file that is not there. */
        FILE_MISSING,
        /** A file cannot be read as what it should be, or is shorter than its manifest says. */
        FILE_BROKEN,
        /** A file can be read but is not the one that was published. */
        FILE_CHANGED,
        /** Rows stand in the partition of another day. */
        WRONG_DAY,
        /** A row of a log stands in the archive more than once. */
        ROWS_DOUBLED,
        /** The run's double entry counts more valid messages than the archive has rows. */
        ROWS_MISSING
    }

    /** Whether it is about archived trades and touches a span of event time, bounds unknown counting as all. */
    public boolean touchesTrades(long fromInclusive, long toExclusive) {
        return table.equals("trades")
                && (fromNanos == null || fromNanos < toExclusive)
                && (toNanos == null || toNanos >= fromInclusive);
    }
}
