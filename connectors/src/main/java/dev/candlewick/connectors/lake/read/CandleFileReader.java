package dev.candlewick.connectors.lake.read;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.validate.FeedRules;
import org.jspecify.annotations.Nullable;

/** The candles of one lake file, every revision, in file order; one thread. */
public final class CandleFileReader extends ResultFileReader<Candle> {
    private static final int HEX_DIGITS = 32;

    private @Nullable String intervalName;

    @SuppressWarnings("NullAway.Init") // Set with its name.
    private Interval interval;

    private Candles columns = new Candles();

    /** The columns of the row group that is open. */
    @SuppressWarnings("NullAway.Init")
    private static final class Candles {
        TextCursor venue;
        TextCursor interval;
        DecimalCursor open;
        DecimalCursor high;
        DecimalCursor low;
        DecimalCursor close;
        DecimalCursor volume;
        DecimalCursor notional;
        LongCursor trades;
        LongCursor firstTrade;
        LongCursor lastTrade;
        LongCursor isFinal;
        TextCursor digest;
        FlagsCursor flags;
        int priceScale;
        int sizeScale;
        int notionalScale;
    }

    /**
     * Reads a file.
     *
     * @param file closed with this reader
     * @param rules the rules of the feed, for the scales of its symbols
     * @param range of the candles' starts
     */
    public CandleFileReader(ParquetInput file, FeedRules rules, TimeRange range) {
        super(file, rules, range, "start_ns");
    }

    @Override
    void open(Columns from, RowGroup group) {
        Candles made = new Candles();
        made.venue = from.texts("venue", group);
        made.interval = from.texts("interval", group);
        made.open = from.decimals("open", group);
        made.high = from.decimals("high", group);
        made.low = from.decimals("low", group);
        made.close = from.decimals("close", group);
        made.volume = from.decimals("volume", group);
        made.notional = from.decimals("notional", group);
        made.trades = from.longs("trades", group);
        made.firstTrade = from.longs("first_trade_ns", group);
        made.lastTrade = from.longs("last_trade_ns", group);
        made.isFinal = from.booleans("final", group);
        made.digest = from.texts("digest", group);
        made.flags = from.flags("flags", group);
        made.priceScale = from.scale("open");
        made.sizeScale = from.scale("volume");
        made.notionalScale = from.scale("notional");
        columns = made;
    }

    @Override
    void load(int count) {
        load(columns.venue);
        load(columns.interval);
        load(columns.open);
        load(columns.high);
        load(columns.low);
        load(columns.close);
        load(columns.volume);
        load(columns.notional);
        load(columns.trades);
        load(columns.firstTrade);
        load(columns.lastTrade);
        load(columns.isFinal);
        load(columns.digest);
        load(columns.flags);
    }

    @Override
    Candle row(int row) {
        Candles from = columns;
        String symbol = symbol(row);
        int priceScale = priceScale(symbol);
        int sizeScale = sizeScale(symbol);
        String name = text(from.interval, row);
        if (!name.equals(intervalName)) {
            interval = Interval.parse(name);
            intervalName = name;
        }
        return new Candle(
                text(from.venue, row),
                symbol,
                interval,
                timeNanos(row),
                priceScale,
                sizeScale,
                price(from.open, from.priceScale, priceScale, row),
                price(from.high, from.priceScale, priceScale, row),
                price(from.low, from.priceScale, priceScale, row),
                price(from.close, from.priceScale, priceScale, row),
                decimal(from.volume, from.sizeScale, sizeScale, row),
                decimal(from.notional, from.notionalScale, priceScale + sizeScale, row),
                from.trades.values[row],
                optional(from.firstTrade, row),
                optional(from.lastTrade, row),
                revision(row),
                reason(row),
                from.isFinal.values[row] != 0,
                digest(from.digest, row),
                from.flags.bits[row],
                0);
    }

    private static Int128 digest(TextCursor cursor, int row) {
        int entry = cursor.refs[row];
        if (entry == TextCursor.NULL || cursor.length(entry) != HEX_DIGITS) {
            throw cursor.pages.broken("with a digest that is not of 32 digits");
        }
        int from = cursor.from(entry);
        return new Int128(hex(cursor, from), hex(cursor, from + HEX_DIGITS / 2));
    }

    private static long hex(TextCursor cursor, int from) {
        long value = 0;
        for (int i = from; i < from + HEX_DIGITS / 2; i++) {
            int digit = Character.digit(cursor.arena[i], 16);
            if (digit < 0) {
                throw cursor.pages.broken("with a digest that is not hexadecimal");
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
