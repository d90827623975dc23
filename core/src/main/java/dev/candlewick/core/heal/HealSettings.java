package dev.candlewick.core.heal;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a heal may do; immutable.
 *
 * @param maxSharePartsPerMillion the share of a day's candles that may change, in 10^-6; one more is too much
 * @param maxSymbols how many symbols may change
 * @param maxUnhealable how many differences may be left as they are because nothing explains them or the archive is not
 *     proved better
 * @param symbols only these, null for all
 */
public record HealSettings(
        long maxSharePartsPerMillion,
        int maxSymbols,
        long maxUnhealable,
        @Nullable Set<String> symbols) {
    /** One per cent of a day's candles, five symbols, nothing unexplained. */
    public static final HealSettings DEFAULT = new HealSettings(10_000, 5, 0, null);

    /** Checks the bounds and copies the set. */
    public HealSettings {
        if (maxSharePartsPerMillion < 0 || maxSymbols < 0 || maxUnhealable < 0) {
            throw new IllegalArgumentException("bounds of a heal must not be negative, was share "
                    + maxSharePartsPerMillion + " ppm, symbols " + maxSymbols + ", unhealable " + maxUnhealable);
        }
        symbols = symbols == null ? null : Set.copyOf(symbols);
    }

    /** Whether a symbol takes part. */
    public boolean takes(String symbol) {
        return symbols == null || symbols.contains(symbol);
    }
}
