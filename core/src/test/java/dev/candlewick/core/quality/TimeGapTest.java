package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimeGapTest {
    private static final long START = QualityRun.at("14:00:10.123456789");

    private static QualityRun run() {
        return new QualityRun(QualitySettings.defaults());
    }

    @ParameterizedTest
    @CsvSource({
        "500000000, GAP_500MS",
        "4999999999, GAP_500MS",
        "5000000000, GAP_5S",
        "29999999999, GAP_5S",
        "30000000000, GAP_30S",
        "3600000000000, GAP_30S"
    })
    void isOneEventInItsLargestClass(long pauseNanos, QualityKind kind) {
        QualityRun run = run().add(START, "100").add(START + pauseNanos, "101").end();

        assertThat(run.gaps())
                .containsExactly(new QualityEvent(
                        kind, "alpha", "BTC-USD", START + pauseNanos, START, START + pauseNanos, pauseNanos, null));
        MinuteReport last = run.reports.get(run.reports.size() - 1);
        assertThat(last.gaps500Millis() + last.gaps5Seconds() + last.gaps30Seconds())
                .isEqualTo(1);
        assertThat(last.largestGapNanos()).isEqualTo(pauseNanos);
        assertThat(last.largestGapStartNanos()).isEqualTo(START);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "499999999"})
    void isNoneBelowHalfASecond(long pauseNanos) {
        QualityRun run = run().add(START, "100").add(START + pauseNanos, "101").end();

        assertThat(run.gaps()).isEmpty();
        assertThat(run.reports.get(0).largestGapNanos()).isEqualTo(MinuteReport.ABSENT);
    }

    @Test
    void belongsToTheMinuteOfItsEnd() {
        QualityRun run = run().add("14:00:59.9", "100").add("14:01:00.4", "100").end();

        assertThat(run.reports).extracting(MinuteReport::gaps500Millis).containsExactly(0L, 1L);
    }

    @Test
    void reportNamesTheFirstOfEqualPauses() {
        QualityRun run = run().add("14:00:03", "1")
                .add("14:00:02", "1")
                .add("14:00:01", "1")
                .end();

        assertThat(run.gaps()).hasSize(2);
        assertThat(run.reports.get(0).largestGapStartNanos()).isEqualTo(QualityRun.at("14:00:01"));
    }

    @Test
    void isLostWhereAHoleSpansItAndQuietElsewhere() {
        QualityRun run =
                run().add("14:00:01", 1).add("14:00:02", 2).add("14:00:03", 5).end();

        assertThat(run.gaps())
                .extracting(QualityEvent::detail)
                .containsExactlyInAnyOrder("{\"cause\":\"QUIET\"}", "{\"cause\":\"LOST\"}");
        assertThat(run.events(QualityKind.GAP_500MS).stream()
                        .filter(gap -> gap.endNanos() == QualityRun.at("14:00:03"))
                        .map(QualityEvent::detail))
                .containsExactly("{\"cause\":\"LOST\"}");
    }

    @Test
    void hasNoCauseWhereNumbersAreNotContiguous() {
        QualityRun run = new QualityRun(QualitySettings.defaults().withGapSequence(GapSequence.OFF))
                .add("14:00:01", 1)
                .add("14:00:02", 5)
                .end();

        assertThat(run.gaps()).extracting(QualityEvent::detail).containsOnlyNulls();
        assertThat(run.events(QualityKind.SEQUENCE_GAP)).isEmpty();
    }
}
