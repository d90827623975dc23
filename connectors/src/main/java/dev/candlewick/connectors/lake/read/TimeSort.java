package dev.candlewick.connectors.lake.read;

/** Sorts rows by time, equal times by row; quick where they are nearly in order, as an archive is. */
final class TimeSort {
    private TimeSort() {}

    /** The rows 0 to count − 1 in the order of their times. */
    static int[] order(long[] times, int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        int[] runs = new int[Math.max(2, count / 2 + 2)];
        int runCount = 0;
        for (int i = 1; i <= count; i++) {
            if (i == count || times[i] < times[i - 1]) {
                runs[runCount++] = i;
                if (runCount == runs.length) {
                    runs = java.util.Arrays.copyOf(runs, 2 * runs.length);
                }
            }
        }
        int[] from = order;
        int[] into = new int[count];
        while (runCount > 1) {
            int merged = 0;
            int begin = 0;
            for (int run = 0; run < runCount; run += 2) {
                int middle = runs[run];
                int end = run + 1 < runCount ? runs[run + 1] : middle;
                merge(times, from, into, begin, middle, end);
                runs[merged++] = end;
                begin = end;
            }
            runCount = merged;
            int[] swap = from;
            from = into;
            into = swap;
        }
        return from;
    }

    private static void merge(long[] times, int[] from, int[] into, int begin, int middle, int end) {
        if (middle == end || times[from[middle - 1]] <= times[from[middle]]) {
            System.arraycopy(from, begin, into, begin, end - begin);
            return;
        }
        int left = begin;
        int right = middle;
        for (int i = begin; i < end; i++) {
            if (right == end || left < middle && times[from[left]] <= times[from[right]]) {
                into[i] = from[left++];
            } else {
                into[i] = from[right++];
            }
        }
    }
}
