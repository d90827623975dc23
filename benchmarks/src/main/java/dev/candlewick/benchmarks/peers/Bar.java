package dev.candlewick.benchmarks.peers;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.math.BigDecimal;

/** Accumulator and result of a window; a POJO as Flink wants it. */
public final class Bar {
    /** Published venue and symbol. */
    public String venue = "";
    /** Symbol. */
    public String symbol = "";
    /** Name of the window's length. */
    public String interval = "";
    /** Window start in milliseconds. */
    public long startMillis;
    /** Window end in milliseconds. */
    public long endMillis;
    /** Decimals of prices. */
    public int priceScale;
    /** Decimals of sizes. */
    public int sizeScale;
    /** First price by arrival. */
    public long open;
    /** Largest price. */
    public long high;
    /** Smallest price. */
    public long low;
    /** Last price by arrival. */
    public long close;
    /** Sum of sizes. */
    public BigDecimal volume = BigDecimal.ZERO;
    /** Sum of price times size, for the VWAP. */
    public BigDecimal notional = BigDecimal.ZERO;
    /** How many. */
    public long trades;

    /** For Flink. */
    public Bar() {}

    /** Adds a trade in the order of arrival; sums are exact. */
    void add(Trade trade) {
        if (trades == 0) {
            Instrument instrument = trade.instrument;
            venue = instrument.publishedVenue();
            symbol = instrument.symbol();
            priceScale = instrument.priceScale();
            sizeScale = instrument.sizeScale();
            open = trade.priceScaled;
            high = trade.priceScaled;
            low = trade.priceScaled;
        } else {
            high = Math.max(high, trade.priceScaled);
            low = Math.min(low, trade.priceScaled);
        }
        close = trade.priceScaled;
        BigDecimal size = BigDecimal.valueOf(trade.sizeScaled, sizeScale);
        volume = volume.add(size);
        notional =
                notional.add(BigDecimal.valueOf(trade.priceScaled, priceScale).multiply(size));
        trades++;
    }
}
