package dev.candlewick.core.quality;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The outlier rules over prices in {@link Observations}, in integers at the instrument's price scale; one thread.
 *
 * <p>Hampel's identifier with 1.4826 · MAD as the estimate of a standard deviation (F. R. Hampel, 1974) and the smallest
 * distance to the medians before, around and after (the rule "advanced" of the R package highfrequency); and the rolling
 * mean as in common use. {@code docs/quality.md} has the formulas.
 */
final class OutlierMath {
    /** Observations before and after one that its medians are taken over. */
    static final int NEIGHBOURS = 25;
    /** Observations before one that its mean is taken over. */
    static final int MEAN_NEIGHBOURS = 50;
    /** With fewer before it, an observation gets no verdict. */
    static final int NEIGHBOURS_MIN = 10;

    private static final long FLOOR_DIVISOR = 2_000; // 5 basis points
    private static final long BASIS_POINTS = 10_000;
    private static final long MAD_FACTOR = 14_826; // 1.4826 in units of 1/10,000
    private static final int MEAN_DEVIATIONS_SQUARED = 9;
    private static final long SMALL = 1L << 58;

    private final int threshold;
    private final long[] sorted = new long[NEIGHBOURS];
    private int sortedSize;
    private final long[] scratch = new long[2 * NEIGHBOURS];
    private long sumHigh;
    private long sumLow;

    /** Median nearest to the price that was looked at last, by {@link #threeWay}. */
    long median;
    /** Distance from it in basis points. */
    long deviationBasisPoints;
    /** Mean before the price that was looked at last, by {@link #isMeanOutlier}. */
    long mean;

    /** @param threshold from how many robust deviations on a price is an outlier */
    OutlierMath(int threshold) {
        this.threshold = threshold;
    }

    /** Places the window of the medians in front of an observation. */
    void placeMedian(Observations all, int index) {
        sortedSize = 0;
        for (int i = Math.max(0, index - NEIGHBOURS); i < index; i++) {
            insert(all.price(i));
        }
    }

    /** Moves the window of the medians past an observation. */
    void moveMedian(Observations all, int index) {
        if (index >= NEIGHBOURS) {
            int at = Arrays.binarySearch(sorted, 0, sortedSize, all.price(index - NEIGHBOURS));
            System.arraycopy(sorted, at + 1, sorted, at, sortedSize - at - 1);
            sortedSize--;
        }
        insert(all.price(index));
    }

    private void insert(long price) {
        int at = sortedSize;
        while (at > 0 && sorted[at - 1] > price) {
            sorted[at] = sorted[at - 1];
            at--;
        }
        sorted[at] = price;
        sortedSize++;
    }

    /** Whether the window of the medians holds enough for a verdict. */
    boolean canJudge() {
        return sortedSize >= NEIGHBOURS_MIN;
    }

    /** Whether a price is further from the median before it than the floor. */
    boolean isBeyondFloor(long price) {
        long before = middle(sorted, sortedSize);
        return Math.abs(price - before) > before / FLOOR_DIVISOR;
    }

    /** Whether a price is an outlier by the window before it alone. */
    boolean isTrailingOutlier(long price) {
        long before = middle(sorted, sortedSize);
        return exceeds(Math.abs(price - before), before, mad(sorted, sortedSize, before));
    }

    /**
     * Whether an observation is an outlier by the three-way rule; leaves {@link #median} and
     * {@link #deviationBasisPoints}.
     *
     * @param end index behind the last observation that may be looked at
     */
    boolean threeWay(Observations all, int index, int end) {
        int first = Math.max(0, index - NEIGHBOURS);
        int last = Math.min(end, index + 1 + NEIGHBOURS);
        int before = index - first;
        int after = last - index - 1;
        if (before < NEIGHBOURS_MIN) {
            return false;
        }
        long price = all.price(index);
        long beforeMedian = median(all, first, before, index, 0);
        long aroundMedian = median(all, first, before, index + 1, after);
        int around = before + after;
        long mad = mad(scratch, around, aroundMedian);
        long nearest = Math.abs(price - beforeMedian);
        median = beforeMedian;
        if (Math.abs(price - aroundMedian) < nearest) {
            nearest = Math.abs(price - aroundMedian);
            median = aroundMedian;
        }
        if (after > 0) {
            long afterMedian = median(all, first, 0, index + 1, after);
            if (Math.abs(price - afterMedian) < nearest) {
                nearest = Math.abs(price - afterMedian);
                median = afterMedian;
            }
        }
        deviationBasisPoints = basisPoints(nearest, median);
        return exceeds(nearest, beforeMedian, mad);
    }

    /** Copies two slices of prices into the scratch, sorts them, and gives their median. */
    private long median(Observations all, int from, int count, int thenFrom, int thenCount) {
        for (int i = 0; i < count; i++) {
            scratch[i] = all.price(from + i);
        }
        for (int i = 0; i < thenCount; i++) {
            scratch[count + i] = all.price(thenFrom + i);
        }
        Arrays.sort(scratch, 0, count + thenCount);
        return middle(scratch, count + thenCount);
    }

    private static long middle(long[] ascending, int size) {
        long upper = ascending[size / 2];
        if (size % 2 == 1) {
            return upper;
        }
        long lower = ascending[size / 2 - 1];
        return lower + (upper - lower) / 2;
    }

