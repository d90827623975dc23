package dev.candlewick.testkit.oracle;

import dev.candlewick.testkit.oracle.OracleDoubleEntry.IntervalTotals;
import dev.candlewick.testkit.oracle.OracleDoubleEntry.PartitionTotals;
import dev.candlewick.testkit.oracle.OracleSettings.DedupKey;
import dev.candlewick.testkit.oracle.OracleSettings.Fill;
import dev.candlewick.testkit.oracle.OracleSettings.Late;
import dev.candlewick.testkit.oracle.OracleSettings.Scope;
import dev.candlewick.testkit.oracle.OracleSettings.VwapEmit;
import dev.candlewick.testkit.oracle.OracleVerdict.Kind;
import dev.candlewick.testkit.oracle.OracleVerdict.RejectReason;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Computes what a bounded run over some partitions has to say, from the contract alone: verdicts, candles, rolling VWAP,
 * id conflicts, quality events and reports, and double entry.
 *
 * <p>It assumes that no partition is ever idle or newly discovered, so the high-water mark of a trade's own partition
 * is the only source of lateness. Everything but the choice of the accepted one among copies (see
 * {@link OracleVerdict}) is a function of the records and their order within each partition.
 *
 * <p>The reading of the contract where it leaves room:
 * <ul>
 *   <li>Ids are ordered absent, then numeric by value, then others by bytes ({@link TotalOrder}).
 *   <li>ID_CONFLICT is judged under every {@code dedup.key}, over the ids of all copies that were not turned away; a
 *       payload is (event time, price, size).
 *   <li>SUSPECT_DUP is judged under {@code trade-id} and {@code none}, never under {@code fingerprint}.
 *   <li>A fill carries SYNTHETIC and nothing else.
 * </ul>
 *
 * <p>Pure and single-threaded; linear but for sorting.
 */
public final class Oracle {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int ROLLING_SECONDS = 300;
    private static final String CONSOLIDATED = "CONSOLIDATED";
    private static final BigDecimal MAX_RAW_SUM = BigDecimal.TEN.pow(38).subtract(BigDecimal.ONE);
    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger LONG_MAX = BigInteger.valueOf(Long.MAX_VALUE);

    private final OracleSettings settings;

    private Oracle(OracleSettings settings) {
        this.settings = settings;
    }

    /**
     * Runs the oracle.
     *
     * @param partitionsInReadOrder for each partition its records in the order in which they are read
     * @param settings what to compute
     * @throws IllegalArgumentException if a record's read partition is not its list's index, or if read positions do
     *     not ascend
     * @throws ArithmeticException if a sum is beyond 10^38 − 1 raw units, where the product must stop too
     */
    public static OracleResult run(List<List<OracleTrade>> partitionsInReadOrder, OracleSettings settings) {
        return new Oracle(settings).run(partitionsInReadOrder);
    }

    private OracleResult run(List<List<OracleTrade>> partitions) {
        List<List<OracleVerdict>> verdicts = new ArrayList<>();
        Set<Object> identities = new HashSet<>();
        Map<Instrument, List<TotalOrder.Ranked>> byInstrument = new TreeMap<>(Instrument.ORDER);
        for (int partition = 0; partition < partitions.size(); partition++) {
            List<OracleVerdict> ofPartition = judge(partition, partitions.get(partition), identities);
            verdicts.add(ofPartition);
            for (OracleVerdict verdict : ofPartition) {
                if (verdict.kind() == Kind.ACCEPTED || verdict.kind() == Kind.DUPLICATE) {
                    OracleTrade trade = verdict.trade();
                    byInstrument
                            .computeIfAbsent(instrumentOf(trade), instrument -> new ArrayList<>())
                            .add(new TotalOrder.Ranked(
                                    trade, TotalOrder.IdRank.of(trade.id()), verdict.kind() == Kind.ACCEPTED));
                }
            }
        }

        List<OracleCandle> candles = new ArrayList<>();
        List<OracleVwap> vwap = new ArrayList<>();
        List<OracleIdConflict> conflicts = new ArrayList<>();
        List<OracleQualityEvent> events = new ArrayList<>();
        List<OracleMinuteReport> reports = new ArrayList<>();
        byInstrument.forEach((instrument, trades) -> {
            trades.sort(TotalOrder.TOTAL);
            List<OracleIdConflict> ofInstrument = idConflicts(trades);
            conflicts.addAll(ofInstrument);
            candles.addAll(candles(instrument, trades, ofInstrument));
            vwap.addAll(rollingVwap(instrument, trades));
            OracleQuality.judge(
                    settings, instrument.venue(), instrument.symbol(), trades, ofInstrument, events, reports);
        });
        if (settings.quality().level() != OracleQualitySettings.Level.OFF) {
            List<OracleTrade> rows = byInstrument.values().stream()
                    .flatMap(List::stream)
                    .map(TotalOrder.Ranked::trade)
                    .toList();
            events.addAll(OracleSilence.events(rows, settings.quality().silenceSeconds()));
        }
        conflicts.sort(Comparator.comparing(OracleIdConflict::venue)
                .thenComparing(OracleIdConflict::symbol)
                .thenComparingLong(OracleIdConflict::eventTimeNanos)
                .thenComparing(OracleIdConflict::id)
                .thenComparing(OracleIdConflict::price)
                .thenComparing(OracleIdConflict::size));
        return new OracleResult(verdicts, candles, vwap, conflicts, events, reports, doubleEntry(verdicts, candles));
    }

