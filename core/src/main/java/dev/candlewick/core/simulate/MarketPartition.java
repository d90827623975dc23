package dev.candlewick.core.simulate;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a simulated market: its messages in order, from any position on; mutable, one thread.
 *
 * <p>Messages come in frames of 64 groups. A group holds one trade, and in a firehose 49 order messages of the scripts of
 * the next trades ({@link OrderScript}). Extra messages of faults stand between; how many the frames up to one hold has a
 * closed form, and so has the position at which a frame begins. Going on at a position costs one frame.
 *
 * <p>Of everything before, one number is carried: the partition's high-water mark, which decides what is late. At the
 * beginning of a frame it is found by looking back to the last trade that was sent on time, since true times are in order
 * and faults only set times back.
 */
public final class MarketPartition {
    private static final int FRAME = MarketClock.FRAME;
    private static final int RING = 256;
    private static final int MILLION = 1_000_000;
    private static final int NEAR = 16;
    private static final int LOOK_BACK_MAX = 1_024;
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final long HOUR_NANOS = 3_600 * SECOND_NANOS;
    private static final long DAY_NANOS = 24 * HOUR_NANOS;
    /** How much slower than the exchange's the second venue's recorder is. */
    private static final long SLOW_RECORDER_NANOS = 1_300_000_000L;

    private static final long ORDER_SALT = 0x04de4;
    private static final long DELAY_SALT = 0xde1a7;
    private static final long EXTRA_SALT = 0xe474a;

    private final MarketSettings settings;
    private final Horizon horizon;
    private final int partition;
    private final Listing[] listings;
    private final long seed;
    private final int groupSize;
    private final long tradedBeforeStart;
    private final long farTrades;
    private final Schedule schedule;
    private final MarketClock clock;
    private final FaultWindows windows;
    private final TradeCore[] ring = new TradeCore[RING];
    private final TradeCore other = new TradeCore();
    private final SimulatedMessage skipped = new SimulatedMessage();

    private final List<FaultSegment> segments = new ArrayList<>();
    private final List<Long> segmentPositions = new ArrayList<>();

    private long frame;
    private FaultRates rates = FaultRates.NONE;
    private final long[] groupStarts = new long[FRAME + 1];
    private int[] extraAt = new int[8];
    private int extraCount;
    private int extraNext;
    private long position;
    /** Ordinal in the frame, without extra messages. */
    private int market;

    private int group;
    private int slot;

    private long timeNanos;
    private long stepNanos;
    private int pairSlot;
    private int stride;
    private int strideFrom;
    private long sentNanos;
    private long markNanos;

    MarketPartition(
            MarketSettings settings, Horizon horizon, int partition, Listing[] listings, List<FaultSegment> segments) {
        this.settings = settings;
        this.horizon = horizon;
        this.partition = partition;
        this.listings = listings;
        seed = Mix.of(settings.seed(), partition);
        groupSize = settings.groupSize();
        tradedBeforeStart = settings.sessions().tradedBefore(settings.startNanos());
        schedule = new Schedule(seed, listings);
        clock = new MarketClock(seed, settings);
        windows = new FaultWindows(settings.seed(), settings.venues());
        long reach = (horizon.allowedLatenessNanos() + horizon.outOfOrdernessNanos()) / 2;
        long perSecond = Math.max(1, settings.messagesPerSecond() / groupSize / settings.partitions());
        farTrades = Math.max(NEAR, Math.min(reach / 1_000 * perSecond / 1_000_000, schedule.length() / 2));
        for (int i = 0; i < RING; i++) {
            ring[i] = new TradeCore();
        }
        if (segments.isEmpty()
                || segments.get(0).fromFrame() != 0
                || !segments.get(0).rates().isNone()) {
            // So there is a mark before anything can be late.
            throw new IllegalArgumentException(
                    "fault segments must begin with frame 0 without faults, was " + segments);
        }
        for (FaultSegment segment : segments) {
            add(segment);
        }
        enter(0);
    }

    private void add(FaultSegment segment) {
        if (!segments.isEmpty()
                && segment.fromFrame() <= segments.get(segments.size() - 1).fromFrame()) {
            throw new IllegalArgumentException("fault segments must ascend, was " + segment + " after " + segments);
        }
        segmentPositions.add(segments.isEmpty() ? 0 : positionOfFrame(segment.fromFrame()));
        segments.add(segment);
    }

