package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.Trade;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SequenceGapTest {
    private static QualityRun run() {
        return new QualityRun(QualitySettings.defaults());
    }

    private static List<String> details(QualityRun run) {
        return run.events(QualityKind.SEQUENCE_GAP).stream()
                .map(QualityEvent::detail)
                .toList();
    }

    private static String detail(long first, long last) {
        return "{\"first\":" + first + ",\"last\":" + last + ",\"venue\":\"alpha\"}";
    }

    @Test
    void isOneEventForEachRunOfMissingNumbers() {
        // The numbers arrive and are traded in another order than theirs; 12 and 13, and 15, are missing.
        QualityRun run = run().add("14:00:05", 16)
                .add("14:00:01", 11)
                .add("14:00:03", 14)
                .add("14:00:02", 10)
                .end();

        assertThat(run.events(QualityKind.SEQUENCE_GAP))
                .containsExactly(
                        new QualityEvent(
                                QualityKind.SEQUENCE_GAP,
                                "alpha",
                                "BTC-USD",
                                QualityRun.at("14:00:03"),
                                QualityRun.at("14:00:01"),
                                QualityRun.at("14:00:03"),
                                2,
                                detail(12, 13)),
                        new QualityEvent(
                                QualityKind.SEQUENCE_GAP,
                                "alpha",
                                "BTC-USD",
                                QualityRun.at("14:00:05"),
                                QualityRun.at("14:00:03"),
                                QualityRun.at("14:00:05"),
                                1,
                                detail(15, 15)));
        assertThat(run.reports.get(0).missingSequences()).isEqualTo(3);
        assertThat(run.reports.get(0).largestHole()).isEqualTo(2);
    }

    @Test
    void isNoneInAQuietMarket() {
        QualityRun run = run().add("14:00:01", 10).add("15:30:00", 11).end();

        assertThat(details(run)).isEmpty();
        assertThat(run.reports).extracting(MinuteReport::largestHole).containsOnly(MinuteReport.ABSENT);
    }

    @Test
    void reachesOverMinutes() {
        QualityRun run = run().add("14:00:01", 10).add("14:05:00", 13).end();

        assertThat(details(run)).containsExactly(detail(11, 12));
        assertThat(run.events(QualityKind.SEQUENCE_GAP).get(0).startNanos()).isEqualTo(QualityRun.at("14:00:01"));
    }

    @Test
    void aStragglerBelowTheLargestIsIgnored() {
        QualityRun run = run().add("14:00:01", 10)
                .add("14:00:02", 13)
                .add("14:01:01", 11)
                .add("14:01:02", 14)
                .end();

        assertThat(details(run)).containsExactly(detail(11, 12));
    }

    @Test
    void anEqualNumberEndsAHoleWithItsEarliestTimeAndBeginsOneWithItsLatest() {
        QualityRun run = run().add("14:00:01", 1)
                .add("14:00:09", 5)
                .add("14:00:02", 5)
                .add("14:00:30", 7)
                .end();

        assertThat(run.events(QualityKind.SEQUENCE_GAP))
                .extracting(QualityEvent::startNanos, QualityEvent::endNanos)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(QualityRun.at("14:00:01"), QualityRun.at("14:00:02")),
                        org.assertj.core.groups.Tuple.tuple(QualityRun.at("14:00:09"), QualityRun.at("14:00:30")));
    }

    /** A numbering that began anew misses the number between its largest and the one after the next. */
    @ParameterizedTest(name = "{1} behind {0}: anew {2}")
    @CsvSource({
        "5000, 2499, true",
        "5000, 2500, false",
        "5001, 2500, true",
        "5001, 2501, false",
        "1500, 499, true",
        "1500, 500, false",
        "900, 0, false",
        "999999999999999999, 1, true"
    })
    void numberingBeginsAnewFarBelow(long largest, long next, boolean anew) {
        QualityRun run = run().add("14:00:01", largest)
                .add("14:01:01", next)
                .add("14:02:01", next + 2)
                .end();

        assertThat(details(run)).isEqualTo(anew ? List.of(detail(next + 1, next + 1)) : List.of());
    }

    @Test
    void onlyDecimalNumbersWithoutALeadingZeroCount() {
        QualityRun run = run();
        for (String id : List.of("1", "007", "x9", "1000000000000000000", "3")) {
            Trade trade = run.trade(QualityRun.at("14:00:01"), "100");
            trade.setId(id);
            run.add(trade);
        }

        assertThat(details(run.end())).containsExactly(detail(2, 2));
    }

    @Test
    void theSequenceCountsWhereItIsChosen() {
        QualityRun run = new QualityRun(QualitySettings.defaults().withGapSequence(GapSequence.SEQUENCE));
        for (long sequence : new long[] {7, 9}) {
            Trade trade = run.trade(QualityRun.at("14:00:01"), "100");
            trade.setIdNumber(100 * sequence);
            trade.hasSequence = true;
            trade.sequence = sequence;
            run.add(trade);
        }

        assertThat(details(run.end())).containsExactly(detail(8, 8));
    }

    /** The numbers of all copies count, so it does not matter which of them was accepted. */
    @ParameterizedTest
    @CsvSource({"1, 2, 4", "4, 2, 1", "2, 4, 1"})
    void copiesOfATradeCountInAnyOrder(long first, long second, long third) {
        QualityRun run = new QualityRun(
                EngineSettings.defaults().withDedupKey(DedupKey.FINGERPRINT).withQuality(QualitySettings.defaults()));
        run.add("14:00:01", first)
                .add("14:00:01", second)
                .add("14:00:01", third)
                .end();

        assertThat(run.reports.get(0).trades()).isEqualTo(1);
        assertThat(run.reports.get(0).duplicates()).isEqualTo(2);
        assertThat(details(run)).containsExactly(detail(3, 3));
    }
}
