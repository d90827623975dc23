package dev.candlewick.benchmarks.workload;

import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.List;

/**
 * What a generated stream of trades looks like; immutable. Equal workloads give equal records, byte by byte.
 *
 * @param seed of the random numbers
 * @param records how many trades, copies included
 * @param symbols how many instruments, all of one venue
 * @param skew exponent of the activity: the n-th busiest symbol has a share proportional to n^−skew; 0 is even
 * @param candlesPerTrade how many candles of {@link Intervals#DEFAULT} come out for each trade; decides how much event
 *     time the records span
 * @param copyShare share of the records that repeat an earlier one
 * @param partitions how many partitions the records are spread over by symbol
 * @param ordersPerTrade how many messages about orders stand in front of each trade, as in a firehose; no job takes them
 */
public record TradeWorkload(
        long seed,
        long records,
        int symbols,
        double skew,
        double candlesPerTrade,
        double copyShare,
        int partitions,
        int ordersPerTrade) {

    /** 2026-01-05T00:00:00Z, a Monday; a boundary of every interval. */
    public static final long START_NANOS = 1_767_571_200_000_000_000L;

    /** A trade reaches its log at most this long after its event time; below the out-of-orderness, so none is late. */
    public static final long DELAY_MAX_NANOS = 900_000_000L;

    /** A copy follows its original by this time; with the largest delay still below one second. */
    public static final long COPY_DELAY_NANOS = 40_000_000L;

    /** Below the six of a trade that is alone in all of its windows. */
    private static final double CANDLES_PER_TRADE_MAX = 5.5;

    /** Checks every value and reports all problems at once. */
    public TradeWorkload {
        List<String> problems = new ArrayList<>();
        if (records < 1_000) {
            problems.add("trades must be at least 1000, was " + records + " (example: --trades 10000000)");
        }
        if (symbols < 1 || symbols > 17_576) {
            problems.add("symbols must lie in 1..17576, was " + symbols + " (example: --symbols 500)");
        }
        if (!(skew >= 0 && skew <= 3)) {
            problems.add("skew must lie in 0..3, was " + skew + " (example: --skew 1.0)");
        }
        if (!(candlesPerTrade >= 0.001 && candlesPerTrade <= CANDLES_PER_TRADE_MAX)) {
            problems.add("candles-per-trade must lie in 0.001.." + CANDLES_PER_TRADE_MAX + ", was " + candlesPerTrade
                    + " (example: --candles-per-trade 0.03)");
        }
        if (!(copyShare >= 0 && copyShare <= 0.5)) {
            problems.add("copies must lie in 0..0.5, was " + copyShare + " (example: --copies 0.005)");
        }
        if (partitions < 1 || partitions > 1_000) {
            problems.add("partitions must lie in 1..1000, was " + partitions + " (example: --partitions 4)");
        }
        if (ordersPerTrade < 0 || ordersPerTrade > 1_000) {
            problems.add("orders must lie in 0..1000, was " + ordersPerTrade + " (example: --orders 49)");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
    }

    /** A workload of trades only. */
    public TradeWorkload(
            long seed,
            long records,
            int symbols,
            double skew,
            double candlesPerTrade,
            double copyShare,
            int partitions) {
        this(seed, records, symbols, skew, candlesPerTrade, copyShare, partitions, 0);
    }

    /** All messages: trades and what stands in front of them. */
    public long messages() {
        return records * (1L + ordersPerTrade);
    }

    /** A workload without copies whose records follow each other at a rate of event time, evenly over the symbols. */
    public static TradeWorkload ofRate(long seed, long records, int symbols, double tradesPerSecond, int partitions) {
        double[] shares = new double[symbols];
        java.util.Arrays.fill(shares, 1.0 / symbols);
        return new TradeWorkload(seed, records, symbols, 0, candlesPerTrade(shares, tradesPerSecond), 0, partitions);
    }

    /** The share of each symbol, busiest first; sums to 1. */
    double[] shares() {
        double[] shares = new double[symbols];
        double sum = 0;
        for (int i = 0; i < symbols; i++) {
            shares[i] = Math.pow(i + 1, -skew);
            sum += shares[i];
        }
        for (int i = 0; i < symbols; i++) {
            shares[i] /= sum;
        }
        return shares;
    }

    /**
     * Trades a second of event time, over all symbols, that give the wanted candles for each trade.
     *
     * <p>Arrivals are Poisson, so a window of length L of a symbol with share p has a trade with probability
     * 1 − exp(−rate · p · L).
     */
    public double tradesPerSecond() {
        double[] shares = shares();
        double low = 1e-6;
        double high = 1e9;
        for (int i = 0; i < 200; i++) {
            double middle = Math.sqrt(low * high);
            if (candlesPerTrade(shares, middle) > candlesPerTrade) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.sqrt(low * high);
    }

    private static double candlesPerTrade(double[] shares, double rate) {
        double candles = 0;
        for (int i = 0; i < Intervals.DEFAULT.count(); i++) {
            double seconds = (double) Intervals.DEFAULT.get(i).nanos() / Interval.SECOND_NANOS;
            for (double share : shares) {
                candles += -Math.expm1(-rate * share * seconds) / seconds;
            }
        }
        return candles / rate;
    }
}