    /** Which partition of the market it is. */
    public int partition() {
        return partition;
    }

    /** The position of the next message. */
    public long position() {
        return position;
    }

    /** The faults so far; with them a partition can be restored. */
    public List<FaultSegment> segments() {
        return List.copyOf(segments);
    }

    /**
     * Lets faults occur at other rates from the next frame on.
     *
     * @return from which frame on; equal segments give equal messages
     */
    public FaultSegment switchRates(FaultRates newRates) {
        FaultSegment segment = new FaultSegment(frame + 1, newRates);
        int last = segments.size() - 1;
        while (segments.get(last).fromFrame() > frame) {
            segments.remove(last);
            segmentPositions.remove(last);
            last--;
        }
        add(segment);
        return segment;
    }

    /** Goes on at a position; takes about as long as one frame of messages. */
    public void seek(long newPosition) {
        if (newPosition < 0) {
            throw new IllegalArgumentException("position must not be negative, was " + newPosition);
        }
        int index = segments.size() - 1;
        while (segmentPositions.get(index) > newPosition) {
            index--;
        }
        FaultSegment segment = segments.get(index);
        long behind = newPosition - segmentPositions.get(index);
        // Not above the frame that is looked for, since the extra messages fall behind their exact share.
        long perMillionTrades = (long) groupSize * MILLION + segment.rates().total(FaultKind.Class.EXTRA);
        long candidate = segment.fromFrame()
                + BigInteger.valueOf(behind)
                        .multiply(BigInteger.valueOf(MILLION))
                        .divide(BigInteger.valueOf(perMillionTrades * FRAME))
                        .longValueExact();
        while (positionOfFrame(candidate + 1) <= newPosition) {
            candidate++;
        }
        enter(candidate);
        while (position < newPosition) {
            next(skipped);
        }
    }

    // ---- frames ----

    private int segmentOf(long ofFrame) {
        int index = segments.size() - 1;
        while (segments.get(index).fromFrame() > ofFrame) {
            index--;
        }
        return index;
    }

    private FaultRates ratesOf(long ofFrame) {
        return ofFrame == frame ? rates : segments.get(segmentOf(ofFrame)).rates();
    }

    private long positionOfFrame(long ofFrame) {
        int index = segmentOf(ofFrame);
        FaultSegment segment = segments.get(index);
        long frames = ofFrame - segment.fromFrame();
        return segmentPositions.get(index) + frames * FRAME * groupSize + extrasUpTo(frames, segment.rates());
    }

    /** Extra messages in so many frames: they fall behind the exact share by less than one. */
    private static long extrasUpTo(long frames, FaultRates rates) {
        long trades = frames * FRAME;
        long millionths = rates.total(FaultKind.Class.EXTRA);
        return trades / MILLION * millionths + trades % MILLION * millionths / MILLION;
    }

    /** Where the extra messages of a frame stand: each behind that message of the market; ascending. */
    private int placeExtras(long ofFrame) {
        FaultSegment segment = segments.get(segmentOf(ofFrame));
        long frames = ofFrame - segment.fromFrame();
        int count = (int) (extrasUpTo(frames + 1, segment.rates()) - extrasUpTo(frames, segment.rates()));
        if (extraAt.length < count) {
            extraAt = new int[2 * count];
        }
        for (int i = 0; i < count; i++) {
            int at = extraPlace(ofFrame, i);
            int into = i;
            while (into > 0 && extraAt[into - 1] > at) {
                extraAt[into] = extraAt[into - 1];
                into--;
            }
            extraAt[into] = at;
        }
        return count;
    }

    /** Begins a frame after any other one. */
    private void enter(long newFrame) {
        long first = newFrame * FRAME;
        frame = newFrame;
        rates = segments.get(segmentOf(newFrame)).rates();
        for (long trade = first; trade < first + OrderScript.AHEAD_MAX; trade++) {
            happen(trade, ring[(int) trade & RING - 1]);
        }
        markNanos = Long.MIN_VALUE;
        for (long trade = first - 1; trade >= 0; trade--) {
            happen(trade, other);
            befall(other);
            if (other.sent && other.fault != FaultKind.LATE) {
                markNanos = Math.max(markNanos, other.eventNanos());
            }
            if (other.isAnchor()) {
                break;
            }
        }
        begin();
    }

