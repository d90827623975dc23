package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutlierTest {
    private static final long START = QualityRun.at("14:00:00");
    private static final long SECOND = 1_000_000_000L;

    private static QualityRun run(OutlierRule rule, OutlierScope scope) {
        return new QualityRun(QualitySettings.defaults().withOutliers(rule, scope));
    }

    /** Trades at the two prices in turn, one a second; returns the time of the next. */
    private static long add(QualityRun run, long fromNanos, int trades, String even, String odd) {
        for (int i = 0; i < trades; i++) {
            run.add(fromNanos + i * SECOND, i % 2 == 0 ? even : odd);
        }
        return fromNanos + trades * SECOND;
    }

    private static List<String> flagged(QualityRun run, String interval) {
        return run.candles.stream()
                .filter(candle -> candle.interval().name().equals(interval))
                .filter(candle -> CandleFlag.names(candle.flags()).contains("OUTLIER"))
                .map(candle -> (candle.startNanos() - START) / SECOND + " s, revision " + candle.revision())
                .toList();
    }

    @Test
    void aSpikeIsFound() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.TRADE);
        long spike = add(run, START, 20, "100.00", "100.02");
        run.add(spike, "110");
        add(run, spike + SECOND, 20, "100.00", "100.02");
        run.end();

        // 20 before and 20 after are half and half: their median is 100.01.
        assertThat(run.events(QualityKind.OUTLIER))
                .containsExactly(new QualityEvent(
                        QualityKind.OUTLIER,
                        "alpha",
                        "BTC-USD",
                        spike,
                        spike,
                        spike,
                        1,
                        "{\"price\":\"110\",\"median\":\"100.01\",\"deviation\":998}"));
        assertThat(run.events(QualityKind.OUTLIER_MEAN)).isEmpty();
        assertThat(run.reports.get(0).outliers()).isEqualTo(1);
        assertThat(run.reports.get(0).worstOutlierBasisPoints()).isEqualTo(998);
        assertThat(flagged(run, "1s")).containsExactly("20 s, revision 0");
        assertThat(flagged(run, "1m")).containsExactly("0 s, revision 0");
    }

    @Test
    void aJumpIsKeptThoughTheCandleCouldNotKnow() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.TRADE);
        long jump = add(run, START, 20, "100.00", "100.02");
        add(run, jump, 20, "110.00", "110.02");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).isEmpty();
        assertThat(flagged(run, "1s")).contains("20 s, revision 0");
    }

    @ParameterizedTest
    @CsvSource({"9, 0", "10, 1"})
    void withFewerThanTenBeforeThereIsNoVerdict(int before, int events) {
        QualityRun run = run(OutlierRule.BOTH, OutlierScope.TRADE);
        run.add(add(run, START, before, "100", "100"), "110");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).hasSize(events);
        assertThat(run.events(QualityKind.OUTLIER_MEAN)).hasSize(events);
    }

    @Test
    void theMedianOfAnEvenNumberIsRoundedDown() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.TRADE);
        run.add(add(run, START, 10, "100.00", "100.03"), "120");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER))
                .extracting(QualityEvent::detail)
                .containsExactly("{\"price\":\"120\",\"median\":\"100.01\",\"deviation\":1998}");
    }

    /** Prices do not move, so MAD is 0 and only the floor of 5 basis points counts: 0.05 of 100. */
    @ParameterizedTest
    @CsvSource({"100.05, 0", "100.06, 1", "99.95, 0", "99.94, 1"})
    void theFloorStopsAlarmsWherePricesStandStill(String price, int events) {
        QualityRun run = run(OutlierRule.BOTH, OutlierScope.TRADE);
        run.add(add(run, START, 10, "100", "100"), price);
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).hasSize(events);
        assertThat(run.events(QualityKind.OUTLIER_MEAN)).hasSize(events);
    }

    /** MAD is 0.01: the limit is 0.05 + 5 · 1.4826 · 0.01 = 0.12413 from the median of 100.01. */
    @ParameterizedTest
    @CsvSource({"100.13, 0", "100.14, 1", "99.89, 0", "99.88, 1"})
    void theLimitIsFloorAndThreshold(String price, int events) {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.TRADE);
        run.add(add(run, START, 10, "100.00", "100.02"), price);
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).hasSize(events);
    }

    @Test
    void oneBadPriceHidesTheNextFromTheMeanOnly() {
        QualityRun run = run(OutlierRule.BOTH, OutlierScope.TRADE);
        long first = add(run, START, 30, "100.00", "100.02");
        run.add(first, "200").add(first + SECOND, "110").add(first + 2 * SECOND, "100.00");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER))
                .extracting(QualityEvent::eventTimeNanos)
                .containsExactly(first, first + SECOND);
        assertThat(run.events(QualityKind.OUTLIER_MEAN))
                .extracting(QualityEvent::detail)
                .containsExactly("{\"price\":\"200\",\"mean\":\"100.01\",\"deviation\":9998}");
        assertThat(run.reports.get(0).outliers()).isEqualTo(3);
    }

    @Test
    void theMeanAloneFlagsToo() {
        QualityRun run = run(OutlierRule.MEAN, OutlierScope.TRADE);
        run.add(add(run, START, 10, "100", "100"), "110");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).isEmpty();
        assertThat(flagged(run, "1s")).containsExactly("10 s, revision 0");
    }

    @Test
    void neighboursAreThoseOfEarlierMinutesToo() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.TRADE);
        add(run, START, 12, "100", "100");
        run.advance((START + 300 * SECOND) / 1_000_000);
        run.add(START + 400 * SECOND, "110");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER))
                .extracting(QualityEvent::eventTimeNanos)
                .containsExactly(START + 400 * SECOND);
    }

    @Test
    void aLateTradeTakesTheFlagBackAndTheCandleComesAgain() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.TRADE);
        add(run, START, 10, "100", "100");
        run.add(START + 20 * SECOND, "102").advance((START + 21 * SECOND) / 1_000_000);
        assertThat(flagged(run, "1s")).containsExactly("20 s, revision 0");

        // In time, though behind: twelve trades agree with the price that looked wrong.
        for (int i = 0; i < 12; i++) {
            run.add(START + 19 * SECOND + i, "102");
        }
        run.advance((START + 22 * SECOND) / 1_000_000);

        Candle again = run.candles.stream()
                .filter(candle -> candle.interval().name().equals("1s"))
                .filter(candle -> candle.startNanos() == START + 20 * SECOND)
                .reduce((before, after) -> after)
                .orElseThrow();
        assertThat(again.revision()).isEqualTo(1);
        assertThat(CandleFlag.names(again.flags())).doesNotContain("OUTLIER");
        assertThat(again.trades()).isEqualTo(1);
        run.end();
        assertThat(run.events(QualityKind.OUTLIER)).isEmpty();
    }

    @Test
    void aPaneIsItsLowestAndItsHighestPrice() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.PANE);
        // Ten panes with one price each are ten observations, however many trades they hold.
        for (int i = 0; i < 30; i++) {
            run.add(START + i / 3 * SECOND + i % 3, "100");
        }
        long last = START + 10 * SECOND;
        run.add(last + 7, "100").add(last + 9, "130").add(last + 8, "150").add(last + 249_999_999, "100");
        run.end();

        // The highest price of the pane, at the time of the pane's first trade; 130 is neither highest nor lowest.
        assertThat(run.events(QualityKind.OUTLIER))
                .containsExactly(new QualityEvent(
                        QualityKind.OUTLIER,
                        "alpha",
                        "BTC-USD",
                        last + 7,
                        last + 7,
                        last + 7,
                        1,
                        "{\"price\":\"150\",\"median\":\"100\",\"deviation\":5000}"));
    }

    @Test
    void equalEndsOfAPaneAreOneObservation() {
        QualityRun run = run(OutlierRule.HAMPEL, OutlierScope.PANE);
        run.add(add(run, START, 9, "100", "100"), "150");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).isEmpty();
    }

    @Test
    void theDefaultLevelLooksForNone() {
        QualityRun run = new QualityRun(QualitySettings.defaults());
        run.add(add(run, START, 20, "100", "100"), "150");
        run.end();

        assertThat(run.events(QualityKind.OUTLIER)).isEmpty();
        assertThat(flagged(run, "1s")).isEmpty();
        assertThat(run.reports).hasSize(1);
    }
}
