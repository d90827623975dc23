package dev.candlewick.testkit.oracle;

import static dev.candlewick.testkit.oracle.Log.at;
import static dev.candlewick.testkit.oracle.Log.kinds;
import static dev.candlewick.testkit.oracle.Log.log;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.ACCEPTED;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.DUPLICATE;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.LATE;
import static dev.candlewick.testkit.oracle.OracleVerdict.Kind.REJECTED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.testkit.oracle.OracleDoubleEntry.IntervalTotals;
import dev.candlewick.testkit.oracle.OracleDoubleEntry.PartitionTotals;
import dev.candlewick.testkit.oracle.OracleSettings.Late;
import dev.candlewick.testkit.oracle.OracleVerdict.RejectReason;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Validation, lateness by the log and the double entry (4.5, 4.6, 4.10). */
class VerdictTest {
    /** Out-of-orderness 1 s, lateness 10 s. */
    private static final OracleSettings SECONDS = OracleSettings.crypto().withIntervals("1s", "1m");

    @Test
    void tradeIsLateWhenItsFinestWindowsEndPlusLatenessIsNotAboveTheMark() {
        // The window of x ends at 14:00:01; with lateness at 14:00:11; the mark less out-of-orderness reaches that
        // when it stands at 14:00:12.
        assertThat(kinds(lateness("14:00:11.999999999", "14:00:00"), 0)).containsExactly(ACCEPTED, ACCEPTED);
        assertThat(kinds(lateness("14:00:12", "14:00:00"), 0)).containsExactly(ACCEPTED, LATE);
        assertThat(kinds(lateness("14:00:12", "14:00:00.999999999"), 0)).containsExactly(ACCEPTED, LATE);
        assertThat(kinds(lateness("14:00:12.999999999", "14:00:01"), 0)).containsExactly(ACCEPTED, ACCEPTED);
        assertThat(kinds(lateness("14:00:13", "14:00:01"), 0)).containsExactly(ACCEPTED, LATE);
    }

    private static OracleResult lateness(String mark, String time) {
        return log().trade(mark, "h", "1", "1").trade(time, "x", "1", "1").run(SECONDS);
    }

    @Test
    void finestWindowDecidesForAllIntervals() {
        // The 1m window of x is still open, yet x is late for it as well.
        OracleResult result = lateness("14:00:30", "14:00:00");
        assertThat(Log.lines(result, "1m")).containsExactly("14:00:00 1 1 1 1 1 1");
        OracleResult coarse = log().trade("14:00:30", "h", "1", "1")
                .trade("14:00:00", "x", "1", "1")
                .run(OracleSettings.crypto().withIntervals("1m"));
        assertThat(kinds(coarse, 0)).containsExactly(ACCEPTED, ACCEPTED);
    }

    @Test
    void markIsOfThePartitionAsReadAndNotOfThePlace() {
        OracleResult result = Log.run(
                SECONDS,
                Log.partition(0).trade("14:10:00", "h", "1", "1"),
                Log.partition(1).trade("14:00:00", "x", "1", "1").placed(0, 5));
        assertThat(kinds(result, 1)).containsExactly(ACCEPTED);
        assertThat(result.verdicts().get(1).get(0).late()).isFalse();
    }

