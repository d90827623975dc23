package dev.candlewick.core.model;

import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import org.jspecify.annotations.Nullable;

/**
 * One value of the rolling five-minute VWAP, over the accepted trades in {@code [atNanos − 5 min, atNanos)}; immutable.
 *
 * <p>Scales as in {@link Candle}.
 *
 * @param venue the venue, or {@link Instrument#CONSOLIDATED_VENUE}
 * @param symbol the symbol as the input wrote it
 * @param atNanos a whole second
 * @param priceScale decimals of the prices
 * @param sizeScale decimals of the sizes
 * @param volume sum of the sizes
 * @param notional sum of price times size
 * @param trades number of accepted trades
 * @param revision 0 for the first publication, then strictly increasing
 * @param reason what made this revision
 */
public record VwapRow(
        String venue,
        String symbol,
        long atNanos,
        int priceScale,
        int sizeScale,
        Int128 volume,
        Int128 notional,
        long trades,
        int revision,
        RevisionReason reason)
        implements Published {

    /** Notional over volume, HALF_EVEN at {@link Decimals#vwapScale(int)}; null when the volume is zero. */
    public @Nullable Int128 vwapScaled() {
        return Decimals.vwap(notional, volume, priceScale);
    }

    /** Decimals of {@link #notional()}. */
    public int notionalScale() {
        return priceScale + sizeScale;
    }

    /** Key of the record in its topic: venue, symbol and time, escaped and joined by {@code |}. */
    @Override
    public String key() {
        return Instrument.escape(venue) + '|' + Instrument.escape(symbol) + '|' + atNanos;
    }
}