    private void begin() {
        position = positionOfFrame(frame);
        clock.fill(frame, groupStarts);
        extraCount = placeExtras(frame);
        extraNext = 0;
        market = 0;
        group = -1;
        slot = groupSize - 1;
        sentNanos = calendar(groupStarts[0]);
    }

    private long calendar(long tradingNanos) {
        return settings.sessions().timeAt(tradedBeforeStart + tradingNanos);
    }

    // ---- trades ----

    /** What truly happened in the how manyeth trade, without its exact time and id. */
    private void happen(long trade, TradeCore core) {
        if (core.number == trade) {
            return;
        }
        core.number = trade;
        core.listing = schedule.listing(trade);
        core.groupNanos = clock.at(trade);
        long mixed = Mix.of(seed, trade);
        core.mixed = mixed;
        Listing listing = listings[core.listing];
        core.buy = (mixed & 1) == 0;
        long spread = listing.spreadTicks();
        long noise = Mix.below(mixed, (int) (2 * spread + 1)) + Mix.below(mixed << 32, (int) (2 * spread + 1));
        core.ticks = Math.max(
                1,
                Prices.level(settings.seed(), listing, calendar(core.groupNanos))
                        + (core.buy ? spread : -spread)
                        + noise
                        - 2 * spread);
        core.lots = lots(Mix.of(mixed));
    }

    /** Mostly small: each doubling is half as frequent; one in ten is round. */
    private static long lots(long mixed) {
        long size = 1_024 + (mixed & 1_023) << Math.min(14, Long.numberOfLeadingZeros(mixed)) >>> 4;
        return (mixed >>> 10) % 10 == 0 ? Math.max(10, size / 10 * 10) : size;
    }

    /** Its id, its exact time, and what befell it but for being set behind the horizon, which depends on the mark. */
    private void befall(TradeCore core) {
        core.id = schedule.id(core.number);
        long length = clock.at(core.number + 1) - core.groupNanos;
        core.trueNanos = calendar(core.groupNanos + length / groupSize * tradeSlot(core.mixed));
        core.fault = null;
        core.sent = true;
        core.backNanos = 0;
        core.printedTicks = core.ticks;
        FaultRates of = ratesOf(core.number / FRAME);
        if (of.isNone()) {
            return;
        }
        int venue = listings[core.listing].venue();
        long slice = FaultWindows.slice(core.trueNanos);
        boolean silentSlice = windows.silentVenue(slice, of) == venue;
        if (silentSlice && core.trueNanos >= windows.from(slice) && core.trueNanos < windows.to(slice)) {
            core.fault = FaultKind.SILENCE;
            core.sent = false;
            return;
        }
        if (windows.skewedVenue(slice, of) == venue
                && core.trueNanos >= windows.from(slice)
                && core.trueNanos < windows.to(slice)) {
            core.fault = FaultKind.CLOCK_SKEW;
            core.backNanos = windows.skewNanos(slice);
        }
        int picked = of.pick(FaultKind.Class.TRADE, Mix.of(core.mixed, 1), MILLION);
        if (picked < 0) {
            return;
        }
        long mixed = Mix.of(core.mixed, 2);
        // A trade set back into a silence would end it.
        boolean fixedTime = silentSlice || windows.silentVenue(slice - 1, of) == venue;
        FaultKind kind = FaultKind.values()[picked];
        switch (kind) {
            case GAP -> {
                core.fault = kind;
                core.sent = false;
                core.backNanos = 0;
            }
            case FAT_FINGER -> {
                core.fault = kind;
                long percent = 10 + Mix.below(mixed, 81);
                long off = Math.max(1, core.ticks * percent / 100);
                core.printedTicks = (mixed & 1) == 0 ? core.ticks + off : Math.max(1, core.ticks - off);
            }
            case DISORDER -> {
                if (!fixedTime) {
                    core.fault = kind;
                    core.backNanos += horizon.outOfOrdernessNanos() == 0
                            ? 0
                            : 1 + Mix.below(mixed, horizon.outOfOrdernessNanos());
                }
            }
            case LATE -> {
                if (!fixedTime) {
                    core.fault = kind;
                    core.backNanos = 0;
                }
            }
            default -> throw new IllegalStateException("fault must befall a trade, was " + kind);
        }
    }

