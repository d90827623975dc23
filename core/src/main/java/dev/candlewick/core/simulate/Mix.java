package dev.candlewick.core.simulate;

/** Well mixed 64-bit numbers from a seed and up to three coordinates: the only source of chance here. */
final class Mix {
    private static final long STEP = 0x9e3779b97f4a7c15L;
    private static final long OTHER_STEP = 0xd1342543de82ef95L;

    private Mix() {}

    /** One of the finalizers of SplitMix64: a bijection in which each bit depends on all bits. */
    static long of(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }

    static long of(long seed, long a) {
        return of(seed + (a + 1) * STEP);
    }

    static long of(long seed, long a, long b) {
        return of(of(seed, a) + (b + 1) * OTHER_STEP);
    }

    /** A number from 0 to bound − 1 from the upper 32 bits; bound below 2^31. */
    static int below(long mixed, int bound) {
        return (int) ((mixed >>> 32) * bound >>> 32);
    }

    /** A number from 0 to bound − 1 from all bits. */
    static long below(long mixed, long bound) {
        return Math.multiplyHigh(mixed >>> 1, bound << 1);
    }
}
