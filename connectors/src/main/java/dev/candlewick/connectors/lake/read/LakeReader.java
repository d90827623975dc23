package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.core.validate.FeedRules;
import java.util.ArrayList;
import java.util.List;

/** Opens readers over the files that a catalog names. */
public final class LakeReader {
    private LakeReader() {}

    /**
     * The files of a table that may hold a row of a time range, by partition and name.
     *
     * @param range of the table's time column
     */
    public static List<LakeFile> files(LakeCatalog catalog, LakeTable table, TimeRange range) {
        List<LakeFile> files = new ArrayList<>();
        for (LakeFile file : catalog.files(table)) {
            Long min = file.minTimeNanos();
            Long max = file.maxTimeNanos();
            if (min == null || max == null ? range.isAll() : range.overlaps(min, max)) {
                files.add(file);
            }
        }
        return files;
    }

    /**
     * Reads trades with their archived read positions.
     *
     * @param rules rules of the feed that the lake was written with, for the scales of its symbols
     */
    public static TradeFileReader trades(LakeFile file, int fileOrdinal, FeedRules rules, TimeRange range) {
        return new TradeFileReader(ParquetInput.open(file.path()), fileOrdinal, rules, range, true);
    }

    /** Reads candles. */
    public static CandleFileReader candles(LakeFile file, FeedRules rules, TimeRange range) {
        return new CandleFileReader(ParquetInput.open(file.path()), rules, range);
    }

    /** Reads rolling VWAP rows. */
    public static VwapFileReader vwap(LakeFile file, FeedRules rules, TimeRange range) {
        return new VwapFileReader(ParquetInput.open(file.path()), rules, range);
    }
}
