package dev.candlewick.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.jobs.operators.LedgerOperator;
import dev.candlewick.jobs.pipeline.PipelineRun.How;
import dev.candlewick.jobs.testing.CapturedLog;
import dev.candlewick.jobs.testing.Message;
import dev.candlewick.jobs.testing.PartitionedSource;
import dev.candlewick.testkit.oracle.OracleSettings;
import dev.candlewick.testkit.oracle.OracleTrade;
import dev.candlewick.testkit.property.SeededProperty;
import dev.candlewick.testkit.quality.QualityComparison;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * STREAMING equals BATCH equals the oracle, at parallelism 1, 2 and 4, over seeds, settings, speeds of partitions and of
 * watermarks, and with failures (design sections 4.11 and 4.12).
 */
class PipelineEqualsOracleTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());

    private static final String TIMER_OF_TIMER = "Timer service is quiesced";
    private static final int SEEDS_NAMED = 3;
    private static final Set<String> REACHED = new TreeSet<>();
    private static CapturedLog log;

    @BeforeAll
    static void captureLog() {
        log = CapturedLog.warnings();
    }

    @AfterAll
    static void closeLog() {
        log.close();
        if (Long.getLong(SeededProperty.SEED_PROPERTY) == null) {
            assertThat(REACHED)
                    .as("what the histories reach")
                    .contains("SYNTHETIC", "FILL_TRUNCATED", "SUSPECT_DUP", "ID_CONFLICT")
                    .contains("revisions", "late", "rejected", "failures", "OUTLIER")
                    .containsAll(QualityComparison.REACHED);
        }
    }

    static Stream<Integer> groups() {
        Long only = Long.getLong(SeededProperty.SEED_PROPERTY);
        return IntStream.range(0, TestCase.GROUPS)
                .filter(group -> only == null || TestCase.seedsOf(group).contains(only))
                .boxed();
    }

    /** What is checked for some seeds of a group. */
    @FunctionalInterface
    private interface Check {
        void check(TestCase drawn) throws Exception;
    }

    /** Checks all seeds of a group in common jobs; where that fails, each seed alone, so that the failing one is named. */
    private static void check(int group, String test, Check check) throws Exception {
        Long only = Long.getLong(SeededProperty.SEED_PROPERTY);
        if (only != null) {
            check.check(TestCase.of(group, List.of(only)));
            return;
        }
        TestCase merged = TestCase.of(group, TestCase.seedsOf(group));
        try {
            check.check(merged);
        } catch (Exception | AssertionError failure) {
            List<Long> alone = new ArrayList<>();
            for (long seed : merged.seeds()) {
                if (alone.size() == SEEDS_NAMED) {
                    break;
                }
                try {
                    check.check(TestCase.of(group, List.of(seed)));
                } catch (Exception | AssertionError again) {
                    alone.add(seed);
                }
            }
            String hint = alone.isEmpty()
                    ? "no seed fails alone"
                    : "alone fail the seeds " + alone + (alone.size() == SEEDS_NAMED ? " and maybe more" : "")
                            + "; run one with -Dtest=PipelineEqualsOracleTest#" + test + " -D"
                            + SeededProperty.SEED_PROPERTY + "=" + alone.get(0);
            throw new AssertionError("the property must hold for " + merged + ": " + hint + "\n  " + failure, failure);
        }
    }

    private static Outcome run(TestCase drawn, How how, boolean failures, Random random) throws Exception {
        int[] weights = PipelineRun.weights(drawn.messages().size(), random);
        try (PartitionedSource.Run source =
                        new PartitionedSource.Run(drawn.messages(), drawn.consolidated(), weights, failures);
                PipelineRun run = new PipelineRun(drawn.pipeline(), source)) {
            if (failures) {
                source.failAfter(source.size() / 4, source.size() / 8);
                source.failAfter(source.size() * 5 / 8, source.size() / 16);
            }
            run.execute(how, failures);
            if (failures) {
                assertThat(source.failed()).as("injected failures").isEqualTo(2);
                REACHED.add("failures");
            }
            return Outcome.of(run);
        } catch (Exception | AssertionError failure) {
            throw new AssertionError(how + ": " + failure.getMessage(), failure);
        }
    }

    private static void note(TestCase drawn, Outcome outcome) {
        for (var record : outcome.last().values()) {
            if (record instanceof Candle candle) {
                REACHED.addAll(CandleFlag.names(candle.flags()));
            }
        }
        QualityComparison.noteReached(outcome.events(), outcome.reports(), REACHED);
        if (outcome.revised() > 0) {
            REACHED.add("revisions");
        }
        if (!outcome.rejected().isEmpty()) {
            REACHED.add("rejected");
        }
        if (outcome.ledger().stream().anyMatch(row -> row.late() > 0)) {
            REACHED.add("late");
        }
    }

    private static void assertQuietLog() {
        assertThat(log.containing(TIMER_OF_TIMER))
                .as("timers registered by timers")
                .isEmpty();
        assertThat(log.containing(LedgerOperator.class.getName()))
                .as("residuals at cuts")
                .isEmpty();
    }

    @ParameterizedTest(name = "group {0}")
    @MethodSource("groups")
    void streamingEqualsBatchEqualsTheOracle(int group) throws Exception {
        check(group, "streamingEqualsBatchEqualsTheOracle", drawn -> {
            Random random = new Random(group);
            Map<String, String> values = null;
            Map<String, String> whole = null;
            for (RuntimeExecutionMode mode : List.of(RuntimeExecutionMode.BATCH, RuntimeExecutionMode.STREAMING)) {
                for (int parallelism : new int[] {1, 2, 4}) {
                    How how = How.drawn(mode, parallelism, random);
                    Outcome outcome = run(drawn, how, false, random);
                    try {
                        outcome.assertEquals(drawn.expected());
                        if (mode == RuntimeExecutionMode.BATCH || !drawn.revisionsPossible()) {
                            assertThat(outcome.revised()).as("revisions").isZero();
                        }
                        if (values == null) {
                            values = outcome.values();
                            whole = outcome.whole();
                        }
                        Outcome.assertSameEntries("values with digests", outcome.values(), values);
                        if (!drawn.revisionsPossible()) {
                            Outcome.assertSameEntries("records with revisions", outcome.whole(), whole);
                        }
                    } catch (AssertionError failure) {
                        throw new AssertionError(how + ": " + failure.getMessage(), failure);
                    }
                    note(drawn, outcome);
                }
            }
            assertQuietLog();
        });
    }

    @ParameterizedTest(name = "group {0}")
    @MethodSource("groups")
    void failuresChangeNothing(int group) throws Exception {
        check(group, "failuresChangeNothing", drawn -> {
            Random random = new Random(group + 1_000);
            int parallelism = 1 + group % 4;
            How how = How.drawn(RuntimeExecutionMode.STREAMING, parallelism, random);
            Outcome outcome = run(drawn, how, true, random);
            outcome.assertEquals(drawn.expected());
            if (!drawn.revisionsPossible()) {
                assertThat(outcome.revised()).as("revisions").isZero();
            }
            note(drawn, outcome);
            assertQuietLog();
        });
    }

    /** Rows without late ones in any order at all: what is said of quality stays the same. */
    @ParameterizedTest(name = "group {0}")
    @ValueSource(ints = {8, 9})
    void anyOrderGivesTheSameQuality(int group) throws Exception {
        TestCase drawn = TestCase.of(group, TestCase.seedsOf(group));
        assertThat(drawn.expected().qualityEvents()).as("quality events").isNotEmpty();
        Random random = new Random(group + 2_000);
        List<List<OracleTrade>> shuffled = new ArrayList<>();
        for (List<Message> partition : drawn.messages()) {
            List<OracleTrade> rows = new ArrayList<>();
            for (Message message : partition) {
                if (!message.isFiltered() && message.rejection() == null) {
                    rows.add(message.trade());
                }
            }
            Collections.shuffle(rows, random);
            int number = shuffled.size();
            for (int i = 0; i < rows.size(); i++) {
                rows.set(i, rows.get(i).withReadPosition(number, i));
            }
            shuffled.add(rows);
        }
        TestCase other = TestCase.of(
                group, drawn.seeds(), shuffled, drawn.oracleSettings().withLate(OracleSettings.Late.ACCEPT), false);
        for (RuntimeExecutionMode mode : List.of(RuntimeExecutionMode.BATCH, RuntimeExecutionMode.STREAMING)) {
            Outcome outcome = run(other, How.drawn(mode, 2, random), false, random);
            outcome.assertEquals(other.expected());
            QualityComparison.assertSame(outcome.events(), outcome.reports(), drawn.expected());
        }
    }
}
