package dev.candlewick.connectors.lake.rows;

import dev.candlewick.connectors.lake.LakeTable;
import java.util.List;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * One row of a table as its file holds it: a value for each of {@link LakeTable#columns()}, null where it is absent;
 * mutable, for one thread.
 *
 * <p>Values are {@link Long}, {@link Integer}, {@link Boolean}, {@link Binary} (text, bytes and decimals) and
 * {@code Binary[]} (lists of codes). Rows keep their values after the reader has gone on.
 */
public final class StoredRow {
    private final @Nullable Object[] values;

    /** A row without values. */
    public StoredRow(LakeTable table) {
        this.values = new @Nullable Object[table.columns().size()];
    }

    /** The position of a column; -1 where the table has none of that name. */
    public static int column(LakeTable table, String name) {
        List<LakeTable.Column> columns = table.columns();
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** How many columns the row has. */
    public int size() {
        return values.length;
    }

    /** A column's value. */
    public @Nullable Object get(int column) {
        return values[column];
    }

    /** Sets a column's value. */
    public void set(int column, @Nullable Object value) {
        values[column] = value;
    }

    /** A column of text; null where it is absent. */
    public @Nullable String text(int column) {
        return values[column] instanceof Binary binary ? binary.toStringUsingUTF8() : null;
    }

    /** Orders two values of one column: absent first, numbers by value, all others by unsigned bytes. */
    public static int compare(@Nullable Object left, @Nullable Object right) {
        if (left == null || right == null) {
            return left == right ? 0 : left == null ? -1 : 1;
        }
        if (left instanceof Long a && right instanceof Long b) {
            return a.compareTo(b);
        }
        if (left instanceof Integer a && right instanceof Integer b) {
            return a.compareTo(b);
        }
        if (left instanceof Boolean a && right instanceof Boolean b) {
            return a.compareTo(b);
        }
        if (left instanceof Binary a && right instanceof Binary b) {
            return compareBytes(a, b);
        }
        if (left instanceof Binary[] a && right instanceof Binary[] b) {
            for (int i = 0; i < Math.min(a.length, b.length); i++) {
                int order = compareBytes(a[i], b[i]);
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(a.length, b.length);
        }
        throw new IllegalArgumentException(
                "values of one column must be of one type, was " + left.getClass() + " and " + right.getClass());
    }

    @SuppressWarnings("ReferenceEquality") // Values of a dictionary are shared.
    private static int compareBytes(Binary left, Binary right) {
        return left == right ? 0 : java.util.Arrays.compareUnsigned(left.getBytesUnsafe(), right.getBytesUnsafe());
    }
}
