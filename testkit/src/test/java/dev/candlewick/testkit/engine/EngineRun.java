package dev.candlewick.testkit.engine;

import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.engine.Verdict;
import dev.candlewick.core.late.HighWaterMarks;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.quality.SecondsSeen;
import dev.candlewick.core.quality.SilenceDetector;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

/**
 * Drives the engine as a job would, without Flink: partitions read at different speeds, watermarks as the minimum over
 * them, one timer for each key, states written and read again in between.
 */
final class EngineRun {
    private static final long MILLI_NANOS = 1_000_000L;

    final Map<String, Candle> candles = new TreeMap<>();
    final Map<String, VwapRow> vwap = new TreeMap<>();
    final List<QualityEvent> events = new ArrayList<>();
    final List<MinuteReport> reports = new ArrayList<>();
    final List<String> revisionFaults = new ArrayList<>();
    final long[] publishedTrades;
    long late;
    long duplicates;
    long accepted;
    int revised;

    private final EngineSettings settings;
    private final long outOfOrdernessNanos;
    private final boolean consolidated;
    private final ToIntFunction<String> priceScale;
    private final ToIntFunction<String> sizeScale;
    final Map<String, InstrumentState> states = new HashMap<>();
    private final Map<String, Instrument> instruments = new HashMap<>();
    final MarketEngine engine;
    private final SecondsSeen seconds = new SecondsSeen();
    private SilenceDetector silence;

    EngineRun(
            EngineSettings settings,
            long outOfOrdernessNanos,
            boolean consolidated,
            ToIntFunction<String> priceScale,
            ToIntFunction<String> sizeScale) {
        this.settings = settings;
        this.outOfOrdernessNanos = outOfOrdernessNanos;
        this.consolidated = consolidated;
        this.priceScale = priceScale;
        this.sizeScale = sizeScale;
        this.publishedTrades = new long[settings.intervals().count()];
        this.silence = newSilenceDetector();
        this.engine = new MarketEngine(settings, new EngineOutput() {
            @Override
            public void candle(Candle candle) {
                Candle before = candles.put(candle.interval().name() + '|' + candle.key(), candle);
                int expected = before == null ? 0 : before.revision() + 1;
                if (candle.revision() != expected) {
                    revisionFaults.add("revision must be " + expected + ", was " + candle);
                }
                revised += candle.revision() > 0 ? 1 : 0;
                for (int i = 0; i < publishedTrades.length; i++) {
                    if (settings.intervals().get(i).equals(candle.interval())) {
                        publishedTrades[i] += candle.trades() - candle.previousTrades();
                    }
                }
            }

            @Override
            public void vwap(VwapRow row) {
                VwapRow before = vwap.put(row.key(), row);
                int expected = before == null ? 0 : before.revision() + 1;
                if (row.revision() != expected) {
                    revisionFaults.add("revision must be " + expected + ", was " + row);
                }
            }

            @Override
            public void event(QualityEvent event) {
                events.add(event);
            }

            @Override
            public void report(MinuteReport report) {
                reports.add(report);
            }
        });
    }

    /** Reads partitions in random turns, like a streaming job with several splits. */
    void stream(List<List<OracleTrade>> partitions, Random random) {
        HighWaterMarks marks =
                new HighWaterMarks(settings.intervals().finest(), outOfOrdernessNanos, settings.allowedLatenessNanos());
        int count = partitions.size();
        int[] next = new int[count];
        int[] speed = new int[count];
        long[] high = new long[count];
        for (int p = 0; p < count; p++) {
            speed[p] = 1 + random.nextInt(random.nextBoolean() ? 3 : 100);
            high[p] = partitions.get(p).isEmpty() ? Long.MAX_VALUE : Long.MIN_VALUE;
        }
        long watermark = Long.MIN_VALUE;
        int left = partitions.stream().mapToInt(List::size).sum();
        boolean keepOpen = settings.late() == LatePolicy.ACCEPT;
        while (left > 0) {
            int p = random.nextInt(count);
            for (int i = 0; i < speed[p] && next[p] < partitions.get(p).size(); i++) {
                Trade trade = trade(partitions.get(p).get(next[p]++), p);
                left--;
                high[p] = Math.max(high[p], trade.eventTimeNanos);
                marks.stamp(trade);
                if (trade.late && settings.late() == LatePolicy.APPLY) {
                    late++;
                } else {
                    process(trade, keepOpen ? Long.MIN_VALUE : watermark);
                }
            }
            if (next[p] == partitions.get(p).size()) {
                high[p] = Long.MAX_VALUE;
            }
            if (!keepOpen && random.nextInt(3) > 0) {
                long lowest = Long.MAX_VALUE;
                for (long h : high) {
                    lowest = Math.min(lowest, h);
                }
                if (lowest != Long.MIN_VALUE && lowest != Long.MAX_VALUE) {
                    long moved = Math.floorDiv(lowest - outOfOrdernessNanos, MILLI_NANOS) - 1;
                    if (moved > watermark) {
                        watermark = moved;
                        fire(watermark);
                    }
                }
            }
            if (random.nextInt(40) == 0) {
                rewrite();
                if (random.nextBoolean()) {
                    // Flink does not restore watermarks.
                    watermark = Long.MIN_VALUE;
                }
            }
        }
        fire(Long.MAX_VALUE);
    }