    // ---- verdicts ----

    private List<OracleVerdict> judge(int partition, List<OracleTrade> trades, Set<Object> identities) {
        List<OracleVerdict> verdicts = new ArrayList<>();
        Long highWaterNanos = null;
        long lastPosition = Long.MIN_VALUE;
        for (OracleTrade trade : trades) {
            if (trade.readPartition() != partition || trade.readPosition() <= lastPosition) {
                throw new IllegalArgumentException("read position must ascend in partition " + partition + ", was "
                        + trade.readPartition() + "/" + trade.readPosition() + " after " + lastPosition);
            }
            lastPosition = trade.readPosition();
            RejectReason reason = rejectReason(trade, highWaterNanos);
            if (reason != null) {
                verdicts.add(new OracleVerdict(trade, Kind.REJECTED, reason, false, 0));
                continue;
            }
            long timeNanos = trade.eventTimeNanos();
            boolean late = false;
            long disorderNanos = 0;
            if (highWaterNanos != null) {
                long closedAtNanos = settings.finest().windowEnd(timeNanos) + settings.allowedLatenessNanos();
                late = closedAtNanos <= highWaterNanos - settings.outOfOrdernessNanos();
                disorderNanos = Math.max(0, highWaterNanos - timeNanos);
            }
            highWaterNanos = highWaterNanos == null ? timeNanos : Math.max(highWaterNanos, timeNanos);
            Kind kind;
            if (late && settings.late() == Late.APPLY) {
                kind = Kind.LATE; // Not looked up: a later copy on time is the first one.
            } else {
                Object identity = identityOf(trade);
                kind = identity == null || identities.add(identity) ? Kind.ACCEPTED : Kind.DUPLICATE;
            }
            verdicts.add(new OracleVerdict(trade, kind, null, late, disorderNanos));
        }
        return verdicts;
    }

    private @Nullable RejectReason rejectReason(OracleTrade trade, @Nullable Long highWaterNanos) {
        long timeNanos = trade.eventTimeNanos();
        if (timeNanos < settings.eventTimeMinNanos() || timeNanos > settings.eventTimeMaxNanos()) {
            return RejectReason.TIME_RANGE;
        }
        Long receiveTimeNanos = trade.receiveTimeNanos();
        if (receiveTimeNanos != null && timeNanos > receiveTimeNanos + settings.futureToleranceNanos()) {
            return RejectReason.TIME_FUTURE;
        }
        Long timeJumpNanos = settings.timeJumpNanos();
        if (receiveTimeNanos == null
                && timeJumpNanos != null
                && highWaterNanos != null
                && timeNanos > highWaterNanos + timeJumpNanos) {
            return RejectReason.TIME_JUMP;
        }
        if (trade.price().signum() <= 0) {
            return RejectReason.PRICE_NOT_POSITIVE;
        }
        if (settings.zeroSizeAllowed()
                ? trade.size().signum() < 0
                : trade.size().signum() <= 0) {
            return RejectReason.SIZE_NOT_POSITIVE;
        }
        int priceScale = settings.priceScale().applyAsInt(trade.symbol());
        int sizeScale = settings.sizeScale().applyAsInt(trade.symbol());
        BigDecimal price = OracleDecimals.canonical(trade.price());
        BigDecimal size = OracleDecimals.canonical(trade.size());
        if (price.scale() > priceScale || size.scale() > sizeScale) {
            return RejectReason.PRECISION;
        }
        if (!fitsLong(price, priceScale) || !fitsLong(size, sizeScale)) {
            return RejectReason.RANGE;
        }
        return null;
    }

