package dev.candlewick.benchmarks.core;

import dev.candlewick.core.candle.CandleAccumulator;
import dev.candlewick.core.dedup.HashTable;
import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.engine.Verdict;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.order.OrderMark;
import dev.candlewick.core.order.TradeOrder;
import dev.candlewick.core.quality.InstrumentProfile;
import dev.candlewick.core.quality.OutlierRule;
import dev.candlewick.core.quality.OutlierScope;
import dev.candlewick.core.quality.QualityOutput;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.quality.QualityStage;
import dev.candlewick.core.time.Interval;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Operations of the core on one instrument with 1,000 trades a second of event time; one thread.
 *
 * <p>Trades come again and again from a table of {@value #TRADES}, their ids and times moved on, so no operation meets a
 * state that it knows.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CoreBenchmark {
    static final int TRADES = 4_096;

    private static final long STEP_NANOS = 1_000_000;
    private static final long START_NANOS = 1_767_571_200_000_000_000L;
    private static final long KEEP_NANOS = 12 * Interval.SECOND_NANOS;
    private static final long OUT_OF_ORDER_NANOS = Interval.SECOND_NANOS;
    private static final QualityStage.Subject SUBJECT = new QualityStage.Subject("SIM", "BTCUSDT", 12, 8);

    private final Trade[] trades = new Trade[TRADES];
    private final TradeHash[] hashes = new TradeHash[TRADES];
    private final CandleAccumulator[] finer = new CandleAccumulator[64];
    private final CandleAccumulator sum = new CandleAccumulator();
    private final CandleAccumulator merged = new CandleAccumulator();
    private final OrderMark mark = new OrderMark();
    private final TradeHash hash = new TradeHash();
    private final HashTable ids = new HashTable();
    private final Trade moving = new Trade();
    private final Sink sink = new Sink();
    private final MarketEngine engine;
    private final InstrumentState state;
    private final MarketEngine fullEngine;
    private final InstrumentState fullState;
    private final QualityStage stage;
    private final InstrumentProfile profile;
    private int at;
    private long number;
    private long dueMillis;
    private long fullDueMillis;

    /** Counts what is published. */
    static final class Sink implements EngineOutput, QualityOutput {
        long published;

        @Override
        public void candle(Candle candle) {
            published++;
        }

        @Override
        public void vwap(VwapRow row) {
            published++;
        }

        @Override
        public void event(QualityEvent event) {
            published++;
        }

        @Override
        public void report(MinuteReport report) {
            published++;
        }
    }

    /** The state in front of the first trade. */
    public CoreBenchmark() {
        SplittableRandom random = new SplittableRandom(1);
        Instrument instrument = Instrument.ofVenue(SUBJECT.venue(), SUBJECT.symbol(), 12, 8);
        long ticks = 42_000_00;
        for (int i = 0; i < TRADES; i++) {
            Trade trade = new Trade();
            trade.instrument = instrument;
            trade.eventTimeNanos = START_NANOS + i * STEP_NANOS + random.nextInt((int) STEP_NANOS);
            trade.receiveTimeNanos = trade.eventTimeNanos + random.nextInt(50_000_000);
            trade.setIdNumber(i + 1L);
            ticks += random.nextInt(5) - 2;
            trade.priceScaled = ticks * 10_000_000_000L;
            trade.sizeScaled = (1L + random.nextInt(100_000)) * 10_000;
            trade.side = "buy";
            trade.placePosition = i;
            trades[i] = trade;
            hashes[i] = new TradeHash();
            hashes[i].identity(trade);
        }
        for (int i = 0; i < finer.length; i++) {
            finer[i] = new CandleAccumulator();
            for (int j = 0; j < 64; j++) {
                finer[i].add(trades[i * 64 + j], hashes[i * 64 + j]);
            }
        }
        engine = new MarketEngine(EngineSettings.defaults(), sink);
        state = engine.newState(instrument);
        QualitySettings full = QualitySettings.defaults().withOutliers(OutlierRule.HAMPEL, OutlierScope.TRADE);
        fullEngine = new MarketEngine(EngineSettings.defaults().withQuality(full), sink);
        fullState = fullEngine.newState(instrument);
        stage = new QualityStage(
                full,
                EngineSettings.defaults().intervals().finest(),
                EngineSettings.defaults().allowedLatenessNanos(),
                sink);
        profile = stage.newProfile();
    }

    private int next() {
        at = at + 1 & TRADES - 1;
        return at;
    }

    /** The next trade of an endless stream: new id, later time. */
    private Trade advance() {
        Trade from = trades[(int) (number & TRADES - 1)];
        long round = number / TRADES;
        moving.set(from);
        moving.setIdNumber(++number);
        moving.eventTimeNanos += round * TRADES * STEP_NANOS;
        moving.receiveTimeNanos += round * TRADES * STEP_NANOS;
        moving.placePosition = number;
        return moving;
    }

    /** Adds a trade to a candle. */
    @Benchmark
    public long accumulatorAdd() {
        if (sum.trades() == TRADES) {
            sum.clear();
        }
        int i = next();
        sum.add(trades[i], hashes[i]);
        return sum.trades();
    }

    /** Merges a candle of 64 trades into a coarser one. */
    @Benchmark
    public long accumulatorMerge() {
        int i = next() & 63;
        if (i == 0) {
            merged.clear();
        }
        merged.merge(finer[i], 0);
        return merged.trades();
    }

    /** Looks whether a trade is the first of its window. */
    @Benchmark
    public boolean orderConsider() {
        return mark.consider(trades[next()], 1);
    }

    /** Compares two trades in the total order. */
    @Benchmark
    public int orderCompare() {
        return TradeOrder.compare(trades[next()], trades[at * 31 & TRADES - 1]);
    }

    /** The identity of a trade, for dedup and digest. */
    @Benchmark
    public long digest() {
        hash.identity(trades[next()]);
        return hash.low();
    }

    /** Looks an id up and remembers it for twelve seconds. */
    @Benchmark
    public boolean dedupInsert() {
        Trade trade = advance();
        long key = TradeHash.finalMix(trade.idNumber);
        boolean known = ids.contains(key, trade.priceScaled, trade.eventTimeNanos);
        if (!known) {
            ids.insert(key, trade.priceScaled, trade.eventTimeNanos, trade.eventTimeNanos - KEEP_NANOS);
        }
        return known;
    }

    /** Looks up an id that is not there. */
    @Benchmark
    public boolean dedupLookup() {
        int i = next();
        return ids.contains(TradeHash.finalMix(-i - 1L), trades[i].priceScaled, trades[i].eventTimeNanos);
    }

    /** All quality rules with outliers for each trade: taken in, judged once a second. */
    @Benchmark
    public long qualityFull() {
        Trade trade = advance();
        stage.accepted(profile, trade);
        if (number % 1_000 == 0) {
            long closed = trade.eventTimeNanos - OUT_OF_ORDER_NANOS;
            closed -= Math.floorMod(closed, Interval.SECOND_NANOS);
            stage.judge(profile, closed);
            stage.advance(profile, SUBJECT, closed / 1_000_000 - 1, closed - KEEP_NANOS);
        }
        return sink.published;
    }

    /** The whole core for one trade, profile candles: dedup, quality by default, six intervals, rolling VWAP. */
    @Benchmark
    public Verdict engineCandles() {
        Trade trade = advance();
        long watermarkMillis = (trade.eventTimeNanos - OUT_OF_ORDER_NANOS) / 1_000_000 - 1;
        if (watermarkMillis >= dueMillis) {
            engine.advance(state, watermarkMillis);
            dueMillis = engine.nextDueMillis(state);
        }
        Verdict verdict = engine.process(state, trade, watermarkMillis);
        dueMillis = Math.min(dueMillis, engine.dueAfter(state, trade, watermarkMillis));
        return verdict;
    }

    /** The whole core for one trade with outliers. */
    @Benchmark
    public Verdict engineFull() {
        Trade trade = advance();
        long watermarkMillis = (trade.eventTimeNanos - OUT_OF_ORDER_NANOS) / 1_000_000 - 1;
        if (watermarkMillis >= fullDueMillis) {
            fullEngine.advance(fullState, watermarkMillis);
            fullDueMillis = fullEngine.nextDueMillis(fullState);
        }
        Verdict verdict = fullEngine.process(fullState, trade, watermarkMillis);
        fullDueMillis = Math.min(fullDueMillis, fullEngine.dueAfter(fullState, trade, watermarkMillis));
        return verdict;
    }
}
