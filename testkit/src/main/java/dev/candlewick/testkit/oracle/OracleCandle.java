package dev.candlewick.testkit.oracle;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last state of one candle, without revision and reason.
 *
 * <p>Decimals have no trailing zeros and no negative scale (see {@link OracleDecimals#canonical}), so that equal
 * values are equal records; {@code vwap} likewise.
 *
 * @param venue the venue, or {@code CONSOLIDATED}
 * @param symbol the symbol
 * @param interval the interval's name
 * @param startNanos start, inclusive
 * @param endNanos end, exclusive
 * @param open price of the first trade in the total order
 * @param high largest price
 * @param low smallest price
 * @param close price of the last trade in the total order
 * @param volume sum of the sizes, each identity once
 * @param notional sum of price times size, each identity once
 * @param vwap notional by volume, null if the volume is 0
 * @param trades number of identities; 0 for a fill
 * @param firstTradeNanos smallest event time, null for a fill
 * @param lastTradeNanos largest event time, null for a fill
 * @param flags flags in alphabetical order
 */
public record OracleCandle(
        String venue,
        String symbol,
        String interval,
        long startNanos,
        long endNanos,
        BigDecimal open,
        BigDecimal high,
        BigDecimal low,
        BigDecimal close,
        BigDecimal volume,
        BigDecimal notional,
        @Nullable BigDecimal vwap,
        long trades,
        @Nullable Long firstTradeNanos,
        @Nullable Long lastTradeNanos,
        List<OracleFlag> flags) {

    /** Copies the flags. */
    public OracleCandle {
        flags = List.copyOf(flags);
    }

    /** Returns what identifies the candle. */
    public Key key() {
        return new Key(venue, symbol, interval, startNanos);
    }

    /** Whether the candle is a fill. */
    public boolean isSynthetic() {
        return flags.contains(OracleFlag.SYNTHETIC);
    }

    /**
     * What identifies a candle.
     *
     * @param venue the venue, or {@code CONSOLIDATED}
     * @param symbol the symbol
     * @param interval the interval's name
     * @param startNanos start of the window
     */
    public record Key(String venue, String symbol, String interval, long startNanos) {}
}