    private static boolean fitsLong(BigDecimal value, int scale) {
        BigInteger raw = value.setScale(scale).unscaledValue();
        return raw.compareTo(LONG_MIN) >= 0 && raw.compareTo(LONG_MAX) <= 0;
    }

    private record IdIdentity(
            String venue, String symbol, String id, long eventTimeNanos, BigDecimal price, BigDecimal size) {}

    private record Fingerprint(
            String venue,
            String symbol,
            long eventTimeNanos,
            BigDecimal price,
            BigDecimal size,
            @Nullable String side,
            @Nullable String conditions) {
        static Fingerprint of(OracleTrade trade) {
            return new Fingerprint(
                    trade.venue(),
                    trade.symbol(),
                    trade.eventTimeNanos(),
                    OracleDecimals.canonical(trade.price()),
                    OracleDecimals.canonical(trade.size()),
                    trade.side(),
                    trade.conditions());
        }
    }

    /** Returns what copies of a trade share, or null if the trade cannot have copies. */
    private @Nullable Object identityOf(OracleTrade trade) {
        return switch (settings.dedupKey()) {
            case NONE -> null;
            case FINGERPRINT -> Fingerprint.of(trade);
            case TRADE_ID -> {
                String id = trade.id();
                yield id == null
                        ? null
                        : new IdIdentity(
                                trade.venue(),
                                trade.symbol(),
                                id,
                                trade.eventTimeNanos(),
                                OracleDecimals.canonical(trade.price()),
                                OracleDecimals.canonical(trade.size()));
            }
        };
    }

    // ---- instruments ----

    private record Instrument(String venue, String symbol) {
        static final Comparator<Instrument> ORDER =
                Comparator.comparing(Instrument::venue).thenComparing(Instrument::symbol);
    }

    private Instrument instrumentOf(OracleTrade trade) {
        return new Instrument(settings.scope() == Scope.CONSOLIDATED ? CONSOLIDATED : trade.venue(), trade.symbol());
    }

    // ---- id conflicts ----

    private record VenueId(String venue, String id) {}

    private record Payload(long eventTimeNanos, BigDecimal price, BigDecimal size) {
        static final Comparator<Payload> ORDER = Comparator.comparingLong(Payload::eventTimeNanos)
                .thenComparing(Payload::price)
                .thenComparing(Payload::size);
    }

    private List<OracleIdConflict> idConflicts(List<TotalOrder.Ranked> trades) {
        Map<VenueId, Set<Payload>> payloadsById = new HashMap<>();
        for (TotalOrder.Ranked ranked : trades) {
            OracleTrade trade = ranked.trade();
            String id = trade.id();
            if (id != null) {
                payloadsById
                        .computeIfAbsent(new VenueId(trade.venue(), id), key -> new TreeSet<>(Payload.ORDER))
                        .add(new Payload(
                                trade.eventTimeNanos(),
                                OracleDecimals.canonical(trade.price()),
                                OracleDecimals.canonical(trade.size())));
            }
        }
        List<OracleIdConflict> conflicts = new ArrayList<>();
        payloadsById.forEach((key, payloads) -> {
            if (payloads.size() > 1) {
                String symbol = trades.get(0).trade().symbol();
                conflictsOfOneId(key, symbol, new ArrayList<>(payloads), conflicts);
            }
        });
        return conflicts;
    }

    /** Payloads are sorted by time, so the partners of a payload are a range whose two ends only ever move on. */
    private void conflictsOfOneId(
            VenueId key, String symbol, List<Payload> payloads, List<OracleIdConflict> conflicts) {
        long horizonNanos = settings.conflictHorizonNanos();
        int from = 0;
        int to = 0;
        for (Payload payload : payloads) {
            long timeNanos = payload.eventTimeNanos();
            while (timeNanos - payloads.get(from).eventTimeNanos() > horizonNanos) {
                from++;
            }
            // Not later than the window of this payload, and not farther ahead than the horizon.
            long windowEndNanos = settings.finest().windowEnd(timeNanos);
            while (to < payloads.size()
                    && payloads.get(to).eventTimeNanos() < windowEndNanos
                    && payloads.get(to).eventTimeNanos() - timeNanos <= horizonNanos) {
                to++;
            }
            int others = to - from - 1;
            if (others > 0) {
                conflicts.add(new OracleIdConflict(
                        key.venue(),
                        symbol,
                        key.id(),
                        timeNanos,
                        payload.price(),
                        payload.size(),
                        settings.finest().windowStart(timeNanos),
                        others));
            }
        }
    }