    private static long mad(long[] prices, int size, long from) {
        long[] distances = new long[size];
        for (int i = 0; i < size; i++) {
            distances[i] = Math.abs(prices[i] - from);
        }
        Arrays.sort(distances);
        return middle(distances, size);
    }

    private boolean exceeds(long distance, long floorOf, long mad) {
        long beyond = distance - floorOf / FLOOR_DIVISOR;
        if (beyond <= 0) {
            return false;
        }
        long factor = threshold * MAD_FACTOR;
        long leftHigh = Math.multiplyHigh(beyond, BASIS_POINTS);
        long rightHigh = Math.multiplyHigh(factor, mad);
        return leftHigh != rightHigh
                ? leftHigh > rightHigh
                : Long.compareUnsigned(beyond * BASIS_POINTS, factor * mad) > 0;
    }

    private static long basisPoints(long distance, long of) {
        return Math.multiplyHigh(distance, BASIS_POINTS) == 0 && distance * BASIS_POINTS >= 0
                ? distance * BASIS_POINTS / of
                : BigInteger.valueOf(distance)
                        .multiply(BigInteger.valueOf(BASIS_POINTS))
                        .divide(BigInteger.valueOf(of))
                        .min(BigInteger.valueOf(Long.MAX_VALUE))
                        .longValue();
    }

    /** Places the window of the mean in front of an observation. */
    void placeMean(Observations all, int index) {
        sumHigh = 0;
        sumLow = 0;
        for (int i = Math.max(0, index - MEAN_NEIGHBOURS); i < index; i++) {
            plus(all.price(i));
        }
    }

    /** Moves the window of the mean past an observation. */
    void moveMean(Observations all, int index) {
        if (index >= MEAN_NEIGHBOURS) {
            long gone = all.price(index - MEAN_NEIGHBOURS);
            if (Long.compareUnsigned(sumLow, gone) < 0) {
                sumHigh--;
            }
            sumLow -= gone;
        }
        plus(all.price(index));
    }

    private void plus(long price) {
        sumLow += price;
        if (Long.compareUnsigned(sumLow, price) < 0) {
            sumHigh++;
        }
    }

    /** Whether an observation is an outlier by the rolling mean; leaves {@link #mean} and {@link #deviationBasisPoints}. */
    boolean isMeanOutlier(Observations all, int index) {
        int count = Math.min(index, MEAN_NEIGHBOURS);
        if (count < NEIGHBOURS_MIN) {
            return false;
        }
        mean = sumHigh == 0
                ? Long.divideUnsigned(sumLow, count)
                : new BigInteger(Long.toString(sumHigh))
                        .shiftLeft(Long.SIZE)
                        .add(new BigInteger(Long.toUnsignedString(sumLow)))
                        .divide(BigInteger.valueOf(count))
                        .longValue();
        long distance = Math.abs(all.price(index) - mean);
        long beyond = distance - mean / FLOOR_DIVISOR;
        if (beyond <= 0) {
            return false;
        }
        deviationBasisPoints = basisPoints(distance, mean);
        long widest = beyond;
        for (int i = index - count; i < index; i++) {
            widest = Math.max(widest, Math.abs(all.price(i) - mean));
        }
        return widest < SMALL ? isFar(all, index, count, beyond) : isFarBig(all, index, count, beyond);
    }

    /** beyond² · n > 9 · Σ(q − mean)², in 128 bits: no term passes 2^58, so no sum passes 2^126. */
    private boolean isFar(Observations all, int index, int count, long beyond) {
        long high = 0;
        long low = 0;
        for (int i = index - count; i < index; i++) {
            long difference = all.price(i) - mean;
            long square = difference * difference;
            low += square;
            high += Math.multiplyHigh(difference, difference) + (Long.compareUnsigned(low, square) < 0 ? 1 : 0);
        }
        long rightHigh = high * MEAN_DEVIATIONS_SQUARED + unsignedHigh(low, MEAN_DEVIATIONS_SQUARED);
        long rightLow = low * MEAN_DEVIATIONS_SQUARED;
        long square = beyond * beyond;
        long leftHigh = Math.multiplyHigh(beyond, beyond) * count + unsignedHigh(square, count);
        long leftLow = square * count;
        return leftHigh != rightHigh ? leftHigh > rightHigh : Long.compareUnsigned(leftLow, rightLow) > 0;
    }

    /** Upper word of an unsigned number times a small positive one. */
    private static long unsignedHigh(long unsigned, long small) {
        return Math.multiplyHigh(unsigned, small) + (unsigned < 0 ? small : 0);
    }

    private boolean isFarBig(Observations all, int index, int count, long beyond) {
        BigInteger squares = BigInteger.ZERO;
        for (int i = index - count; i < index; i++) {
            BigInteger difference = BigInteger.valueOf(all.price(i)).subtract(BigInteger.valueOf(mean));
            squares = squares.add(difference.multiply(difference));
        }
        BigInteger left = BigInteger.valueOf(beyond).pow(2).multiply(BigInteger.valueOf(count));
        return left.compareTo(squares.multiply(BigInteger.valueOf(MEAN_DEVIATIONS_SQUARED))) > 0;
    }
}
