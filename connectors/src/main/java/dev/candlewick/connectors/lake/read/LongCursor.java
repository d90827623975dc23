package dev.candlewick.connectors.lake.read;

import java.io.IOException;
import java.util.Arrays;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridDecoder;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Integers of 32 or 64 bits; booleans as 0 and 1. */
final class LongCursor extends ColumnCursor {
    private static final long[] NONE = new long[0];

    private final PrimitiveTypeName type;
    /** What each value is multiplied by, for times in coarser units; a product beyond 64 bits becomes the largest. */
    private final long factor;

    private final boolean nullable;
    private long[] dictionary = NONE;

    long[] values = NONE;
    /** Empty where the column has no nulls. */
    boolean[] isNull = new boolean[0];

    LongCursor(ColumnDescriptor descriptor, ChunkPages pages, long factor) {
        super(descriptor, pages);
        this.type = descriptor.getPrimitiveType().getPrimitiveTypeName();
        this.factor = factor;
        this.nullable = descriptor.getMaxDefinitionLevel() > 0;
    }

    boolean isNull(int row) {
        return nullable && isNull[row];
    }

    @Override
    boolean readsPlain() {
        return type != PrimitiveTypeName.BOOLEAN;
    }

    @Override
    void ensure(int rows) {
        if (values.length < rows) {
            values = Arrays.copyOf(values, rows);
        }
        if (nullable && isNull.length < rows) {
            isNull = Arrays.copyOf(isNull, rows);
        }
    }

    @Override
    void dictionary(int count) {
        long[] made = new long[count];
        plain(made, 0, count);
        dictionary = made;
    }

    private void plain(long[] into, int from, int count) {
        byte[] buffer = pages.buffer;
        if (type == PrimitiveTypeName.INT64) {
            int position = take(8L * count);
            for (int i = 0; i < count; i++) {
                into[from + i] = scaled((long) LONGS.get(buffer, position + 8 * i));
            }
        } else {
            int position = take(4L * count);
            for (int i = 0; i < count; i++) {
                into[from + i] = scaled((int) INTS.get(buffer, position + 4 * i));
            }
        }
    }

    private long scaled(long value) {
        if (factor == 1) {
            return value;
        }
        long product = value * factor;
        return Math.multiplyHigh(value, factor) == product >> 63 ? product : Long.MAX_VALUE;
    }

    @Override
    void values(int from, int count) throws IOException {
        if (nullable) {
            Arrays.fill(isNull, from, from + count, false);
        }
        RunLengthBitPackingHybridDecoder references = ids;
        ValuesReader reader = other;
        if (references != null) {
            long[] table = dictionary;
            for (int i = from; i < from + count; i++) {
                values[i] = table[references.readInt()];
            }
        } else if (reader == null) {
            plain(values, from, count);
        } else if (type == PrimitiveTypeName.BOOLEAN) {
            for (int i = from; i < from + count; i++) {
                values[i] = reader.readBoolean() ? 1 : 0;
            }
        } else if (type == PrimitiveTypeName.INT64) {
            for (int i = from; i < from + count; i++) {
                values[i] = scaled(reader.readLong());
            }
        } else {
            for (int i = from; i < from + count; i++) {
                values[i] = scaled(reader.readInteger());
            }
        }
    }

    @Override
    void nulls(int from, int count) {
        Arrays.fill(isNull, from, from + count, true);
        Arrays.fill(values, from, from + count, 0);
    }
}