    // ---- candles ----

    /** A candle under construction: its trades, in the total order, and its flags. */
    private static final class Draft {
        final long startNanos;
        final List<TotalOrder.Ranked> trades = new ArrayList<>();
        final Set<OracleFlag> flags = EnumSet.noneOf(OracleFlag.class);

        Draft(long startNanos) {
            this.startNanos = startNanos;
        }
    }

    private List<OracleCandle> candles(
            Instrument instrument, List<TotalOrder.Ranked> sortedTrades, List<OracleIdConflict> conflicts) {
        Map<OracleInterval, TreeMap<Long, Draft>> drafts = new HashMap<>();
        List<OracleCandle> candles = new ArrayList<>();
        for (OracleInterval interval : settings.intervals()) {
            TreeMap<Long, Draft> ofInterval = new TreeMap<>();
            for (TotalOrder.Ranked ranked : sortedTrades) {
                ofInterval
                        .computeIfAbsent(interval.windowStart(ranked.trade().eventTimeNanos()), Draft::new)
                        .trades
                        .add(ranked);
            }
            drafts.put(interval, ofInterval);
            if (interval.equals(settings.finest())) {
                for (OracleIdConflict conflict : conflicts) {
                    draftAt(ofInterval, interval, conflict.eventTimeNanos())
                            .flags
                            .add(OracleFlag.ID_CONFLICT);
                }
                for (long timeNanos : suspectTimes(sortedTrades)) {
                    draftAt(ofInterval, interval, timeNanos).flags.add(OracleFlag.SUSPECT_DUP);
                }
                List<OracleTrade> accepted = sortedTrades.stream()
                        .filter(TotalOrder.Ranked::counted)
                        .map(TotalOrder.Ranked::trade)
                        .toList();
                for (long timeNanos : new OracleOutliers(accepted, settings, instrument.symbol()).flaggedTimes()) {
                    draftAt(ofInterval, interval, timeNanos).flags.add(OracleFlag.OUTLIER);
                }
            } else {
                for (Draft child :
                        drafts.getOrDefault(baseOf(interval), new TreeMap<>()).values()) {
                    Set<OracleFlag> flags = draftAt(ofInterval, interval, child.startNanos).flags;
                    child.flags.stream().filter(OracleFlag::isInherited).forEach(flags::add);
                }
            }
            candles.addAll(candlesOfInterval(instrument, interval, ofInterval));
        }
        return candles;
    }

    private static Draft draftAt(Map<Long, Draft> drafts, OracleInterval interval, long timeNanos) {
        Draft draft = drafts.get(interval.windowStart(timeNanos));
        if (draft == null) {
            throw new IllegalStateException("a " + interval.name() + " candle must exist at " + timeNanos);
        }
        return draft;
    }

    /** The coarsest interval of the list that is finer than this one and divides it. */
    private OracleInterval baseOf(OracleInterval interval) {
        OracleInterval base = settings.finest();
        for (OracleInterval candidate : settings.intervals()) {
            if (candidate.nanos() < interval.nanos() && interval.nanos() % candidate.nanos() == 0) {
                base = candidate;
            }
        }
        return base;
    }

    /** Completes the drafts of one interval, flags included, and puts the fills between them. */
    private List<OracleCandle> candlesOfInterval(
            Instrument instrument, OracleInterval interval, SortedMap<Long, Draft> drafts) {
        List<OracleCandle> candles = new ArrayList<>();
        OracleCandle previous = null;
        for (Draft draft : drafts.values()) {
            if (previous != null && settings.fill() == Fill.CARRY) {
                long missing = (draft.startNanos - previous.endNanos()) / interval.nanos();
                for (long i = 0; i < Math.min(missing, settings.fillMax()); i++) {
                    candles.add(fill(previous, previous.endNanos() + i * interval.nanos(), interval.nanos()));
                }
                if (missing > settings.fillMax()) {
                    draft.flags.add(OracleFlag.FILL_TRUNCATED);
                }
            }
            previous = candle(instrument, interval, draft);
            candles.add(previous);
        }
        return candles;
    }

