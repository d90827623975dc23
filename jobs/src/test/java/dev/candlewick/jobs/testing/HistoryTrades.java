package dev.candlewick.jobs.testing;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Map;

/** Turns records of a random history into trades as a decoder would fill them; one thread. */
public final class HistoryTrades {
    private final boolean consolidated;
    private final Map<String, Instrument> instruments = new HashMap<>();

    /** Trades of either scope. */
    public HistoryTrades(boolean consolidated) {
        this.consolidated = consolidated;
    }

    /** Fills every field of a carrier that a reader would set; the read source is 0. */
    public Trade fill(Trade trade, OracleTrade from) {
        Instrument instrument = instruments.computeIfAbsent(from.venue() + '\n' + from.symbol(), key -> make(from));
        trade.instrument = instrument;
        trade.eventTimeNanos = from.eventTimeNanos();
        trade.receiveTimeNanos = from.receiveTimeNanos() == null ? Trade.TIME_ABSENT : from.receiveTimeNanos();
        trade.setId(from.id());
        trade.hasSequence = from.sequence() != null;
        trade.sequence = from.sequence() == null ? 0 : from.sequence();
        trade.priceScaled = scaled(from.price(), instrument.priceScale());
        trade.sizeScaled = scaled(from.size(), instrument.sizeScale());
        trade.side = from.side();
        trade.conditions = from.conditions();
        trade.placePartition = from.placePartition();
        trade.placePosition = from.placePosition();
        trade.readPartition = from.readPartition();
        trade.readOffset = from.readPosition();
        return trade;
    }

    private Instrument make(OracleTrade from) {
        int priceScale = History.priceScale(from.symbol());
        int sizeScale = History.sizeScale(from.symbol());
        return consolidated
                ? Instrument.consolidated(from.venue(), from.symbol(), priceScale, sizeScale)
                : Instrument.ofVenue(from.venue(), from.symbol(), priceScale, sizeScale);
    }

    private static long scaled(BigDecimal value, int scale) {
        return value.setScale(scale).unscaledValue().longValueExact();
    }
}
