package dev.candlewick.core.reconcile;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.number.Int128;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds which archived trades make up the difference of two digests: a digest is a sum of 128-bit hashes, so a set of
 * trades whose hashes add up to the difference is that set, but for a chance of 2^-128 times the sets tried.
 *
 * <p>Tried are sets that have a reason: all that were late, one trade, an unbroken run of one partition's log, and two or
 * three trades; each also on top of the late ones. Immutable after construction, one thread.
 */
final class TradeSearch {
    private static final int PAIRS_MAX = 4_000;
    private static final int TRIPLES_MAX = 250;

    private final List<ArchivedTrade> counted = new ArrayList<>();
    private final List<ArchivedTrade> late = new ArrayList<>();
    private final List<ArchivedTrade> onTime = new ArrayList<>();
    private final Map<Int128, List<ArchivedTrade>> byHash = new HashMap<>();
    private final Map<String, List<ArchivedTrade>> byPartition = new TreeMap<>();
    private final Set<Int128> repeated = new HashSet<>();

    /**
     * A search.
     *
     * @param copies archived copies of one window
     * @param dedupKey what makes two rows copies of one trade
     */
    TradeSearch(List<ArchivedTrade> copies, DedupKey dedupKey) {
        Map<Int128, ArchivedTrade> first = new HashMap<>();
        for (ArchivedTrade copy : copies) {
            byHash.computeIfAbsent(copy.hash(), hash -> new ArrayList<>()).add(copy);
            if (dedupKey == DedupKey.NONE || (!copy.hasId() && dedupKey == DedupKey.TRADE_ID)) {
                counted.add(copy);
                continue;
            }
            // A trade is late where every copy of it is.
            first.merge(copy.hash(), copy, (a, b) -> a.late() && !b.late() ? b : a);
        }
        counted.addAll(first.values());
        counted.sort(Comparator.comparing(ArchivedTrade::partition).thenComparingLong(copy -> copy.trade().readOffset));
        for (ArchivedTrade copy : counted) {
            (copy.late() ? late : onTime).add(copy);
            byPartition
                    .computeIfAbsent(copy.partition(), key -> new ArrayList<>())
                    .add(copy);
        }
        byHash.forEach((hash, list) -> {
            if (list.size() > 1) {
                repeated.add(hash);
            }
        });
    }

    /** Trades that count where late ones are accepted. */
    List<ArchivedTrade> counted() {
        return counted;
    }

    /** Those that the stamp found late. */
    List<ArchivedTrade> late() {
        return late;
    }

    /** Copies of an identity. */
    List<ArchivedTrade> copies(Int128 hash) {
        return byHash.getOrDefault(hash, List.of());
    }

    /** Whether an identity has more than one copy. */
    boolean isRepeated(Int128 hash) {
        return repeated.contains(hash);
    }

    static Int128 sum(List<ArchivedTrade> trades) {
        Int128 sum = Int128.ZERO;
        for (ArchivedTrade trade : trades) {
            sum = sum.plus(trade.hash());
        }
        return sum;
    }

    /**
     * The trades whose hashes add up to a difference.
     *
     * @param difference digest with them minus digest without them
     * @param count how many they must be
     */
    @Nullable
    List<ArchivedTrade> find(Int128 difference, long count) {
        if (count <= 0) {
            return null;
        }
        if (!late.isEmpty() && late.size() == count && sum(late).equals(difference)) {
            return late;
        }
        List<ArchivedTrade> found = few(counted, difference, count);
        if (found != null) {
            return found;
        }
        if (!late.isEmpty() && late.size() < count) {
            List<ArchivedTrade> rest = few(onTime, difference.minus(sum(late)), count - late.size());
            if (rest != null) {
                List<ArchivedTrade> all = new ArrayList<>(late);
                all.addAll(rest);
                return all;
            }
        }
        return null;
    }

    private @Nullable List<ArchivedTrade> few(List<ArchivedTrade> among, Int128 difference, long count) {
        if (count > among.size()) {
            return null;
        }
        if (count == among.size() && sum(among).equals(difference)) {
            return among;
        }
        List<ArchivedTrade> run = run(among, difference, count);
        if (run != null) {
            return run;
        }
        if (count == 2 && among.size() <= PAIRS_MAX) {
            return pair(among, 0, difference);
        }
        if (count == 3 && among.size() <= TRIPLES_MAX) {
            for (int i = 0; i < among.size(); i++) {
                List<ArchivedTrade> two =
                        pair(among, i + 1, difference.minus(among.get(i).hash()));
                if (two != null) {
                    return List.of(among.get(i), two.get(0), two.get(1));
                }
            }
        }
        return null;
    }

    /** Neighbours in one partition's log; one trade is a run of length 1. */
    private static @Nullable List<ArchivedTrade> run(List<ArchivedTrade> among, Int128 difference, long count) {
        Int128 window = Int128.ZERO;
        int length = (int) count;
        for (int i = 0; i < among.size(); i++) {
            window = window.plus(among.get(i).hash());
            if (i >= length) {
                window = window.minus(among.get(i - length).hash());
            }
            // The list is sorted by partition and offset: a run over two partitions is the tail of one, the head of the
            // next.
            if (i >= length - 1 && window.equals(difference)) {
                return List.copyOf(among.subList(i - length + 1, i + 1));
            }
        }
        return null;
    }

    private static @Nullable List<ArchivedTrade> pair(List<ArchivedTrade> among, int from, Int128 difference) {
        Map<Int128, ArchivedTrade> seen = new HashMap<>();
        for (int i = from; i < among.size(); i++) {
            ArchivedTrade other = seen.get(difference.minus(among.get(i).hash()));
            if (other != null) {
                return List.of(other, among.get(i));
            }
            seen.put(among.get(i).hash(), among.get(i));
        }
        return null;
    }

    /**
     * The trades of a subset that is not neighbours: all of those partitions together whose sums add up; tried for every
     * choice of at most twelve partitions.
     */
    @Nullable
    List<ArchivedTrade> partitions(Int128 difference, long count) {
        List<List<ArchivedTrade>> groups = List.copyOf(byPartition.values());
        if (groups.size() > 12) {
            return null;
        }
        for (int choice = 1; choice < 1 << groups.size(); choice++) {
            List<ArchivedTrade> all = new ArrayList<>();
            for (int i = 0; i < groups.size(); i++) {
                if ((choice & 1 << i) != 0) {
                    all.addAll(groups.get(i));
                }
            }
            if (all.size() == count && sum(all).equals(difference)) {
                return all;
            }
        }
        return null;
    }
}
