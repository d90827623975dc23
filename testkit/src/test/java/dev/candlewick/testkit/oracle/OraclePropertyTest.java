package dev.candlewick.testkit.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.history.HistoryOptions.Place;
import dev.candlewick.testkit.oracle.OracleSettings.DedupKey;
import dev.candlewick.testkit.oracle.OracleSettings.Fill;
import dev.candlewick.testkit.oracle.OracleSettings.Late;
import dev.candlewick.testkit.oracle.OracleSettings.Scope;
import dev.candlewick.testkit.oracle.OracleSettings.VwapEmit;
import dev.candlewick.testkit.oracle.OracleVerdict.Kind;
import dev.candlewick.testkit.property.SeededProperty;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What holds for every history; partly against even plainer, quadratic code. */
class OraclePropertyTest {
    private static final int SEEDS = 60;

    /** A history whose size, shape and settings vary with the seed. */
    private static History history(long seed) {
        Random random = new Random(seed * 7919);
        return History.random(
                seed,
                HistoryOptions.defaults()
                        .withTrades(20 + random.nextInt(200))
                        .withInstruments(1 + random.nextInt(4), 1 + random.nextInt(8))
                        .withPartitions(1 + random.nextInt(3), random.nextBoolean())
                        .withPlace(oneOf(random, Place.values()))
                        .withZeroSizes(random.nextBoolean())
                        .withInvalidTrades(random.nextBoolean())
                        .withLongGap(Duration.ofMinutes(3)));
    }

    private static OracleSettings settings(History history) {
        Random random = new Random(history.seed() * 104_729);
        return history.options()
                .oracleSettings()
                .withScope(oneOf(random, Scope.values()))
                .withLate(oneOf(random, Late.values()))
                .withDedupKey(oneOf(random, DedupKey.values()))
                .withFill(oneOf(random, Fill.values()), 1 + random.nextInt(60))
                .withVwapEmit(oneOf(random, new VwapEmit[] {VwapEmit.ACTIVE, VwapEmit.EVERY_SECOND}));
    }

