package dev.candlewick.testkit.oracle;

import static dev.candlewick.testkit.oracle.Log.at;
import static dev.candlewick.testkit.oracle.Log.log;
import static dev.candlewick.testkit.oracle.Log.vwapLines;
import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.testkit.oracle.OracleSettings.Scope;
import dev.candlewick.testkit.oracle.OracleSettings.VwapEmit;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

/** VWAP over [T − 5 min, T) (4.8). */
class RollingVwapTest {
    private static final OracleSettings SETTINGS = OracleSettings.crypto();

    @Test
    void rowExistsWhereTheLastSecondHoldsATrade() {
        OracleResult result = log().trade("14:00:00", "1", "1", "1")
                .trade("14:00:00.999999999", "2", "2", "1")
                .trade("14:00:01", "3", "4", "2")
                .run(SETTINGS);
        assertThat(vwapLines(result)).containsExactly("14:00:01 1.5 2 2", "14:00:02 2.75 4 3");
        assertThat(result.vwap().get(1))
                .isEqualTo(new OracleVwap(
                        "V",
                        "S",
                        at("14:00:02"),
                        new BigDecimal("2.75"),
                        new BigDecimal("4"),
                        new BigDecimal("11"),
                        3));
    }

    @Test
    void tradeCountsForFiveMinutesLeftEdgeIncluded() {
        OracleResult inside = log().trade("14:00:00", "1", "1", "1")
                .trade("14:04:59", "2", "3", "1")
                .run(SETTINGS);
        OracleResult outside = log().trade("14:00:00.999999999", "1", "1", "1")
                .trade("14:05:00", "2", "3", "1")
                .run(SETTINGS);
        assertThat(vwapLines(inside)).containsExactly("14:00:01 1 1 1", "14:05:00 2 2 2");
        assertThat(vwapLines(outside)).containsExactly("14:00:01 1 1 1", "14:05:01 3 1 1");
    }

    @Test
    void everySecondEmitsAsLongAsATradeIsInside() {
        OracleResult result = log().trade("14:00:00.5", "1", "1", "1")
                .trade("14:00:02", "2", "4", "2")
                .trade("15:00:00", "3", "5", "1")
                .run(SETTINGS.withVwapEmit(VwapEmit.EVERY_SECOND));
        // T from 14:00:01 to 14:05:02, and from 15:00:01 to 15:05:00.
        assertThat(vwapLines(result))
                .hasSize(302 + 300)
                .startsWith("14:00:01 1 1 1", "14:00:02 1 1 1", "14:00:03 3 3 2")
                .contains("14:05:00 3 3 2", "14:05:01 4 2 1", "14:05:02 4 2 1", "15:00:01 5 1 1")
                .endsWith("15:05:00 5 1 1");
    }

    @Test
    void offEmitsNothing() {
        assertThat(log().trade("14:00:00", "1", "1", "1")
                        .run(SETTINGS.withVwapEmit(VwapEmit.OFF))
                        .vwap())
                .isEmpty();
    }

    @Test
    void rowWithoutVolumeIsEmittedWithNull() {
        OracleResult result = log().trade("14:00:00", "1", "1", "0").run(SETTINGS.withZeroSizeAllowed(true));
        assertThat(vwapLines(result)).containsExactly("14:00:01 null 0 1");
    }

    @Test
    void copiesCountOnceAndLateTradesNotAtAll() {
        OracleResult result = log().trade("14:00:00", "1", "1", "1")
                .trade("14:00:00", "1", "1", "1")
                .trade("14:01:00", "2", "3", "1")
                .trade("14:00:01", "3", "9", "1")
                .run(SETTINGS);
        assertThat(vwapLines(result)).containsExactly("14:00:01 1 1 1", "14:01:01 2 2 2");
    }

    @Test
    void finestIntervalDoesNotMatter() {
        Log log = log().trade("14:00:00", "1", "1", "1").trade("14:00:07", "2", "3", "1");
        assertThat(log.run(SETTINGS.withIntervals("1m")).vwap())
                .isEqualTo(log.run(SETTINGS.withIntervals("100ms")).vwap())
                .hasSize(2);
    }

    @Test
    void consolidatedScopeJoinsVenues() {
        OracleResult result = log().on("A", "S", "14:00:00", "1", null, "1", "1")
                .on("B", "S", "14:00:00", "1", null, "2", "1")
                .run(SETTINGS.withScope(Scope.CONSOLIDATED));
        assertThat(vwapLines(result)).containsExactly("14:00:01 1.5 2 2");
        assertThat(result.vwap().get(0).venue()).isEqualTo("CONSOLIDATED");
    }
}