    /** In which slot of its group a trade stands; the execution stands in front of it. */
    private int tradeSlot(long mixed) {
        return groupSize == 1 ? 0 : 1 + Mix.below(Mix.of(mixed, 3), groupSize - 1);
    }

    /** The event time of a late trade: its window's end is behind the horizon. */
    private long lateNanos(TradeCore core) {
        return markNanos
                - horizon.outOfOrdernessNanos()
                - horizon.allowedLatenessNanos()
                - horizon.finestNanos()
                - Mix.below(Mix.of(core.mixed, 4), horizon.allowedLatenessNanos() + SECOND_NANOS);
    }

    // ---- messages ----

    /** Fills in the next message. */
    public void next(SimulatedMessage message) {
        if (market == FRAME * groupSize && (extraNext == extraCount || extraAt[extraNext] >= market)) {
            frame++;
            rates = segments.get(segmentOf(frame)).rates();
            begin();
        }
        message.fault = null;
        message.expectation = Expectation.FILTERED;
        message.reason = null;
        message.reference = SimulatedMessage.NO_REFERENCE;
        message.missingId = 0;
        message.subjectVenue = "";
        message.subjectSymbol = "";
        message.position = position;
        Trade trade = message.trade;
        trade.placePartition = partition;
        trade.placePosition = position;
        if (extraNext < extraCount && extraAt[extraNext] < market) {
            extra(message, extraNext++);
        } else {
            market(message);
            market++;
        }
        position++;
    }

    private void market(SimulatedMessage message) {
        slot++;
        if (slot == groupSize) {
            slot = 0;
            group++;
            beginGroup();
        }
        long at = calendar(timeNanos);
        sentNanos = at;
        message.sendNanos = at;
        long number = frame * FRAME + group;
        if (slot == pairSlot + 1) {
            trade(message, ring[(int) number & RING - 1]);
        } else if (slot == pairSlot) {
            order(message, MessageType.EXECUTE, 0, number, at);
        } else {
            int ordinal = slot < pairSlot ? slot : slot - 2;
            int step = (ordinal * stride + strideFrom) % OrderScript.STEPS;
            order(message, OrderScript.TYPE[step], OrderScript.ORDER[step], number + OrderScript.AHEAD[step], at);
        }
        timeNanos += stepNanos;
    }

    private void beginGroup() {
        long number = frame * FRAME + group;
        happen(number + OrderScript.AHEAD_MAX, ring[(int) (number + OrderScript.AHEAD_MAX) & RING - 1]);
        TradeCore core = ring[(int) number & RING - 1];
        befall(core);
        timeNanos = groupStarts[group];
        stepNanos = (groupStarts[group + 1] - timeNanos) / groupSize;
        pairSlot = tradeSlot(core.mixed) - 1;
        stride = OrderScript.STRIDES[(int) (core.mixed >>> 20) & 15];
        strideFrom = Mix.below(core.mixed << 8, OrderScript.STEPS);
    }

    private void trade(SimulatedMessage message, TradeCore core) {
        if (!core.sent) {
            FaultKind fault = core.fault;
            Listing listing = listings[core.listing];
            filler(message, core.number);
            message.fault = fault;
            message.expectation = Expectation.NOT_SENT;
            message.missingId = core.id;
            message.subjectVenue = listing.instrument().venue();
            message.subjectSymbol = listing.instrument().symbol();
            return;
        }
        fill(message, core);
        Trade trade = message.trade;
        if (core.fault == FaultKind.LATE) {
            trade.eventTimeNanos = lateNanos(core);
        }
        boolean late = markNanos != Long.MIN_VALUE && horizon.isLate(trade.eventTimeNanos, markNanos);
        message.fault = core.fault;
        message.expectation = late ? Expectation.LATE : Expectation.ACCEPTED;
        markNanos = Math.max(markNanos, trade.eventTimeNanos);
    }

