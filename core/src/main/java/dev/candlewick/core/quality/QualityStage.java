package dev.candlewick.core.quality;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.quality.InstrumentProfile.Candidate;
import dev.candlewick.core.quality.InstrumentProfile.Conflict;
import dev.candlewick.core.quality.InstrumentProfile.Numbering;
import dev.candlewick.core.time.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Runs the quality rules of {@code docs/quality.md} over the trades that the engine accepts, and gives verdicts when
 * nothing on time can change them any more; one thread.
 *
 * <p>All verdicts are functions of the set of accepted trades (and of copies, where the rule says so); no call order of
 * {@link #accepted}, {@link #duplicate} and the others can change one.
 */
public final class QualityStage {
    private static final long MINUTE_NANOS = MinuteReport.MINUTE_NANOS;
    private static final long PANE_NANOS_MAX = 250 * Interval.MILLI_NANOS;
    private static final long GAP_NANOS = 500 * Interval.MILLI_NANOS;
    private static final long GAP_5S_NANOS = 5 * Interval.SECOND_NANOS;
    private static final long GAP_30S_NANOS = 30 * Interval.SECOND_NANOS;
    /** A numbering that begins again lies at least this far below the last one. */
    private static final long RESTART_DISTANCE_MIN = 1_000;

    private final QualitySettings settings;
    private final Interval finest;
    private final long latenessMillis;
    private final long paneNanos;
    private final QualityOutput output;
    private final OutlierMath math;
    private final boolean perPane;

    /** Holes of the minute that becomes final, as pairs of the times of their ends. */
    private final List<long[]> holes = new ArrayList<>();

    /** How many candidates of the profile got their last verdict in the current call. */
    private int candidatesDone;

    /** A stage over candles of the given finest interval. */
    public QualityStage(QualitySettings settings, Interval finest, long allowedLatenessNanos, QualityOutput output) {
        this.settings = settings;
        this.finest = finest;
        this.latenessMillis = allowedLatenessNanos / Interval.MILLI_NANOS;
        this.paneNanos = greatestCommonDivisor(finest.nanos(), PANE_NANOS_MAX);
        this.output = output;
        this.math = new OutlierMath(settings.outlierThreshold());
        this.perPane = settings.outlierScope() == OutlierScope.PANE;
    }

    private static long greatestCommonDivisor(long left, long right) {
        return right == 0 ? left : greatestCommonDivisor(right, left % right);
    }

    /** The empty profile of an instrument. */
    public InstrumentProfile newProfile() {
        return new InstrumentProfile();
    }

    /** Whether candles are flagged as OUTLIER. */
    public boolean flagsOutliers() {
        return settings.outliers();
    }

    /** Takes in an accepted trade. */
    public void accepted(InstrumentProfile profile, Trade trade) {
        long time = trade.eventTimeNanos;
        Minute minute = minute(profile, time);
        minute.trades++;
        minute.panes.add(time, trade.priceScaled, paneNanos);
        if (trade.sizeScaled == 0) {
            minute.zeroSizes++;
        }
        latency(minute, trade);
        number(profile, minute, trade);
        if (settings.outliers()) {
            if (!perPane) {
                profile.observations.add(time, trade.priceScaled);
            }
            if (time < profile.unjudgedFromNanos) {
                profile.unjudgedFromNanos = time;
            }
        }
    }

    /** Takes in a further copy of an accepted trade. */
    public void duplicate(InstrumentProfile profile, Trade trade) {
        Minute minute = minute(profile, trade.eventTimeNanos);
        minute.duplicates++;
        latency(minute, trade);
        // A copy may carry another number, and which of the copies is accepted depends on their order.
        number(profile, minute, trade);
    }

    private void number(InstrumentProfile profile, Minute minute, Trade trade) {
        long time = trade.eventTimeNanos;
        switch (settings.gapSequence()) {
            case TRADE_ID -> {
                if (trade.idKind == Trade.ID_NUMBER) {
                    minute.numbers(venue(profile, trade.instrument)).add(trade.idNumber, time);
                }
            }
            case SEQUENCE -> {
                if (trade.hasSequence) {
                    minute.numbers(venue(profile, trade.instrument)).add(trade.sequence, time);
                }
            }
            case OFF -> {}
        }
    }

    /** Takes in that an accepted row without an id equals an earlier one. */
    public void suspect(InstrumentProfile profile, Trade trade, long likeness) {
        minute(profile, trade.eventTimeNanos)
                .addSuspect(trade.eventTimeNanos, likeness, trade.priceScaled, trade.sizeScaled);
    }

    /**
     * Takes in that a trade shares its id with another payload; again and again for the same trade is harmless.
     *
     * @param timeNanos event time of the flagged trade
     * @param payload hash of its payload
     * @param same a trade with the same venue and id
     */
    public void conflict(InstrumentProfile profile, long timeNanos, long payload, Trade same) {
        String id = same.id();
        if (profile.conflicts.add(new Conflict(timeNanos, payload, id == null ? "" : id, same.instrument.venue()))) {
            minute(profile, timeNanos).conflicts++;
        }
    }

    private static void latency(Minute minute, Trade trade) {
        long received = trade.receiveTimeNanos;
        if (received != Trade.TIME_ABSENT) {
            long latency = received - trade.eventTimeNanos;
            if (((received ^ trade.eventTimeNanos) & (received ^ latency)) < 0) {
                latency = received < 0 ? -Long.MAX_VALUE : Long.MAX_VALUE;
            }
            minute.latency.add(latency);
        }
    }

    private static int venue(InstrumentProfile profile, Instrument instrument) {
        List<Numbering> venues = profile.venues;
        String venue = instrument.venue();
        for (int i = 0; i < venues.size(); i++) {
            if (venues.get(i).venue.equals(venue)) {
                return i;
            }
        }
        venues.add(new Numbering(venue));
        return venues.size() - 1;
    }

    private static Minute minute(InstrumentProfile profile, long timeNanos) {
        List<Minute> minutes = profile.minutes;
        int at = minutes.size() - 1;
        if (at >= 0 && timeNanos < minutes.get(at).startNanos) {
            at = lastStartedBy(minutes, timeNanos);
        }
        if (at >= 0 && timeNanos - minutes.get(at).startNanos < MINUTE_NANOS) {
            return minutes.get(at);
        }
        Minute added = new Minute(timeNanos - Math.floorMod(timeNanos, MINUTE_NANOS));
        minutes.add(at + 1, added);
        return added;
    }

    private static int lastStartedBy(List<Minute> minutes, long timeNanos) {
        int low = 0;
        int high = minutes.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (minutes.get(middle).startNanos <= timeNanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    /** The watermark at which a minute is final, in milliseconds. */
    private long finalMillis(Minute minute) {
        return finest.endOf(minute.startNanos + MINUTE_NANOS - 1) / Interval.MILLI_NANOS + latenessMillis - 1;
    }

    /** When the profile must be advanced next, in milliseconds; {@link Long#MAX_VALUE} where nothing is waiting. */
    public long nextDueMillis(InstrumentProfile profile) {
        return profile.minutes.isEmpty() ? Long.MAX_VALUE : finalMillis(profile.minutes.get(0));
    }

    /**
     * Applies the rules that look back to all closed windows that a new trade may have changed.
     *
     * @param closedUntilNanos end of the last finest window that may be published
     * @return the time from which on {@link #isFlagged} may answer otherwise than before, {@link Long#MAX_VALUE} for none
     */
    public long judge(InstrumentProfile profile, long closedUntilNanos) {
        long fromNanos = profile.unjudgedFromNanos;
        if (fromNanos >= closedUntilNanos) {
            return Long.MAX_VALUE;
        }
        if (perPane) {
            gatherPanes(profile);
            // A trade changes its whole pane, which stands at the time of the pane's first trade.
            fromNanos -= Math.floorMod(fromNanos, paneNanos);
        }
        Observations all = profile.observations;
        int index = all.indexOf(fromNanos);
        int end = all.indexOf(closedUntilNanos);
        List<Candidate> candidates = profile.candidates;
        candidates.subList(indexOf(candidates, fromNanos), candidates.size()).clear();
        boolean hampel = settings.hampel();
        boolean mean = settings.mean();
        if (hampel) {
            math.placeMedian(all, index);
        }
        if (mean) {
            math.placeMean(all, index);
        }
        for (; index < end; index++) {
            long price = all.price(index);
            int marks = 0;
            if (hampel) {
                if (math.canJudge() && math.isBeyondFloor(price)) {
                    marks |= InstrumentProfile.BEYOND_FLOOR;
                    if (math.isTrailingOutlier(price)) {
                        marks |= InstrumentProfile.FLAGGED;
                    }
                }
                math.moveMedian(all, index);
            }
            if (mean) {
                if (math.isMeanOutlier(all, index)) {
                    marks |= InstrumentProfile.MEAN_OUTLIER;
                    if (!hampel) {
                        marks |= InstrumentProfile.FLAGGED;
                    }
                }
                math.moveMean(all, index);
            }
            if (marks != 0) {
                candidates.add(new Candidate(all.timeNanos(index), price, marks));
            }
        }
        profile.unjudgedFromNanos = end < all.size() ? all.timeNanos(end) : Long.MAX_VALUE;
        return fromNanos;
    }

    private void gatherPanes(InstrumentProfile profile) {
        Observations all = profile.observations;
        if (profile.minutes.isEmpty()) {
            return;
        }
        all.truncate(all.indexOf(profile.minutes.get(0).startNanos));
        for (Minute minute : profile.minutes) {
            Panes panes = minute.panes;
            for (int i = 0; i < panes.size(); i++) {
                all.add(panes.firstNanos(i), panes.low(i));
                if (panes.high(i) != panes.low(i)) {
                    all.add(panes.firstNanos(i), panes.high(i));
                }
            }
        }
    }

    /** Whether a judged window is flagged as OUTLIER. */
    public boolean isFlagged(InstrumentProfile profile, long startNanos, long endNanos) {
        List<Candidate> candidates = profile.candidates;
        for (int i = indexOf(candidates, startNanos);
                i < candidates.size() && candidates.get(i).timeNanos() < endNanos;
                i++) {
            if ((candidates.get(i).marks() & InstrumentProfile.FLAGGED) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Index of the first candidate that is not before a time. */
    private static int indexOf(List<Candidate> candidates, long timeNanos) {
        int low = 0;
        int high = candidates.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (candidates.get(middle).timeNanos() < timeNanos) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /**
     * Gives all verdicts that are final at a watermark; {@link #judge} was called for it before.
     *
     * @param instrument venue, symbol and scales that the events carry
     * @param purgedUntilNanos finest windows that end up to here are purged
     */
    public void advance(InstrumentProfile profile, Subject instrument, long watermarkMillis, long purgedUntilNanos) {
        if (!profile.conflicts.isEmpty()) {
            publishConflicts(profile, instrument, purgedUntilNanos);
        }
        List<Minute> minutes = profile.minutes;
        if (minutes.isEmpty() || finalMillis(minutes.get(0)) > watermarkMillis) {
            return;
        }
        if (settings.outliers() && perPane) {
            gatherPanes(profile);
        }
        candidatesDone = 0;
        int finished = 0;
        while (finished < minutes.size() && finalMillis(minutes.get(finished)) <= watermarkMillis) {
            finish(profile, instrument, minutes.get(finished));
            finished++;
        }
        minutes.subList(0, finished).clear();
        profile.candidates.subList(0, candidatesDone).clear();
    }

    /**
     * What an instrument's events are about.
     *
     * @param venue the venue, or that of consolidated candles
     * @param symbol the symbol as the input wrote it
     * @param priceScale decimals of prices
     * @param sizeScale decimals of sizes
     */
    public record Subject(String venue, String symbol, int priceScale, int sizeScale) {}

    private void publishConflicts(InstrumentProfile profile, Subject subject, long purgedUntilNanos) {
        List<Conflict> due = new ArrayList<>();
        profile.conflicts.removeIf(conflict -> {
            boolean purged = conflict.timeNanos() < purgedUntilNanos;
            if (purged) {
                due.add(conflict);
            }
            return purged;
        });
        due.sort(Conflict.ORDER);
        for (Conflict conflict : due) {
            output.event(new QualityEvent(
                    QualityKind.ID_CONFLICT,
                    subject.venue,
                    subject.symbol,
                    conflict.timeNanos(),
                    conflict.timeNanos(),
                    conflict.timeNanos(),
                    1,
                    new Detail()
                            .text("id", conflict.id())
                            .text("venue", conflict.venue())
                            .toString()));
        }
    }

    private void finish(InstrumentProfile profile, Subject subject, Minute minute) {
        long end = minute.startNanos + MINUTE_NANOS;
        Findings findings = new Findings();
        sequenceGaps(profile, subject, minute, findings);
        timeGaps(profile, subject, minute, findings);
        staleRuns(profile, subject, minute, findings);
        if (settings.outliers()) {
            outliers(profile, subject, minute, findings);
        }
        for (Map.Entry<Minute.SuspectKey, Minute.Suspect> group : minute.sortedSuspects()) {
            long time = group.getKey().timeNanos();
            Minute.Suspect suspect = group.getValue();
            findings.suspects += suspect.rows;
            String detail = new Detail()
                    .decimal("price", suspect.priceScaled, subject.priceScale)
                    .decimal("size", suspect.sizeScaled, subject.sizeScale)
                    .toString();
            event(QualityKind.SUSPECT_DUP, subject, time, time, time, suspect.rows, detail);
        }
        if (minute.zeroSizes > 0) {
            event(QualityKind.ZERO_SIZE, subject, minute.startNanos, minute.startNanos, end, minute.zeroSizes, null);
        }
        if (minute.duplicates > 0) {
            event(QualityKind.DUPLICATE, subject, minute.startNanos, minute.startNanos, end, minute.duplicates, null);
        }
        LatencyHistogram latency = minute.latency;
        output.report(new MinuteReport(
                subject.venue,
                subject.symbol,
                minute.startNanos,
                minute.trades,
                minute.duplicates,
                minute.conflicts,
                findings.suspects,
                findings.outliers,
                minute.zeroSizes,
                findings.staleRuns,
                findings.gaps500Millis,
                findings.gaps5Seconds,
                findings.gaps30Seconds,
                findings.missing,
                latency.count(),
                latency.min(),
                latency.quantile(50),
                latency.quantile(90),
                latency.quantile(99),
                latency.max(),
                findings.largestGapNanos,
                findings.largestGapStartNanos,
                findings.largestHole,
                findings.worstOutlierBasisPoints));
    }

    /** What a minute's rules count up for its report. */
    private static final class Findings {
        long suspects;
        long outliers;
        long staleRuns;
        long gaps500Millis;
        long gaps5Seconds;
        long gaps30Seconds;
        long missing;
        long largestGapNanos = MinuteReport.ABSENT;
        long largestGapStartNanos = MinuteReport.ABSENT;
        long largestHole = MinuteReport.ABSENT;
        long worstOutlierBasisPoints = MinuteReport.ABSENT;
    }

    private void event(
            QualityKind kind,
            Subject subject,
            long atNanos,
            long start,
            long end,
            long count,
            @Nullable String detail) {
        output.event(new QualityEvent(kind, subject.venue, subject.symbol, atNanos, start, end, count, detail));
    }

    private void sequenceGaps(InstrumentProfile profile, Subject subject, Minute minute, Findings findings) {
        holes.clear();
        for (int venue = 0; venue < minute.numbers.length; venue++) {
            NumberRanges ranges = minute.numbers[venue];
            if (ranges == null || ranges.size() == 0) {
                continue;
            }
            Numbering numbering = profile.venues.get(venue);
            long largest = ranges.high(ranges.size() - 1);
            boolean restarted = numbering.known
                    && numbering.number > 0
                    && largest < numbering.number - numbering.number / 2 // Half of an odd number is not whole.
                    && largest < numbering.number - RESTART_DISTANCE_MIN;
            boolean follows = numbering.known && !restarted;
            long previous = numbering.number;
            long previousNanos = numbering.timeNanos;
            for (int i = 0; i < ranges.size(); i++) {
                long low = ranges.low(i);
                if (follows && ranges.high(i) <= previous) {
                    continue;
                }
                if (follows && low > previous && low - 1 != previous) {
                    hole(subject, numbering.venue, previous, previousNanos, low, ranges.lowNanos(i), findings);
                }
                follows = true;
                previous = ranges.high(i);
                previousNanos = ranges.highNanos(i);
            }
            if (!numbering.known || restarted || largest > numbering.number) {
                numbering.number = largest;
                numbering.timeNanos = ranges.highNanos(ranges.size() - 1);
            }
            numbering.known = true;
        }
    }

    private void hole(
            Subject subject,
            String venue,
            long before,
            long beforeNanos,
            long after,
            long afterNanos,
            Findings findings) {
        long difference = after - before;
        long missing = difference < 0 ? Long.MAX_VALUE : difference - 1;
        holes.add(new long[] {beforeNanos, afterNanos});
        findings.missing = findings.missing + missing < 0 ? Long.MAX_VALUE : findings.missing + missing;
        findings.largestHole = Math.max(findings.largestHole, missing);
        String detail = new Detail()
                .number("first", before + 1)
                .number("last", after - 1)
                .text("venue", venue)
                .toString();
        event(QualityKind.SEQUENCE_GAP, subject, afterNanos, beforeNanos, afterNanos, missing, detail);
    }

    private void timeGaps(InstrumentProfile profile, Subject subject, Minute minute, Findings findings) {
        Panes panes = minute.panes;
        boolean numbered = false;
        for (Numbering venue : profile.venues) {
            numbered |= venue.known;
        }
        for (int i = 0; i < panes.size(); i++) {
            long start = i > 0 ? panes.lastNanos(i - 1) : profile.lastTradeNanos;
            long end = panes.firstNanos(i);
            if (start == Trade.TIME_ABSENT || end - start < GAP_NANOS) {
                continue;
            }
            long length = end - start;
            QualityKind kind;
            if (length >= GAP_30S_NANOS) {
                kind = QualityKind.GAP_30S;
                findings.gaps30Seconds++;
            } else if (length >= GAP_5S_NANOS) {
                kind = QualityKind.GAP_5S;
                findings.gaps5Seconds++;
            } else {
                kind = QualityKind.GAP_500MS;
                findings.gaps500Millis++;
            }
            if (length > findings.largestGapNanos) {
                findings.largestGapNanos = length;
                findings.largestGapStartNanos = start;
            }
            event(kind, subject, end, start, end, length, numbered ? cause(start, end) : null);
        }
        if (panes.size() > 0) {
            profile.lastTradeNanos = panes.lastNanos(panes.size() - 1);
        }
    }

    private String cause(long startNanos, long endNanos) {
        for (long[] hole : holes) {
            if (hole[0] <= startNanos && hole[1] >= endNanos) {
                return "{\"cause\":\"LOST\"}";
            }
        }
        return "{\"cause\":\"QUIET\"}";
    }

    private void staleRuns(InstrumentProfile profile, Subject subject, Minute minute, Findings findings) {
        Panes panes = minute.panes;
        for (int i = 0; i < panes.size(); i++) {
            long price = panes.low(i);
            if (price != panes.high(i)) {
                profile.runTrades = 0;
                continue;
            }
            if (profile.runTrades > 0 && price == profile.runPriceScaled) {
                profile.runTrades += panes.count(i);
            } else {
                profile.runPriceScaled = price;
                profile.runTrades = panes.count(i);
                profile.runFirstNanos = panes.firstNanos(i);
                profile.runReported = false;
            }
            long last = panes.lastNanos(i);
            if (!profile.runReported
                    && profile.runTrades >= settings.staleTrades()
                    && last - profile.runFirstNanos >= settings.staleNanos()) {
                profile.runReported = true;
                findings.staleRuns++;
                String detail =
                        new Detail().decimal("price", price, subject.priceScale).toString();
                event(QualityKind.STALE_RUN, subject, last, profile.runFirstNanos, last, profile.runTrades, detail);
            }
        }
    }

    private void outliers(InstrumentProfile profile, Subject subject, Minute minute, Findings findings) {
        Observations all = profile.observations;
        long endNanos = minute.startNanos + MINUTE_NANOS;
        int end = all.indexOf(endNanos);
        int first = candidatesDone;
        int at = first;
        List<Candidate> candidates = profile.candidates;
        while (at < candidates.size() && candidates.get(at).timeNanos() < endNanos) {
            Candidate candidate = candidates.get(at);
            // Equal observations stand side by side, and so do their candidates: each observation is looked at once.
            if (at == first || !isSame(candidate, candidates.get(at - 1))) {
                int index = all.indexOf(candidate.timeNanos());
                while (all.price(index) != candidate.priceScaled()) {
                    index++;
                }
                judgeEqual(profile, subject, candidate, index, end, findings);
            }
            at++;
        }
        candidatesDone = at;
        all.drop(Math.max(0, end - OutlierMath.MEAN_NEIGHBOURS));
    }

    private static boolean isSame(Candidate left, Candidate right) {
        return left.timeNanos() == right.timeNanos() && left.priceScaled() == right.priceScaled();
    }

    /** Gives the last verdict about all observations that are equal to a candidate. */
    private void judgeEqual(
            InstrumentProfile profile, Subject subject, Candidate candidate, int first, int end, Findings findings) {
        Observations all = profile.observations;
        long time = candidate.timeNanos();
        long price = candidate.priceScaled();
        for (int i = first; i < end && all.timeNanos(i) == time && all.price(i) == price; i++) {
            if (settings.hampel()) {
                math.placeMedian(all, i);
                if (math.canJudge() && math.isBeyondFloor(price) && math.threeWay(all, i, end)) {
                    outlier(QualityKind.OUTLIER, "median", math.median, subject, time, price, findings);
                }
            }
            if (settings.mean()) {
                math.placeMean(all, i);
                if (math.isMeanOutlier(all, i)) {
                    outlier(QualityKind.OUTLIER_MEAN, "mean", math.mean, subject, time, price, findings);
                }
            }
        }
    }

    private void outlier(
            QualityKind kind,
            String referenceName,
            long reference,
            Subject subject,
            long time,
            long price,
            Findings findings) {
        findings.outliers++;
        findings.worstOutlierBasisPoints = Math.max(findings.worstOutlierBasisPoints, math.deviationBasisPoints);
        String detail = new Detail()
                .decimal("price", price, subject.priceScale)
                .decimal(referenceName, reference, subject.priceScale)
                .number("deviation", math.deviationBasisPoints)
                .toString();
        event(kind, subject, time, time, time, 1, detail);
    }
}
