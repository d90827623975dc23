package dev.candlewick.testkit.oracle;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The last state of one rolling VWAP row: the value over [T − 5 min, T).
 *
 * @param venue the venue, or {@code CONSOLIDATED}
 * @param symbol the symbol
 * @param atNanos T, a whole second
 * @param vwap notional by volume, null if the volume is 0
 * @param volume sum of the sizes, each identity once
 * @param notional sum of price times size, each identity once
 * @param trades number of identities
 */
public record OracleVwap(
        String venue,
        String symbol,
        long atNanos,
        @Nullable BigDecimal vwap,
        BigDecimal volume,
        BigDecimal notional,
        long trades) {

    /** Returns what identifies the row. */
    public Key key() {
        return new Key(venue, symbol, atNanos);
    }

    /**
     * What identifies a row.
     *
     * @param venue the venue, or {@code CONSOLIDATED}
     * @param symbol the symbol
     * @param atNanos T, a whole second
     */
    public record Key(String venue, String symbol, long atNanos) {}
}
