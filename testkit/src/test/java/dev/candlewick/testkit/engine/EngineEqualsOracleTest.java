package dev.candlewick.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.LatePolicy;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.vwap.VwapEmit;
import dev.candlewick.testkit.history.History;
import dev.candlewick.testkit.history.HistoryOptions;
import dev.candlewick.testkit.oracle.Oracle;
import dev.candlewick.testkit.oracle.OracleCandle;
import dev.candlewick.testkit.oracle.OracleFlag;
import dev.candlewick.testkit.oracle.OracleQualitySettings;
import dev.candlewick.testkit.oracle.OracleResult;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.oracle.OracleVerdict;
import dev.candlewick.testkit.oracle.OracleVwap;
import dev.candlewick.testkit.property.SeededProperty;
import dev.candlewick.testkit.quality.QualityComparison;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every candle and VWAP of the engine equals the oracle's, over seeds, settings, orders of reading and restarts. */
class EngineEqualsOracleTest {
    private static final int SEEDS = 400;

    @Test
    void streamingEqualsTheOracle() {
        Set<String> reached = new TreeSet<>();
        SeededProperty.check(SEEDS, seed -> {
            Case drawn = Case.of(seed);
            EngineRun run = drawn.run();
            run.stream(drawn.history.partitions(), new Random(seed * 31));
            drawn.assertEqual(run);
            run.candles.values().forEach(candle -> reached.addAll(CandleFlag.names(candle.flags())));

            addIf(run.revised > 0, "revisions", reached);
            addIf(run.late > 0, "late", reached);
            addIf(run.duplicates > 0, "duplicates", reached);
            QualityComparison.noteReached(run.events, run.reports, reached);
        });
        if (Long.getLong(SeededProperty.SEED_PROPERTY) == null) {
            assertThat(reached)
                    .as("what the histories reach")
                    .contains("SYNTHETIC", "FILL_TRUNCATED", "TIE_AMBIGUOUS", "SUSPECT_DUP", "ID_CONFLICT")
                    .contains("ZERO_VOLUME", "revisions", "late", "duplicates", "OUTLIER")
                    .containsAll(QualityComparison.REACHED);
        }
    }

    private static void addIf(boolean holds, String what, Set<String> reached) {
        if (holds) {
            reached.add(what);
        }
    }

    @Test
    void batchEqualsTheOracle() {
        SeededProperty.check(SEEDS, seed -> {
            Case drawn = Case.of(seed);
            EngineRun run = drawn.run();
            run.batch(drawn.history.partitions(), new Random(seed * 17));
            drawn.assertEqual(run);
        });
    }

    /** Rows without late ones in any order at all: what is said of quality stays the same. */
    @Test
    void anyOrderGivesTheSameQuality() {
        SeededProperty.check(SEEDS / 4, seed -> {
            Case drawn = Case.of(seed, false);
            OracleResult expected = Oracle.run(drawn.history.partitions(), drawn.oracle);
            assertThat(expected.count(OracleVerdict.Kind.LATE)).as("late").isZero();
            Random random = new Random(seed * 13);
            List<OracleTrade> rows = new ArrayList<>(
                    drawn.history.partitions().stream().flatMap(List::stream).toList());
            Collections.shuffle(rows, random);
            List<List<OracleTrade>> shuffled = new ArrayList<>(List.of(new ArrayList<>(), new ArrayList<>()));
            for (OracleTrade row : rows) {
                int partition = random.nextInt(2);
                List<OracleTrade> target = shuffled.get(partition);
                target.add(row.withReadPosition(partition, target.size()));
            }
            EngineRun run = new EngineRun(
                    drawn.engine.withLate(LatePolicy.ACCEPT),
                    drawn.oracle.outOfOrdernessNanos(),
                    drawn.oracle.scope() == OracleSettings.Scope.CONSOLIDATED,
                    History::priceScale,
                    History::sizeScale);
            run.stream(shuffled, random);
            QualityComparison.assertSame(run.events, run.reports, expected);
        });
    }

    private record Case(History history, OracleSettings oracle, EngineSettings engine) {
        static Case of(long seed) {
            return of(seed, true);
        }

        static Case of(long seed, boolean lateTrades) {
            Random random = new Random(seed);
            Duration outOfOrderness = Duration.ofMillis(random.nextInt(4) * 700L);
            Duration lateness = Duration.ofMillis(random.nextInt(4) * 4_000L);
            Duration horizon = Duration.ofMillis(random.nextInt(4) * 5_500L);
            HistoryOptions options = HistoryOptions.defaults()
                    .withTrades(60 + random.nextInt(200))
                    .withPartitions(1 + random.nextInt(4), random.nextBoolean())
                    .withInstruments(1 + random.nextInt(2), 1 + random.nextInt(4))
                    .withTimes(outOfOrderness, lateness, horizon)
                    .withLateTrades(random.nextInt(3) > 0 && lateTrades)
                    .withZeroSizes(random.nextBoolean())
                    .withIncidents(true);
            History history = History.random(seed, options);
            String intervals = random.nextInt(4) == 0 ? "10s,1m,5m" : "1s,10s,1m,3m,5m,15m";
            boolean carry = random.nextInt(3) == 0;
            int fillMax = random.nextBoolean() ? 7 : 100_000;
            boolean accept = random.nextInt(4) == 0;
            int dedup = random.nextInt(6);
            int emit = random.nextInt(4);
            boolean consolidated = random.nextInt(4) == 0;
            OracleQualitySettings quality = QualityComparison.drawn(new Random(seed * 1_009 + 7));
            OracleSettings oracle = options.oracleSettings()
                    .withQuality(quality)
                    .withZeroSizeAllowed(true)
                    .withIntervals(intervals.split(","))
                    .withFill(carry ? OracleSettings.Fill.CARRY : OracleSettings.Fill.OMIT, fillMax)
                    .withLate(accept ? OracleSettings.Late.ACCEPT : OracleSettings.Late.APPLY)
                    .withDedupKey(OracleSettings.DedupKey.values()[Math.max(0, dedup - 3)])
                    .withScope(consolidated ? OracleSettings.Scope.CONSOLIDATED : OracleSettings.Scope.VENUE)
                    .withVwapEmit(OracleSettings.VwapEmit.values()[Math.max(0, emit - 1)]);
            EngineSettings engine = new EngineSettings(
                    Intervals.parse(intervals),
                    lateness.toNanos(),
                    accept ? LatePolicy.ACCEPT : LatePolicy.APPLY,
                    DedupKey.valueOf(oracle.dedupKey().name()),
                    horizon.toNanos(),
                    carry ? FillPolicy.CARRY : FillPolicy.OMIT,
                    fillMax,
                    VwapEmit.valueOf(oracle.vwapEmit().name()),
                    QualityComparison.settings(quality));
            return new Case(history, oracle, engine);
        }

