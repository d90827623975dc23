package dev.candlewick.core.model;

import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import org.jspecify.annotations.Nullable;

/**
 * One published candle: the pure function of the accepted trades in {@code [startNanos, endNanos)}; immutable.
 *
 * <p>Prices stand at {@code priceScale}, volume at {@code sizeScale}, notional at {@code priceScale + sizeScale}, VWAP
 * at {@link Decimals#vwapScale(int)}. Times are nanoseconds since the epoch in UTC, {@link Trade#TIME_ABSENT} for the
 * first and last trade of a fill.
 *
 * @param venue the venue, or {@link Instrument#CONSOLIDATED_VENUE}
 * @param symbol the symbol as the input wrote it
 * @param interval the window's length
 * @param startNanos first nanosecond of the window
 * @param priceScale decimals of the prices
 * @param sizeScale decimals of the volume
 * @param openScaled price of the first trade in the total order
 * @param highScaled largest price
 * @param lowScaled smallest price
 * @param closeScaled price of the last trade in the total order
 * @param volume sum of the sizes
 * @param notional sum of price times size
 * @param trades number of accepted trades
 * @param firstTradeNanos event time of the first trade
 * @param lastTradeNanos event time of the last trade
 * @param revision 0 for the first publication, then strictly increasing
 * @param reason what made this revision
 * @param isFinal false on {@code candles.live} only
 * @param digest order-free sum of the trades' hashes modulo 2^128
 * @param flags set of {@link CandleFlag#bit()}s
 * @param previousTrades trades of the revision before this one, 0 for the first; for the double entry, not published
 */
public record Candle(
        String venue,
        String symbol,
        Interval interval,
        long startNanos,
        int priceScale,
        int sizeScale,
        long openScaled,
        long highScaled,
        long lowScaled,
        long closeScaled,
        Int128 volume,
        Int128 notional,
        long trades,
        long firstTradeNanos,
        long lastTradeNanos,
        int revision,
        RevisionReason reason,
        boolean isFinal,
        Int128 digest,
        int flags,
        long previousTrades)
        implements Published {

    /** First nanosecond after the window. */
    public long endNanos() {
        return startNanos + interval.nanos();
    }

    /** Notional over volume, HALF_EVEN at {@link Decimals#vwapScale(int)}; null when the volume is zero. */
    public @Nullable Int128 vwapScaled() {
        return Decimals.vwap(notional, volume, priceScale);
    }

    /** Decimals of {@link #notional()}. */
    public int notionalScale() {
        return priceScale + sizeScale;
    }

    /** Key of the record in its topic: venue, symbol and start, escaped and joined by {@code |}. */
    @Override
    public String key() {
        return Instrument.escape(venue) + '|' + Instrument.escape(symbol) + '|' + startNanos;
    }
}
