package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.number.Decimals;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;

/** Trades at named instants of one day; every offset is unique within a builder chain's partition only if set. */
final class TestTrades {
    static final LocalDate DAY = LocalDate.parse("2024-03-11");
    static final Instrument BTC = Instrument.ofVenue("alpha", "BTC-USD", 12, 8);
    static final Instrument ETH = Instrument.ofVenue("alpha", "ETH-USD", 12, 8);

    private TestTrades() {}

    /** Nanoseconds of a time of the day, for example {@code 12:00:00.999999999}. */
    static long nanos(String time) {
        LocalTime parsed = LocalTime.parse(time);
        return parsed.toEpochSecond(DAY, ZoneOffset.UTC) * 1_000_000_000L + parsed.getNano();
    }

    /** Milliseconds of a time of the day. */
    static long millis(String time) {
        return Math.floorDiv(nanos(time), 1_000_000L);
    }

    /** A trade of BTC at alpha for 100.00, size 1, read from partition 0, without an id. */
    static Builder at(String time) {
        return new Builder(nanos(time));
    }

    static String open(dev.candlewick.core.model.Candle candle) {
        return Decimals.format(candle.openScaled(), candle.priceScale());
    }

    static String close(dev.candlewick.core.model.Candle candle) {
        return Decimals.format(candle.closeScaled(), candle.priceScale());
    }

    static final class Builder {
        private final Trade trade = new Trade();

        private Builder(long nanos) {
            trade.instrument = BTC;
            trade.eventTimeNanos = nanos;
            price("100");
            size("1");
        }

        Builder of(Instrument instrument) {
            trade.instrument = instrument;
            return this;
        }

        Builder price(String price) {
            trade.priceScaled = new BigDecimal(price)
                    .setScale(trade.instrument.priceScale())
                    .unscaledValue()
                    .longValueExact();
            return this;
        }

        Builder size(String size) {
            trade.sizeScaled = new BigDecimal(size)
                    .setScale(trade.instrument.sizeScale())
                    .unscaledValue()
                    .longValueExact();
            return this;
        }

        Builder id(String id) {
            trade.setId(id);
            return this;
        }

        /** Read position; the place is the same. */
        Builder read(int partition, long offset) {
            trade.readPartition = partition;
            trade.readOffset = offset;
            trade.placePartition = partition;
            trade.placePosition = offset;
            return this;
        }

        Builder newPartition() {
            trade.newPartition = true;
            return this;
        }

        Trade trade() {
            return trade;
        }

        Decoded decoded() {
            Decoded decoded = new Decoded();
            decoded.trade().set(trade);
            return decoded.setTrade();
        }
    }
}