    private static OracleCandle fill(OracleCandle previous, long startNanos, long intervalNanos) {
        return new OracleCandle(
                previous.venue(),
                previous.symbol(),
                previous.interval(),
                startNanos,
                startNanos + intervalNanos,
                previous.close(),
                previous.close(),
                previous.close(),
                previous.close(),
                BigDecimal.ZERO,
                BigDecimal.ZERO,
                null,
                0,
                null,
                null,
                List.of(OracleFlag.SYNTHETIC));
    }

    private OracleCandle candle(Instrument instrument, OracleInterval interval, Draft draft) {
        List<TotalOrder.Ranked> trades = draft.trades;
        TotalOrder.Ranked first = trades.get(0);
        TotalOrder.Ranked last = trades.get(trades.size() - 1);
        BigDecimal high = first.trade().price();
        BigDecimal low = high;
        BigDecimal volume = BigDecimal.ZERO;
        BigDecimal notional = BigDecimal.ZERO;
        long count = 0;
        for (TotalOrder.Ranked ranked : trades) {
            BigDecimal price = ranked.trade().price();
            high = high.max(price);
            low = low.min(price);
            if (ranked.counted()) {
                BigDecimal size = ranked.trade().size();
                volume = volume.add(size);
                notional = notional.add(price.multiply(size));
                count++;
            }
        }
        requireCapacity(volume, notional, instrument, interval.name() + " window at " + draft.startNanos);
        if (isTieAmbiguous(trades)) {
            draft.flags.add(OracleFlag.TIE_AMBIGUOUS);
        }
        if (volume.signum() == 0) {
            draft.flags.add(OracleFlag.ZERO_VOLUME);
        }
        return new OracleCandle(
                instrument.venue(),
                instrument.symbol(),
                interval.name(),
                draft.startNanos,
                draft.startNanos + interval.nanos(),
                OracleDecimals.canonical(first.trade().price()),
                OracleDecimals.canonical(high),
                OracleDecimals.canonical(low),
                OracleDecimals.canonical(last.trade().price()),
                OracleDecimals.canonical(volume),
                OracleDecimals.canonical(notional),
                OracleDecimals.vwap(notional, volume, settings.priceScale().applyAsInt(instrument.symbol())),
                count,
                first.trade().eventTimeNanos(),
                last.trade().eventTimeNanos(),
                new ArrayList<>(draft.flags));
    }

    /** Whether the trades that share the first, or the last, time, sequence and id have different prices. */
    private static boolean isTieAmbiguous(List<TotalOrder.Ranked> sortedTrades) {
        List<TotalOrder.Ranked> reversed = new ArrayList<>(sortedTrades);
        Collections.reverse(reversed);
        return headHasDifferentPrices(sortedTrades) || headHasDifferentPrices(reversed);
    }

