package dev.candlewick.connectors.lake.read;

import org.apache.parquet.column.statistics.IntStatistics;
import org.apache.parquet.column.statistics.LongStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.jspecify.annotations.Nullable;

/** A row group as the footer tells it; immutable. */
public final class RowGroup {
    private final BlockMetaData block;
    private final long firstRow;

    RowGroup(BlockMetaData block, long firstRow) {
        this.block = block;
        this.firstRow = firstRow;
    }

    /** Rows in it. */
    public int rows() {
        return (int) block.getRowCount();
    }

    /** The ordinal of its first row in the file. */
    public long firstRow() {
        return firstRow;
    }

    /** Its bytes when inflated. */
    public long bytes() {
        return block.getTotalByteSize();
    }

    /** The least value of an integer column, null where the file does not say. */
    public @Nullable Long min(String column) {
        Statistics<?> statistics = statistics(column);
        return statistics instanceof LongStatistics longs
                ? (Long) longs.getMin()
                : statistics instanceof IntStatistics ints ? (Long) (long) ints.getMin() : null;
    }

    /** The largest value of an integer column, null where the file does not say. */
    public @Nullable Long max(String column) {
        Statistics<?> statistics = statistics(column);
        return statistics instanceof LongStatistics longs
                ? (Long) longs.getMax()
                : statistics instanceof IntStatistics ints ? (Long) (long) ints.getMax() : null;
    }

    /** How many values of a column are null, −1 where the file does not say. */
    public long nulls(String column) {
        ColumnChunkMetaData chunk = find(column);
        Statistics<?> statistics = chunk == null ? null : chunk.getStatistics();
        return statistics != null && statistics.isNumNullsSet() ? statistics.getNumNulls() : -1;
    }

    private @Nullable Statistics<?> statistics(String column) {
        ColumnChunkMetaData chunk = find(column);
        Statistics<?> statistics = chunk == null ? null : chunk.getStatistics();
        return statistics != null && statistics.hasNonNullValue() ? statistics : null;
    }

    /** The chunk of a column by its dotted path, null where there is none. */
    @Nullable
    ColumnChunkMetaData find(String column) {
        for (ColumnChunkMetaData chunk : block.getColumns()) {
            if (chunk.getPath().toDotString().equals(column)) {
                return chunk;
            }
        }
        return null;
    }
}
