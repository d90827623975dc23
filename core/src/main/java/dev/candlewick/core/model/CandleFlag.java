package dev.candlewick.core.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a reader should know about a candle beyond its numbers; a closed list whose names are published sorted.
 *
 * <p>A flag depends on accepted trades of the candle's window and earlier only (design section 3).
 */
public enum CandleFlag {
    /** The candle is a fill: flat at the previous close, without trades. */
    SYNTHETIC(0),
    /** Trades that share the first (or last) time, sequence and id have different prices: place alone decided. */
    TIE_AMBIGUOUS(1),
    /** A price was an outlier by the trailing rule. */
    OUTLIER(2),
    /** Two rows without an id are equal in venue, symbol, event time, price, size, side and conditions. */
    SUSPECT_DUP(3),
    /** An id came with another payload within the conflict horizon. */
    ID_CONFLICT(4),
    /** Trades happened but their sizes add up to zero, in this candle or in one that it is made of. */
    ZERO_VOLUME(5),
    /** The gap before this candle is longer than {@code fill.max}: only its first windows were filled. */
    FILL_TRUNCATED(6);

    /** Flags that a coarser candle takes over from the candles it is made of. */
    public static final int INHERITED =
            OUTLIER.bit() | SUSPECT_DUP.bit() | ID_CONFLICT.bit() | ZERO_VOLUME.bit() | FILL_TRUNCATED.bit();

    private static final CandleFlag[] VALUES = values();

    private final int bit;

    CandleFlag(int position) {
        this.bit = 1 << position;
    }

    /** The flag's bit in a set of flags; stable, because sets are kept in state. */
    public int bit() {
        return bit;
    }

    /** The names of the flags in a set, sorted. */
    public static List<String> names(int flags) {
        if (flags == 0) {
            return List.of();
        }
        List<String> names = new ArrayList<>();
        for (CandleFlag flag : VALUES) {
            if ((flags & flag.bit) != 0) {
                names.add(flag.name());
            }
        }
        names.sort(Comparator.naturalOrder());
        return names;
    }
}
