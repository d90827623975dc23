package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.file.InputFile;
import java.util.List;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * Files that one reader reads together; immutable.
 *
 * @param number its number among the splits of the source
 * @param files in the order of their ordinals
 * @param sorted whether their rows come in the order of event time, else file by file
 * @param once whether rows that several of the files have by the same archived read position come once; only sorted
 * @param range of the rows' event times
 * @param emitted how many rows were emitted; the order is the same in every attempt
 */
public record ParquetSplit(
        int number, List<InputFile> files, boolean sorted, boolean once, TimeRange range, long emitted)
        implements SourceSplit {
    /** Takes a copy of the list. */
    public ParquetSplit {
        files = List.copyOf(files);
        if (once && !sorted) {
            throw new IllegalArgumentException("rows must be sorted to come once, were not (split " + number + ")");
        }
    }

    @Override
    public String splitId() {
        return "parquet-" + number;
    }

    ParquetSplit after(long rows) {
        return new ParquetSplit(number, files, sorted, once, range, rows);
    }
}
