package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.core.model.CandleFlag;
import java.io.IOException;
import java.util.Arrays;
import org.apache.parquet.column.ColumnDescriptor;

/** The list of a candle's flags as a set of bits. */
final class FlagsCursor extends TextCursor {
    private static final int NO_ENTRY = -1;

    private final int definitionMax;
    private int waiting = NO_ENTRY;
    private long rowsLeft;

    int[] bits = new int[0];

    FlagsCursor(ColumnDescriptor descriptor, ChunkPages pages, int rows) {
        super(descriptor, pages);
        definitionMax = descriptor.getMaxDefinitionLevel();
        rowsLeft = rows;
        ensure(1);
    }

    @Override
    void read(int count) {
        if (bits.length < count) {
            bits = Arrays.copyOf(bits, count);
        }
        try {
            for (int row = 0; row < count; row++) {
                bits[row] = next();
            }
        } catch (LakeException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw pages.broken("with values that cannot be read: " + ParquetInput.firstLine(e), e);
        }
    }

    private int next() throws IOException {
        int set = 0;
        int entry = waiting == NO_ENTRY ? nextEntry() : waiting;
        waiting = NO_ENTRY;
        rowsLeft--;
        boolean first = true;
        while (first || entry >>> 16 != 0) {
            first = false;
            if ((entry & 0xffff) == definitionMax) {
                values(0, 1);
                set |= bit(string(refs[0]));
                restart();
            }
            if (rowsLeft == 0 && !hasEntry()) {
                return set;
            }
            entry = nextEntry();
        }
        waiting = entry;
        return set;
    }

    private int bit(String name) {
        try {
            return CandleFlag.valueOf(name).bit();
        } catch (IllegalArgumentException e) {
            throw pages.broken("with an unknown flag of a candle", e);
        }
    }
}
