package dev.candlewick.core.model;

import java.util.List;

/**
 * The open candles of one instrument at one moment, of each interval the newest ones where there are very many, for {@code candles.live}; immutable.
 *
 * @param venue the venue, or {@link Instrument#CONSOLIDATED_VENUE}
 * @param symbol the symbol as the input wrote it
 * @param candles the open candles, finest interval first, none of them final
 */
public record LiveCandles(String venue, String symbol, List<Candle> candles) {
    /** Key of the record in its topic: venue and symbol, escaped and joined by {@code |}. */
    public String key() {
        return Instrument.escape(venue) + '|' + Instrument.escape(symbol);
    }
}
