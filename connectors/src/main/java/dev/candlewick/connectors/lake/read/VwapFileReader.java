package dev.candlewick.connectors.lake.read;

import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.validate.FeedRules;

/** The rolling VWAP rows of one lake file, every revision, in file order; one thread. */
@SuppressWarnings("NullAway.Init") // Opened with the first row group.
public final class VwapFileReader extends ResultFileReader<VwapRow> {
    private TextCursor venue;
    private DecimalCursor volume;
    private DecimalCursor notional;
    private LongCursor trades;
    private int volumeScale;
    private int notionalScale;

    /**
     * Reads a file.
     *
     * @param file closed with this reader
     * @param rules the rules of the feed, for the scales of its symbols
     * @param range of the rows' times
     */
    public VwapFileReader(ParquetInput file, FeedRules rules, TimeRange range) {
        super(file, rules, range, "at_ns");
    }

    @Override
    void open(Columns columns, RowGroup group) {
        venue = columns.texts("venue", group);
        volume = columns.decimals("volume", group);
        notional = columns.decimals("notional", group);
        trades = columns.longs("trades", group);
        volumeScale = columns.scale("volume");
        notionalScale = columns.scale("notional");
    }

    @Override
    void load(int count) {
        load(venue);
        load(volume);
        load(notional);
        load(trades);
    }

    @Override
    VwapRow row(int row) {
        String symbol = symbol(row);
        int priceScale = priceScale(symbol);
        int sizeScale = sizeScale(symbol);
        return new VwapRow(
                text(venue, row),
                symbol,
                timeNanos(row),
                priceScale,
                sizeScale,
                decimal(volume, volumeScale, sizeScale, row),
                decimal(notional, notionalScale, priceScale + sizeScale, row),
                trades.values[row],
                revision(row),
                reason(row));
    }
}
