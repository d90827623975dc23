package dev.candlewick.core.quality;

/**
 * Sorts pairs of longs in one array by first and then second number; a merge sort over the runs that stand already, so
 * input that is nearly in order costs one pass.
 */
final class PairSort {
    private PairSort() {}

    /** Sorts the first {@code count} pairs in place. */
    static void sort(long[] pairs, int count) {
        int runEnd = runEnd(pairs, 0, count);
        if (runEnd == count) {
            return;
        }
        long[] from = pairs;
        long[] to = new long[2 * count];
        boolean sorted = false;
        while (!sorted) {
            sorted = true;
            int at = 0;
            while (at < count) {
                int middle = runEnd(from, at, count);
                int end = middle == count ? count : runEnd(from, middle, count);
                merge(from, at, middle, end, to);
                sorted &= at == 0 && end == count;
                at = end;
            }
            long[] swap = from;
            from = to;
            to = swap;
        }
        if (from != pairs) {
            System.arraycopy(from, 0, pairs, 0, 2 * count);
        }
    }

    private static int runEnd(long[] pairs, int from, int count) {
        int at = from + 1;
        while (at < count && compare(pairs[2 * at - 2], pairs[2 * at - 1], pairs[2 * at], pairs[2 * at + 1]) <= 0) {
            at++;
        }
        return Math.min(at, count);
    }

    private static void merge(long[] from, int start, int middle, int end, long[] to) {
        int left = start;
        int right = middle;
        for (int at = start; at < end; at++) {
            boolean takeLeft = right == end
                    || (left < middle
                            && compare(from[2 * left], from[2 * left + 1], from[2 * right], from[2 * right + 1]) <= 0);
            int taken = takeLeft ? left++ : right++;
            to[2 * at] = from[2 * taken];
            to[2 * at + 1] = from[2 * taken + 1];
        }
    }

    static int compare(long leftFirst, long leftSecond, long rightFirst, long rightSecond) {
        return leftFirst != rightFirst ? Long.compare(leftFirst, rightFirst) : Long.compare(leftSecond, rightSecond);
    }
}
