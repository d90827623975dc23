package dev.candlewick.testkit.oracle;

import static dev.candlewick.testkit.oracle.Log.at;
import static dev.candlewick.testkit.oracle.Log.kinds;
import static dev.candlewick.testkit.oracle.Log.lines;
import static dev.candlewick.testkit.oracle.Log.log;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.ACCEPTED;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.DUPLICATE;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.LATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.testkit.oracle.OracleSettings.DedupKey;
import dev.candlewick.testkit.oracle.OracleSettings.Late;
import java.math.BigDecimal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Duplicates, id conflicts and suspects (4.4). */
class DuplicateTest {
    private static final OracleSettings SECONDS = OracleSettings.crypto().withIntervals("1s");
    private static final OracleSettings TWO = OracleSettings.crypto().withIntervals("1s", "10s");

    @Test
    void copiesAreComparedByValueAndCountOnce() {
        OracleResult result = log().trade("14:00:00", "a", "1.50", "2")
                .trade("14:00:01", "b", "2", "1")
                .trade("14:00:00", "a", "1.5", "2.00")
                .trade("14:00:00", "a", "1.500", "2")
                .run(SECONDS);
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, ACCEPTED, DUPLICATE, DUPLICATE);
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1.5 1.5 1.5 1.5 2 1", "14:00:01 2 2 2 2 1 1");
        assertThat(result.candles().get(0).notional()).isEqualTo(new BigDecimal("3"));
        assertThat(result.idConflicts()).isEmpty();
    }

    @Test
    void anyOtherFieldOfTheIdentityMakesAnotherTrade() {
        OracleResult result = log().trade("14:00:00", "7", "1", "1")
                .trade("14:00:00", "007", "1", "1")
                .on("W", "S", "14:00:00", "7", null, "1", "1")
                .on("V", "s", "14:00:00", "7", null, "1", "1")
                .trade("14:00:00.000000001", "7", "1", "1")
                .trade("14:00:00", "7", "2", "1")
                .trade("14:00:00", "7", "1", "2")
                .run(SECONDS);
        assertThat(kinds(result, 0)).containsOnly(ACCEPTED);
        assertThat(result.doubleEntry().intervals().get(0).published()).isEqualTo(7);
    }

    @Test
    void recordsWithoutIdAreNeverCopies() {
        OracleResult result = log().trade("14:00:00", null, "1", "1")
                .trade("14:00:00", null, "1", "1")
                .run(SECONDS);
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, ACCEPTED);
    }

    @Test
    void copyTakesPartInTheOrderWithItsOwnSequence() {
        // The copy of x with sequence 9 is the last one, the copy with sequence 1 the first one.
        Log log = log().trade("14:00:00", "x", 5L, "3", "1")
                .trade("14:00:00", "y", 4L, "1", "1")
                .trade("14:00:00", "z", 6L, "2", "1");
        assertThat(lines(log.run(SECONDS), "1s")).containsExactly("14:00:00 1 3 1 2 3 3");
        log.trade("14:00:00", "x", 9L, "3", "1");
        assertThat(lines(log.run(SECONDS), "1s")).containsExactly("14:00:00 1 3 1 3 3 3");
        log.trade("14:00:00", "x", 1L, "3", "1");
        assertThat(lines(log.run(SECONDS), "1s")).containsExactly("14:00:00 3 3 1 3 3 3");
    }

    @Test
    void copyTakesPartInTheOrderWithItsOwnPlace() {
        Log log = log().trade("14:00:00", "x", "1", "1")
                .placed(0, 5)
                .trade("14:00:00", "x", "2", "1")
                .placed(0, 6);
        assertThat(lines(log.run(SECONDS), "1s")).containsExactly("14:00:00 1 2 1 2 2 2 [ID_CONFLICT, TIE_AMBIGUOUS]");
        log.trade("14:00:00", "x", "1", "1").placed(0, 7);
        assertThat(lines(log.run(SECONDS), "1s")).containsExactly("14:00:00 1 2 1 1 2 2 [ID_CONFLICT, TIE_AMBIGUOUS]");
    }

    @Test
    void copiesInSeveralPartitionsCountOnce() {
        OracleResult result = Log.run(
                SECONDS,
                Log.partition(0).trade("14:00:00", "x", "1", "1").trade("14:00:00", "y", "2", "1"),
                Log.partition(1).trade("14:00:00", "y", "2", "1").trade("14:00:00", "x", "1", "1"));
        assertThat(result.count(ACCEPTED)).isEqualTo(2);
        assertThat(result.count(DUPLICATE)).isEqualTo(2);
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 2 1 2 2 2");
        assertThat(result.doubleEntry().partitions())
                .allMatch(totals -> totals.duplicate() + totals.accepted() == 2 && totals.residual() == 0);
    }

    @Test
    void lateTradeIsNotLookedUp() {
        // The first copy is late in its partition; the one of the other partition is on time and so the first one.
        OracleResult result = Log.run(
                SECONDS,
                Log.partition(0)
                        .trade("14:01:00", "h", "9", "1")
                        .trade("14:00:00", "x", 9L, "1", "1")
                        .trade("14:00:00", "x", 9L, "1", "1"),
                Log.partition(1).trade("14:00:00", "x", 5L, "1", "1").trade("14:00:00", "y", 7L, "2", "1"));
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, LATE, LATE);
        assertThat(kinds(result, 1)).containsExactly(ACCEPTED, ACCEPTED);
        // Turned away, so its sequence 9 does not make it the close.
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 2 1 2 2 2", "14:01:00 9 9 9 9 1 1");
    }

    @Test
    void underAcceptALateCopyIsADuplicateAndTakesPart() {
        OracleResult result = log().trade("14:00:00", "x", 5L, "1", "1")
                .trade("14:00:00", "y", 7L, "2", "1")
                .trade("14:01:00", "h", "9", "1")
                .trade("14:00:00", "x", 9L, "1", "1")
                .run(SECONDS.withLate(Late.ACCEPT));
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, ACCEPTED, ACCEPTED, DUPLICATE);
        assertThat(result.verdicts().get(0).get(3).late()).isTrue();
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 2 1 1 2 2", "14:01:00 9 9 9 9 1 1");
    }

    @Test
    void withNoneEveryRecordCounts() {
        OracleResult result = log().trade("14:00:00", "x", "1", "1")
                .trade("14:00:00", "x", "1", "1")
                .run(SECONDS.withDedupKey(DedupKey.NONE));
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, ACCEPTED);
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 1 1 1 2 2");
    }

    @Test
    void fingerprintLooksAtSideAndConditionsAndNotAtIds() {
        OracleResult result = log().marked("14:00:00", "1", "1.0", "1", "buy", "@")
                .marked("14:00:00", "2", "1", "1.0", "buy", "@")
                .marked("14:00:00", null, "1", "1", "buy", "@")
                .marked("14:00:00", "1", "1", "1", "sell", "@")
                .marked("14:00:00", "1", "1", "1", null, "@")
                .marked("14:00:00", "1", "1", "1", "buy", null)
                .marked("14:00:00", "1", "1", "1", "buy", "@")
                .run(SECONDS.withDedupKey(DedupKey.FINGERPRINT));
        assertThat(kinds(result, 0))
                .containsExactly(ACCEPTED, DUPLICATE, DUPLICATE, ACCEPTED, ACCEPTED, ACCEPTED, DUPLICATE);
        // One payload (time, price, size), so no conflict of ids; and no suspects.
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 1 1 1 4 4");
    }

    @Test
    void identicalRowsWithoutIdAreSuspects() {
        Log log = log().marked("14:00:00", null, "1.0", "1", "buy", null)
                .marked("14:00:05", null, "1", "1", "buy", null)
                .marked("14:00:05", null, "1.0", "1.00", "buy", null);
        for (DedupKey key : new DedupKey[] {DedupKey.TRADE_ID, DedupKey.NONE}) {
            OracleResult result = log.run(TWO.withDedupKey(key));
            assertThat(lines(result, "1s"))
                    .containsExactly("14:00:00 1 1 1 1 1 1", "14:00:05 1 1 1 1 2 2 [SUSPECT_DUP]");
            assertThat(lines(result, "10s")).containsExactly("14:00:00 1 1 1 1 3 3 [SUSPECT_DUP]");
        }
        assertThat(lines(log.run(TWO.withDedupKey(DedupKey.FINGERPRINT)), "10s"))
                .containsExactly("14:00:00 1 1 1 1 2 2");
    }

    @Test
    void rowsThatDifferInAnyAttributeAreNoSuspects() {
        OracleResult result = log().marked("14:00:00", null, "1", "1", "buy", null)
                .marked("14:00:00", null, "1", "1", "sell", null)
                .marked("14:00:00", null, "1", "1", null, null)
                .marked("14:00:00", null, "1", "1", "buy", "@")
                .marked("14:00:00", null, "1", "2", "buy", null)
                .marked("14:00:00.000000001", null, "1", "1", "buy", null)
                .marked("14:00:00", "1", "1", "1", "buy", null)
                .marked("14:00:00", "2", "1", "1", "buy", null)
                .run(SECONDS);
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 1 1 1 9 8");
    }

    @Test
    void suspectsOfOtherVenuesAreNoneInConsolidatedScope() {
        OracleResult result = log().on("A", "S", "14:00:00", null, null, "1", "1")
                .on("B", "S", "14:00:00", null, null, "1", "1")
                .run(SECONDS.withScope(OracleSettings.Scope.CONSOLIDATED));
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 1 1 1 2 2");
    }

    @Test
    void conflictInOneWindowFlagsItOnceAndBothPayloadsAreEvents() {
        OracleResult result = log().trade("14:00:00.1", "x", "1", "1")
                .trade("14:00:00.2", "x", "1", "1")
                .trade("14:00:00.2", "x", "1.0", "1")
                .run(TWO);
        assertThat(lines(result, "1s")).containsExactly("14:00:00 1 1 1 1 2 2 [ID_CONFLICT]");
        assertThat(lines(result, "10s")).containsExactly("14:00:00 1 1 1 1 2 2 [ID_CONFLICT]");
        assertThat(result.idConflicts())
                .containsExactly(
                        new OracleIdConflict(
                                "V", "S", "x", at("14:00:00.1"), BigDecimal.ONE, BigDecimal.ONE, at("14:00:00"), 1),
                        new OracleIdConflict(
                                "V", "S", "x", at("14:00:00.2"), BigDecimal.ONE, BigDecimal.ONE, at("14:00:00"), 1));
    }

    @Test
    void conflictOfTwoWindowsFlagsTheLaterOneInAnyArrivalOrder() {
        OracleResult inOrder = log().trade("14:00:00", "x", "1", "1")
                .trade("14:00:02", "x", "2", "1")
                .run(SECONDS);
        OracleResult reversed = log().trade("14:00:02", "x", "2", "1")
                .trade("14:00:00", "x", "1", "1")
                .run(SECONDS);
        assertThat(lines(inOrder, "1s")).containsExactly("14:00:00 1 1 1 1 1 1", "14:00:02 2 2 2 2 1 1 [ID_CONFLICT]");
        assertThat(reversed.candles()).isEqualTo(inOrder.candles());
        assertThat(reversed.idConflicts()).isEqualTo(inOrder.idConflicts()).hasSize(1);
    }

    @Test
    void horizonIsComparedToTheNanosecond() {
        OracleResult atHorizon = log().trade("14:00:00.5", "x", "1", "1")
                .trade("14:00:10.5", "x", "2", "1")
                .run(SECONDS);
        OracleResult beyond = log().trade("14:00:00.5", "x", "1", "1")
                .trade("14:00:10.500000001", "x", "2", "1")
                .run(SECONDS);
        assertThat(lines(atHorizon, "1s"))
                .containsExactly("14:00:00 1 1 1 1 1 1", "14:00:10 2 2 2 2 1 1 [ID_CONFLICT]");
        assertThat(lines(beyond, "1s")).containsExactly("14:00:00 1 1 1 1 1 1", "14:00:10 2 2 2 2 1 1");
        assertThat(beyond.idConflicts()).isEmpty();
    }

    @Test
    void conflictsArePairwiseAndNotChained() {
        OracleResult result = log().trade("14:00:00", "x", "1", "1")
                .trade("14:00:06", "x", "2", "1")
                .trade("14:00:12", "x", "3", "1")
                .trade("14:00:40", "x", "4", "1")
                .run(SECONDS);
        assertThat(result.idConflicts())
                .extracting(conflict -> conflict.price().toPlainString() + ":" + conflict.others())
                .containsExactly("2:1", "3:1");
    }

    @Test
    void horizonShorterThanAWindowHoldsInsideTheWindow() {
        OracleSettings settings = SECONDS.withConflictHorizon(Duration.ofMillis(100));
        OracleResult result = log().trade("14:00:00.1", "x", "1", "1")
                .trade("14:00:00.200000001", "x", "2", "1")
                .trade("14:00:00.300000001", "x", "3", "1")
                .run(settings);
        // The first two are a nanosecond too far apart; the last two are just near enough, and share the window.
        assertThat(result.idConflicts())
                .extracting(conflict -> conflict.price().toPlainString() + ":" + conflict.others())
                .containsExactly("2:1", "3:1");
    }

    @Test
    void conflictNeedsVenueSymbolAndIdTextToBeEqual() {
        OracleResult result = log().trade("14:00:00", "7", "1", "1")
                .trade("14:00:00", "07", "2", "1")
                .on("W", "S", "14:00:00", "7", null, "3", "1")
                .on("V", "T", "14:00:00", "7", null, "4", "1")
                .trade("14:00:00", null, "5", "1")
                .run(SECONDS.withScope(OracleSettings.Scope.CONSOLIDATED));
        assertThat(result.idConflicts()).isEmpty();
    }

    @Test
    void lateTradeIsNotPartOfAConflict() {
        OracleResult result = log().trade("14:00:00", "x", "1", "1")
                .trade("14:00:20", "h", "9", "1")
                .trade("14:00:00", "x", "2", "1")
                .run(SECONDS);
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, ACCEPTED, LATE);
        assertThat(result.idConflicts()).isEmpty();
        assertThat(lines(result, "1s").get(0)).isEqualTo("14:00:00 1 1 1 1 1 1");
    }
}