        EngineRun run() {
            return new EngineRun(
                    engine,
                    oracle.outOfOrdernessNanos(),
                    oracle.scope() == OracleSettings.Scope.CONSOLIDATED,
                    History::priceScale,
                    History::sizeScale);
        }

        void assertEqual(EngineRun run) {
            OracleResult expected = Oracle.run(history.partitions(), oracle);
            assertThat(run.revisionFaults).isEmpty();
            Map<String, String> candles = new TreeMap<>();
            for (OracleCandle candle : expected.candles()) {
                candles.put(
                        candle.interval() + " " + candle.venue() + " " + candle.symbol() + " " + candle.startNanos(),
                        text(candle));
            }
            Map<String, String> actual = new TreeMap<>();
            for (Candle candle : run.candles.values()) {
                actual.put(
                        candle.interval() + " " + candle.venue() + " " + candle.symbol() + " " + candle.startNanos(),
                        text(candle));
            }
            assertThat(actual).as("candles with %s", engine).isEqualTo(candles);
            Map<String, String> rows = new TreeMap<>();
            for (OracleVwap row : expected.vwap()) {
                rows.put(
                        row.venue() + " " + row.symbol() + " " + row.atNanos(),
                        text(row.vwap()) + " " + text(row.volume()) + " " + text(row.notional()) + " " + row.trades());
            }
            Map<String, String> actualRows = new TreeMap<>();
            for (VwapRow row : run.vwap.values()) {
                actualRows.put(
                        row.venue() + " " + row.symbol() + " " + row.atNanos(),
                        text(row.vwapScaled(), Decimals.vwapScale(row.priceScale()))
                                + " "
                                + text(row.volume(), row.sizeScale())
                                + " "
                                + text(row.notional(), row.notionalScale())
                                + " "
                                + row.trades());
            }
            assertThat(actualRows).as("VWAP with %s", engine).isEqualTo(rows);
            QualityComparison.assertSame(run.events, run.reports, expected);
            assertThat(run.late).as("late").isEqualTo(expected.count(OracleVerdict.Kind.LATE));
            assertThat(run.duplicates).as("duplicates").isEqualTo(expected.count(OracleVerdict.Kind.DUPLICATE));
            assertThat(run.accepted).as("accepted").isEqualTo(expected.count(OracleVerdict.Kind.ACCEPTED));
            for (long published : run.publishedTrades) {
                assertThat(published).as("trades in the last revisions").isEqualTo(run.accepted);
            }
            for (InstrumentState state : run.states.values()) {
                assertThat(state.isIdle())
                        .as("nothing but marks is left of %s", state.symbol())
                        .isTrue();
                assertThat(state.timerMillis()).as("no timer is left").isEqualTo(Long.MAX_VALUE);
            }
        }

        private static String text(OracleCandle candle) {
            return String.join(
                    " ",
                    text(candle.open()),
                    text(candle.high()),
                    text(candle.low()),
                    text(candle.close()),
                    text(candle.volume()),
                    text(candle.notional()),
                    text(candle.vwap()),
                    Long.toString(candle.trades()),
                    String.valueOf(candle.firstTradeNanos()),
                    String.valueOf(candle.lastTradeNanos()),
                    candle.flags().stream()
                            .map(OracleFlag::name)
                            .sorted()
                            .toList()
                            .toString());
        }

        private static String text(Candle candle) {
            return String.join(
                    " ",
                    Decimals.format(candle.openScaled(), candle.priceScale()),
                    Decimals.format(candle.highScaled(), candle.priceScale()),
                    Decimals.format(candle.lowScaled(), candle.priceScale()),
                    Decimals.format(candle.closeScaled(), candle.priceScale()),
                    Decimals.format(candle.volume(), candle.sizeScale()),
                    Decimals.format(candle.notional(), candle.notionalScale()),
                    text(candle.vwapScaled(), Decimals.vwapScale(candle.priceScale())),
                    Long.toString(candle.trades()),
                    candle.trades() == 0 ? "null" : Long.toString(candle.firstTradeNanos()),
                    candle.trades() == 0 ? "null" : Long.toString(candle.lastTradeNanos()),
                    CandleFlag.names(candle.flags()).toString());
        }

        private static String text(@org.jspecify.annotations.Nullable Int128 value, int scale) {
            return value == null ? "null" : Decimals.format(value, scale);
        }

        private static String text(@org.jspecify.annotations.Nullable BigDecimal value) {
            if (value == null) {
                return "null";
            }
            return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
        }
    }
}
