package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import org.junit.jupiter.api.Test;

class StaleRunTest {
    private static final QualitySettings FIVE_IN_TWO_SECONDS =
            QualitySettings.defaults().withStale(5, 2_000_000_000L);

    private static QualityRun run() {
        return new QualityRun(FIVE_IN_TWO_SECONDS);
    }

    @Test
    void isReportedOnceOverMinutes() {
        QualityRun run = run();
        for (String time :
                new String[] {"14:00:58", "14:00:58.5", "14:00:59", "14:00:59.5", "14:01:00", "14:01:00.5"}) {
            run.add(time, "100");
        }
        run.advance(QualityRun.at("14:05:00") / 1_000_000);
        run.add("14:05:00", "100").add("14:05:01", "100").end();

        assertThat(run.events(QualityKind.STALE_RUN))
                .containsExactly(new QualityEvent(
                        QualityKind.STALE_RUN,
                        "alpha",
                        "BTC-USD",
                        QualityRun.at("14:01:00"),
                        QualityRun.at("14:00:58"),
                        QualityRun.at("14:01:00"),
                        5,
                        "{\"price\":\"100\"}"));
        assertThat(run.reports).extracting(MinuteReport::staleRuns).containsExactly(0L, 1L, 0L);
    }

    @Test
    void needsBothThresholds() {
        QualityRun fewTrades =
                run().add("14:00:00", "100").add("14:00:10", "100").end();
        QualityRun tooShort = run();
        for (int i = 0; i < 10; i++) {
            tooShort.add(QualityRun.at("14:00:00") + i * 199_000_000L, "100");
        }
        tooShort.add("14:00:01.999999999", "100").end();

        assertThat(fewTrades.events(QualityKind.STALE_RUN)).isEmpty();
        assertThat(tooShort.events(QualityKind.STALE_RUN)).isEmpty();
    }

    @Test
    void countsAllTradesOfThePaneThatReachesBoth() {
        QualityRun run = run();
        for (String time :
                new String[] {"14:00:00", "14:00:01", "14:00:02", "14:00:02.1", "14:00:02.2", "14:00:02.249"}) {
            run.add(time, "100");
        }
        run.end();

        assertThat(run.events(QualityKind.STALE_RUN))
                .extracting(QualityEvent::count, QualityEvent::endNanos)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(6L, QualityRun.at("14:00:02.249")));
    }

    @Test
    void aPaneWithTwoPricesEndsTheRunAndBelongsToNone() {
        QualityRun run = run();
        for (String time : new String[] {"14:00:00", "14:00:01", "14:00:02", "14:00:03"}) {
            run.add(time, "100");
        }
        run.add("14:00:04.1", "101").add("14:00:04", "100");
        for (String time : new String[] {"14:00:05", "14:00:06", "14:00:07", "14:00:08"}) {
            run.add(time, "100");
        }
        run.end();
        assertThat(run.events(QualityKind.STALE_RUN)).isEmpty();
    }

    @Test
    void anotherPriceBeginsAnotherRun() {
        QualityRun run = run();
        for (int i = 0; i < 10; i++) {
            run.add(QualityRun.at("14:00:00") + i * 1_000_000_000L, i < 5 ? "100" : "101");
        }
        run.end();

        assertThat(run.events(QualityKind.STALE_RUN))
                .extracting(QualityEvent::detail)
                .containsExactly("{\"price\":\"100\"}", "{\"price\":\"101\"}");
    }
}
