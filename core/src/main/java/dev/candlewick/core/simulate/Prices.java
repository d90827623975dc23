package dev.candlewick.core.simulate;

/**
 * The price of a symbol at any time, in ticks, without the prices before: noise over noise, from about a second to more than
 * an hour, in fixed point.
 *
 * <p>The longest wave moves the level by up to 10 % from one cycle of 73 minutes to the next. The shorter ones together
 * move it by about 1 % and grow or shrink with a regime that changes over some minutes. The price stays within 9 % of the
 * base, so it never runs away however long the market runs. Stateless.
 */
final class Prices {
    /** Bits of the share of the base that a move is counted in. */
    private static final int SHARE_BITS = 40;

    private static final int CYCLE_BITS = 42;
    private static final int REGIME_BITS = 39;
    private static final int SHORTEST_BITS = 30;
    private static final int SHORTEST_SHIFT = 11;

    private Prices() {}

    /** The level in ticks, without the noise of a single trade. */
    static long level(long seed, Listing listing, long timeNanos) {
        long key = Mix.of(seed ^ 0x941ce5, listing.symbol());
        long fine = 0;
        int shift = SHORTEST_SHIFT;
        for (int bits = SHORTEST_BITS; bits < CYCLE_BITS; bits += 2) {
            fine += wave(key, bits, timeNanos) >> shift--;
        }
        // A factor of 1/4 to 9/4 with 16 bits behind the point.
        long regime = (1 << 16) + (wave(key, REGIME_BITS, timeNanos) >> 24);
        regime = regime * regime >> 16;
        long move = wave(key, CYCLE_BITS, timeNanos) / 10 + ((fine >> 8) * regime >> 8);
        return listing.baseTicks() + (listing.baseTicks() * move >> SHARE_BITS);
    }

    /** A line between mixed heights, one every 2^bits ns; from −2^39 to 2^39, which is half of the base. */
    private static long wave(long key, int bits, long timeNanos) {
        long node = timeNanos >> bits;
        long part = timeNanos >> bits - 16 & 0xffff;
        long from = Mix.of(key + bits, node) >> 24;
        long to = Mix.of(key + bits, node + 1) >> 24;
        return from + ((to - from) * part >> 16);
    }
}
