package dev.candlewick.testkit.oracle;

import static dev.candlewick.testkit.oracle.Log.log;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.testkit.oracle.TotalOrder.IdRank;
import dev.candlewick.testkit.property.SeededProperty;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Open and close by event time, sequence, id, place, price, size (4.2). */
class TotalOrderTest {
    private static final OracleSettings SETTINGS = OracleSettings.crypto().withIntervals("1s");

    private static OracleCandle only(OracleResult result) {
        assertThat(result.candles()).hasSize(1);
        return result.candles().get(0);
    }

    private static void assertOpenClose(Log log, String open, String close) {
        OracleCandle candle = only(log.run(SETTINGS));
        assertThat(candle.open()).isEqualTo(Log.decimal(open));
        assertThat(candle.close()).isEqualTo(Log.decimal(close));
    }

    @Test
    void eventTimeGoesFirstToTheNanosecond() {
        assertOpenClose(
                log().trade("14:00:00.000000101", "1", 1L, "2", "1").trade("14:00:00.000000001", "2", 2L, "1", "1"),
                "1",
                "2");
    }

    @Test
    void sequenceDecidesWithinOneNanosecondAgainstArrival() {
        assertOpenClose(
                log().trade("14:00:00", "1", 11L, "100.05", "1").trade("14:00:00", "2", 10L, "100.00", "1"),
                "100",
                "100.05");
    }

    @Test
    void absentSequenceIsBeforeAnySequence() {
        assertOpenClose(
                log().trade("14:00:00", "1", 0L, "2", "1")
                        .trade("14:00:00", "2", Long.MIN_VALUE, "3", "1")
                        .trade("14:00:00", "3", null, "1", "1"),
                "1",
                "2");
    }

    @Test
    void numericIdsGoByValue() {
        assertOpenClose(log().trade("14:00:00", "100", "2", "1").trade("14:00:00", "99", "1", "1"), "1", "2");
    }

    @Test
    void placeDecidesLastAndIsTheCarriedPlaceAndNotTheReadPosition() {
        assertOpenClose(
                log().trade("14:00:00", null, "1", "1")
                        .placed(1, 0)
                        .trade("14:00:00", null, "2", "1")
                        .placed(0, 9)
                        .trade("14:00:00", null, "3", "1")
                        .placed(0, 8),
                "3",
                "1");
    }

    @Test
    void priceAndThenSizeDecideWhereEvenPlacesAreEqual() {
        Log log = log().trade("14:00:00", null, "2", "1")
                .placed(0, 7)
                .trade("14:00:00", null, "1.0", "3")
                .placed(0, 7);
        assertOpenClose(log, "1", "2");
    }

    @Test
    void idsAreOrderedAbsentThenNumericByValueThenOthersByBytes() {
        List<String> ascending = new ArrayList<>();
        ascending.add(null);
        ascending.addAll(List.of(
                "0",
                "00",
                "007",
                "7",
                "08",
                "99",
                "100",
                "9223372036854775808",
                "9000000000000000000000000000000000000000",
                "9000000000000000000000000000000000000001",
                "+5",
                "-5",
                "10x",
                "1x",
                "X7",
                "x7",
                "\u00e97",
                "\uff17",
                // Above U+FFFF: after U+FF17 by UTF-8 bytes, before it by UTF-16 units.
                "\ud83d\ude00"));
        List<IdRank> ranks = new ArrayList<>(ascending.stream().map(IdRank::of).toList());
        List<IdRank> shuffled = new ArrayList<>(ranks);
        Collections.shuffle(shuffled, new Random(1));
        Collections.sort(shuffled);
        assertThat(shuffled).isEqualTo(ranks);
        for (int i = 1; i < ranks.size(); i++) {
            assertThat(ranks.get(i - 1)).isLessThan(ranks.get(i));
        }
    }

    @Test
    void idOrderIsTransitive() {
        SeededProperty.check(200, seed -> {
            Random random = new Random(seed);
            List<IdRank> ids = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                StringBuilder id = new StringBuilder();
                for (int length = 1 + random.nextInt(4); length > 0; length--) {
                    id.append("0129ax".charAt(random.nextInt(6)));
                }
                ids.add(IdRank.of(id.toString()));
            }
            for (IdRank a : ids) {
                for (IdRank b : ids) {
                    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(-Integer.signum(b.compareTo(a)));
                    for (IdRank c : ids) {
                        if (a.compareTo(b) < 0 && b.compareTo(c) < 0) {
                            assertThat(a).isLessThan(c);
                        }
                    }
                }
            }
        });
    }

    @Test
    void tieOfDifferentPricesIsFlaggedAtOpenAndAtCloseButNotInBetween() {
        String first = "14:00:00.1";
        String middle = "14:00:00.2";
        String last = "14:00:00.3";
        Log open =
                log().trade(first, null, "1", "1").trade(first, null, "2", "1").trade(last, null, "3", "1");
        Log close =
                log().trade(first, null, "1", "1").trade(last, null, "2", "1").trade(last, null, "3", "1");
        Log between = log().trade(first, null, "1", "1")
                .trade(middle, null, "2", "1")
                .trade(middle, null, "3", "1")
                .trade(last, null, "3", "1");
        assertThat(only(open.run(SETTINGS)).flags()).containsExactly(OracleFlag.TIE_AMBIGUOUS);
        assertThat(only(close.run(SETTINGS)).flags()).containsExactly(OracleFlag.TIE_AMBIGUOUS);
        assertThat(only(between.run(SETTINGS)).flags()).isEmpty();
    }

    @Test
    void tieOfEqualPricesIsNotFlagged() {
        Log log = log().trade("14:00:00", null, "1.50", "1").trade("14:00:00", null, "1.5", "2");
        assertThat(only(log.run(SETTINGS)).flags()).isEmpty();
    }

    @Test
    void tieIsFlaggedWhenTheFarthestOfThreeDiffers() {
        Log log = log().trade("14:00:00", null, "1", "1")
                .trade("14:00:00", null, "1", "2")
                .trade("14:00:00", null, "2", "3")
                .trade("14:00:00.5", null, "5", "1");
        assertThat(only(log.run(SETTINGS)).flags()).containsExactly(OracleFlag.TIE_AMBIGUOUS);
    }

    @Test
    void sequenceAndIdResolveATie() {
        Log bySequence = log().trade("14:00:00", null, 1L, "1", "1").trade("14:00:00", null, 2L, "2", "1");
        Log byId = log().trade("14:00:00", "7", "1", "1").trade("14:00:00", "007", "2", "1");
        assertThat(only(bySequence.run(SETTINGS)).flags()).isEmpty();
        assertThat(only(byId.run(SETTINGS)).flags()).isEmpty();
        // Equal by value, so by bytes: 007 is the first.
        assertThat(only(byId.run(SETTINGS)).open()).isEqualTo(Log.decimal("2"));
    }

    @Test
    void tieIsJudgedForEachCandleByItself() {
        OracleResult result = log().trade("14:00:00", null, "5", "1")
                .trade("14:00:01", null, "1", "1")
                .trade("14:00:01", null, "2", "1")
                .trade("14:00:02", null, "5", "1")
                .run(OracleSettings.crypto().withIntervals("1s", "10s"));
        assertThat(Log.lines(result, "1s"))
                .containsExactly(
                        "14:00:00 5 5 5 5 1 1", "14:00:01 1 2 1 2 2 2 [TIE_AMBIGUOUS]", "14:00:02 5 5 5 5 1 1");
        assertThat(Log.lines(result, "10s")).containsExactly("14:00:00 5 5 1 5 4 4");
    }
}