    /** A trade as it is sent. */
    private void fill(SimulatedMessage message, TradeCore core) {
        Listing listing = listings[core.listing];
        message.type = MessageType.TRADE;
        message.symbol = listing.symbol();
        Trade trade = message.trade;
        trade.instrument = listing.instrument();
        trade.eventTimeNanos = core.eventNanos();
        trade.receiveTimeNanos = received(listing, sentNanos, position);
        trade.setIdNumber(core.id);
        trade.priceScaled = core.printedTicks * listing.tickUnits();
        trade.sizeScaled = core.lots * listing.lotUnits();
        trade.side = core.buy ? "buy" : "sell";
    }

    /** A recorder's time: mostly under 2 ms later, one in 32 up to 60 ms; a second venue's recorder runs slow. */
    private long received(Listing listing, long time, long at) {
        long mixed = Mix.of(seed ^ DELAY_SALT, at);
        long delay = 150_000 + Mix.below(mixed, 1_500_000);
        if ((mixed & 31) == 0) {
            delay += (mixed >>> 8 & 63) * 1_000_000;
        }
        return time + delay - (listing.venue() == 1 ? SLOW_RECORDER_NANOS : 0);
    }

    /** A message of the order book of a trade's script. */
    private void order(SimulatedMessage message, MessageType scripted, int order, long number, long at) {
        boolean opening = scripted != MessageType.ADD && number < OrderScript.ADDED_AHEAD[order];
        TradeCore core = ring[(int) number & RING - 1];
        Listing listing = listings[core.listing];
        message.type = opening ? MessageType.ADD : scripted;
        message.symbol = listing.symbol();
        message.orderId = orderId(number, opening ? 64 + 2 * order + (scripted == MessageType.MODIFY ? 1 : 0) : order);
        long mixed = Mix.of(core.mixed ^ ORDER_SALT, order);
        boolean modified = scripted == MessageType.MODIFY
                || (scripted == MessageType.CANCEL && OrderScript.MODIFIED_AHEAD[order] >= 0);
        boolean buy;
        long ticks;
        long lots;
        if (order == 0) {
            buy = !core.buy;
            ticks = core.ticks;
            lots = core.lots;
        } else {
            buy = (order & 1) == 0;
            long away = listing.spreadTicks() * (1 + Mix.below(modified ? mixed << 24 : mixed, 24));
            ticks = Math.max(1, core.ticks + (buy ? -away : away));
            lots = lots(mixed);
            lots -= modified ? lots / 3 : 0;
        }
        Trade trade = message.trade;
        trade.instrument = listing.instrument();
        trade.eventTimeNanos = at;
        trade.receiveTimeNanos = received(listing, at, position);
        trade.clearId();
        trade.priceScaled = ticks * listing.tickUnits();
        trade.sizeScaled = lots * listing.lotUnits();
        trade.side = buy ? "buy" : "sell";
    }

    private long orderId(long number, int ofScript) {
        return (number * 256 + ofScript) * settings.partitions() + partition;
    }

    /** An order message in place of something that is not sent; its order rests for ever. */
    private void filler(SimulatedMessage message, long number) {
        order(message, MessageType.ADD, 1, number, sentNanos);
        message.orderId = orderId(number, 128 + (int) (position & 127));
    }

    // ---- extra messages ----

