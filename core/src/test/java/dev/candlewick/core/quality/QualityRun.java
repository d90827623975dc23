package dev.candlewick.core.quality;

import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** One instrument in the engine, prices with two decimals and whole sizes, and what is said of it. */
final class QualityRun {
    static final QualitySettings FULL = QualitySettings.defaults().withOutliers(OutlierRule.HAMPEL, OutlierScope.TRADE);

    final List<QualityEvent> events = new ArrayList<>();
    final List<MinuteReport> reports = new ArrayList<>();
    final List<Candle> candles = new ArrayList<>();
    final MarketEngine engine;
    InstrumentState state;
    private final Instrument instrument = Instrument.ofVenue("alpha", "BTC-USD", 2, 0);
    private long watermarkMillis = Long.MIN_VALUE;
    private long position;

    QualityRun(QualitySettings quality) {
        this(EngineSettings.defaults().withQuality(quality));
    }

    QualityRun(EngineSettings settings) {
        engine = new MarketEngine(settings, new EngineOutput() {
            @Override
            public void candle(Candle candle) {
                candles.add(candle);
            }

            @Override
            public void vwap(VwapRow row) {}

            @Override
            public void event(QualityEvent event) {
                events.add(event);
            }

            @Override
            public void report(MinuteReport report) {
                reports.add(report);
            }
        });
        state = engine.newState(instrument);
    }

    /** Nanoseconds of a time of the day on 10 March 2024 in UTC, such as {@code 14:00:00.5}. */
    static long at(String time) {
        return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.parse("2024-03-10T" + time + "Z"));
    }

    /** A trade of size 1 without id. */
    Trade trade(long timeNanos, String price) {
        Trade trade = new Trade();
        trade.instrument = instrument;
        trade.eventTimeNanos = timeNanos;
        trade.priceScaled = new BigDecimal(price).setScale(2).unscaledValue().longValueExact();
        trade.sizeScaled = 1;
        trade.placePosition = position;
        trade.readOffset = position++;
        return trade;
    }

    QualityRun add(Trade trade) {
        engine.process(state, trade, watermarkMillis);
        return this;
    }

    QualityRun add(long timeNanos, String price) {
        return add(trade(timeNanos, price));
    }

    QualityRun add(String time, String price) {
        return add(at(time), price);
    }

    /** A trade with an id. */
    QualityRun add(String time, long id) {
        Trade trade = trade(at(time), "100");
        trade.setIdNumber(id);
        return add(trade);
    }

    QualityRun advance(long millis) {
        watermarkMillis = millis;
        engine.advance(state, millis);
        return this;
    }

    QualityRun end() {
        return advance(Long.MAX_VALUE);
    }

    List<QualityEvent> events(QualityKind kind) {
        return events.stream().filter(event -> event.kind() == kind).toList();
    }

    List<QualityEvent> gaps() {
        return events.stream()
                .filter(event -> event.kind().name().startsWith("GAP_"))
                .toList();
    }
}