    @Test
    void markIsSharedByAllInstrumentsOfAPartition() {
        OracleResult result = log().on("V", "A", "14:10:00", "1", null, "1", "1")
                .on("V", "B", "14:00:00", "1", null, "1", "1")
                .run(SECONDS);
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, LATE);
    }

    @Test
    void rejectedRecordDoesNotMoveTheMarkButADuplicateAndALateOneCount() {
        OracleResult rejected = log().trade("14:00:00", "a", "1", "1")
                .trade("14:10:00", "b", "-1", "1")
                .trade("14:00:00", "c", "1", "1")
                .run(SECONDS);
        assertThat(kinds(rejected, 0)).containsExactly(ACCEPTED, REJECTED, ACCEPTED);
        OracleResult duplicate = Log.run(
                SECONDS,
                Log.partition(0).trade("14:10:00", "a", "1", "1"),
                Log.partition(1).trade("14:10:00", "a", "1", "1").trade("14:00:00", "c", "1", "1"));
        assertThat(kinds(duplicate, 1)).containsExactly(DUPLICATE, LATE);
    }

    @Test
    void acceptRecordsLatenessAndTakesTheTrade() {
        OracleResult result = log().trade("14:10:00", "h", "1", "1")
                .trade("14:00:00", "x", "1", "1")
                .run(SECONDS.withLate(Late.ACCEPT));
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED, ACCEPTED);
        assertThat(result.verdicts().get(0).get(1).late()).isTrue();
        assertThat(result.verdicts().get(0).get(1).disorderNanos()).isEqualTo(600_000_000_000L);
        assertThat(result.doubleEntry().partitions().get(0).late()).isZero();
        assertThat(result.candles("1s")).hasSize(2);
    }

    @Test
    void disorderIsTheDistanceBehindTheMark() {
        OracleResult result = log().trade("14:00:00.000000005", "1", "1", "1")
                .trade("14:00:00.000000002", "2", "1", "1")
                .trade("14:00:00.000000009", "3", "1", "1")
                .run(SECONDS);
        assertThat(result.verdicts().get(0))
                .extracting(OracleVerdict::disorderNanos)
                .containsExactly(0L, 3L, 0L);
    }

    @Test
    void everyRejectCodeIsGivenAndTheFirstThatAppliesCounts() {
        OracleSettings settings = SECONDS.withTimeJump(Duration.ofDays(366));
        OracleResult result = log().trade("14:00:00", "1", "1", "1")
                .add(raw(631_151_999_999_999_999L, "1", "1"))
                .add(raw(4_102_444_800_000_000_001L, "1", "1"))
                .received("14:00:05.000000001", "14:00:00", "1", "1")
                .add(raw(at("14:00:00") + 366L * 86_400_000_000_000L + 1, "1", "1"))
                .trade("14:00:00", "2", "0.0", "1")
                .trade("14:00:00", "2", "-1", "0")
                .trade("14:00:00", "2", "1", "0")
                .trade("14:00:00", "2", "1", "-1")
                .trade("14:00:00", "2", "1.0000000000001", "1")
                .trade("14:00:00", "2", "1", "1.000000001")
                .trade("14:00:00", "2", "9223372.036854775808", "1")
                .trade("14:00:00", "2", "1", "92233720368.54775808")
                .trade("14:00:00", "2", "9223372036854775808", "1.000000001")
                .run(settings);
        assertThat(result.verdicts().get(0))
                .extracting(OracleVerdict::reason)
                .containsExactly(
                        null,
                        RejectReason.TIME_RANGE,
                        RejectReason.TIME_RANGE,
                        RejectReason.TIME_FUTURE,
                        RejectReason.TIME_JUMP,
                        RejectReason.PRICE_NOT_POSITIVE,
                        RejectReason.PRICE_NOT_POSITIVE,
                        RejectReason.SIZE_NOT_POSITIVE,
                        RejectReason.SIZE_NOT_POSITIVE,
                        RejectReason.PRECISION,
                        RejectReason.PRECISION,
                        RejectReason.RANGE,
                        RejectReason.RANGE,
                        RejectReason.PRECISION);
        assertThat(result.count(REJECTED)).isEqualTo(13);
    }

    @Test
    void edgesOfValidationAreValid() {
        OracleResult result = log().add(raw(631_152_000_000_000_000L, "1", "1"))
                .received("14:00:05", "14:00:00", "1", "1")
                .trade("14:00:00", "1", "9223372.036854775807", "92233720368.54775807")
                .trade("14:00:00", "2", "1.00000000000100000", "0.000000010")
                .add(raw(4_102_444_800_000_000_000L, "1", "1"))
                .run(SECONDS);
        assertThat(kinds(result, 0)).containsOnly(ACCEPTED);
    }

    @Test
    void oldTradesAgainstTheReceiveTimeAreValid() {
        OracleResult result = log().received("00:00:00", "23:59:59", "1", "1").run(SECONDS);
        assertThat(kinds(result, 0)).containsExactly(ACCEPTED);
    }

    private static OracleTrade raw(long eventTimeNanos, String price, String size) {
        return new OracleTrade(
                "V",
                "S",
                null,
                eventTimeNanos,
                null,
                new BigDecimal(price),
                new BigDecimal(size),
                null,
                null,
                null,
                0,
                0,
                0,
                0);
    }

    @Test
    void doubleEntryFilesEveryRecordOnce() {
        OracleResult result = Log.run(
                SECONDS,
                Log.partition(0)
                        .trade("14:00:00", "1", "1", "1")
                        .trade("14:00:00", "1", "1", "1")
                        .trade("14:00:00", "2", "0", "1")
                        .trade("14:00:12", "3", "1", "1")
                        .trade("14:00:00", "4", "1", "1"),
                Log.partition(1),
                Log.partition(2).trade("14:00:00", "5", "1", "1"));
        assertThat(result.doubleEntry())
                .isEqualTo(new OracleDoubleEntry(
                        List.of(
                                new PartitionTotals(0, 5, 0, 1, 1, 1, 2),
                                new PartitionTotals(1, 0, 0, 0, 0, 0, 0),
                                new PartitionTotals(2, 1, 0, 0, 0, 0, 1)),
                        List.of(new IntervalTotals("1s", 3, 3, 0), new IntervalTotals("1m", 3, 3, 0))));
        assertThat(result.doubleEntry().partitions()).allMatch(totals -> totals.residual() == 0);
        assertThat(result.doubleEntry().intervals()).allMatch(totals -> totals.residual() == 0);
    }

    @Test
    void readPositionsMustFitTheirPartition() {
        OracleTrade trade = raw(at("14:00:00"), "1", "1");
        assertThatThrownBy(() -> Oracle.run(List.of(List.of(trade, trade)), SECONDS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("read position must ascend");
        assertThatThrownBy(() -> Oracle.run(List.of(List.of(), List.of(trade)), SECONDS))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void emptyTextsAreRefused() {
        assertThatThrownBy(() -> log().trade("14:00:00", "", "1", "1"))
                .hasMessage("id must not be empty, was \"\" (an absent id is null)");
    }

    @Test
    void noInputGivesNothing() {
        OracleResult result = Oracle.run(List.of(), SECONDS);
        assertThat(result.candles()).isEmpty();
        assertThat(result.vwap()).isEmpty();
        assertThat(result.doubleEntry().partitions()).isEmpty();
    }
}
