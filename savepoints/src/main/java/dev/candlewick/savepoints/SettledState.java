package dev.candlewick.savepoints;

import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.quality.SilenceDetector;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.FeedSettings;
import dev.candlewick.jobs.operators.PartitionCount;
import dev.candlewick.jobs.operators.PartitionMark;
import dev.candlewick.jobs.operators.SilenceFunction;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Two savepoints as both are once the next watermark has passed; one thread.
 *
 * <p>A job gives watermarks five times a second. Which trades stand in front of one and which behind it is a matter of the
 * clock, and with it how far each instrument was advanced, which ids are forgotten already, and which timer waits. None of
 * it changes what is published, but for the number of revisions where trades are late. Behind one watermark for both it is
 * gone.
 */
public final class SettledState {
    /**
     * The job's settings.
     *
     * @param sources topics and out-of-orderness
     * @param feeds what decides the results, in the order of the sources
     */
    public record Settings(List<LogSource> sources, List<FeedSettings> feeds) {
        /** Copies the lists. */
        public Settings {
            sources = List.copyOf(sources);
            feeds = List.copyOf(feeds);
        }
    }

    /** Counts the trades of what would be published. */
    private static final class Counting implements EngineOutput {
        final long[] trades;
        final Intervals intervals;

        Counting(Intervals intervals) {
            this.intervals = intervals;
            this.trades = new long[intervals.count()];
        }

        @Override
        public void candle(Candle candle) {
            for (int i = 0; i < trades.length; i++) {
                if (intervals.get(i).nanos() == candle.interval().nanos()) {
                    trades[i] += candle.trades() - candle.previousTrades();
                }
            }
        }

        @Override
        public void vwap(VwapRow row) {
            // Rows hold no trades of the double entry.
        }

        @Override
        public void event(QualityEvent event) {
            // Nor do events.
        }

        @Override
        public void report(MinuteReport report) {
            // Nor reports.
        }
    }

    private final Settings settings;
    private final Counting output;
    private final Map<String, MarketEngine> engines = new HashMap<>();
    private final long watermarkMillis;

    private SettledState(Settings settings, long watermarkMillis) {
        this.settings = settings;
        this.watermarkMillis = watermarkMillis;
        this.output = new Counting(first(settings).intervals());
    }

    /** Behind the watermark that the later of two savepoints has reached. */
    static SettledState of(Settings settings, SavepointContents left, SavepointContents right) {
        return new SettledState(settings, Math.max(reached(settings, left), reached(settings, right)));
    }

    private static EngineSettings first(Settings settings) {
        return settings.feeds().get(0).engine();
    }

    /** That of the marks, or a larger one where a partition was idle; in milliseconds. */
    private static long reached(Settings settings, SavepointContents contents) {
        long least = Long.MAX_VALUE;
        for (PartitionMark mark : contents.marks()) {
            for (LogSource source : settings.sources()) {
                if (source.topics().matcher(mark.source()).matches()) {
                    least = Math.min(
                            least,
                            Math.floorDiv(mark.markNanos() - source.outOfOrdernessNanos(), Interval.MILLI_NANOS) - 1);
                    break;
                }
            }
        }
        long[] reached = {least == Long.MAX_VALUE ? Long.MIN_VALUE : least};
        contents.forEachInstrument((key, state, timers) -> reached[0] = Math.max(reached[0], state.advancedToMillis()));
        return reached[0];
    }

    /** Brings an instrument there. */
    void settle(InstrumentState state) {
        if (watermarkMillis != Long.MIN_VALUE) {
            engine(state.feedName()).settle(state, watermarkMillis);
        }
    }

    private MarketEngine engine(@Nullable String feed) {
        return engines.computeIfAbsent(feed == null ? "" : feed, name -> {
            EngineSettings engine = settings.feeds().stream()
                    .filter(candidate -> candidate.name().equals(name))
                    .map(FeedSettings::engine)
                    .findFirst()
                    .orElseGet(() -> first(settings));
            return new MarketEngine(engine, output);
        });
    }

    /** Trades in published candles by interval index, with those that become due. */
    long[] published(SavepointContents contents) {
        Arrays.fill(output.trades, 0);
        contents.forEachInstrument((key, state, timers) -> settle(state));
        long[] published = contents.published();
        long[] sums = Arrays.copyOf(published, Math.max(published.length, output.trades.length));
        for (int i = 0; i < output.trades.length; i++) {
            sums[i] += output.trades[i];
        }
        return sums;
    }

    /**
     * The double entry by partition. Of copies in several partitions the one that is processed first is accepted, so how
     * accepted and duplicate trades are shared out over partitions is a matter of the clock, and only their sums are not.
     */
    static Map<String, String> counters(SavepointContents contents) {
        Map<String, String> counters = new TreeMap<>();
        long duplicate = 0;
        long accepted = 0;
        for (PartitionCount count : contents.counters()) {
            long[] values = count.counters();
            duplicate += values[Counter.DUPLICATE.ordinal()];
            accepted += values[Counter.ACCEPTED.ordinal()];
            counters.put(
                    count.source() + '/' + count.partition(),
                    "read=" + values[Counter.READ.ordinal()] + " filtered=" + values[Counter.FILTERED.ordinal()]
                            + " rejected=" + values[Counter.REJECTED.ordinal()] + " late="
                            + values[Counter.LATE.ordinal()] + " taken="
                            + (values[Counter.DUPLICATE.ordinal()] + values[Counter.ACCEPTED.ordinal()]));
        }
        counters.put("", "duplicate=" + duplicate + " accepted=" + accepted);
        return counters;
    }

    /** What the silence operator remembers, by name. */
    Map<String, String> silence(SavepointContents contents) {
        EngineSettings engine = first(settings);
        long lateness = settings.feeds().stream()
                .mapToLong(feed -> feed.engine().allowedLatenessNanos())
                .max()
                .orElseThrow();
        SilenceDetector detector =
                new SilenceDetector(engine.quality(), engine.intervals().finest(), lateness);
        for (byte[] element : contents.silence()) {
            try {
                SilenceFunction.read(element, detector);
            } catch (IOException e) {
                throw new SavepointException(
                        "silence state must be readable, was not: " + e.getMessage(), "use another savepoint", e);
            }
        }
        if (watermarkMillis != Long.MIN_VALUE) {
            detector.advance(watermarkMillis, event -> {});
        }
        return new TreeMap<>(detector.fields());
    }
}
