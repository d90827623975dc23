package dev.candlewick.core.engine;

import dev.candlewick.core.candle.CandleAccumulator;
import dev.candlewick.core.candle.SumOverflowException;
import dev.candlewick.core.dedup.HashTable;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.quality.InstrumentProfile;
import dev.candlewick.core.quality.QualityStage;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.vwap.VwapEmit;
import dev.candlewick.core.vwap.VwapPanes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves the state of one instrument by trades and by the watermark, and publishes what is due; one thread.
 *
 * <p>A candle is a pure function of the set of accepted trades of its window, whatever the order of calls: sums are
 * exact, order is {@link dev.candlewick.core.order.TradeOrder}, and a window is published once at its end and revised
 * until its end plus the allowed lateness. Trades go into the finest window only. A coarser window takes over a finer
 * one when that is purged; until then its value is merged from the children that still stand. So a trade costs one
 * accumulator, and a late one reaches every interval.
 *
 * <p>Assumptions, each of which the caller keeps: (1) trades that the stamp found late are not passed under
 * {@link LatePolicy#APPLY}; (2) the watermark passed to {@link #advance} never falls but for a restart; (3) under
 * {@link LatePolicy#ACCEPT} {@code advance} is called only where no trade can come for a window it purges. Hence a purged
 * window is never created twice: a trade whose finest window ends at or below the purge mark is turned away.
 */
public final class MarketEngine {
    /** How many open candles of one interval are told at most. */
    public static final int OPEN_CANDLES_MAX = 64;

    private static final long MILLI_NANOS = Interval.MILLI_NANOS;

    private final EngineSettings settings;
    private final Intervals intervals;
    private final EngineOutput output;
    private final long latenessMillis;
    private final CandleAccumulator[] scratch;
    /** Whether a second, and with it a VWAP row, may end before the finest window that it lies in. */
    private final boolean rowsEndBetween;

    private final TradeHash hash = new TradeHash();
    private final TradeHash likeness = new TradeHash();

    @Nullable
    private final QualityStage quality;

    /** An engine that publishes to the given output. */
    public MarketEngine(EngineSettings settings, EngineOutput output) {
        this.settings = settings;
        this.intervals = settings.intervals();
        this.output = output;
        this.latenessMillis = settings.allowedLatenessNanos() / MILLI_NANOS;
        this.rowsEndBetween = settings.vwapEmit() != VwapEmit.OFF
                && Interval.SECOND_NANOS % intervals.finest().nanos() != 0;
        this.scratch = new CandleAccumulator[intervals.count()];
        for (int i = 0; i < scratch.length; i++) {
            scratch[i] = new CandleAccumulator();
        }
        this.quality = settings.quality().enabled()
                ? new QualityStage(settings.quality(), intervals.finest(), settings.allowedLatenessNanos(), output)
                : null;
    }

    /** The empty state of an instrument's key. */
    public InstrumentState newState(Instrument instrument) {
        return new InstrumentState(instrument, intervals);
    }

    /**
     * Decides about one trade and takes it in where it is accepted.
     *
     * @param watermarkMillis the current watermark; decides only how long ids are remembered, never a verdict
     * @throws SumOverflowException where a sum passes 10^38 − 1, naming instrument and window
     * @throws IllegalStateException where the state was made with other scales or intervals
     */
    public Verdict process(InstrumentState state, Trade trade, long watermarkMillis) {
        check(state, trade.instrument);
        Lane finest = state.lanes[0];
        long start = finest.startOf(trade.eventTimeNanos);
        if (start + finest.lengthNanos <= state.purgeMarkNanos) {
            return lateBehindMark(state, trade);
        }
        if (settings.dedupKey() == DedupKey.FINGERPRINT) {
            // Copies may carry ids of their own: with an id in it the digest would depend on which copy came first.
            hash.identityWithoutId(trade);
        } else {
            hash.identity(trade);
        }
        boolean hasId = trade.idKind != Trade.ID_ABSENT;
        long idKey = hasId ? TradeHash.idKey(trade) : 0;
        int sameId = hasId ? state.ids.first(idKey) : -1;
        if (isCopy(state, trade, idKey, sameId)) {
            int at = finest.indexOf(start);
            if (at < 0) {
                throw new IllegalStateException("a copy must find the window of its first copy, was none for " + trade);
            }
            Window window = finest.windows.get(at);
            boolean changed = window.sums.addCopy(trade);
            // Copies by fingerprint may carry ids of their own, and which copy came first must not matter.
            if (settings.dedupKey() == DedupKey.FINGERPRINT
                    && hasId
                    && !state.ids.contains(idKey, hash.high(), trade.eventTimeNanos)) {
                changed |= judgeConflicts(state, trade, window, idKey, sameId);
                state.ids.insert(idKey, hash.high(), trade.eventTimeNanos, keepIdsFrom(watermarkMillis));
            }
            if (changed) {
                touch(state, window, start);
            }
            if (quality != null) {
                quality.duplicate(profile(state, quality), trade);
            }
            return Verdict.DUPLICATE;
        }
        Window window = open(state, start);
        try {
            window.sums.add(trade, hash);
        } catch (SumOverflowException e) {
            throw overflow(e, state, finest, start);
        }
        if (quality != null) {
            quality.accepted(profile(state, quality), trade);
        }
        if (hasId) {
            judgeConflicts(state, trade, window, idKey, sameId);
            state.ids.insert(idKey, hash.high(), trade.eventTimeNanos, keepIdsFrom(watermarkMillis));
        }
        if (settings.dedupKey() == DedupKey.FINGERPRINT) {
            insertLikeness(state, trade, watermarkMillis);
        } else if (!hasId) {
            likeness.fingerprint(trade);
            if (state.fingerprints.contains(likeness.high(), likeness.low(), trade.eventTimeNanos)) {
                window.sums.raise(CandleFlag.SUSPECT_DUP);
                if (quality != null) {
                    quality.suspect(profile(state, quality), trade, likeness.high());
                }
            } else {
                insertLikeness(state, trade, watermarkMillis);
            }
        }
        if (settings.vwapEmit() != VwapEmit.OFF) {
            state.panes.add(trade.eventTimeNanos, trade.priceScaled, trade.sizeScaled);
        }
        touch(state, window, start);
        return Verdict.ACCEPTED;
    }

    private static InstrumentProfile profile(InstrumentState state, QualityStage quality) {
        InstrumentProfile profile = state.profile;
        if (profile == null) {
            profile = quality.newProfile();
            state.profile = profile;
        }
        return profile;
    }

    private void check(InstrumentState state, Instrument instrument) {
        if (state.priceScale != instrument.priceScale() || state.sizeScale != instrument.sizeScale()) {
            throw new IllegalStateException(
                    "price.scale and size.scale of one instrument must be the same in all sources"
                            + " and under kept state, was "
                            + instrument.priceScale() + " and " + instrument.sizeScale() + " after " + state.priceScale
                            + " and "
                            + state.sizeScale + " (instrument=" + TextEscapes.value(instrument.key()) + ")");
        }
        if (state.checkedAgainst != intervals) {
            checkIntervals(state, instrument.key());
        }
    }

    /**
     * Checks that a restored state is one of this engine's intervals.
     *
     * @throws IllegalStateException where it is not
     */
    public void checkRestored(InstrumentState state) {
        checkIntervals(state, state.key());
    }

    private void checkIntervals(InstrumentState state, String key) {
        boolean sameIntervals = state.lanes.length == intervals.count();
        for (int i = 0; sameIntervals && i < state.lanes.length; i++) {
            sameIntervals = state.lanes[i].lengthNanos == intervals.get(i).nanos();
        }
        if (!sameIntervals) {
            throw new IllegalStateException("intervals must not change under kept state, was " + intervals
                    + " in place of " + state.intervals() + " (instrument=" + TextEscapes.value(key) + ")");
        }
        state.checkedAgainst = intervals;
    }

    private Verdict lateBehindMark(InstrumentState state, Trade trade) {
        if (settings.late() == LatePolicy.ACCEPT) {
            throw new IllegalStateException(
                    "under late=accept a window must stand until its last trade came, was purged" + " up to "
                            + state.purgeMarkNanos + " ns before " + trade);
        }
        return trade.newPartition ? Verdict.LATE_NEW_PARTITION : Verdict.LATE_IDLE;
    }

    /** @param sameId first slot of the trade's id, −1 where it has none or is not known */
    private boolean isCopy(InstrumentState state, Trade trade, long idKey, int sameId) {
        return switch (settings.dedupKey()) {
            case TRADE_ID -> sameId >= 0 && state.ids.contains(idKey, sameId, hash.high(), trade.eventTimeNanos);
            case FINGERPRINT -> {
                likeness.fingerprint(trade);
                yield state.fingerprints.contains(likeness.high(), likeness.low(), trade.eventTimeNanos);
            }
            case NONE -> false;
        };
    }

    private void insertLikeness(InstrumentState state, Trade trade, long watermarkMillis) {
        state.fingerprints.insert(
                likeness.high(), likeness.low(), trade.eventTimeNanos, keepWindowsFrom(watermarkMillis));
    }

    /**
     * Flags the later of two windows that hold one id with two payloads within the horizon, both where they share one.
     *
     * @return whether the trade's own window was flagged and was not before
     */
    private boolean judgeConflicts(InstrumentState state, Trade trade, Window window, long idKey, int sameId) {
        HashTable ids = state.ids;
        boolean raised = false;
        for (int slot = sameId; slot >= 0; slot = ids.next(idKey, slot)) {
            long otherNanos = ids.timeNanos(slot);
            if (otherNanos == trade.eventTimeNanos && ids.payload(slot) == hash.high()) {
                continue;
            }
            if (Math.abs(trade.eventTimeNanos - otherNanos) > settings.conflictHorizonNanos()) {
                continue;
            }
            output.idConflict();
            long otherStart = state.lanes[0].startOf(otherNanos);
            if (otherStart <= window.startNanos) {
                raised |= window.sums.raise(CandleFlag.ID_CONFLICT);
                if (quality != null) {
                    quality.conflict(profile(state, quality), trade.eventTimeNanos, hash.high(), trade);
                }
            }
            if (otherStart >= window.startNanos && quality != null) {
                quality.conflict(profile(state, quality), otherNanos, ids.payload(slot), trade);
            }
            if (otherStart > window.startNanos) {
                int at = state.lanes[0].indexOf(otherStart);
                if (at >= 0) {
                    Window other = state.lanes[0].windows.get(at);
                    if (other.sums.raise(CandleFlag.ID_CONFLICT)) {
                        touch(state, other, otherStart);
                    }
                }
            }
        }
        return raised;
    }

    /** The finest window at a start, made with all its ancestors where it does not stand. */
    private Window open(InstrumentState state, long start) {
        Lane finest = state.lanes[0];
        int at = finest.indexOf(start);
        if (at >= 0 && !finest.windows.get(at).fill) {
            return finest.windows.get(at);
        }
        for (int i = 1; i < state.lanes.length; i++) {
            openIn(state, state.lanes[i], state.lanes[i].startOf(start));
        }
        return openIn(state, finest, start);
    }

    private static Window openIn(InstrumentState state, Lane lane, long start) {
        int at = lane.indexOf(start);
        if (at >= 0) {
            Window window = lane.windows.get(at);
            if (window.fill) {
                window.fill = false;
                window.dirty = true;
                state.dirty = true;
            }
            return window;
        }
        Window window = new Window(start);
        lane.windows.add(-at - 1, window);
        return window;
    }

    /** Marks a changed finest window and its ancestors for another publication, as far as they were published. */
    private static void touch(InstrumentState state, Window window, long start) {
        if ((start + state.lanes[0].lengthNanos) / MILLI_NANOS - 1 > state.advancedToMillis) {
            // Nothing that ends after the last advance was published, and its ancestors end no earlier.
            return;
        }
        if (window.isPublished()) {
            window.dirty = true;
            state.dirty = true;
        }
        for (int i = 1; i < state.lanes.length; i++) {
            Lane lane = state.lanes[i];
            Window ancestor = lane.windows.get(lane.indexOf(lane.startOf(start)));
            if (ancestor.isPublished()) {
                ancestor.dirty = true;
                state.dirty = true;
            }
        }
    }

    /**
     * When the state must be advanced because of the trade that was just processed, in milliseconds.
     *
     * @return the current watermark where a published value changed, else the first end that the trade brought
     */
    public long dueAfter(InstrumentState state, Trade trade, long watermarkMillis) {
        if (state.dirty || state.panes.isDirty()) {
            return watermarkMillis;
        }
        long end = state.lanes[0].startOf(trade.eventTimeNanos) + state.lanes[0].lengthNanos;
        if (rowsEndBetween) {
            end = Math.min(
                    end,
                    trade.eventTimeNanos
                            - Math.floorMod(trade.eventTimeNanos, Interval.SECOND_NANOS)
                            + Interval.SECOND_NANOS);
        }
        return end / MILLI_NANOS - 1;
    }

    /**
     * Does everything that is due at a watermark: closes, revises, fills, publishes VWAP rows, purges and forgets.
     *
     * @param watermarkMillis no trade with an event time up to it is expected any more; {@link Long#MAX_VALUE} at the
     *     end of the input
     */
    public void advance(InstrumentState state, long watermarkMillis) {
        if (quality == null) {
            state.profile = null;
        } else if (state.profile != null && quality.flagsOutliers()) {
            flagOutliers(state, state.profile, quality, watermarkMillis);
        }
        for (int i = 0; i < state.lanes.length; i++) {
            if (settings.fill() == FillPolicy.CARRY) {
                publishCarrying(state, i, watermarkMillis);
            } else {
                publish(state, i, watermarkMillis);
            }
        }
        state.dirty = anyDirty(state);
        if (settings.vwapEmit() != VwapEmit.OFF) {
            state.panes.publish(
                    rowsUntilNanos(watermarkMillis),
                    settings.vwapEmit(),
                    (atNanos, volume, notional, trades, revision) -> output.vwap(new VwapRow(
                            state.venue,
                            state.symbol,
                            atNanos,
                            state.priceScale,
                            state.sizeScale,
                            volume,
                            notional,
                            trades,
                            revision,
                            reason(revision))));
        }
        purge(state, watermarkMillis);
        if (quality != null && state.profile != null) {
            quality.advance(
                    state.profile,
                    new QualityStage.Subject(state.venue, state.symbol, state.priceScale, state.sizeScale),
                    watermarkMillis,
                    keepWindowsFrom(watermarkMillis));
        }
        state.advancedToMillis = Math.max(state.advancedToMillis, watermarkMillis);
    }

    /**
     * Brings a state to its only form behind a watermark: everything due is done, what is forgotten sooner or later is
     * forgotten, and the timer is the next one due. Two states that were made of the same trades are equal then, whenever
     * watermarks came between them.
     *
     * @param watermarkMillis not below any that the state was advanced to
     */
    public void settle(InstrumentState state, long watermarkMillis) {
        advance(state, watermarkMillis);
        state.ids = state.ids.since(keepIdsFrom(watermarkMillis));
        state.fingerprints = state.fingerprints.since(keepWindowsFrom(watermarkMillis));
        state.setTimerMillis(nextDueMillis(state));
    }

    /** Sets and clears the flag OUTLIER of the closed windows that a new trade may have changed. */
    private void flagOutliers(
            InstrumentState state, InstrumentProfile profile, QualityStage stage, long watermarkMillis) {
        if (watermarkMillis <= Long.MIN_VALUE / MILLI_NANOS / 2) {
            return;
        }
        Lane finest = state.lanes[0];
        long closedUntil = watermarkMillis >= Long.MAX_VALUE / MILLI_NANOS / 2
                ? Long.MAX_VALUE
                : finest.startOf((watermarkMillis + 1) * MILLI_NANOS);
        long from = stage.judge(profile, closedUntil);
        if (from == Long.MAX_VALUE) {
            return;
        }
        int at = finest.indexOf(finest.startOf(from));
        for (int i = at < 0 ? -at - 1 : at; i < finest.windows.size(); i++) {
            Window window = finest.windows.get(i);
            long end = finest.endNanos(window);
            if (end > closedUntil) {
                break;
            }
            if (!window.fill && window.sums.set(CandleFlag.OUTLIER, stage.isFlagged(profile, window.startNanos, end))) {
                touch(state, window, window.startNanos);
            }
        }
    }

    private static boolean anyDirty(InstrumentState state) {
        if (!state.dirty) {
            return false;
        }
        for (Lane lane : state.lanes) {
            for (Window window : lane.windows) {
                if (window.dirty && window.isPublished()) {
                    return true;
                }
            }
        }
        return false;
    }

    private static RevisionReason reason(int revision) {
        return revision == 0 ? RevisionReason.CLOSED : RevisionReason.LATE;
    }

    private void publish(InstrumentState state, int index, long watermarkMillis) {
        Lane lane = state.lanes[index];
        List<Window> windows = lane.windows;
        for (int i = 0; i < windows.size(); i++) {
            Window window = windows.get(i);
            if (window.isPublished()) {
                if (window.dirty) {
                    publish(state, index, window);
                }
            } else if (lane.endNanos(window) / MILLI_NANOS - 1 <= watermarkMillis) {
                publish(state, index, window);
            }
        }
    }

    private void publishCarrying(InstrumentState state, int index, long watermarkMillis) {
        Lane lane = state.lanes[index];
        long previousEnd = lane.lastRealEndNanos;
        long previousClose = lane.lastRealClose;
        for (int i = 0; i < lane.windows.size(); i++) {
            Window window = lane.windows.get(i);
            if (window.fill) {
                continue;
            }
            if (!window.isPublished() && lane.endNanos(window) / MILLI_NANOS - 1 > watermarkMillis) {
                return;
            }
            if (previousEnd != Lane.NONE) {
                i = fillGap(state, index, previousEnd, previousClose, i, watermarkMillis);
            }
            if (!window.isPublished() || window.dirty) {
                publish(state, index, window);
            }
            previousEnd = lane.endNanos(window);
            previousClose = window.publishedClose;
        }
    }

    /** Publishes or revises the fills between a real window's end and the next real window; returns its new index. */
    private int fillGap(
            InstrumentState state, int index, long gapStart, long close, int nextIndex, long watermarkMillis) {
        Lane lane = state.lanes[index];
        Window next = lane.windows.get(nextIndex);
        long gap = (next.startNanos - gapStart) / lane.lengthNanos;
        boolean truncated = gap > settings.fillMax();
        if (next.truncated != truncated) {
            next.truncated = truncated;
            if (next.isPublished()) {
                next.dirty = true;
            }
            touchParents(state, index, next.startNanos);
        }
        long count = Math.min(gap, settings.fillMax());
        long first = lane.purgedUntilNanos > gapStart ? (lane.purgedUntilNanos - gapStart) / lane.lengthNanos : 0;
        if (first >= count) {
            return nextIndex;
        }
        int at = lane.indexOf(gapStart + first * lane.lengthNanos);
        at = at < 0 ? -at - 1 : at;
        int shifted = nextIndex;
        for (long k = first; k < count; k++) {
            long start = gapStart + k * lane.lengthNanos;
            Window standing = at < shifted ? lane.windows.get(at) : null;
            if (standing != null && standing.startNanos == start) {
                if (standing.publishedClose != close) {
                    standing.revision++;
                    standing.publishedClose = close;
                    output.candle(fill(state, index, start, close, standing.revision));
                }
                at++;
                continue;
            }
            output.candle(fill(state, index, start, close, 0));
            if (isPurgeable(start + lane.lengthNanos, watermarkMillis)) {
                lane.purgedUntilNanos = Math.max(lane.purgedUntilNanos, start + lane.lengthNanos);
            } else {
                Window added = new Window(start);
                added.fill = true;
                added.revision = 0;
                added.publishedClose = close;
                lane.windows.add(at, added);
                at++;
                shifted++;
            }
        }
        state.purgeMarkNanos = Math.max(state.purgeMarkNanos, lane.purgedUntilNanos);
        return shifted;
    }

    private void touchParents(InstrumentState state, int index, long startNanos) {
        for (int parent : intervals.parents(index)) {
            Lane lane = state.lanes[parent];
            int at = lane.indexOf(lane.startOf(startNanos));
            if (at >= 0) {
                lane.windows.get(at).dirty = true;
                touchParents(state, parent, startNanos);
            }
        }
    }

    private Candle fill(InstrumentState state, int index, long startNanos, long close, int revision) {
        return new Candle(
                state.venue,
                state.symbol,
                intervals.get(index),
                startNanos,
                state.priceScale,
                state.sizeScale,
                close,
                close,
                close,
                close,
                Int128.ZERO,
                Int128.ZERO,
                0,
                Trade.TIME_ABSENT,
                Trade.TIME_ABSENT,
                revision,
                reason(revision),
                true,
                Int128.ZERO,
                CandleFlag.SYNTHETIC.bit(),
                0);
    }

    private void publish(InstrumentState state, int index, Window window) {
        CandleAccumulator value = value(state, index, window);
        int flags = value.flags() | window.ownFlags();
        window.dirty = false;
        long printed = hashOf(value, flags);
        if (window.revision >= 0 && window.publishedTrades > 0 && printed == window.publishedHash) {
            return;
        }
        window.revision++;
        output.candle(candle(state, index, window, value, flags, window.publishedTrades));
        window.publishedHash = printed;
        window.publishedTrades = value.trades();
        window.publishedClose = value.closeScaled();
    }

    private Candle candle(
            InstrumentState state, int index, Window window, CandleAccumulator value, int flags, long previousTrades) {
        int revision = Math.max(0, window.revision);
        return new Candle(
                state.venue,
                state.symbol,
                intervals.get(index),
                window.startNanos,
                state.priceScale,
                state.sizeScale,
                value.openScaled(),
                value.highScaled(),
                value.lowScaled(),
                value.closeScaled(),
                value.volume(),
                value.notional(),
                value.trades(),
                value.firstTradeNanos(),
                value.lastTradeNanos(),
                revision,
                reason(revision),
                window.isPublished(),
                value.digest(),
                flags,
                previousTrades);
    }

    /** The accumulator of a window with all its standing children; valid until the next call for its interval. */
    private CandleAccumulator value(InstrumentState state, int index, Window window) {
        if (index == 0) {
            return window.sums;
        }
        CandleAccumulator value = scratch[index];
        value.set(window.sums);
        int base = intervals.base(index);
        Lane children = state.lanes[base];
        long end = state.lanes[index].endNanos(window);
        int at = children.indexOf(window.startNanos);
        for (int i = at < 0 ? -at - 1 : at; i < children.windows.size(); i++) {
            Window child = children.windows.get(i);
            if (child.startNanos >= end) {
                break;
            }
            if (!child.fill) {
                try {
                    value.merge(value(state, base, child), child.ownFlags());
                } catch (SumOverflowException e) {
                    throw overflow(e, state, state.lanes[index], window.startNanos);
                }
            }
        }
        return value;
    }

    private static SumOverflowException overflow(
            SumOverflowException cause, InstrumentState state, Lane lane, long startNanos) {
        return new SumOverflowException(
                cause.getMessage() + "; lower price.scale or size.scale of this instrument"
                        + " (venue=" + state.venue + ", symbol=" + state.symbol + ", window=" + startNanos
                        + " ns, length=" + lane.lengthNanos + " ns, scales=" + state.priceScale + "," + state.sizeScale
                        + ")",
                state.symbol);
    }

    private static long hashOf(CandleAccumulator value, int flags) {
        Int128 volume = value.volume();
        Int128 notional = value.notional();
        Int128 digest = value.digest();
        long mixed = TradeHash.finalMix(value.openScaled());
        mixed = TradeHash.finalMix(mixed + value.closeScaled());
        mixed = TradeHash.finalMix(mixed + value.highScaled());
        mixed = TradeHash.finalMix(mixed + value.lowScaled());
        mixed = TradeHash.finalMix(mixed + volume.low() + 31 * volume.high());
        mixed = TradeHash.finalMix(mixed + notional.low() + 31 * notional.high());
        mixed = TradeHash.finalMix(mixed + digest.low());
        mixed = TradeHash.finalMix(mixed + digest.high());
        mixed = TradeHash.finalMix(mixed + value.trades());
        mixed = TradeHash.finalMix(mixed + value.firstTradeNanos());
        mixed = TradeHash.finalMix(mixed + value.lastTradeNanos());
        return TradeHash.finalMix(mixed + flags);
    }

    /** The same of a candle that was published. */
    static long hashOf(Candle candle) {
        long mixed = TradeHash.finalMix(candle.openScaled());
        mixed = TradeHash.finalMix(mixed + candle.closeScaled());
        mixed = TradeHash.finalMix(mixed + candle.highScaled());
        mixed = TradeHash.finalMix(mixed + candle.lowScaled());
        mixed = TradeHash.finalMix(
                mixed + candle.volume().low() + 31 * candle.volume().high());
        mixed = TradeHash.finalMix(
                mixed + candle.notional().low() + 31 * candle.notional().high());
        mixed = TradeHash.finalMix(mixed + candle.digest().low());
        mixed = TradeHash.finalMix(mixed + candle.digest().high());
        mixed = TradeHash.finalMix(mixed + candle.trades());
        mixed = TradeHash.finalMix(mixed + candle.firstTradeNanos());
        mixed = TradeHash.finalMix(mixed + candle.lastTradeNanos());
        return TradeHash.finalMix(mixed + candle.flags());
    }

    private boolean isPurgeable(long endNanos, long watermarkMillis) {
        return endNanos / MILLI_NANOS + latenessMillis - 1 <= watermarkMillis;
    }

    private void purge(InstrumentState state, long watermarkMillis) {
        for (int index = 0; index < state.lanes.length; index++) {
            Lane lane = state.lanes[index];
            int gone = 0;
            for (int i = 0; i < lane.windows.size(); i++) {
                Window window = lane.windows.get(i);
                long end = lane.endNanos(window);
                if (!isPurgeable(end, watermarkMillis) || !window.isPublished()) {
                    break;
                }
                if (!window.fill) {
                    for (int parent : intervals.parents(index)) {
                        Lane parents = state.lanes[parent];
                        Window heir = parents.windows.get(parents.indexOf(parents.startOf(window.startNanos)));
                        try {
                            heir.sums.merge(window.sums, window.ownFlags());
                        } catch (SumOverflowException e) {
                            throw overflow(e, state, parents, heir.startNanos);
                        }
                    }
                    lane.lastRealEndNanos = end;
                    lane.lastRealClose = window.publishedClose;
                }
                lane.purgedUntilNanos = Math.max(lane.purgedUntilNanos, end);
                gone++;
            }
            if (gone > 0) {
                lane.windows.subList(0, gone).clear();
                state.purgeMarkNanos = Math.max(state.purgeMarkNanos, lane.purgedUntilNanos);
            }
        }
        if (settings.vwapEmit() != VwapEmit.OFF) {
            state.panes.drop(keepPanesFrom(watermarkMillis));
        }
        state.ids.expire(keepIdsFrom(watermarkMillis));
        state.fingerprints.expire(keepWindowsFrom(watermarkMillis));
    }

    /** Event time from which on finest windows are not purged at a watermark. */
    private long keepWindowsFrom(long watermarkMillis) {
        if (watermarkMillis <= Long.MIN_VALUE / MILLI_NANOS / 2) {
            return Long.MIN_VALUE;
        }
        if (watermarkMillis >= Long.MAX_VALUE / MILLI_NANOS / 2) {
            return Long.MAX_VALUE;
        }
        return intervals.finest().startOf((watermarkMillis + 1 - latenessMillis) * MILLI_NANOS);
    }

    private long keepIdsFrom(long watermarkMillis) {
        long windows = keepWindowsFrom(watermarkMillis);
        return windows == Long.MIN_VALUE || windows == Long.MAX_VALUE
                ? windows
                : windows - settings.conflictHorizonNanos();
    }

    private long keepPanesFrom(long watermarkMillis) {
        if (watermarkMillis <= Long.MIN_VALUE / MILLI_NANOS / 2) {
            return Long.MIN_VALUE;
        }
        if (watermarkMillis >= Long.MAX_VALUE / MILLI_NANOS / 2) {
            return Long.MAX_VALUE;
        }
        return (watermarkMillis + 1) * MILLI_NANOS - paneLifeNanos() + 1;
    }

    /** From the start of a pane until no row that it is part of can change any more. */
    private long paneLifeNanos() {
        return VwapPanes.WINDOW_NANOS + intervals.finest().nanos() + settings.allowedLatenessNanos();
    }

    private static long rowsUntilNanos(long watermarkMillis) {
        if (watermarkMillis >= Long.MAX_VALUE / MILLI_NANOS / 2) {
            return Long.MAX_VALUE;
        }
        if (watermarkMillis <= Long.MIN_VALUE / MILLI_NANOS / 2) {
            return Long.MIN_VALUE;
        }
        return Math.floorDiv(watermarkMillis + 1, 1_000L) * Interval.SECOND_NANOS;
    }

    /** When the state must be advanced next, in milliseconds; {@link Long#MAX_VALUE} where nothing is waiting. */
    public long nextDueMillis(InstrumentState state) {
        if (state.dirty || state.panes.isDirty()) {
            return state.advancedToMillis;
        }
        long due = Long.MAX_VALUE;
        for (Lane lane : state.lanes) {
            List<Window> windows = lane.windows;
            if (windows.isEmpty()) {
                continue;
            }
            due = Math.min(due, lane.endNanos(windows.get(0)) / MILLI_NANOS + latenessMillis - 1);
            for (int i = 0; i < windows.size(); i++) {
                if (!windows.get(i).isPublished()) {
                    due = Math.min(due, lane.endNanos(windows.get(i)) / MILLI_NANOS - 1);
                    break;
                }
            }
        }
        long row = state.panes.nextRowNanos(settings.vwapEmit());
        if (row != Long.MAX_VALUE) {
            due = Math.min(due, row / MILLI_NANOS - 1);
        }
        long oldestPane = state.panes.oldestNanos();
        if (oldestPane != Long.MAX_VALUE) {
            due = Math.min(due, (oldestPane + paneLifeNanos()) / MILLI_NANOS - 1);
        }
        if (state.ids.size() > 0) {
            long end = intervals.finest().endOf(state.ids.newestNanos() + settings.conflictHorizonNanos());
            due = Math.min(due, end / MILLI_NANOS + latenessMillis - 1);
        }
        if (quality != null && state.profile != null) {
            due = Math.min(due, quality.nextDueMillis(state.profile));
        }
        if (state.fingerprints.size() > 0) {
            long end = intervals.finest().endOf(state.fingerprints.newestNanos());
            due = Math.min(due, end / MILLI_NANOS + latenessMillis - 1);
        }
        return due;
    }

    /** Accepted trades of an interval that no published candle holds yet, summed from the state itself. */
    public long openTrades(InstrumentState state, int index) {
        long published = 0;
        for (Window window : state.lanes[index].windows) {
            published += window.publishedTrades;
        }
        return heldTrades(state, index) - published;
    }

    private long heldTrades(InstrumentState state, int index) {
        long held = index == 0 ? 0 : heldTrades(state, intervals.base(index));
        for (Window window : state.lanes[index].windows) {
            held += window.sums.trades();
        }
        return held;
    }

    /**
     * Adds the open candles of all intervals to a list, marked as not final, finest interval first and each ascending; of
     * an interval the newest {@value #OPEN_CANDLES_MAX}.
     *
     * <p>A few are open where time passes. Where a silent partition holds it back there may be as many as there are trades,
     * and together they would not fit into one message.
     */
    public void openCandles(InstrumentState state, List<Candle> open) {
        for (int index = 0; index < state.lanes.length; index++) {
            List<Window> windows = state.lanes[index].windows;
            int first = windows.size();
            for (int found = 0; first > 0 && found < OPEN_CANDLES_MAX; first--) {
                found += windows.get(first - 1).isPublished() ? 0 : 1;
            }
            for (int i = first; i < windows.size(); i++) {
                Window window = windows.get(i);
                if (!window.isPublished()) {
                    CandleAccumulator value = value(state, index, window);
                    open.add(candle(state, index, window, value, value.flags() | window.ownFlags(), 0));
                }
            }
        }
    }
}