    private static boolean headHasDifferentPrices(List<TotalOrder.Ranked> trades) {
        TotalOrder.Ranked head = trades.get(0);
        for (TotalOrder.Ranked ranked : trades) {
            if (TotalOrder.BY_TIME_SEQUENCE_ID.compare(head, ranked) != 0) {
                return false;
            }
            if (head.trade().price().compareTo(ranked.trade().price()) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Times at which two rows without id are alike in everything that could tell them apart. */
    private Set<Long> suspectTimes(List<TotalOrder.Ranked> trades) {
        Set<Long> times = new TreeSet<>();
        if (settings.dedupKey() == DedupKey.FINGERPRINT) {
            return times;
        }
        Set<Fingerprint> seen = new HashSet<>();
        for (TotalOrder.Ranked ranked : trades) {
            OracleTrade trade = ranked.trade();
            if (trade.id() == null && !seen.add(Fingerprint.of(trade))) {
                times.add(trade.eventTimeNanos());
            }
        }
        return times;
    }

    // ---- rolling VWAP ----

    private List<OracleVwap> rollingVwap(Instrument instrument, List<TotalOrder.Ranked> sortedTrades) {
        List<OracleVwap> rows = new ArrayList<>();
        if (settings.vwapEmit() == VwapEmit.OFF) {
            return rows;
        }
        TreeMap<Long, Pane> panes = new TreeMap<>();
        for (TotalOrder.Ranked ranked : sortedTrades) {
            OracleTrade trade = ranked.trade();
            if (ranked.counted()) {
                panes.merge(
                        Math.floorDiv(trade.eventTimeNanos(), NANOS_PER_SECOND),
                        new Pane(trade.price().multiply(trade.size()), trade.size(), 1),
                        Pane::plus);
            }
        }
        // Sums from the beginning up to and including a second: exact, so a difference of two is exact as well.
        TreeMap<Long, Pane> sums = new TreeMap<>();
        Pane sum = Pane.EMPTY;
        for (Map.Entry<Long, Pane> pane : panes.entrySet()) {
            sum = sum.plus(pane.getValue());
            sums.put(pane.getKey(), sum);
        }
        long lastAt = Long.MIN_VALUE;
        for (long second : panes.keySet()) {
            // [T - 1 s, T) holds the trades of second T - 1; [T - 300 s, T) those of the seconds T - 300 to T - 1.
            long lastAtOfSecond = settings.vwapEmit() == VwapEmit.ACTIVE ? second + 1 : second + ROLLING_SECONDS;
            for (long at = Math.max(second + 1, lastAt + 1); at <= lastAtOfSecond; at++) {
                rows.add(row(instrument, at, sumBefore(sums, at).minus(sumBefore(sums, at - ROLLING_SECONDS))));
                lastAt = at;
            }
        }
        return rows;
    }

    private static Pane sumBefore(NavigableMap<Long, Pane> sums, long second) {
        Map.Entry<Long, Pane> entry = sums.lowerEntry(second);
        return entry == null ? Pane.EMPTY : entry.getValue();
    }

    private OracleVwap row(Instrument instrument, long atSecond, Pane pane) {
        requireCapacity(pane.volume(), pane.notional(), instrument, "rolling VWAP at second " + atSecond);
        int priceScale = settings.priceScale().applyAsInt(instrument.symbol());
        return new OracleVwap(
                instrument.venue(),
                instrument.symbol(),
                Math.multiplyExact(atSecond, NANOS_PER_SECOND),
                OracleDecimals.vwap(pane.notional(), pane.volume(), priceScale),
                OracleDecimals.canonical(pane.volume()),
                OracleDecimals.canonical(pane.notional()),
                pane.trades());
    }

    private record Pane(BigDecimal notional, BigDecimal volume, long trades) {
        static final Pane EMPTY = new Pane(BigDecimal.ZERO, BigDecimal.ZERO, 0);

        Pane plus(Pane other) {
            return new Pane(notional.add(other.notional), volume.add(other.volume), trades + other.trades);
        }

        Pane minus(Pane other) {
            return new Pane(notional.subtract(other.notional), volume.subtract(other.volume), trades - other.trades);
        }
    }

    // ---- sums ----

    private void requireCapacity(BigDecimal volume, BigDecimal notional, Instrument instrument, String where) {
        int priceScale = settings.priceScale().applyAsInt(instrument.symbol());
        int sizeScale = settings.sizeScale().applyAsInt(instrument.symbol());
        if (volume.movePointRight(sizeScale).compareTo(MAX_RAW_SUM) > 0
                || notional.movePointRight(priceScale + sizeScale).compareTo(MAX_RAW_SUM) > 0) {
            throw new ArithmeticException("volume and notional must be at most 10^38 - 1 raw units, was volume "
                    + volume.toPlainString() + " and notional " + notional.toPlainString() + " (" + instrument.venue()
                    + ", " + instrument.symbol() + ", " + where + ")");
        }
    }

    private OracleDoubleEntry doubleEntry(List<List<OracleVerdict>> verdicts, List<OracleCandle> candles) {
        List<PartitionTotals> partitions = new ArrayList<>();
        for (int partition = 0; partition < verdicts.size(); partition++) {
            Map<Kind, Long> counts = new HashMap<>();
            verdicts.get(partition).forEach(verdict -> counts.merge(verdict.kind(), 1L, Long::sum));
            partitions.add(new PartitionTotals(
                    partition,
                    verdicts.get(partition).size(),
                    0,
                    counts.getOrDefault(Kind.REJECTED, 0L),
                    counts.getOrDefault(Kind.DUPLICATE, 0L),
                    counts.getOrDefault(Kind.LATE, 0L),
                    counts.getOrDefault(Kind.ACCEPTED, 0L)));
        }
        long accepted = partitions.stream().mapToLong(PartitionTotals::accepted).sum();
        List<IntervalTotals> intervals = new ArrayList<>();
        for (OracleInterval interval : settings.intervals()) {
            long published = candles.stream()
                    .filter(candle -> candle.interval().equals(interval.name()))
                    .mapToLong(OracleCandle::trades)
                    .sum();
            intervals.add(new IntervalTotals(interval.name(), accepted, published, 0));
        }
        return new OracleDoubleEntry(partitions, intervals);
    }
}
