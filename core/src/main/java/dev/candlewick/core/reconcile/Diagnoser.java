package dev.candlewick.core.reconcile;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the cause of differences from evidence and from nothing else: what it cannot show is {@link Cause#UNKNOWN}.
 *
 * <p>Differences of one instrument come in order of {@link ReconcileKey}, finest interval first, VWAP rows last: what
 * explains a fine candle explains the coarser values that its trades are part of, where the sums say so. One thread.
 */
public final class Diagnoser {
    private static final int POSITIONS_SHOWN = 5;
    private static final long FLAG_REACH_NANOS = 900_000_000_000L;

    private final Evidence evidence;
    /** Explained differences of the finest interval so far, by instrument and start. */
    private final Map<String, TreeMap<Long, Difference>> fine = new TreeMap<>();
    /** All diagnosed candles so far, by instrument, interval and start: fills repeat what stands before them. */
    private final Map<String, Difference> previous = new TreeMap<>();

    /** A diagnoser of one run. */
    public Diagnoser(Evidence evidence) {
        this.evidence = evidence;
    }

    /** Whether the cause of a difference can be told without the archived trades of its window. */
    public boolean needsTrades(Difference difference) {
        if (difference.key().kind() == ValueKind.CANDLE && !isFinest(difference.key())) {
            return inherited(difference) == null;
        }
        return difference.key().kind() == ValueKind.CANDLE || inherited(difference) == null;
    }

    /**
     * Finds the cause.
     *
     * @param copies the archived copies of the trades in the value's window; empty where there are none or none are needed
     */
    public Difference diagnose(Difference difference, List<ArchivedTrade> copies) {
        Difference found = difference.with(guarded(difference, find(difference, copies)));
        if (found.key().kind() == ValueKind.CANDLE) {
            if (isFinest(found.key())) {
                fine.computeIfAbsent(found.key().instrument(), key -> new TreeMap<>())
                        .put(found.key().timeNanos(), found);
            }
            previous.put(found.key().text(), found);
        }
        return found;
    }

    private boolean isFinest(ReconcileKey key) {
        return key.interval() != null
                && key.interval().nanos() == evidence.finest().nanos();
    }

    /** A broken archive proves nothing: where trades may be missing from it, nothing is healed. */
    private Diagnosis guarded(Difference difference, Diagnosis diagnosis) {
        if (!diagnosis.healable()) {
            return diagnosis;
        }
        for (Finding finding : evidence.findings()) {
            boolean suspect = finding.code() != Finding.Code.ROWS_DOUBLED
                    && finding.touchesTrades(
                            difference.key().fromNanos(), difference.key().toNanos());
            if (suspect
                    && !(agrees(difference.lake(), difference.truth())
                            || agrees(difference.topic(), difference.truth()))) {
                return Diagnosis.keep(
                        diagnosis.cause(),
                        "the archive of this time is not whole: " + finding.detail(),
                        diagnosis.evidence());
            }
        }
        return diagnosis;
    }

    private static boolean agrees(@Nullable ObservedValue published, @Nullable ObservedValue truth) {
        return published != null && truth != null && published.sameFields(truth);
    }

    private Diagnosis find(Difference difference, List<ArchivedTrade> copies) {
        ObservedValue topic = difference.topic();
        ObservedValue lake = difference.lake();
        ObservedValue truth = difference.truth();
        if (topic != null && lake != null) {
            Diagnosis diagnosis = betweenSides(difference, topic, lake, copies);
            if (diagnosis != null) {
                return diagnosis;
            }
        }
        if (truth != null && (agrees(topic, truth) || agrees(lake, truth))) {
            return oneSideIsRight(difference, truth);
        }
        if (difference.kind() == DifferenceClass.MISSING_IN_TOPIC && lake != null) {
            Diagnosis value = againstTruth(difference, lake, copies);
            Diagnosis missing = missingInTopic(difference, lake);
            List<String> both = new ArrayList<>(missing.evidence());
            both.add("the lake's value differs from the recomputation as well: " + value.cause());
            both.addAll(value.evidence());
            return new Diagnosis(
                    value.cause().isExplained() ? missing.cause() : Cause.UNKNOWN,
                    both,
                    missing.healable() && value.healable(),
                    value.healReason());
        }
        if (topic != null && topic.defect() != null || lake != null && lake.defect() != null) {
            ObservedValue bad = topic != null && topic.defect() != null ? topic : Objects.requireNonNull(lake);
            return Diagnosis.keep(
                    Cause.ALTERED,
                    "no side confirms the recomputation",
                    List.of("no job writes such a value: " + bad.defect() + " (" + bad.where() + ")"));
        }
        ObservedValue published = lake != null ? lake : topic;
        if (topic != null && lake != null && topic.revision() > lake.revision()) {
            published = topic;
        }
        return againstTruth(difference, published, copies);
    }

    /** Judges topic and lake against each other; null where they say the same. */
    private @Nullable Diagnosis betweenSides(
            Difference difference, ObservedValue topic, ObservedValue lake, List<ArchivedTrade> copies) {
        if (topic.defect() == null && lake.defect() == null && topic.sameFields(lake)) {
            return null;
        }
        ObservedValue truth = difference.truth();
        if (topic.defect() != null || lake.defect() != null || topic.revision() == lake.revision()) {
            boolean topicRight = agrees(topic, truth);
            boolean lakeRight = agrees(lake, truth);
            List<String> facts = new ArrayList<>();
            if (topic.defect() != null) {
                facts.add("no job writes what the topic has: " + topic.defect() + " (" + topic.where() + ")");
            } else if (lake.defect() != null) {
                facts.add("no job writes what the lake has: " + lake.defect() + " (" + lake.where() + ")");
            } else {
                facts.add("one revision, number " + topic.revision() + " " + topic.reason()
                        + ", has two values: topic and lake were written from the same record");
            }
            if (lakeRight || topicRight) {
                facts.add((lakeRight ? "the lake" : "the topic") + " equals the recomputation, the "
                        + (lakeRight ? "topic" : "lake") + " does not (" + (lakeRight ? topic : lake).where() + ")");
                return Diagnosis.healable(
                        Cause.ALTERED,
                        "the recomputation and " + (lakeRight ? "the lake" : "the topic") + " agree",
                        facts);
            }
            ObservedValue whole = lake.defect() == null ? lake : topic;
            if (whole.defect() == null) {
                Diagnosis rest = againstTruth(difference, whole, copies);
                facts.add("neither equals the recomputation; that of the " + (whole == lake ? "lake" : "topic")
                        + " differs from it by " + rest.cause());
                facts.addAll(rest.evidence());
                return rest.healable()
                        ? Diagnosis.healable(Cause.ALTERED, rest.healReason(), facts)
                        : Diagnosis.keep(Cause.ALTERED, rest.healReason(), facts);
            }
            return Diagnosis.keep(Cause.ALTERED, "no side confirms the recomputation", facts);
        }
        ObservedValue newer = topic.revision() > lake.revision() ? topic : lake;
        String newerSide = newer == topic ? "topic" : "lake";
        String olderSide = newer == topic ? "lake" : "topic";
        ObservedValue older = newer == topic ? lake : topic;
        String fact = "the " + newerSide + " has revision " + newer.revision() + " " + newer.reason() + ", the "
                + olderSide + " has " + older.revision() + " " + older.reason();
        boolean correction = !newer.reason().equals("LATE") && !newer.reason().equals("CLOSED");
        if (agrees(newer, truth)) {
            if (correction) {
                return Diagnosis.healable(
                        Cause.CORRECTION,
                        "the newer revision equals the recomputation",
                        List.of(fact, "the " + newerSide + "'s correction equals the recomputation"));
            }
            if (newer == lake) {
                CommitGroups.Run run = evidence.commits().run(difference.key(), lake.knownAtNanos());
                return run.isTransaction()
                        ? Diagnosis.healable(
                                Cause.LOST_TRANSACTION, "lake and recomputation agree", List.of(fact, lostRun(run)))
                        : Diagnosis.healable(
                                Cause.ALTERED,
                                "lake and recomputation agree",
                                List.of(
                                        fact,
                                        "the newer revision is gone from the topic, its neighbours of the same commit"
                                                + " are there"));
            }
            Diagnosis broken = brokenTable(difference, "candles", fact);
            return broken != null
                    ? broken
                    : Diagnosis.healable(
                            Cause.ALTERED,
                            "topic and recomputation agree",
                            List.of(fact, "the newer revision is gone from the lake, no file of its partition is"));
        }
        if (correction) {
            return Diagnosis.keep(
                    Cause.CORRECTION,
                    "a correction says something else than the archive",
                    List.of(fact, "the correction on the " + newerSide + " differs from the recomputation"));
        }
        return null;
    }

    /** A value that one side has as the recomputation makes it, and the other side has not at all. */
    private Diagnosis oneSideIsRight(Difference difference, ObservedValue truth) {
        ObservedValue lake = difference.lake();
        if (lake != null && lake.sameFields(truth)) {
            return missingInTopic(difference, lake);
        }
        Diagnosis broken = brokenTable(
                difference,
                difference.key().kind() == ValueKind.CANDLE ? "candles" : "vwap",
                "the lake lacks the value");
        return broken != null
                ? broken
                : Diagnosis.healable(
                        Cause.ALTERED,
                        "topic and recomputation agree",
                        List.of("topic and recomputation agree; the lake lacks the row, and no file of its partition is"
                                + " missing or broken"));
    }

    private @Nullable Diagnosis brokenTable(Difference difference, String table, String fact) {
        long time = difference.key().timeNanos();
        for (Finding finding : evidence.findings()) {
            Long from = finding.fromNanos();
            Long to = finding.toNanos();
            if (finding.table().equals(table) && (from == null || from <= time) && (to == null || to >= time)) {
                return Diagnosis.healable(
                        finding.cause(), "topic and recomputation agree", List.of(fact, finding.detail()));
            }
        }
        return null;
    }

    private Diagnosis missingInTopic(Difference difference, ObservedValue lake) {
        CommitGroups.Run run = evidence.commits().run(difference.key(), lake.knownAtNanos());
        boolean right = agrees(lake, difference.truth());
        String agreement = right ? "lake and recomputation agree" : "the lake has a value";
        if (run.isTransaction()) {
            return new Diagnosis(
                    Cause.LOST_TRANSACTION, List.of(agreement + ", the topic has none", lostRun(run)), true, agreement);
        }
        return new Diagnosis(
                Cause.ALTERED,
                List.of(
                        agreement + ", the topic has none",
                        "its neighbours of the same instrument, written just before and after it, stand in their topics:"
                                + " it was not lost with a transaction"),
                true,
                agreement);
    }

    private static String lostRun(CommitGroups.Run run) {
        return run.values() + " values of the instrument that became known between " + run.fromNanos() + " and "
                + run.toNanos() + " ns are missing without a gap: what one transaction held";
    }

    // Published against recomputed

    private Diagnosis againstTruth(
            Difference difference, @Nullable ObservedValue published, List<ArchivedTrade> copies) {
        ObservedValue truth = difference.truth();
        Diagnosis diagnosis = difference.key().kind() == ValueKind.CANDLE
                ? candle(difference, published, truth, copies)
                : vwap(difference, published, truth, copies);
        // Other settings may count a trade twice; nothing else that is shown about trades is a matter of settings.
        boolean settled = diagnosis.cause().isExplained() && diagnosis.cause() != Cause.DUPLICATE;
        if (settled || published == null) {
            return diagnosis;
        }
        if (!published.profile().isEmpty() && !published.profile().equals(evidence.truthProfile())) {
            List<String> facts = new ArrayList<>();
            facts.add("the published value was made with profile " + published.profile() + ", the recomputation with "
                    + evidence.truthProfile());
            facts.addAll(diagnosis.evidence());
            boolean ownSettings = evidence.truthProfile().equals(evidence.runProfile());
            return ownSettings
                    ? Diagnosis.healable(Cause.PROFILE, "the recomputation uses the settings of the lake's run", facts)
                    : Diagnosis.keep(Cause.PROFILE, "the recomputation uses other settings than the lake's run", facts);
        }
        return diagnosis;
    }

    private static Int128 number(@Nullable ObservedValue value, ValueField field) {
        return value == null ? Int128.ZERO : value.number(field);
    }

    private static Int128 minus(@Nullable ObservedValue left, @Nullable ObservedValue right, ValueField field) {
        return number(left, field).minus(number(right, field));
    }

    private Diagnosis candle(
            Difference difference,
            @Nullable ObservedValue published,
            @Nullable ObservedValue truth,
            List<ArchivedTrade> copies) {
        Int128 digest = minus(truth, published, ValueField.DIGEST);
        long trades = minus(truth, published, ValueField.TRADES).low();
        if (digest.isZero() && trades == 0) {
            return sameTrades(difference, published, truth, copies);
        }
        Diagnosis inherited = isFinest(difference.key()) ? null : inherited(difference);
        if (inherited != null) {
            return inherited;
        }
        TradeSearch search = new TradeSearch(copies, evidence.dedupKey());
        if (trades > 0) {
            List<ArchivedTrade> missing = search.find(digest, trades);
            if (missing == null) {
                missing = search.partitions(digest, trades);
            }
            if (missing != null) {
                return turnedAway(difference, missing, search);
            }
        }
        if (trades < 0) {
            return beyondArchive(difference, published, truth, search, digest, trades);
        }
        Diagnosis replaced = replaced(difference, published, truth, search, digest, trades);
        if (replaced != null) {
            return replaced;
        }
        // Some late, and some that the archive lacks.
        if (!search.late().isEmpty()) {
            Int128 rest = digest.minus(TradeSearch.sum(search.late()));
            long restTrades = trades - search.late().size();
            if (restTrades < 0) {
                Diagnosis beyond = beyondArchive(difference, published, truth, search, rest, restTrades);
                if (beyond.cause().isExplained()) {
                    return beyond;
                }
            }
        }
        Diagnosis suspect = suspectArchive(difference, trades);
        return suspect != null
                ? suspect
                : unknown(
                        "the digests differ by " + trades + " trades that are no set of archived trades with a reason");
    }

    private static Diagnosis unknown(String fact) {
        return Diagnosis.keep(Cause.UNKNOWN, "the cause is not known", List.of(fact));
    }

    /** The stream lacks trades that the archive has. */
    private Diagnosis turnedAway(Difference difference, List<ArchivedTrade> missing, TradeSearch search) {
        Map<Cause, List<ArchivedTrade>> causes = new EnumMap<>(Cause.class);
        List<String> facts = new ArrayList<>();
        for (ArchivedTrade copy : missing) {
            Cause cause = Cause.UNKNOWN;
            if (copy.late()) {
                cause = Cause.LATE;
            } else if (!copy.hasId() && search.isRepeated(copy.hash())) {
                cause = Cause.DUPLICATE;
            } else {
                PartitionHistories.TurnedAway turned = evidence.histories()
                        .judge(
                                copy,
                                evidence.purgedFrom(copy.trade().eventTimeNanos),
                                evidence.idleTimeoutNanos(),
                                evidence.discoveryNanos());
                if (turned != null) {
                    cause = turned.cause();
                    if (!causes.containsKey(cause)) {
                        facts.add(turned.detail());
                    }
                }
            }
            causes.computeIfAbsent(cause, key -> new ArrayList<>()).add(copy);
        }
        facts.add(0, "the stream's digest is that of the archived trades without " + positions(missing));
        List<ArchivedTrade> repeated = causes.get(Cause.DUPLICATE);
        if (repeated != null && !causes.containsKey(Cause.UNKNOWN)) {
            facts.add("the archive holds the same row without an id at "
                    + positions(search.copies(repeated.get(0).hash())) + ", the stream counted fewer of them");
            return Diagnosis.keep(Cause.DUPLICATE, "the archive may hold a row twice", facts);
        }
        if (causes.containsKey(Cause.UNKNOWN)) {
            Diagnosis suspect = suspectArchive(difference, missing.size());
            if (suspect != null) {
                facts.addAll(suspect.evidence());
                return Diagnosis.keep(suspect.cause(), suspect.healReason(), facts);
            }
            facts.add("they were not late, and nothing shows why the stream left them out");
            return Diagnosis.keep(Cause.UNKNOWN, "the cause is not known", facts);
        }
        Cause cause = causes.keySet().iterator().next();
        if (cause == Cause.LATE) {
            Trade late = Objects.requireNonNull(causes.get(cause)).get(0).trade();
            facts.add("the archive has them as late: the first lay " + late.disorderNanos
                    + " ns behind its partition's mark");
        }
        return Diagnosis.healable(cause, "the archive has trades that the stream turned away", facts);
    }

    /** The stream has trades that the archive lacks. */
    private Diagnosis beyondArchive(
            Difference difference,
            @Nullable ObservedValue published,
            @Nullable ObservedValue truth,
            TradeSearch search,
            Int128 digest,
            long trades) {
        Int128 extra = Int128.ZERO.minus(digest);
        for (ArchivedTrade copy : search.counted()) {
            if (trades == -1 && copy.hash().equals(extra)) {
                return Diagnosis.healable(
                        Cause.DUPLICATE,
                        "the archive has the trade once and the stream counted it twice",
                        List.of("the stream's digest is that of the archived trades with " + copy.position()
                                + " counted twice"));
            }
        }
        List<String> facts = new ArrayList<>();
        facts.add("the stream counted " + -trades + " trades that the archive does not have");
        if (trades == -1 && published != null) {
            String rebuilt = rebuilt(published, truth);
            if (rebuilt != null) {
                facts.add(rebuilt);
            }
        }
        Diagnosis suspect = suspectArchive(difference, trades);
        if (suspect != null) {
            facts.addAll(suspect.evidence());
            return Diagnosis.keep(suspect.cause(), suspect.healReason(), facts);
        }
        if (difference.topic() != null && agrees(difference.topic(), difference.lake())) {
            facts.add("topic and lake agree on it");
        }
        Diagnosis hole = hole(difference, trades, facts);
        return hole != null ? hole : Diagnosis.keep(Cause.UNKNOWN, "the cause is not known", facts);
    }

    /** Price and size of the one trade that is missing, by the sums. */
    private static @Nullable String rebuilt(ObservedValue published, @Nullable ObservedValue truth) {
        Int128 size = minus(published, truth, ValueField.VOLUME);
        Int128 notional = minus(published, truth, ValueField.NOTIONAL);
        if (size.high() != 0 || size.low() <= 0) {
            return null;
        }
        BigInteger[] price = notional.toBigInteger().divideAndRemainder(size.toBigInteger());
        if (price[1].signum() != 0) {
            return null;
        }
        return "by the sums its price is "
                + Decimals.format(Int128.of(price[0]), published.priceScale())
                + " and its size " + Decimals.format(size, published.sizeScale());
    }

    /** Offsets that the archive lacks around the time of the window. */
    private @Nullable Diagnosis hole(Difference difference, long trades, List<String> facts) {
        long slack = evidence.outOfOrdernessNanos() + evidence.finest().nanos();
        List<PartitionHistories.Hole> holes = evidence.histories()
                .holesAround(difference.key().fromNanos(), difference.key().toNanos(), slack);
        long offsets = 0;
        for (PartitionHistories.Hole hole : holes) {
            Long deficit = evidence.missingValid().get(hole.partition());
            if (deficit != null && deficit <= 0) {
                // The run's double entry says that nothing of this partition is missing: rejected or filtered messages.
                continue;
            }
            offsets += hole.length();
            facts.add("the archive has no trade of " + hole.partition() + " at "
                    + (hole.length() == 1 ? "offset " + hole.first() : "offsets " + hole.first() + " to " + hole.last())
                    + ", between two of this time"
                    + (deficit == null
                            ? ""
                            : "; the double entry of the run counts " + deficit
                                    + " valid messages of this partition that the archive lacks"));
        }
        return offsets >= -trades
                ? Diagnosis.keep(Cause.LOST_IN_ARCHIVE, "the stream knows more than the archive", facts)
                : null;
    }

    /** What is wrong with the archive of this time, where it goes with the sign of the difference. */
    private @Nullable Diagnosis suspectArchive(Difference difference, long trades) {
        for (Finding finding : evidence.findings()) {
            if (!finding.touchesTrades(
                    difference.key().fromNanos(), difference.key().toNanos())) {
                continue;
            }
            boolean fits = switch (finding.code()) {
                case FILE_MISSING, FILE_BROKEN -> trades < 0;
                case FILE_CHANGED -> true;
                case ROWS_DOUBLED -> trades > 0;
                // Rows in the partition of another day are found by their times.
                case WRONG_DAY, ROWS_MISSING -> false;
            };
            if (fits) {
                return Diagnosis.keep(
                        finding.cause(),
                        "the archive of this time is not what was published",
                        List.of(finding.detail()));
            }
        }
        return null;
    }

    /** One archived trade says another price or size than the one that the stream counted. */
    private @Nullable Diagnosis replaced(
            Difference difference,
            @Nullable ObservedValue published,
            @Nullable ObservedValue truth,
            TradeSearch search,
            Int128 digest,
            long trades) {
        if (trades != 0 || published == null || truth == null) {
            return null;
        }
        BigInteger volume = minus(published, truth, ValueField.VOLUME).toBigInteger();
        BigInteger notional = minus(published, truth, ValueField.NOTIONAL).toBigInteger();
        TradeHash hash = new TradeHash();
        for (ArchivedTrade copy : search.counted()) {
            Trade archived = copy.trade();
            BigInteger priceUnit =
                    BigInteger.TEN.pow(Math.max(0, published.priceScale() - archived.instrument.priceScale()));
            BigInteger sizeUnit =
                    BigInteger.TEN.pow(Math.max(0, published.sizeScale() - archived.instrument.sizeScale()));
            BigInteger price = BigInteger.valueOf(archived.priceScaled);
            BigInteger size = BigInteger.valueOf(archived.sizeScaled);
            BigInteger[] newSize = volume.divideAndRemainder(sizeUnit);
            BigInteger originalSize = size.add(newSize[0]);
            if (newSize[1].signum() != 0 || originalSize.signum() <= 0 || originalSize.bitLength() > 63) {
                continue;
            }
            // notional' - notional = price' size' - price size, with both sides at the lake's scales
            BigInteger product =
                    price.multiply(size).multiply(priceUnit).multiply(sizeUnit).add(notional);
            BigInteger[] newPrice =
                    product.divideAndRemainder(originalSize.multiply(priceUnit).multiply(sizeUnit));
            if (newPrice[1].signum() != 0 || newPrice[0].signum() <= 0 || newPrice[0].bitLength() > 63) {
                continue;
            }
            Trade original = archived.copy();
            original.priceScaled = newPrice[0].longValueExact();
            original.sizeScaled = originalSize.longValueExact();
            if (evidence.dedupKey() == DedupKey.FINGERPRINT) {
                hash.identityWithoutId(original);
            } else {
                hash.identity(original);
            }

            Int128 expected = copy.hash().minus(new Int128(hash.high(), hash.low()));
            if (expected.equals(digest)) {
                String was = Decimals.format(original.priceScaled, archived.instrument.priceScale()) + " x "
                        + Decimals.format(original.sizeScaled, archived.instrument.sizeScale());
                String is = Decimals.format(archived.priceScaled, archived.instrument.priceScale()) + " x "
                        + Decimals.format(archived.sizeScaled, archived.instrument.sizeScale());
                return Diagnosis.keep(
                        Cause.ALTERED,
                        "the archive is the suspect: the stream saw another trade",
                        List.of(
                                "the archived trade " + copy.position() + " says " + is + "; the stream counted it as "
                                        + was + ", which gives exactly the published digest",
                                difference.topic() != null && agrees(difference.topic(), difference.lake())
                                        ? "topic and lake agree on the published value"
                                        : "the published value is the only witness"));
            }
        }
        return null;
    }

    /** The same set of trades, other values. */
    private Diagnosis sameTrades(
            Difference difference,
            @Nullable ObservedValue published,
            @Nullable ObservedValue truth,
            List<ArchivedTrade> copies) {
        if (published == null || truth == null) {
            Diagnosis fill = neighbour(difference);
            return fill != null ? fill : unknown("a window without trades is published on one side only");
        }
        Diagnosis inherited = isFinest(difference.key()) ? null : inherited(difference);
        if (inherited != null) {
            return inherited;
        }
        String contradiction = contradiction(published);
        if (contradiction != null) {
            return Diagnosis.keep(
                    Cause.ALTERED,
                    "topic and lake agree on a value that cannot be",
                    List.of("the published value contradicts itself: " + contradiction));
        }
        boolean ends = !Objects.equals(published.get(ValueField.OPEN), truth.get(ValueField.OPEN))
                || !Objects.equals(published.get(ValueField.CLOSE), truth.get(ValueField.CLOSE));
        if (ends) {
            // Every copy takes part in the order, a late one too where late trades are accepted.
            for (ArchivedTrade copy : copies) {
                if (copy.late()) {
                    for (ArchivedTrade other : copies) {
                        if (!other.late() && other.hash().equals(copy.hash())) {
                            return Diagnosis.healable(
                                    Cause.LATE,
                                    "the archive has a copy that the stream turned away",
                                    List.of("a late copy at " + copy.position() + " of the trade at " + other.position()
                                            + " takes part in the order for open and close"));
                        }
                    }
                }
            }
        }
        if (!published.profile().equals(evidence.truthProfile())) {
            return unknown("the digests are equal, the values are not");
        }
        Diagnosis before = neighbour(difference);
        if (before != null) {
            return before;
        }
        if (!evidence.lakeVersions().isEmpty() && !code(evidence.lakeVersions()).equals(code(evidence.versions()))) {
            return Diagnosis.keep(
                    Cause.CODE,
                    "two versions of the program disagree: decide which is right",
                    List.of(
                            "the same trades by the same settings",
                            "written by " + code(evidence.lakeVersions()) + ", recomputed by "
                                    + code(evidence.versions())));
        }
        for (Finding finding : evidence.findings()) {
            if (finding.code() == Finding.Code.FILE_CHANGED
                    && finding.touchesTrades(
                            difference.key().fromNanos(), difference.key().toNanos())) {
                return Diagnosis.keep(
                        Cause.ALTERED, "the archive of this time is not what was published", List.of(finding.detail()));
            }
        }
        return unknown("the digests are equal, the values are not, and neither settings nor program differ");
    }

    private static String code(Map<String, String> versions) {
        return versions.getOrDefault("candlewick", "an unknown version") + " " + versions.getOrDefault("commit", "");
    }

    /** What can never be in a value that a job computed; null where nothing is. */
    static @Nullable String contradiction(ObservedValue value) {
        Int128 high = value.number(ValueField.HIGH);
        Int128 low = value.number(ValueField.LOW);
        if (value.key().kind() == ValueKind.CANDLE) {
            for (ValueField field : List.of(ValueField.OPEN, ValueField.CLOSE)) {
                Int128 price = value.number(field);
                if (price.compareTo(low) < 0 || price.compareTo(high) > 0) {
                    return field.column() + " " + value.text(field) + " lies outside of low and high";
                }
            }
        }
        Int128 vwap = value.get(ValueField.VWAP);
        BigInteger volume = value.number(ValueField.VOLUME).toBigInteger();
        BigInteger notional = value.number(ValueField.NOTIONAL).toBigInteger();
        if (vwap != null) {
            // vwap at 12 decimals or more: off by half of its last digit at most, or something was changed.
            BigInteger distance =
                    vwap.toBigInteger().multiply(volume).subtract(notional).abs();
            int ownScale = Math.min(value.priceScale(), Decimals.VWAP_SCALE_MIN);
            BigInteger half = volume.multiply(BigInteger.TEN.pow(value.priceScale() - ownScale));
            if (distance.shiftLeft(1).compareTo(half) > 0) {
                return "vwap " + value.text(ValueField.VWAP) + " is not notional " + value.text(ValueField.NOTIONAL)
                        + " over volume " + value.text(ValueField.VOLUME);
            }
        }
        return null;
    }

    /** A fill, or a flag, that depends on an earlier window which itself differs. */
    private @Nullable Diagnosis neighbour(Difference difference) {
        ReconcileKey key = difference.key();
        if (key.interval() == null) {
            return null;
        }
        Difference before = previous.get(ReconcileKey.candle(
                        key.venue(),
                        key.symbol(),
                        key.interval(),
                        key.timeNanos() - key.interval().nanos())
                .text());
        boolean fill = number(difference.truth(), ValueField.TRADES).isZero()
                && number(difference.lake(), ValueField.TRADES).isZero()
                && number(difference.topic(), ValueField.TRADES).isZero();
        if (fill) {
            return before != null && before.cause().isExplained()
                    ? inherit(before, "a fill repeats the close of the candle before it, which differs")
                    : null;
        }
        boolean flagsOnly = !difference.drifts().isEmpty()
                && difference.drifts().stream().allMatch(drift -> drift.field() == ValueField.FLAGS);
        TreeMap<Long, Difference> own = fine.get(key.instrument());
        if (flagsOnly && own != null) {
            Map.Entry<Long, Difference> last = own.lowerEntry(key.timeNanos());
            if (last != null
                    && last.getKey() >= key.timeNanos() - FLAG_REACH_NANOS
                    && last.getValue().cause().isExplained()) {
                return inherit(last.getValue(), "only flags differ, which depend on earlier trades, and those differ");
            }
        }
        return null;
    }

    private static Diagnosis inherit(Difference from, String how) {
        List<String> facts = new ArrayList<>();
        facts.add(how + " (" + from.key() + ")");
        facts.addAll(from.diagnosis().evidence());
        return new Diagnosis(
                from.cause(), facts, from.healable(), from.diagnosis().healReason());
    }

    /** The finest candles of the same time that differ, where their differences add up to this one; else null. */
    private @Nullable Diagnosis inherited(Difference difference) {
        ReconcileKey key = difference.key();
        TreeMap<Long, Difference> own = fine.get(key.instrument());
        if (own == null || key.timeNanos() % evidence.finest().nanos() != 0) {
            return null;
        }
        List<Difference> parts = List.copyOf(
                own.subMap(key.fromNanos(), true, key.toNanos(), false).values());
        if (parts.isEmpty()) {
            return null;
        }
        boolean extreme = key.kind() == ValueKind.VWAP
                && (difference.kind().isMissing() || difference.kind().isExtra());
        if (extreme && (difference.lake() == null || difference.truth() == null)) {
            // A row is there where its last second has a trade, so that second must differ in the same way.
            Difference last = own.get(key.toNanos() - evidence.finest().nanos());
            return last != null && last.cause().isExplained() && (difference.truth() == null) == (last.truth() == null)
                    ? inherit(last, "the row is there only for a trade in its last second, and that candle differs")
                    : null;
        }
        boolean adds = true;
        for (ValueField field : List.of(ValueField.TRADES, ValueField.VOLUME, ValueField.NOTIONAL, ValueField.DIGEST)) {
            if (field == ValueField.DIGEST && key.kind() == ValueKind.VWAP) {
                continue;
            }
            Int128 sum = Int128.ZERO;
            for (Difference part : parts) {
                sum = sum.plus(minus(part.truth(), newest(part), field));
            }
            adds &= sum.equals(minus(difference.truth(), newest(difference), field));
        }
        if (!adds) {
            return null;
        }
        Difference first = parts.get(0);
        Cause cause = first.cause();
        boolean healable = true;
        String healReason = first.diagnosis().healReason();
        for (Difference part : parts) {
            if (!part.cause().isExplained()) {
                return null;
            }
            if (!part.healable()) {
                healable = false;
                cause = part.cause();
                healReason = part.diagnosis().healReason();
            }
        }
        List<String> facts = new ArrayList<>();
        facts.add("the differences of " + parts.size() + " candles of " + evidence.finest()
                + " add up to this one, first " + first.key());
        facts.addAll(first.diagnosis().evidence());
        return new Diagnosis(cause, facts, healable, healReason);
    }

    private static @Nullable ObservedValue newest(Difference difference) {
        ObservedValue topic = difference.topic();
        ObservedValue lake = difference.lake();
        if (topic == null || lake == null) {
            return lake != null ? lake : topic;
        }
        return topic.revision() > lake.revision() ? topic : lake;
    }

    private Diagnosis vwap(
            Difference difference,
            @Nullable ObservedValue published,
            @Nullable ObservedValue truth,
            List<ArchivedTrade> copies) {
        Diagnosis inherited = inherited(difference);
        if (inherited != null) {
            return inherited;
        }
        if (published != null && published.defect() == null) {
            String contradiction = contradiction(published);
            if (contradiction != null) {
                return Diagnosis.keep(
                        Cause.ALTERED,
                        "topic and lake agree on a value that cannot be",
                        List.of("the published value contradicts itself: " + contradiction));
            }
        }
        TradeSearch search = new TradeSearch(copies, evidence.dedupKey());
        if (published != null && truth != null && !search.late().isEmpty()) {
            long trades = minus(truth, published, ValueField.TRADES).low();
            BigInteger volume = BigInteger.ZERO;
            BigInteger notional = BigInteger.ZERO;
            for (ArchivedTrade copy : search.late()) {
                BigInteger size = BigInteger.valueOf(copy.trade().sizeScaled)
                        .multiply(BigInteger.TEN.pow(
                                published.sizeScale() - copy.trade().instrument.sizeScale()));
                volume = volume.add(size);
                notional = notional.add(size.multiply(BigInteger.valueOf(copy.trade().priceScaled))
                        .multiply(BigInteger.TEN.pow(
                                published.priceScale() - copy.trade().instrument.priceScale())));
            }
            if (trades == search.late().size()
                    && volume.equals(minus(truth, published, ValueField.VOLUME).toBigInteger())
                    && notional.equals(
                            minus(truth, published, ValueField.NOTIONAL).toBigInteger())) {
                return Diagnosis.healable(
                        Cause.LATE,
                        "the archive has trades that the stream turned away",
                        List.of("number, volume and notional differ by exactly the late trades "
                                + positions(search.late())));
            }
        }
        long last = difference.key().toNanos() - 1_000_000_000L;
        List<ArchivedTrade> lastSecond = search.counted().stream()
                .filter(copy -> copy.trade().eventTimeNanos >= last)
                .toList();
        if (published == null && !lastSecond.isEmpty() && lastSecond.stream().allMatch(ArchivedTrade::late)) {
            return Diagnosis.healable(
                    Cause.LATE,
                    "the archive has trades that the stream turned away",
                    List.of("the row is there only for a trade in its last second, and all of them were late: "
                            + positions(lastSecond)));
        }
        Diagnosis leftOut = leftOut(published, lastSecond, search);
        if (leftOut != null) {
            return leftOut;
        }
        long trades = minus(truth, published, ValueField.TRADES).low();
        Diagnosis suspect = suspectArchive(difference, trades);
        return suspect != null ? suspect : unknown("no set of trades with a reason gives the row's sums");
    }

    /**
     * A row that the stream left out because older seconds of its window were gone when its last trades came: they were
     * young enough for their candles, and their partition had been left behind.
     */
    private @Nullable Diagnosis leftOut(
            @Nullable ObservedValue published, List<ArchivedTrade> lastSecond, TradeSearch search) {
        if (published != null || lastSecond.isEmpty()) {
            return null;
        }
        long oldest = search.counted().stream()
                .mapToLong(copy -> copy.trade().eventTimeNanos)
                .min()
                .orElseThrow();
        PartitionHistories.TurnedAway first = null;
        for (ArchivedTrade copy : lastSecond) {
            if (copy.late()) {
                continue;
            }
            PartitionHistories.TurnedAway behind = evidence.histories()
                    .judge(copy, evidence.droppedFrom(oldest), evidence.idleTimeoutNanos(), evidence.discoveryNanos());
            if (behind == null) {
                return null;
            }
            first = first == null ? behind : first;
        }
        return first == null
                ? null
                : Diagnosis.healable(
                        first.cause(),
                        "the archive has the trades of the row's whole window",
                        List.of(
                                "the row is there only for a trade in its last second, and when those came the oldest"
                                        + " second of its window was gone: " + positions(lastSecond),
                                first.detail()));
    }

    private static String positions(List<ArchivedTrade> trades) {
        StringBuilder text = new StringBuilder();
        text.append(trades.size()).append(trades.size() == 1 ? " trade (" : " trades (");
        for (int i = 0; i < Math.min(POSITIONS_SHOWN, trades.size()); i++) {
            if (i > 0) {
                text.append(", ");
            }
            ArchivedTrade copy = trades.get(i);
            String id = copy.trade().id();
            text.append(id == null ? "" : "id " + id + " at ").append(copy.position());
        }
        return text.append(trades.size() > POSITIONS_SHOWN ? ", …)" : ")").toString();
    }
}
