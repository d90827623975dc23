package dev.candlewick.core.simulate;

/**
 * When each group of messages of a partition begins, in trading time since the start: monotone, with bursts and lulls, and
 * found for any group without the ones before.
 *
 * <p>2^16 groups take a fixed time. That time is halved again and again, each time unevenly by a number mixed from the
 * place of the halving; so bursts nest in bursts, and the rate over a long time is exact. Immutable but for its settings.
 */
final class MarketClock {
    /** Groups of a frame. */
    static final int FRAME = 64;

    private static final int LEVELS = 16;
    private static final int FRAME_LEVELS = 6;
    private static final long BLOCK = 1L << LEVELS;

    private final long seed;
    private final long blockNanos;

    MarketClock(long seed, MarketSettings settings) {
        this.seed = seed;
        // (2^16 · 50 · 10^9 · 1024) fits into 63 bits.
        blockNanos = Math.max(
                BLOCK,
                BLOCK * settings.groupSize() * 1_000_000_000L * settings.partitions() / settings.messagesPerSecond());
    }

    /** When a group begins. */
    long at(long group) {
        long block = group >> LEVELS;
        long key = Mix.of(seed, block);
        long low = 0;
        long high = blockNanos;
        int node = 1;
        for (int level = LEVELS - 1; level >= 0; level--) {
            long middle = middle(low, high, key, node);
            if ((group >> level & 1) == 0) {
                high = middle;
                node = 2 * node;
            } else {
                low = middle;
                node = 2 * node + 1;
            }
        }
        return block * blockNanos + low;
    }

    /** When the groups of a frame begin, and at the last index when its last group ends. */
    void fill(long frame, long[] into) {
        long group = frame * FRAME;
        long block = group >> LEVELS;
        long key = Mix.of(seed, block);
        long low = 0;
        long high = blockNanos;
        int node = 1;
        for (int level = LEVELS - 1; level >= FRAME_LEVELS; level--) {
            long middle = middle(low, high, key, node);
            if ((group >> level & 1) == 0) {
                high = middle;
                node = 2 * node;
            } else {
                low = middle;
                node = 2 * node + 1;
            }
        }
        into[0] = low;
        into[FRAME] = high;
        for (int step = FRAME; step > 1; step >>= 1) {
            int at = node;
            for (int i = 0; i < FRAME; i += step) {
                into[i + step / 2] = middle(into[i], into[i + step], key, at++);
            }
            node = 2 * node;
        }
        for (int i = 0; i <= FRAME; i++) {
            into[i] += block * blockNanos;
        }
    }

    /** Between 3/8 and 5/8 of the way. */
    private static long middle(long low, long high, long key, int node) {
        long share = (3L << 60) + (Mix.of(key, node) >>> 3);
        return low + Math.multiplyHigh(high - low << 1, share);
    }
}
