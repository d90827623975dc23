package dev.candlewick.benchmarks.workload;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes the records of a {@link TradeWorkload} in the order of their log; one thread.
 *
 * <p>Arrivals are Poisson at the workload's rate. Most trades reach the log within 2 ms, one in twenty up to 0.9 s after
 * its event time, so the log is in order with slight disorder. Ids of a symbol are contiguous from 1. A copy repeats
 * every field of its original but the receive time and the place. Prices are walks of ticks, sizes have four decimals.
 */
public final class TradeGenerator {
    /** Decimals of all prices, the default of crypto feeds. */
    public static final int PRICE_SCALE = 12;
    /** Decimals of all sizes, the default of crypto feeds. */
    public static final int SIZE_SCALE = 8;
    /** The venue of all trades. */
    public static final String VENUE = "SIM";

    private static final double SLOW_SHARE = 0.05;
    private static final int FAST_DELAY_NANOS = 2_000_000;
    private static final int SIZE_UNIT = 10_000;
    private static final int SIZE_UNITS_MAX = 100_000;

    private final TradeWorkload workload;
    private final SplittableRandom random;
    private final double nanosPerTrade;
    private final double copyProbability;
    private final Instrument[] instruments;
    private final long[] ids;
    private final long[] priceTicks;
    private final long[] tickScaled;
    private final double[] aliasProbability;
    private final int[] alias;
    private final ArrayDeque<Copy> copies = new ArrayDeque<>();
    private final Trade trade = new Trade();
    private double arrivalNanos;
    private int symbol;
    private long made;
    private long copiesMade;

    /** A record that will be repeated when its time has come. */
    private record Copy(Trade trade, int symbol, long dueNanos) {}

    /** A generator at the start of its stream. */
    public TradeGenerator(TradeWorkload workload) {
        this.workload = workload;
        random = new SplittableRandom(workload.seed());
        nanosPerTrade = Interval.SECOND_NANOS / workload.tradesPerSecond();
        copyProbability = workload.copyShare() / (1 - workload.copyShare());
        int symbols = workload.symbols();
        instruments = new Instrument[symbols];
        ids = new long[symbols];
        priceTicks = new long[symbols];
        tickScaled = new long[symbols];
        for (int i = 0; i < symbols; i++) {
            instruments[i] = Instrument.ofVenue(VENUE, symbolName(i), PRICE_SCALE, SIZE_SCALE);
            // First prices from 1 to about 30,000, in 10,000 to 99,999 ticks.
            double firstPrice = Math.pow(10, random.nextDouble() * 4.5);
            long tick = Math.round(Math.pow(10, PRICE_SCALE + Math.floor(Math.log10(firstPrice)) - 4));
            tickScaled[i] = tick;
            priceTicks[i] = Math.round(firstPrice * Math.pow(10, PRICE_SCALE) / tick);
        }
        aliasProbability = new double[symbols];
        alias = new int[symbols];
        fillAlias(workload.shares());
    }

    /** The name of a symbol, busiest first. */
    static String symbolName(int index) {
        return "" + (char) ('A' + index / 676) + (char) ('A' + index / 26 % 26) + (char) ('A' + index % 26) + "USDT";
    }

    /** Walker's alias method: a weighted choice at the cost of two random numbers. */
    private void fillAlias(double[] shares) {
        int count = shares.length;
        ArrayDeque<Integer> small = new ArrayDeque<>();
        ArrayDeque<Integer> large = new ArrayDeque<>();
        double[] scaled = new double[count];
        for (int i = 0; i < count; i++) {
            scaled[i] = shares[i] * count;
            (scaled[i] < 1 ? small : large).add(i);
        }
        while (!small.isEmpty() && !large.isEmpty()) {
            int less = small.remove();
            int more = large.remove();
            aliasProbability[less] = scaled[less];
            alias[less] = more;
            scaled[more] = scaled[more] + scaled[less] - 1;
            (scaled[more] < 1 ? small : large).add(more);
        }
        for (int rest : large) {
            aliasProbability[rest] = 1;
        }
        for (int rest : small) {
            aliasProbability[rest] = 1;
        }
    }

    /** The instruments by symbol index. */
    public Instrument instrument(int index) {
        return instruments[index];
    }

    /** How many of the records so far repeat another. */
    public long copiesMade() {
        return copiesMade;
    }

    /** Receive time of the last record; no event time is later. */
    public long lastArrivalNanos() {
        return TradeWorkload.START_NANOS + (long) arrivalNanos;
    }

    /** Symbol index of the record that {@link #next()} gave. */
    public int symbol() {
        return symbol;
    }

    /** The next record, filled again by the next call, or null at the end. */
    public @Nullable Trade next() {
        if (made == workload.records()) {
            return null;
        }
        Copy due = copies.peek();
        if (due != null && due.dueNanos() <= lastArrivalNanos()) {
            copies.remove();
            trade.set(due.trade());
            symbol = due.symbol();
            trade.receiveTimeNanos = lastArrivalNanos();
            copiesMade++;
        } else {
            makeTrade();
        }
        trade.placePartition = 0;
        trade.placePosition = made++;
        return trade;
    }

    private void makeTrade() {
        arrivalNanos -= Math.log(1 - random.nextDouble()) * nanosPerTrade;
        long arrival = lastArrivalNanos();
        long delay = random.nextDouble() < SLOW_SHARE
                ? random.nextLong(TradeWorkload.DELAY_MAX_NANOS)
                : random.nextInt(FAST_DELAY_NANOS);
        int drawn = random.nextInt(alias.length);
        symbol = random.nextDouble() < aliasProbability[drawn] ? drawn : alias[drawn];
        trade.instrument = instruments[symbol];
        trade.eventTimeNanos = Math.max(TradeWorkload.START_NANOS, arrival - delay);
        trade.receiveTimeNanos = arrival;
        trade.setIdNumber(++ids[symbol]);
        priceTicks[symbol] = Math.max(1, priceTicks[symbol] + random.nextInt(5) - 2);
        trade.priceScaled = priceTicks[symbol] * tickScaled[symbol];
        trade.sizeScaled = (1L + random.nextInt(SIZE_UNITS_MAX)) * SIZE_UNIT;
        trade.side = random.nextBoolean() ? "buy" : "sell";
        if (random.nextDouble() < copyProbability) {
            copies.add(new Copy(trade.copy(), symbol, arrival + TradeWorkload.COPY_DELAY_NANOS));
        }
    }
}
