package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.rows.StoredRow;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the rows of a compacted partition are ordered, and which of them are the same row written twice: as the views of
 * {@code candlewick query} take them.
 */
final class RowOrder {
    private final int[] identity;
    private final int generation;
    private final int knownAt;
    private final boolean oncePerFile;
    private final boolean hasIdentity;

    private RowOrder(LakeTable table, boolean oncePerFile, boolean hasIdentity, List<String> names) {
        this.identity =
                names.stream().mapToInt(name -> StoredRow.column(table, name)).toArray();
        this.generation = StoredRow.column(table, LakeTable.GENERATION);
        this.knownAt = StoredRow.column(table, LakeTable.KNOWN_AT);
        this.oncePerFile = oncePerFile;
        this.hasIdentity = hasIdentity;
    }

    static RowOrder of(LakeTable table) {
        return switch (table) {
            case TRADES ->
                // Several rows of one message may be equal; a restored job writes them again into another file.
                new RowOrder(
                        table,
                        true,
                        true,
                        List.of(
                                "event_time_ns",
                                "read_source",
                                "read_partition",
                                "read_offset",
                                "venue",
                                "symbol",
                                "trade_id",
                                "sequence",
                                "price",
                                "size",
                                "side",
                                "conditions",
                                "flags"));
            case REJECTED ->
                new RowOrder(
                        table,
                        true,
                        true,
                        List.of(
                                "event_time_ns",
                                "read_source",
                                "read_partition",
                                "read_offset",
                                "reason",
                                "message",
                                "raw"));
            case CANDLES ->
                new RowOrder(table, false, true, List.of("venue", "symbol", "interval", "start_ns", "revision"));
            case VWAP -> new RowOrder(table, false, true, List.of("venue", "symbol", "at_ns", "revision"));
            case REPORTS -> new RowOrder(table, false, true, first(table, List.of("venue", "symbol", "start_ns")));
            case QUALITY -> new RowOrder(table, false, true, first(table, List.of("event_time_ns", "venue", "symbol")));
            // No streaming job writes it.
            case DAILY -> new RowOrder(table, false, false, first(table, List.of("venue", "symbol", "start_ns")));
        };
    }

    private static List<String> first(LakeTable table, List<String> first) {
        List<String> names = new ArrayList<>(first);
        for (LakeTable.Column column : table.ownColumns()) {
            if (!first.contains(column.name())) {
                names.add(column.name());
            }
        }
        return names;
    }

    /** Orders rows: first by what they are, then by which of equal ones readers take. */
    int compare(SortedRow left, SortedRow right) {
        int order = compareIdentity(left.row(), right.row());
        if (order == 0) {
            order = compareNullsLast(left.row().get(generation), right.row().get(generation));
        }
        if (order == 0) {
            order = compareNullsLast(left.row().get(knownAt), right.row().get(knownAt));
        }
        return order == 0 ? Integer.compare(left.file(), right.file()) : order;
    }

    private static int compareNullsLast(@Nullable Object left, @Nullable Object right) {
        return left == null || right == null
                ? Boolean.compare(left == null, right == null)
                : StoredRow.compare(left, right);
    }

    int compareIdentity(StoredRow left, StoredRow right) {
        for (int column : identity) {
            int order = StoredRow.compare(left.get(column), right.get(column));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    /**
     * Whether a row was written before: by a job that was restored from a checkpoint older than what it had committed.
     *
     * @param first the first row, in this order, of those that are the same
     */
    boolean isCopy(SortedRow first, SortedRow row) {
        return hasIdentity && !(oncePerFile && first.file() == row.file());
    }
}
