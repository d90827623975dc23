package dev.candlewick.local.simulate;

import dev.candlewick.core.model.Trade;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * The plainest way to candles, for comparison: one thread, one map, decimals of the JDK; nothing of the product's own
 * arithmetic, order or state.
 *
 * <p>High, low, volume, notional and number count accepted trades. Open and close go by event time, numeric id and place
 * over all copies that were not turned away.
 */
final class ReferenceCandles {
    private static final Comparator<Point> ORDER = Comparator.comparingLong(Point::timeNanos)
            .thenComparingLong(Point::id)
            .thenComparingInt(Point::partition)
            .thenComparingLong(Point::position);

    private record Point(long timeNanos, long id, int partition, long position, BigDecimal price) {}

    private static final class Reference {
        Point first;
        Point last;
        BigDecimal high;
        BigDecimal low;
        BigDecimal volume = BigDecimal.ZERO;
        BigDecimal notional = BigDecimal.ZERO;
        long trades;

        Reference(Point point) {
            first = point;
            last = point;
            high = point.price();
            low = point.price();
        }
    }

    private final Map<String, Long> intervals;
    private final Map<String, Reference> candles = new HashMap<>();

    /** No candles yet; lengths in nanoseconds by the names of the intervals. */
    ReferenceCandles(Map<String, Long> intervals) {
        this.intervals = intervals;
    }

    /** Takes a trade that must be accepted, or a further copy of one. */
    void take(Trade trade, boolean copy) {
        BigDecimal price = BigDecimal.valueOf(trade.priceScaled, trade.instrument.priceScale());
        BigDecimal size = BigDecimal.valueOf(trade.sizeScaled, trade.instrument.sizeScale());
        Point point = new Point(trade.eventTimeNanos, trade.idNumber, trade.placePartition, trade.placePosition, price);
        intervals.forEach((name, nanos) -> {
            long start = trade.eventTimeNanos - Math.floorMod(trade.eventTimeNanos, nanos);
            String key = name + "|" + trade.instrument.venue() + "|" + trade.instrument.symbol() + "|" + start;
            Reference candle = candles.computeIfAbsent(key, k -> new Reference(point));
            if (ORDER.compare(point, candle.first) < 0) {
                candle.first = point;
            }
            if (ORDER.compare(point, candle.last) > 0) {
                candle.last = point;
            }
            if (!copy) {
                candle.high = candle.high.max(price);
                candle.low = candle.low.min(price);
                candle.volume = candle.volume.add(size);
                candle.notional = candle.notional.add(price.multiply(size));
                candle.trades++;
            }
        });
    }

    /** One line for each candle: its key, and its values. */
    Map<String, String> lines() {
        Map<String, String> lines = new HashMap<>();
        candles.forEach((key, candle) -> lines.put(
                key,
                line(
                        candle.first.price(),
                        candle.high,
                        candle.low,
                        candle.last.price(),
                        candle.volume,
                        candle.notional,
                        candle.trades)));
        return lines;
    }

    /** The values of a candle in one text. */
    static String line(
            BigDecimal open,
            BigDecimal high,
            BigDecimal low,
            BigDecimal close,
            BigDecimal volume,
            BigDecimal notional,
            long trades) {
        return plain(open) + " " + plain(high) + " " + plain(low) + " " + plain(close) + " " + plain(volume) + " "
                + plain(notional) + " " + trades;
    }

    private static String plain(BigDecimal value) {
        return value.stripTrailingZeros().toPlainString();
    }
}