    /** Reads the keys one after the other, each sorted by milliseconds only, like a batch job. */
    void batch(List<List<OracleTrade>> partitions, Random random) {
        HighWaterMarks marks =
                new HighWaterMarks(settings.intervals().finest(), outOfOrdernessNanos, settings.allowedLatenessNanos());
        List<Trade> all = new ArrayList<>();
        for (int p = 0; p < partitions.size(); p++) {
            for (OracleTrade read : partitions.get(p)) {
                Trade trade = trade(read, p);
                marks.stamp(trade);
                if (trade.late && settings.late() == LatePolicy.APPLY) {
                    late++;
                } else {
                    all.add(trade);
                }
            }
        }
        java.util.Collections.shuffle(all, random);
        all.sort(Comparator.comparing((Trade t) -> t.instrument.key())
                .thenComparing(t -> Math.floorDiv(t.eventTimeNanos, MILLI_NANOS)));
        for (Trade trade : all) {
            long watermark = Math.floorDiv(trade.eventTimeNanos, MILLI_NANOS) - 1;
            InstrumentState state = states.get(trade.instrument.key());
            if (state != null && watermark >= state.timerMillis()) {
                engine.advance(state, watermark);
                state.setTimerMillis(engine.nextDueMillis(state));
            }
            process(trade, watermark);
        }
        fire(Long.MAX_VALUE);
    }

    private SilenceDetector newSilenceDetector() {
        return new SilenceDetector(settings.quality(), settings.intervals().finest(), settings.allowedLatenessNanos());
    }

    private void process(Trade trade, long watermark) {
        if (settings.quality().enabled() && seconds.add(trade.instrument.venue(), trade.eventTimeNanos)) {
            seconds.drainTo(silence::add);
        }
        InstrumentState state =
                states.computeIfAbsent(trade.instrument.key(), key -> engine.newState(trade.instrument));
        Verdict verdict = engine.process(state, trade, watermark);
        switch (verdict) {
            case ACCEPTED -> accepted++;
            case DUPLICATE -> duplicates++;
            default -> throw new AssertionError("no partition was idle, so no trade may be " + verdict + ": " + trade);
        }
        state.setTimerMillis(Math.min(state.timerMillis(), engine.dueAfter(state, trade, watermark)));
    }

    private void fire(long watermark) {
        seconds.drainTo(silence::add);
        silence.advance(watermark, events::add);
        for (InstrumentState state : states.values()) {
            if (state.timerMillis() <= watermark) {
                engine.advance(state, watermark);
                state.setTimerMillis(engine.nextDueMillis(state));
            }
        }
    }

    private void rewrite() {
        seconds.drainTo(silence::add);
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            silence.write(new DataOutputStream(bytes));
            silence = newSilenceDetector();
            silence.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        states.replaceAll((key, state) -> {
            try {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                state.write(new DataOutputStream(bytes));
                return InstrumentState.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    Trade trade(OracleTrade from, int readPartition) {
        String key = from.venue() + '\n' + from.symbol();
        Instrument instrument = instruments.computeIfAbsent(
                key,
                k -> consolidated
                        ? Instrument.consolidated(
                                from.venue(),
                                from.symbol(),
                                priceScale.applyAsInt(from.symbol()),
                                sizeScale.applyAsInt(from.symbol()))
                        : Instrument.ofVenue(
                                from.venue(),
                                from.symbol(),
                                priceScale.applyAsInt(from.symbol()),
                                sizeScale.applyAsInt(from.symbol())));
        Trade trade = new Trade();
        trade.instrument = instrument;
        trade.eventTimeNanos = from.eventTimeNanos();
        Long receiveTimeNanos = from.receiveTimeNanos();
        if (receiveTimeNanos != null) {
            trade.receiveTimeNanos = receiveTimeNanos;
        }
        trade.setId(from.id());
        if (from.sequence() != null) {
            trade.hasSequence = true;
            trade.sequence = from.sequence();
        }
        trade.priceScaled = scaled(from.price(), instrument.priceScale());
        trade.sizeScaled = scaled(from.size(), instrument.sizeScale());
        trade.side = from.side();
        trade.conditions = from.conditions();
        trade.placePartition = from.placePartition();
        trade.placePosition = from.placePosition();
        trade.readPartition = readPartition;
        trade.readOffset = from.readPosition();
        return trade;
    }

    private static long scaled(BigDecimal value, int scale) {
        return value.setScale(scale).unscaledValue().longValueExact();
    }
}
