package dev.candlewick.jobs.operators;

import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.PartitionCounters;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.AbstractRichFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Dedup, candles and VWAP of one instrument: the thin shell that lets Flink's keys, timers and watermarks drive the
 * {@link MarketEngine}.
 *
 * <p>One timer stands for each key, the next due; it does everything that is due at the current watermark and registers
 * again only while the input goes on (design section 4.14). In BATCH, where a key's input is sorted by milliseconds, an
 * element's timestamp − 1 ms is the watermark of its key. With {@code late = accept} in STREAMING nothing closes before
 * the end of the input, unless trades come in the order of event time.
 *
 * <p>Each feed has an engine of its own settings, and an instrument is one of a feed. A state knows its feed by name, since
 * a later run may list its sources in another order.
 */
@SuppressWarnings("NullAway.Init") // Flink initializes state and opens before the first element.
public final class MarketDataFunction extends AbstractRichFunction implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** In the order of their ordinals. */
    private final ArrayList<FeedSettings> feeds;

    /** What all feeds have in common is read from those of the first. */
    private final EngineSettings settings;

    private final SourceNames sources;
    private final int instrumentsMax;
    private final boolean inOrder;
    private HealedUntil healed = HealedUntil.NONE;

    /** By the ordinal of the feed; feeds with equal settings share one. */
    private transient MarketEngine[] engines;

    private transient boolean restored;

    private transient PartitionCounters counters;
    private transient ListState<PartitionCount> counterState;
    private transient ValueState<InstrumentState> state;
    private transient InstrumentStates states;
    private transient @Nullable LiveTap live;
    private transient Output output;
    private transient boolean sorted;
    private transient boolean keepOpen;
    private transient long instruments;
    private transient boolean restoredConsolidated;
    private transient boolean restoredVenues;
    private transient LateCount lateIdle;
    private transient LateCount lateNewPartition;
    private transient NamedCounts counts;
    private transient ListState<NamedCount> countState;
    private transient volatile Held held;

    /** Collects what the engine publishes into the collector of the current call. */
    private static final class Output implements EngineOutput {
        @Nullable
        Collector<Published> collector;

        final HealedUntil healed;

        /** Set before the first trade. */
        NamedCounts.@Nullable Count conflicts;

        /** That of the instrument before the current call: what this call purges was published before. */
        long purgeMarkNanos;

        Output(HealedUntil healed) {
            this.healed = healed;
        }

        void begin(Collector<Published> out, long markNanos) {
            collector = out;
            purgeMarkNanos = markNanos;
        }

        @Override
        @SuppressWarnings("NullAway") // Set at the start of every call that can publish.
        public void candle(Candle candle) {
            if (!healed.isNone()) {
                healed.check(candle, purgeMarkNanos);
            }
            collector.collect(candle);
        }

        @Override
        @SuppressWarnings("NullAway")
        public void vwap(VwapRow row) {
            if (!healed.isNone()) {
                healed.check(row, purgeMarkNanos);
            }
            collector.collect(row);
        }

        @Override
        @SuppressWarnings("NullAway")
        public void event(QualityEvent event) {
            collector.collect(event);
        }

        @Override
        @SuppressWarnings("NullAway")
        public void idConflict() {
            conflicts.increment();
        }

        @Override
        @SuppressWarnings("NullAway")
        public void report(MinuteReport report) {
            collector.collect(report);
        }
    }

    /** A shell around the engine of the only feed. */
    public MarketDataFunction(EngineSettings settings, SourceNames sources, int instrumentsMax) {
        this(List.of(new FeedSettings(Uids.DEFAULT_SOURCE, settings)), sources, instrumentsMax);
    }

    /**
     * A shell around one engine for each feed.
     *
     * @param feeds at least one, in the order of the ordinals that instruments carry; equal in intervals, policy for late
     *     trades, fills and VWAP rows
     */
    public MarketDataFunction(List<FeedSettings> feeds, SourceNames sources, int instrumentsMax) {
        this(feeds, sources, instrumentsMax, Arrival.LOG);
    }

    /**
     * A shell around one engine for each feed.
     *
     * @param arrival in which order trades come
     */
    public MarketDataFunction(List<FeedSettings> feeds, SourceNames sources, int instrumentsMax, Arrival arrival) {
        this.inOrder = arrival == Arrival.ARCHIVED_IN_ORDER;
        this.feeds = new ArrayList<>(feeds);
        this.settings = feeds.get(0).engine();
        this.sources = sources;
        this.instrumentsMax = instrumentsMax;
    }

    /** Stops the job before it publishes what was healed since its state was taken. */
    public MarketDataFunction withHealed(HealedUntil until) {
        healed = until;
        return this;
    }

    /** Whether it began with the state of a checkpoint. */
    boolean isRestored() {
        return restored;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        restored = context.isRestored();
        counters = new PartitionCounters();
        counterState = context.getOperatorStateStore().getListState(States.COUNTERS);
        Counters.restore(counterState, counters, sources);
        counts = new NamedCounts();
        countState = context.getOperatorStateStore().getListState(States.COUNTS);
        counts.restore(countState);
    }

    @Override
    public void open(OpenContext context) {
        state = getRuntimeContext().getState(States.INSTRUMENT);
        output = new Output(healed);
        engines = new MarketEngine[feeds.size()];
        for (int i = 0; i < engines.length; i++) {
            for (int j = 0; j < i && engines[i] == null; j++) {
                if (feeds.get(j).engine().equals(feeds.get(i).engine())) {
                    engines[i] = engines[j];
                }
            }
            if (engines[i] == null) {
                engines[i] = new MarketEngine(feeds.get(i).engine(), output);
            }
        }
        Metrics metrics = new Metrics(getRuntimeContext().getMetricGroup());
        Counters.register(metrics, JobMetric.DUPLICATE, counters, Counter.DUPLICATE);
        Counters.register(metrics, JobMetric.ACCEPTED, counters, Counter.ACCEPTED);
        lateIdle = lateCount(metrics, "IDLE");
        lateNewPartition = lateCount(metrics, "NEW_PARTITION");
        output.conflicts = counts.register(metrics, JobMetric.ID_CONFLICT);
        metrics.gauge(JobMetric.INSTRUMENTS, () -> instruments);
        metrics.gauge(JobMetric.LIVE_SUPPRESSED, () -> live == null ? 0L : live.suppressed());
        held = nothingHeld();
        for (int i = 0; i < settings.intervals().count(); i++) {
            int index = i;
            metrics.gauge(
                    JobMetric.OPEN_WINDOWS,
                    () -> held.windows[index],
                    settings.intervals().get(i).name());
        }
        metrics.gauge(JobMetric.DEDUP_IDS, () -> held.ids);
    }

    /** What one cause turned away; display only, the double entry has counters of its own. */
    private LateCount lateCount(Metrics metrics, String cause) {
        LongCounter ofAttempt = new LongCounter();
        getRuntimeContext().addAccumulator("late." + cause, ofAttempt);
        return new LateCount(ofAttempt, counts.register(metrics, JobMetric.LATE, cause));
    }

    /** Trades that one cause turned away: in this attempt, and over all restarts. */
    private record LateCount(LongCounter ofAttempt, NamedCounts.Count overall) {
        void increment() {
            ofAttempt.add(1L);
            overall.increment();
        }
    }

    /** What all instruments of this subtask hold together; replaced as a whole, so that readers see one checkpoint's. */
    static final class Held {
        final long[] windows;
        long ids;

        Held(int intervals) {
            windows = new long[intervals];
        }
    }

    /** The state that the operator binds to its backend. */
    ValueState<InstrumentState> state() {
        return state;
    }

    /**
     * Binds the function to its backend.
     *
     * @param isSorted whether a key's input is sorted by milliseconds, as in BATCH
     * @param known how many instruments were restored
     */
    void bind(InstrumentStates access, boolean isSorted, @Nullable LiveTap tap, long known) {
        states = access;
        sorted = isSorted;
        keepOpen = settings.late() == LatePolicy.ACCEPT && !isSorted && !inOrder;
        live = tap;
        instruments = known;
    }

    /** Takes a trade of the current key. */
    void process(Trade trade, InternalTimerService<VoidNamespace> timers, Collector<Published> out) throws Exception {
        Instrument traded = trade.instrument;
        InstrumentState instrument = instrumentOf(traded);
        output.begin(out, instrument.purgeMarkNanos());
        MarketEngine engine = engines[traded.feed()];
        long watermark = watermark(trade, timers);
        if (sorted && watermark >= instrument.timerMillis()) {
            engine.advance(instrument, watermark);
            instrument.setTimerMillis(engine.nextDueMillis(instrument));
        }
        Counter taken = take(engine, instrument, trade, watermark);
        counters.count(trade.readSource, trade.readPartition, taken, 1);
        changed(instrument, traded, dueAfter(engine, instrument, trade, watermark, taken), timers);
    }

    /** Takes the trades of a batch, all of the current key; in STREAMING. */
    void process(
            TradeBatch.Reader batch,
            Instrument traded,
            InternalTimerService<VoidNamespace> timers,
            Collector<Published> out)
            throws Exception {
        InstrumentState instrument = instrumentOf(traded);
        output.begin(out, instrument.purgeMarkNanos());
        MarketEngine engine = engines[traded.feed()];
        long watermark = keepOpen ? Long.MIN_VALUE : timers.currentWatermark();
        long due = Long.MAX_VALUE;
        // Trades of one fate in a row are counted at once: a count that all tasks' metrics lie beside is dear to touch.
        int source = 0;
        int partition = 0;
        Counter fate = Counter.ACCEPTED;
        int row = 0;
        while (batch.hasNext()) {
            Trade trade = batch.next();
            Counter taken = take(engine, instrument, trade, watermark);
            if (row > 0 && (taken != fate || trade.readPartition != partition || trade.readSource != source)) {
                counters.count(source, partition, fate, row);
                row = 0;
            }
            row++;
            fate = taken;
            source = trade.readSource;
            partition = trade.readPartition;
            due = Math.min(due, dueAfter(engine, instrument, trade, watermark, taken));
        }
        counters.count(source, partition, fate, row);
        changed(instrument, traded, due, timers);
    }

    /** Follows up trades of an instrument: it is due then, never where all of them were turned away. */
    private void changed(
            InstrumentState instrument, Instrument traded, long dueMillis, InternalTimerService<VoidNamespace> timers)
            throws Exception {
        if (dueMillis != Long.MAX_VALUE) {
            schedule(instrument, dueMillis, timers);
            if (live != null) {
                live.changed(traded.key());
            }
        }
    }

    private InstrumentState instrumentOf(Instrument traded) throws Exception {
        InstrumentState instrument = states.get(traded.key());
        if (instrument == null) {
            instrument = newInstrument(traded);
        }
        if (instrument.feedOrdinal() != traded.feed()) {
            checkFeed(instrument, traded);
        }
        return instrument;
    }

    /** Takes a trade; as what it is to be counted. */
    private Counter take(MarketEngine engine, InstrumentState instrument, Trade trade, long watermark) {
        return switch (engine.process(instrument, trade, watermark)) {
            case ACCEPTED -> Counter.ACCEPTED;
            case DUPLICATE -> Counter.DUPLICATE;
            case LATE_IDLE -> {
                lateIdle.increment();
                yield Counter.LATE;
            }
            case LATE_NEW_PARTITION -> {
                lateNewPartition.increment();
                yield Counter.LATE;
            }
        };
    }

    /** When the instrument is due because of a trade; never where it was turned away. */
    private long dueAfter(MarketEngine engine, InstrumentState instrument, Trade trade, long watermark, Counter taken) {
        if (taken == Counter.LATE) {
            return Long.MAX_VALUE;
        }
        return keepOpen ? Long.MAX_VALUE - 1 : engine.dueAfter(instrument, trade, watermark);
    }

    /**
     * Checks what was restored of the current key: that it is this key's, of a feed and of the intervals of this run. A
     * damaged checkpoint or another configuration is refused at the start, before anything is published.
     *
     * @return the timer that must be registered for it, {@link Long#MAX_VALUE} where none
     */
    long checkRestored(String key) throws Exception {
        InstrumentState instrument = states.peek(key);
        if (instrument == null || !instrument.key().equals(key)) {
            throw new IllegalStateException("the state of a key must be that of its instrument, was "
                    + (instrument == null ? "none" : "that of " + TextEscapes.value(instrument.key())) + " (instrument="
                    + TextEscapes.value(key) + "); the checkpoint is damaged");
        }
        engineOf(instrument).checkRestored(instrument);
        restoredConsolidated |= instrument.venue().equals(Instrument.CONSOLIDATED_VENUE);
        restoredVenues |= !instrument.venue().equals(Instrument.CONSOLIDATED_VENUE);
        return instrument.timerMillis();
    }

    /** Checks that a restored timer is the one that its key's state speaks of. */
    void checkRestoredTimer(String key, long timestamp) throws Exception {
        InstrumentState instrument = states.peek(key);
        if (instrument == null || instrument.timerMillis() != timestamp) {
            throw new IllegalStateException(
                    "a timer must be that of its instrument, was " + timestamp + " ms in place of "
                            + (instrument == null ? "none" : instrument.timerMillis() + " ms") + " (instrument="
                            + TextEscapes.value(key) + "); the checkpoint is damaged");
        }
    }

    /** In the other scope every instrument would begin anew beside its own state, and publish fragments. */
    private void checkScope(Instrument traded) {
        if (traded.isConsolidated() ? restoredVenues : restoredConsolidated && !restoredVenues) {
            throw new IllegalStateException("scope must not change under kept state, was "
                    + (traded.isConsolidated() ? "consolidated in place of venue" : "venue in place of consolidated")
                    + " (instrument=" + TextEscapes.value(traded.key()) + "); set it back, or start without state");
        }
    }

    private InstrumentState newInstrument(Instrument traded) throws Exception {
        String key = traded.key();
        checkScope(traded);
        if (++instruments > instrumentsMax) {
            throw new IllegalStateException("instruments must number at most instruments.max=" + instrumentsMax
                    + " in one subtask, was one more (instrument=" + TextEscapes.value(key)
                    + "); raise it if the feed is right");
        }
        int feed = traded.feed();
        InstrumentState made = engines[feed].newState(traded);
        made.setFeed(feeds.get(feed).name(), feed);
        states.put(key, made);
        return made;
    }

    /**
     * The engine of a state's own feed. A state of a version without feeds is one of the first feed, until a trade tells.
     *
     * @throws IllegalStateException where the run has no such feed
     */
    private MarketEngine engineOf(InstrumentState instrument) {
        int ordinal = instrument.feedOrdinal();
        if (ordinal == InstrumentState.FEED_UNKNOWN) {
            ordinal = instrument.feedName() == null ? 0 : ordinalOf(instrument, instrument.feedName());
            if (instrument.feedName() != null) {
                instrument.setFeedOrdinal(ordinal);
            }
        }
        return engines[ordinal];
    }

    private int ordinalOf(InstrumentState instrument, String name) {
        for (int i = 0; i < engines.length; i++) {
            if (feeds.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalStateException("sources must hold that of each instrument in kept state, was "
                + feeds.stream().map(FeedSettings::name).toList() + " without " + name + " (venue="
                + TextEscapes.value(instrument.venue()) + ", symbol=" + TextEscapes.value(instrument.symbol())
                + "); give the source its name again, or start without state");
    }

    /**
     * Looks at an instrument whose trade is of another feed than its state, as far as is known: both must have the same
     * settings, else its candles would depend on which trade came first.
     */
    private void checkFeed(InstrumentState instrument, Instrument traded) {
        FeedSettings other = feeds.get(traded.feed());
        if (instrument.feedName() == null) {
            instrument.setFeed(other.name(), traded.feed());
            return;
        }
        MarketEngine own = engineOf(instrument);
        FeedSettings first = feeds.get(instrument.feedOrdinal());
        if (own == engines[traded.feed()]
                && (first == other
                        || (instrument.priceScale() == traded.priceScale()
                                && instrument.sizeScale() == traded.sizeScale()))) {
            return;
        }
        throw new IllegalStateException("an instrument must have the same settings in all sources that have it, was "
                + told(first.engine(), instrument.priceScale(), instrument.sizeScale()) + " in " + first.name()
                + " and " + told(other.engine(), traded.priceScale(), traded.sizeScale()) + " in "
                + other.name()
                + " (instrument=" + TextEscapes.value(traded.key())
                + "); set them for the run, or let one source have the instrument (its topics, symbols or"
                + " instruments)");
    }

    private static String told(EngineSettings engine, int priceScale, int sizeScale) {
        QualitySettings quality = engine.quality();
        return "[price.scale=" + priceScale + ", size.scale=" + sizeScale + ", allowed-lateness="
                + engine.allowedLatenessNanos() / Interval.MILLI_NANOS + "ms, dedup.key=" + option(engine.dedupKey())
                + ", conflict.horizon=" + engine.conflictHorizonNanos() / Interval.MILLI_NANOS + "ms, gap.sequence="
                + option(quality.gapSequence()) + ", outlier.rule=" + option(quality.outlierRule()) + ", outlier.scope="
                + option(quality.outlierScope()) + ", outlier.threshold=" + quality.outlierThreshold()
                + ", stale.trades=" + quality.staleTrades() + ", stale.duration="
                + quality.staleNanos() / Interval.MILLI_NANOS + "ms]";
    }

    private static String option(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private long watermark(Trade trade, InternalTimerService<VoidNamespace> timers) {
        if (sorted) {
            return Math.floorDiv(trade.eventTimeNanos, Interval.MILLI_NANOS) - 1;
        }
        return keepOpen ? Long.MIN_VALUE : timers.currentWatermark();
    }

    private void schedule(InstrumentState instrument, long dueMillis, InternalTimerService<VoidNamespace> timers) {
        long registered = instrument.timerMillis();
        if (dueMillis >= registered) {
            return;
        }
        if (sorted) {
            // One timer for the key's end is enough: in between the elements themselves drive the key.
            if (registered == Long.MAX_VALUE) {
                timers.registerEventTimeTimer(VoidNamespace.INSTANCE, Long.MAX_VALUE - 1);
            }
        } else {
            if (registered != Long.MAX_VALUE) {
                timers.deleteEventTimeTimer(VoidNamespace.INSTANCE, registered);
            }
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, dueMillis);
        }
        instrument.setTimerMillis(dueMillis);
    }

    /** Does what is due for the current key. */
    void onTimer(String key, InternalTimerService<VoidNamespace> timers, Collector<Published> out) throws Exception {
        InstrumentState instrument = states.get(key);
        if (instrument == null) {
            throw new IllegalStateException(
                    "a timer must find the state of its key, was none (instrument=" + TextEscapes.value(key) + ")");
        }
        output.begin(out, instrument.purgeMarkNanos());
        long watermark = timers.currentWatermark();
        MarketEngine engine = engineOf(instrument);
        engine.advance(instrument, watermark);
        instrument.setTimerMillis(Long.MAX_VALUE);
        if (watermark == Long.MAX_VALUE) {
            return;
        }
        long due = engine.nextDueMillis(instrument);
        if (due != Long.MAX_VALUE) {
            timers.registerEventTimeTimer(VoidNamespace.INSTANCE, due);
            instrument.setTimerMillis(due);
        }
    }

    /** The open candles of the current key, null where there are none. */
    @Nullable
    LiveCandles openCandles(String key) throws Exception {
        InstrumentState instrument = states.peek(key);
        if (instrument == null) {
            return null;
        }
        List<Candle> open = new ArrayList<>();
        engineOf(instrument).openCandles(instrument, open);
        return open.isEmpty() ? null : new LiveCandles(instrument.venue(), instrument.symbol(), open);
    }

    /** Nothing, to which what each key holds is added in turn. */
    Held nothingHeld() {
        return new Held(settings.intervals().count());
    }

    /** Adds the trades in open candles of the current key, by interval, and what else it holds. */
    void look(String key, long[] open, Held all) throws Exception {
        InstrumentState instrument = states.peek(key);
        if (instrument != null) {
            MarketEngine engine = engineOf(instrument);
            for (int i = 0; i < open.length; i++) {
                open[i] += engine.openTrades(instrument, i);
                all.windows[i] += instrument.windowCount(i);
            }
            all.ids += instrument.rememberedCount();
        }
    }

    /** What all keys hold, as metrics tell it until the next look. */
    void tell(Held all) {
        held = all;
    }

    /** How many instruments this subtask holds; in BATCH, how many it has seen. */
    long instruments() {
        return instruments;
    }

    /** The most instruments of the job, which one subtask cannot exceed either. */
    int instrumentsMax() {
        return instrumentsMax;
    }

    /** Number of intervals. */
    int intervalCount() {
        return settings.intervals().count();
    }

    /** Writes cached states to the backend. */
    void flush() throws Exception {
        states.flush();
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        Counters.snapshot(counterState, counters, sources);
        counts.snapshot(countState);
    }

    /** What this subtask has counted, tagged for a checkpoint or {@link StageTotals#END}. */
    StageTotals totals(long checkpointId, long[] open) {
        Map<String, long[]> partitions = new TreeMap<>();
        counters.forEach(
                (source, partition, values) -> partitions.put(sources.name(source) + "/" + partition, values.clone()));
        return new StageTotals(
                StageTotals.Stage.MARKET,
                getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(),
                checkpointId,
                partitions,
                open);
    }
}
