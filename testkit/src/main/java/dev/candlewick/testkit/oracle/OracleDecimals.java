package dev.candlewick.testkit.oracle;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/** Exact decimal helpers; all methods are pure. */
public final class OracleDecimals {
    private static final int VWAP_SCALE_AT_LEAST = 12;

    private OracleDecimals() {}

    /** Returns the value without trailing zeros and without a negative scale: 1.50 is 1.5, 1E+2 is 100, 0.00 is 0. */
    public static BigDecimal canonical(BigDecimal value) {
        BigDecimal stripped = value.stripTrailingZeros();
        return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
    }

    /**
     * Returns notional by volume, HALF_EVEN at the price scale or at 12 decimals, whichever is finer, in canonical
     * form; null if the volume is 0.
     */
    public static @Nullable BigDecimal vwap(BigDecimal notional, BigDecimal volume, int priceScale) {
        if (volume.signum() == 0) {
            return null;
        }
        int scale = Math.max(priceScale, VWAP_SCALE_AT_LEAST);
        return canonical(notional.divide(volume, scale, RoundingMode.HALF_EVEN));
    }
}
