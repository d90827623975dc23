package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Instrument;
import java.io.Serial;
import java.io.Serializable;

/**
 * The decimals that a lake version holds: P of prices and VWAP, Q of volume, P+Q of notional, each in 38 digits;
 * immutable.
 *
 * <p>One version has one P and one Q, because readers silently cut mixed widths (design section 3).
 *
 * @param priceScale P, 12 to 18
 * @param sizeScale Q, 8 to 18
 */
public record LakeScales(int priceScale, int sizeScale) implements Serializable {
    /** The least P. */
    public static final int PRICE_SCALE_MIN = 12;

    /** The least Q. */
    public static final int SIZE_SCALE_MIN = 8;

    /** The largest P+Q: eight digits are left for the whole part of a notional. */
    public static final int NOTIONAL_SCALE_MAX = 30;

    @Serial
    private static final long serialVersionUID = 1L;

    /** Checks the scales. */
    public LakeScales {
        if (priceScale < PRICE_SCALE_MIN || priceScale > Instrument.SCALE_MAX) {
            throw new LakeException(
                    LakeException.Kind.USAGE, "lake price scale P must lie in 12..18, was " + priceScale);
        }
        if (sizeScale < SIZE_SCALE_MIN || sizeScale > Instrument.SCALE_MAX) {
            throw new LakeException(LakeException.Kind.USAGE, "lake size scale Q must lie in 8..18, was " + sizeScale);
        }
        if (priceScale + sizeScale > NOTIONAL_SCALE_MAX) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "largest price.scale (at least 12) plus largest size.scale (at least 8) must be at most "
                            + NOTIONAL_SCALE_MAX + " for a lake, was " + priceScale + " + " + sizeScale
                            + " (lower price.scale or size.scale of the feed, example: price.scale=12, size.scale=8)");
        }
    }

    /**
     * The scales of a run whose largest price and size scales are given.
     *
     * @throws LakeException of kind USAGE where their sum is above {@link #NOTIONAL_SCALE_MAX}
     */
    public static LakeScales covering(int largestPriceScale, int largestSizeScale) {
        return new LakeScales(Math.max(PRICE_SCALE_MIN, largestPriceScale), Math.max(SIZE_SCALE_MIN, largestSizeScale));
    }

    /** Decimals of a notional: P+Q. */
    public int notionalScale() {
        return priceScale + sizeScale;
    }
}
