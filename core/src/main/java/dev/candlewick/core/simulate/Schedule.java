package dev.candlewick.core.simulate;

import java.util.Arrays;

/**
 * Which listing of a partition trades when, such that the number of its trades so far is known without counting.
 *
 * <p>Trades come in cycles. In a cycle each listing trades a fixed number of times by its weight, shifted from cycle to
 * cycle between neighbours, in a shuffled order; so the trades of a listing up to a cycle have a closed form, and only the
 * order inside a cycle is made as a table. Four tables are kept: a look some thousand trades back or ahead makes none.
 * One thread.
 */
final class Schedule {
    private static final int CYCLE_MIN = 4_096;
    private static final int TABLES = 4;

    private static final class Table {
        long cycle = -1;
        final int[] listing;
        final int[] rank;

        Table(int length) {
            listing = new int[length];
            rank = new int[length];
        }
    }

    private final long seed;
    private final Listing[] listings;
    private final int[] usual;
    private final int length;
    private final int shift;
    private final Table[] tables = new Table[TABLES];
    private final int[] counts;

    Schedule(long seed, Listing[] listings) {
        this.seed = seed;
        this.listings = listings;
        length = Integer.highestOneBit(Math.max(CYCLE_MIN, 4 * listings.length) * 2 - 1);
        shift = Integer.numberOfTrailingZeros(length);
        usual = new int[listings.length];
        counts = new int[listings.length];
        long weights = 0;
        for (Listing listing : listings) {
            weights += listing.weight();
        }
        int left = length;
        for (int i = 0; i < usual.length; i++) {
            usual[i] = 1 + (int) ((length - listings.length) * (listings[i].weight() >> 8) / (weights >> 8));
            left -= usual[i];
        }
        for (int i = 0; left > 0; left--, i = (i + 1) % usual.length) {
            usual[i]++;
        }
        for (int i = 0; i < TABLES; i++) {
            tables[i] = new Table(length);
        }
    }

    /** How many trades a cycle has. */
    int length() {
        return length;
    }

    /** The listing of a partition's trade. */
    int listing(long trade) {
        return table(trade >> shift).listing[(int) trade & length - 1];
    }

    /** The trade's id: one more than that of the listing's trade before. */
    long id(long trade) {
        long cycle = trade >> shift;
        Table table = table(cycle);
        int at = (int) trade & length - 1;
        int listing = table.listing[at];
        return listings[listing].firstId() + before(listing, cycle) + table.rank[at];
    }

    private Table table(long cycle) {
        Table table = tables[(int) cycle & TABLES - 1];
        if (table.cycle != cycle) {
            fill(table, cycle);
        }
        return table;
    }

    /** Trades of a listing before a cycle. */
    private long before(int listing, long cycle) {
        return cycle * usual[listing] + shifted(listing, cycle);
    }

    /** How many more than usual, in all cycles before: what one of two neighbours has more the other has less. */
    private long shifted(int listing, long cycle) {
        int first = listing & ~1;
        if (cycle == 0 || first + 1 == usual.length) {
            return 0;
        }
        int bound = Math.min(usual[first], usual[first + 1]) / 2;
        int moved = Mix.below(Mix.of(seed, first, cycle), bound + 1);
        return listing == first ? moved : -moved;
    }

    private void fill(Table table, long cycle) {
        int[] order = table.listing;
        int at = 0;
        for (int i = 0; i < usual.length; i++) {
            int count = (int) (before(i, cycle + 1) - before(i, cycle));
            Arrays.fill(order, at, at + count, i);
            at += count;
        }
        long key = Mix.of(seed ^ 0x5c4ed, cycle);
        for (int i = length - 1; i > 0; i--) {
            int j = Mix.below(Mix.of(key, i), i + 1);
            int other = order[i];
            order[i] = order[j];
            order[j] = other;
        }
        Arrays.fill(counts, 0);
        for (int i = 0; i < length; i++) {
            table.rank[i] = counts[order[i]]++;
        }
        table.cycle = cycle;
    }
}
