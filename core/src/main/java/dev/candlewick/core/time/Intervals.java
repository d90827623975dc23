package dev.candlewick.core.time;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The list of candle intervals of a run, finest first, and which finer interval each is merged from; immutable.
 *
 * <p>Each interval but the finest is made of the coarsest interval of the list that divides it (5m from 1m, 15m from
 * 5m); all are multiples of the finest (design section 4.1).
 */
public final class Intervals implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The default list: 1s, 10s, 1m, 3m, 5m, 15m. */
    public static final Intervals DEFAULT = parse("1s,10s,1m,3m,5m,15m");

    private final Interval[] intervals;
    private final int[] base;
    private final int[][] parents;

    private Intervals(Interval[] intervals, int[] base) {
        this.intervals = intervals;
        this.base = base;
        this.parents = new int[intervals.length][];
        for (int i = 0; i < intervals.length; i++) {
            int child = i;
            parents[i] = java.util.stream.IntStream.range(0, intervals.length)
                    .filter(p -> base[p] == child)
                    .toArray();
        }
    }

    /**
     * Makes a list in any order of its members.
     *
     * @throws IllegalArgumentException where the list is empty, has a member twice or has one that is no multiple of
     *     the finest
     */
    public static Intervals of(List<Interval> members) {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("intervals must name at least one interval, was an empty list");
        }
        Interval[] sorted = members.toArray(Interval[]::new);
        Arrays.sort(sorted, Comparator.comparingLong(Interval::nanos));
        int[] base = new int[sorted.length];
        base[0] = -1;
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i].nanos() == sorted[i - 1].nanos()) {
                throw new IllegalArgumentException("intervals must differ from each other, was " + sorted[i - 1].name()
                        + " and " + sorted[i].name());
            }
            if (sorted[i].nanos() % sorted[0].nanos() != 0) {
                throw new IllegalArgumentException("intervals must be multiples of the finest one, was "
                        + sorted[i].name() + " (finest=" + sorted[0].name() + ")");
            }
            for (int b = i - 1; b >= 0; b--) {
                if (sorted[i].nanos() % sorted[b].nanos() == 0) {
                    base[i] = b;
                    break;
                }
            }
        }
        return new Intervals(sorted, base);
    }

    /** Reads a comma-separated list such as {@code 1s,10s,1m}. */
    public static Intervals parse(String text) {
        List<Interval> members = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            members.add(Interval.parse(part));
        }
        return of(members);
    }

    /** How many intervals there are. */
    public int count() {
        return intervals.length;
    }

    /** The interval at an index, finest at 0. */
    public Interval get(int index) {
        return intervals[index];
    }

    /** The finest interval. */
    public Interval finest() {
        return intervals[0];
    }

    /** Index of the interval that the given one is merged from, −1 for the finest. */
    public int base(int index) {
        return base[index];
    }

    /** Indexes of the intervals merged from the given one; the array must not be changed. */
    public int[] parents(int index) {
        return parents[index];
    }

    /** The members, finest first. */
    public List<Interval> asList() {
        return List.of(intervals);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Intervals that && Arrays.equals(intervals, that.intervals);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(intervals);
    }

    @Override
    public String toString() {
        return String.join(",", asList().stream().map(Interval::name).toList());
    }
}