    private static <T> T oneOf(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static List<OracleTrade> taken(OracleResult result) {
        return result.verdicts().stream()
                .flatMap(List::stream)
                .filter(verdict -> verdict.kind() == Kind.ACCEPTED || verdict.kind() == Kind.DUPLICATE)
                .map(OracleVerdict::trade)
                .toList();
    }

    private static boolean sameInstrument(OracleTrade trade, String venue, String symbol) {
        return trade.symbol().equals(symbol)
                && (venue.equals("CONSOLIDATED") || trade.venue().equals(venue));
    }

    @Test
    void publishedValuesDoNotDependOnArrival() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history).withLate(Late.ACCEPT);
            OracleResult expected = Oracle.run(history.partitions(), settings);
            // One partition, shuffled, places kept: another order of arrival altogether.
            List<OracleTrade> shuffled = new ArrayList<>();
            history.partitions().forEach(shuffled::addAll);
            Collections.shuffle(shuffled, new Random(seed));
            List<OracleTrade> single = new ArrayList<>();
            for (OracleTrade trade : shuffled) {
                single.add(trade.withReadPosition(0, single.size()));
            }
            OracleResult actual = Oracle.run(List.of(single), settings);
            assertThat(actual.candles()).isEqualTo(expected.candles());
            assertThat(actual.vwap()).isEqualTo(expected.vwap());
            assertThat(actual.idConflicts()).isEqualTo(expected.idConflicts());
            assertThat(actual.count(Kind.ACCEPTED)).isEqualTo(expected.count(Kind.ACCEPTED));
        });
    }

    @Test
    void doubleEntryIsBalanced() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history);
            OracleResult result = Oracle.run(history.partitions(), settings);
            assertThat(result.doubleEntry().partitions()).allMatch(totals -> totals.residual() == 0);
            assertThat(result.doubleEntry().intervals())
                    .hasSize(settings.intervals().size())
                    .allMatch(totals -> totals.residual() == 0);
            assertThat(result.doubleEntry().intervals().get(0).accepted()).isEqualTo(result.count(Kind.ACCEPTED));
            if (settings.late() == Late.ACCEPT) {
                assertThat(result.count(Kind.LATE)).isZero();
            }
        });
    }

    @Test
    void lateVerdictsEqualThoseOfQuadraticCode() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history);
            OracleResult result = Oracle.run(history.partitions(), settings);
            for (List<OracleVerdict> partition : result.verdicts()) {
                for (int i = 0; i < partition.size(); i++) {
                    OracleVerdict verdict = partition.get(i);
                    long end = (verdict.trade().eventTimeNanos() / 1_000_000_000L + 1) * 1_000_000_000L;
                    boolean late = partition.subList(0, i).stream()
                            .filter(earlier -> earlier.kind() != Kind.REJECTED)
                            .anyMatch(earlier -> end + settings.allowedLatenessNanos()
                                    <= earlier.trade().eventTimeNanos() - settings.outOfOrdernessNanos());
                    assertThat(verdict.late()).isEqualTo(late && verdict.kind() != Kind.REJECTED);
                }
            }
        });
    }

    @Test
    void idConflictsEqualThoseOfQuadraticCode() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history);
            OracleResult result = Oracle.run(history.partitions(), settings);
            List<OracleTrade> taken = taken(result);
            Set<List<Object>> flagged = new HashSet<>();
            for (OracleTrade x : taken) {
                for (OracleTrade y : taken) {
                    boolean samePayload = x.eventTimeNanos() == y.eventTimeNanos()
                            && x.price().compareTo(y.price()) == 0
                            && x.size().compareTo(y.size()) == 0;
                    if (x.id() != null
                            && x.id().equals(y.id())
                            && x.venue().equals(y.venue())
                            && x.symbol().equals(y.symbol())
                            && !samePayload
                            && Math.abs(x.eventTimeNanos() - y.eventTimeNanos()) <= settings.conflictHorizonNanos()
                            && y.eventTimeNanos() / 1_000_000_000L <= x.eventTimeNanos() / 1_000_000_000L) {
                        flagged.add(List.of(
                                x.venue(),
                                x.symbol(),
                                x.id(),
                                x.eventTimeNanos(),
                                x.price().doubleValue(),
                                x.size().doubleValue()));
                    }
                }
            }
            Set<List<Object>> actual = new HashSet<>();
            result.idConflicts()
                    .forEach(x -> actual.add(List.of(
                            x.venue(),
                            x.symbol(),
                            x.id(),
                            x.eventTimeNanos(),
                            x.price().doubleValue(),
                            x.size().doubleValue())));
            assertThat(actual).isEqualTo(flagged).hasSameSizeAs(result.idConflicts());
        });
    }

    @Test
    void suspectsAndConflictsOfACandleAreThoseOfItsTrades() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history);
            OracleResult result = Oracle.run(history.partitions(), settings);
            List<OracleTrade> taken = taken(result);
            for (OracleCandle candle : result.candles()) {
                List<OracleTrade> inside = taken.stream()
                        .filter(trade -> sameInstrument(trade, candle.venue(), candle.symbol())
                                && trade.eventTimeNanos() >= candle.startNanos()
                                && trade.eventTimeNanos() < candle.endNanos())
                        .toList();
                assertThat(inside.isEmpty()).isEqualTo(candle.isSynthetic());
                boolean suspect = false;
                for (int i = 0; i < inside.size() && settings.dedupKey() != DedupKey.FINGERPRINT; i++) {
                    for (int j = 0; j < i; j++) {
                        suspect |= areSuspects(inside.get(i), inside.get(j));
                    }
                }
                assertThat(candle.flags().contains(OracleFlag.SUSPECT_DUP)).isEqualTo(suspect);
                boolean conflict = result.idConflicts().stream()
                        .anyMatch(x -> x.symbol().equals(candle.symbol())
                                && (candle.venue().equals("CONSOLIDATED")
                                        || x.venue().equals(candle.venue()))
                                && x.eventTimeNanos() >= candle.startNanos()
                                && x.eventTimeNanos() < candle.endNanos());
                assertThat(candle.flags().contains(OracleFlag.ID_CONFLICT)).isEqualTo(conflict);
            }
        });
    }

    private static boolean areSuspects(OracleTrade a, OracleTrade b) {
        return a.id() == null
                && b.id() == null
                && a.venue().equals(b.venue())
                && a.eventTimeNanos() == b.eventTimeNanos()
                && a.price().compareTo(b.price()) == 0
                && a.size().compareTo(b.size()) == 0
                && Objects.equals(a.side(), b.side())
                && Objects.equals(a.conditions(), b.conditions());
    }

    @Test
    void coarserCandlesAreTheMergeOfFinerOnes() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleResult result = Oracle.run(history.partitions(), settings(history));
            Map.of("10s", "1s", "1m", "10s", "3m", "1m", "5m", "1m", "15m", "5m")
                    .forEach((coarse, fine) -> {
                        for (OracleCandle candle : result.candles(coarse)) {
                            if (candle.isSynthetic()) {
                                continue;
                            }
                            List<OracleCandle> children = result.candles(fine).stream()
                                    .filter(child -> !child.isSynthetic()
                                            && child.venue().equals(candle.venue())
                                            && child.symbol().equals(candle.symbol())
                                            && child.startNanos() >= candle.startNanos()
                                            && child.startNanos() < candle.endNanos())
                                    .toList();
                            OracleCandle first = children.get(0);
                            OracleCandle last = children.get(children.size() - 1);
                            assertThat(candle.open()).isEqualTo(first.open());
                            assertThat(candle.close()).isEqualTo(last.close());
                            assertThat(candle.firstTradeNanos()).isEqualTo(first.firstTradeNanos());
                            assertThat(candle.lastTradeNanos()).isEqualTo(last.lastTradeNanos());
                            assertThat(candle.high())
                                    .isEqualTo(children.stream()
                                            .map(OracleCandle::high)
                                            .reduce(BigDecimal::max)
                                            .orElseThrow());
                            assertThat(candle.low())
                                    .isEqualTo(children.stream()
                                            .map(OracleCandle::low)
                                            .reduce(BigDecimal::min)
                                            .orElseThrow());
                            assertThat(candle.volume())
                                    .isEqualByComparingTo(children.stream()
                                            .map(OracleCandle::volume)
                                            .reduce(BigDecimal.ZERO, BigDecimal::add));
                            assertThat(candle.notional())
                                    .isEqualByComparingTo(children.stream()
                                            .map(OracleCandle::notional)
                                            .reduce(BigDecimal.ZERO, BigDecimal::add));
                            assertThat(candle.trades())
                                    .isEqualTo(children.stream()
                                            .mapToLong(OracleCandle::trades)
                                            .sum());
                            for (OracleFlag flag :
                                    List.of(OracleFlag.ID_CONFLICT, OracleFlag.SUSPECT_DUP, OracleFlag.ZERO_VOLUME)) {
                                assertThat(candle.flags().contains(flag))
                                        .isEqualTo(children.stream()
                                                .anyMatch(child -> child.flags().contains(flag)));
                            }
                            if (children.stream()
                                    .anyMatch(child -> child.flags().contains(OracleFlag.FILL_TRUNCATED))) {
                                assertThat(candle.flags()).contains(OracleFlag.FILL_TRUNCATED);
                            }
                        }
                    });
        });
    }

    @Test
    void carriedCandlesAreContiguousAndFlatOrTheGapIsNamed() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            int fillMax = 1 + new Random(seed).nextInt(60);
            OracleResult filled =
                    Oracle.run(history.partitions(), settings(history).withFill(Fill.CARRY, fillMax));
            OracleResult omitted =
                    Oracle.run(history.partitions(), settings(history).withFill(Fill.OMIT, fillMax));
            assertThat(filled.candles().stream()
                            .filter(candle -> !candle.isSynthetic())
                            .map(OracleCandle::key))
                    .isEqualTo(omitted.candles().stream().map(OracleCandle::key).toList());
            int run = 0;
            OracleCandle previous = null;
            for (OracleCandle candle : filled.candles()) {
                boolean same = previous != null
                        && previous.venue().equals(candle.venue())
                        && previous.symbol().equals(candle.symbol())
                        && previous.interval().equals(candle.interval());
                if (candle.isSynthetic()) {
                    assertThat(same).isTrue();
                    assertThat(candle.startNanos()).isEqualTo(previous.endNanos());
                    assertThat(List.of(candle.open(), candle.high(), candle.low(), candle.close()))
                            .containsOnly(previous.close());
                    assertThat(++run).isLessThanOrEqualTo(fillMax);
                } else {
                    boolean gap = same && candle.startNanos() != previous.endNanos();
                    if (gap) {
                        assertThat(run).isEqualTo(fillMax);
                        assertThat(candle.flags()).contains(OracleFlag.FILL_TRUNCATED);
                    } else if (candle.interval().equals("1s")) {
                        assertThat(candle.flags()).doesNotContain(OracleFlag.FILL_TRUNCATED);
                    }
                    if (!same) {
                        assertThat(previous == null || !previous.isSynthetic()).isTrue();
                    }
                    run = 0;
                }
                previous = candle;
            }
        });
    }

    @Test
    void vwapLiesBetweenLowAndHighAndIsNullWithoutVolumeOnly() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleResult result = Oracle.run(history.partitions(), settings(history));
            for (OracleCandle candle : result.candles()) {
                if (candle.volume().signum() == 0) {
                    assertThat(candle.vwap()).isNull();
                } else {
                    assertThat(candle.vwap()).isBetween(candle.low(), candle.high());
                }
                assertThat(List.of(candle.open(), candle.close()))
                        .allSatisfy(price -> assertThat(price).isBetween(candle.low(), candle.high()));
            }
        });
    }

    @Test
    void rollingVwapEqualsThatOfQuadraticCode() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history);
            OracleResult result = Oracle.run(history.partitions(), settings);
            List<OracleTrade> accepted = result.verdicts().stream()
                    .flatMap(List::stream)
                    .filter(verdict -> verdict.kind() == Kind.ACCEPTED)
                    .map(OracleVerdict::trade)
                    .toList();
            Set<OracleVwap.Key> expected = new HashSet<>();
            for (OracleTrade trade : accepted) {
                long second = trade.eventTimeNanos() / 1_000_000_000L;
                long last = settings.vwapEmit() == VwapEmit.ACTIVE ? second + 1 : second + 300;
                String venue = settings.scope() == Scope.CONSOLIDATED ? "CONSOLIDATED" : trade.venue();
                for (long at = second + 1; at <= last; at++) {
                    expected.add(new OracleVwap.Key(venue, trade.symbol(), at * 1_000_000_000L));
                }
            }
            assertThat(result.vwapByKey().keySet()).isEqualTo(expected);
            assertThat(result.vwap()).hasSameSizeAs(expected);
            Random random = new Random(seed);
            for (int i = 0; i < Math.min(200, result.vwap().size()); i++) {
                OracleVwap row = result.vwap().get(random.nextInt(result.vwap().size()));
                List<OracleTrade> inside = accepted.stream()
                        .filter(trade -> sameInstrument(trade, row.venue(), row.symbol())
                                && trade.eventTimeNanos() >= row.atNanos() - 300_000_000_000L
                                && trade.eventTimeNanos() < row.atNanos())
                        .toList();
                assertThat(row.trades()).isEqualTo(inside.size());
                assertThat(row.volume())
                        .isEqualByComparingTo(
                                inside.stream().map(OracleTrade::size).reduce(BigDecimal.ZERO, BigDecimal::add));
                assertThat(row.notional())
                        .isEqualByComparingTo(inside.stream()
                                .map(trade -> trade.price().multiply(trade.size()))
                                .reduce(BigDecimal.ZERO, BigDecimal::add));
                assertThat(row.vwap() == null).isEqualTo(row.volume().signum() == 0);
            }
        });
    }

    @Test
    void countsAreThoseOfDistinctIdentities() {
        SeededProperty.check(SEEDS, seed -> {
            History history = history(seed);
            OracleSettings settings = settings(history).withDedupKey(DedupKey.TRADE_ID);
            OracleResult result = Oracle.run(history.partitions(), settings);
            Set<String> identities = new TreeSet<>();
            long withoutId = 0;
            for (OracleTrade trade : taken(result)) {
                if (trade.id() == null) {
                    withoutId++;
                } else {
                    identities.add(String.join(
                            "\u0000",
                            trade.venue(),
                            trade.symbol(),
                            trade.id(),
                            Long.toString(trade.eventTimeNanos()),
                            trade.price().stripTrailingZeros().toString(),
                            trade.size().stripTrailingZeros().toString()));
                }
            }
            assertThat(result.count(Kind.ACCEPTED)).isEqualTo(identities.size() + withoutId);
        });
    }

    @Test
    void hundredThousandTradesTakeSeconds() {
        History history = History.random(
                7,
                HistoryOptions.defaults()
                        .withTrades(80_000)
                        .withInstruments(2, 12)
                        .withPartitions(2, false)
                        .withZeroSizes(true));
        List<List<OracleTrade>> partitions = history.partitions();
        long records = partitions.stream().mapToLong(List::size).sum();
        assertThat(records).isGreaterThan(95_000);
        long startNanos = System.nanoTime();
        OracleResult result = Oracle.run(partitions, history.options().oracleSettings());
        Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
        System.out.printf(
                "oracle: %d records, %d candles, %d ms%n",
                records, result.candles().size(), elapsed.toMillis());
        // 3 s is the aim; the bound is wider because a quadratic step would take minutes and machines are shared.
        assertThat(elapsed).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void oneIdUsedByAllTradesIsNotQuadratic() {
        List<OracleTrade> trades = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            trades.add(new OracleTrade(
                    "V",
                    "S",
                    "7",
                    1_710_079_200_000_000_000L + i * 100_000L,
                    null,
                    BigDecimal.valueOf(1 + i % 7),
                    BigDecimal.ONE,
                    null,
                    null,
                    null,
                    0,
                    i,
                    0,
                    i));
        }
        OracleResult result = Oracle.run(List.of(trades), OracleSettings.crypto());
        assertThat(result.idConflicts()).hasSize(100_000);
        assertThat(result.idConflicts().get(0).others()).isEqualTo(9_999);
    }
}
