package dev.candlewick.savepoints;

import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/** Offsets of one partition, one bit each, in any order; mutable, one thread. */
final class OffsetSet {
    private static final int BITS = 20;
    private static final long MASK = (1L << BITS) - 1;

    private final TreeMap<Long, BitSet> pages = new TreeMap<>();
    private long count;

    /** Adds an offset; false where it is known. */
    boolean add(long offset) {
        BitSet page = pages.computeIfAbsent(offset >>> BITS, base -> new BitSet());
        int bit = (int) (offset & MASK);
        if (page.get(bit)) {
            return false;
        }
        page.set(bit);
        count++;
        return true;
    }

    /** Number of offsets. */
    long count() {
        return count;
    }

    /** The smallest offset, −1 where there is none. */
    long first() {
        Map.Entry<Long, BitSet> page = pages.firstEntry();
        return page == null ? -1 : (page.getKey() << BITS) + page.getValue().nextSetBit(0);
    }

    /** The largest offset, −1 where there is none. */
    long last() {
        Map.Entry<Long, BitSet> page = pages.lastEntry();
        return page == null ? -1 : (page.getKey() << BITS) + page.getValue().length() - 1;
    }

    /** The first offset at or behind one that is not in it. */
    long nextMissing(long from) {
        long offset = from;
        while (true) {
            BitSet page = pages.get(offset >>> BITS);
            if (page == null) {
                return offset;
            }
            int bit = page.nextClearBit((int) (offset & MASK));
            if (bit <= MASK) {
                return (offset >>> BITS << BITS) + bit;
            }
            offset = ((offset >>> BITS) + 1) << BITS;
        }
    }

    /** The first offset at or behind one that is in it, −1 where there is none. */
    long nextPresent(long from) {
        Map.Entry<Long, BitSet> page = pages.ceilingEntry(from >>> BITS);
        int bit = page != null && page.getKey() == from >>> BITS ? (int) (from & MASK) : 0;
        while (page != null) {
            int found = page.getValue().nextSetBit(bit);
            if (found >= 0) {
                return (page.getKey() << BITS) + found;
            }
            page = pages.higherEntry(page.getKey());
            bit = 0;
        }
        return -1;
    }
}