    private void extra(SimulatedMessage message, int ordinal) {
        message.sendNanos = sentNanos;
        long mixed = Mix.of(Mix.of(seed ^ EXTRA_SALT, position, ordinal));
        int picked = rates.pick(FaultKind.Class.EXTRA, mixed, rates.total(FaultKind.Class.EXTRA));
        FaultKind kind = FaultKind.values()[picked];
        // The last trade that the partition has come by.
        long last = frame * FRAME + group - (slot > pairSlot ? 0 : 1);
        long from = kind == FaultKind.DUPLICATE_FAR ? NEAR + Mix.below(mixed << 16, farTrades) : (mixed & 3);
        TradeCore base = clean(last - from);
        message.mixed = mixed;
        if (base == null) {
            filler(message, frame * FRAME + group);
            return;
        }
        message.fault = kind;
        fill(message, base);
        Listing listing = listings[base.listing];
        message.subjectVenue = listing.instrument().venue();
        message.subjectSymbol = listing.instrument().symbol();
        message.reference = positionOf(base);
        Trade trade = message.trade;
        Reason reason = kind.reason();
        if (reason == null) {
            boolean late = horizon.isLate(trade.eventTimeNanos, markNanos);
            message.expectation = late
                    ? Expectation.LATE
                    : kind == FaultKind.ID_CONFLICT ? Expectation.ACCEPTED : Expectation.DUPLICATE;
            if (kind == FaultKind.ID_CONFLICT) {
                // Different from the trade and from any other conflict with it.
                long units = listing.tickUnits() * listing.spreadTicks();
                trade.priceScaled += (mixed & 1) == 0 || trade.priceScaled <= units ? units : -units;
                trade.sizeScaled += (1 + position % 65_536) * listing.lotUnits();
            }
            return;
        }
        message.expectation = Expectation.REJECTED;
        message.reason = reason;
        trade.eventTimeNanos = sentNanos;
        long choice = Mix.of(mixed, 5);
        switch (kind) {
            case NEGATIVE_PRICE -> trade.priceScaled = -trade.priceScaled;
            case ZERO_PRICE -> trade.priceScaled = 0;
            case NEGATIVE_SIZE -> trade.sizeScaled = -trade.sizeScaled;
            case EXCESS_DECIMALS -> {
                trade.instrument = Instrument.ofVenue(
                        listing.instrument().venue(),
                        listing.instrument().symbol(),
                        Instrument.SCALE_MAX,
                        listing.instrument().sizeScale());
                trade.priceScaled = 1 + 10 * Mix.below(choice, 100_000_000_000_000_000L);
            }
            case FUTURE_TIME ->
                trade.eventTimeNanos = trade.receiveTimeNanos + HOUR_NANOS + Mix.below(choice, 200 * DAY_NANOS);
            case ANCIENT_TIME -> trade.eventTimeNanos = 40 * DAY_NANOS + Mix.below(choice, 7_000 * DAY_NANOS);
            case MILLIS_AS_NANOS -> trade.eventTimeNanos = sentNanos / 1_000_000;
            case MISSING_FIELD ->
                trade.instrument = Instrument.ofVenue(
                        (choice & 1) == 0 ? "" : listing.instrument().venue(),
                        (choice & 1) == 0 ? listing.instrument().symbol() : "",
                        listing.instrument().priceScale(),
                        listing.instrument().sizeScale());
            case GARBAGE, WRONG_TYPE, TRUNCATED -> {
                // The encoder breaks the bytes.
            }
            default -> throw new IllegalStateException("fault must be a message of its own, was " + kind);
        }
    }

    /** The latest trade up to one to which nothing happened; null where there is none near. */
    private @Nullable TradeCore clean(long upTo) {
        for (long trade = upTo; trade >= 0 && trade > upTo - LOOK_BACK_MAX; trade--) {
            happen(trade, other);
            befall(other);
            if (other.isClean()) {
                return other;
            }
        }
        return null;
    }

    /** At which position a trade was sent. */
    private long positionOf(TradeCore core) {
        long ofFrame = core.number / FRAME;
        int at = (int) (core.number % FRAME) * groupSize + tradeSlot(core.mixed);
        long before = at;
        if (ofFrame == frame) {
            for (int i = 0; i < extraCount && extraAt[i] < at; i++) {
                before++;
            }
        } else {
            FaultSegment segment = segments.get(segmentOf(ofFrame));
            long frames = ofFrame - segment.fromFrame();
            int count = (int) (extrasUpTo(frames + 1, segment.rates()) - extrasUpTo(frames, segment.rates()));
            for (int i = 0; i < count; i++) {
                before += extraPlace(ofFrame, i) < at ? 1 : 0;
            }
        }
        return positionOfFrame(ofFrame) + before;
    }

    private int extraPlace(long ofFrame, int ordinal) {
        return Mix.below(Mix.of(seed ^ EXTRA_SALT, ofFrame, ordinal), FRAME * groupSize);
    }
}
