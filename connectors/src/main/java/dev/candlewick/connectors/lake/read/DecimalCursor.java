package dev.candlewick.connectors.lake.read;

import java.io.IOException;
import java.util.Arrays;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.values.ValuesReader;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridDecoder;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Decimals as 128-bit integers at the column's scale, whatever they are stored as. */
final class DecimalCursor extends ColumnCursor {
    private static final long[] NONE = new long[0];
    private static final int BYTES_MAX = 16;

    private final PrimitiveTypeName type;
    private final int fixedBytes;
    private final boolean nullable;
    private long[] dictionaryHigh = NONE;
    private long[] dictionaryLow = NONE;
    private boolean dictionaryWide;

    /** Upper 64 bits; only valid while {@link #wide}. */
    long[] high = NONE;

    long[] low = NONE;
    boolean[] isNull = new boolean[0];
    /** Whether a value may need more than 64 bits. */
    boolean wide;

    DecimalCursor(ColumnDescriptor descriptor, ChunkPages pages) {
        super(descriptor, pages);
        this.type = descriptor.getPrimitiveType().getPrimitiveTypeName();
        this.fixedBytes = descriptor.getPrimitiveType().getTypeLength();
        this.nullable = descriptor.getMaxDefinitionLevel() > 0;
    }

    boolean isNull(int row) {
        return nullable && isNull[row];
    }

    long high(int row) {
        return wide ? high[row] : low[row] >> 63;
    }

    @Override
    void restart() {
        wide = false;
    }

    @Override
    void ensure(int rows) {
        if (low.length < rows) {
            low = Arrays.copyOf(low, rows);
            if (wide) {
                high = Arrays.copyOf(high, rows);
            }
        }
        if (nullable && isNull.length < rows) {
            isNull = Arrays.copyOf(isNull, rows);
        }
    }

    /** From now on upper halves are kept; those of the rows before are signs. */
    private void widen(int rows) {
        if (!wide) {
            wide = true;
            if (high.length < low.length) {
                high = new long[low.length];
            }
            for (int i = 0; i < rows; i++) {
                high[i] = low[i] >> 63;
            }
        }
    }

    private void put(int row, long upper, long lower) {
        low[row] = lower;
        if (wide) {
            high[row] = upper;
        } else if (upper != lower >> 63) {
            widen(row);
            high[row] = upper;
        }
    }

    @Override
    void dictionary(int count) throws IOException {
        long[] uppers = new long[count];
        long[] lowers = new long[count];
        boolean anyWide = false;
        for (int i = 0; i < count; i++) {
            next();
            uppers[i] = upper;
            lowers[i] = lower;
            anyWide |= upper != lower >> 63;
        }
        dictionaryHigh = uppers;
        dictionaryLow = lowers;
        dictionaryWide = anyWide;
    }

    private long upper;
    private long lower;

    /** Takes the next plain value. */
    private void next() {
        byte[] buffer = pages.buffer;
        switch (type) {
            case INT32 -> set((int) INTS.get(buffer, take(4)));
            case INT64 -> set((long) LONGS.get(buffer, take(8)));
            case FIXED_LEN_BYTE_ARRAY -> set(buffer, take(fixedBytes), fixedBytes);
            default -> {
                int length = (int) INTS.get(buffer, take(4));
                if (length < 0) {
                    throw pages.broken("with a value of " + length + " bytes");
                }
                set(buffer, take(length), length);
            }
        }
    }

    private void set(long value) {
        upper = value >> 63;
        lower = value;
    }

    /** Big endian, two's complement. */
    private void set(byte[] buffer, int from, int length) {
        if (length == BYTES_MAX) {
            upper = Long.reverseBytes((long) LONGS.get(buffer, from));
            lower = Long.reverseBytes((long) LONGS.get(buffer, from + 8));
            return;
        }
        int first = from;
        int end = from + length;
        long sign = length > 0 && buffer[from] < 0 ? -1 : 0;
        while (end - first > BYTES_MAX) {
            if (buffer[first++] != (byte) sign) {
                throw pages.broken("with a decimal of more than 128 bits");
            }
        }
        if (end - first == BYTES_MAX && (buffer[first] < 0 ? -1 : 0) != sign) {
            throw pages.broken("with a decimal of more than 128 bits");
        }
        long upperBits = sign;
        long lowerBits = sign;
        for (int i = first; i < end; i++) {
            upperBits = upperBits << 8 | lowerBits >>> 56;
            lowerBits = lowerBits << 8 | buffer[i] & 0xff;
        }
        upper = upperBits;
        lower = lowerBits;
    }

    @Override
    void values(int from, int count) throws IOException {
        if (nullable) {
            Arrays.fill(isNull, from, from + count, false);
        }
        RunLengthBitPackingHybridDecoder references = ids;
        ValuesReader reader = other;
        if (references != null) {
            if (dictionaryWide && !wide) {
                widen(from);
            }
            for (int i = from; i < from + count; i++) {
                int id = references.readInt();
                low[i] = dictionaryLow[id];
                if (wide) {
                    high[i] = dictionaryHigh[id];
                }
            }
        } else if (reader == null) {
            for (int i = from; i < from + count; i++) {
                next();
                put(i, upper, lower);
            }
        } else {
            for (int i = from; i < from + count; i++) {
                switch (type) {
                    case INT32 -> set(reader.readInteger());
                    case INT64 -> set(reader.readLong());
                    default -> {
                        Binary binary = reader.readBytes();
                        byte[] bytes = binary.getBytesUnsafe();
                        set(bytes, 0, bytes.length);
                    }
                }
                put(i, upper, lower);
            }
        }
    }

    @Override
    void nulls(int from, int count) {
        Arrays.fill(isNull, from, from + count, true);
        for (int i = from; i < from + count; i++) {
            put(i, 0, 0);
        }
    }
}
