package dev.candlewick.testkit.realdata;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * One bar of a third party.
 *
 * @param venue the venue as the third party names it
 * @param symbol the symbol
 * @param startNanos start of [start, start + period), nanoseconds since 1970 UTC
 * @param periodSeconds length
 * @param open first price
 * @param high largest price
 * @param low smallest price
 * @param close last price
 * @param volume sum of the sizes
 * @param quoteVolume sum of price times size, or null
 * @param vwap volume-weighted price, or null
 * @param trades number of trades, or null
 */
public record RealBar(
        String venue,
        String symbol,
        long startNanos,
        long periodSeconds,
        BigDecimal open,
        BigDecimal high,
        BigDecimal low,
        BigDecimal close,
        BigDecimal volume,
        @Nullable BigDecimal quoteVolume,
        @Nullable BigDecimal vwap,
        @Nullable Long trades) {}
