package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SilenceDetectorTest {
    private static final long FIRST = QualityRun.at("14:00:55") / Interval.SECOND_NANOS;
    private static final long LATENESS_NANOS = 2 * Interval.SECOND_NANOS;

    private final List<QualityEvent> events = new ArrayList<>();
    private SilenceDetector detector = newDetector();

    private static SilenceDetector newDetector() {
        QualitySettings settings =
                new QualitySettings(true, false, OutlierRule.HAMPEL, OutlierScope.TRADE, 5, GapSequence.OFF, 100, 1, 3);
        return new SilenceDetector(settings, Intervals.parse("1s,1m").finest(), LATENESS_NANOS);
    }

    /** Trades of a venue in seconds counted from {@link #FIRST}. */
    private void trades(String venue, int... seconds) {
        SecondsSeen seen = new SecondsSeen();
        for (int second : seconds) {
            seen.add(venue, (FIRST + second) * Interval.SECOND_NANOS + 999_999_999);
        }
        seen.drainTo(detector::add);
    }

    private void advance(long millis) {
        detector.advance(millis, events::add);
    }

    private List<String> end() {
        advance(Long.MAX_VALUE);
        return texts();
    }

    private List<String> texts() {
        return events.stream()
                .map(event -> event.kind() + " " + event.venue() + " at " + second(event.eventTimeNanos()) + " from "
                        + second(event.startNanos())
                        + (event.kind().name().equals("SILENCE") ? "" : " to " + second(event.endNanos())) + " for "
                        + event.count())
                .toList();
    }

    private static long second(long nanos) {
        assertThat(Math.floorMod(nanos, Interval.SECOND_NANOS)).isZero();
        return nanos / Interval.SECOND_NANOS - FIRST;
    }

    private byte[] written() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        detector.write(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    @Test
    void beginsAndEndsOverAMinute() {
        trades("alpha", 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        trades("beta", 0, 1, 2, 8, 9);

        assertThat(end()).containsExactly("SILENCE beta at 6 from 3 for 3", "SILENCE_END beta at 8 from 3 to 8 for 5");
    }

    @Test
    void twoSecondsAreNoneOfThree() {
        trades("alpha", 0, 1, 2, 3);
        trades("beta", 0, 3);

        assertThat(end()).isEmpty();
    }

    @Test
    void aSecondInWhichNobodyTradesEndsTheRow() {
        trades("alpha", 0, 1, 2, 4, 5, 6, 7);
        trades("beta", 0, 8);

        // 1 and 2 are two seconds only, 3 is nobody's, 4 to 7 are four.
        assertThat(end()).containsExactly("SILENCE beta at 7 from 4 for 3", "SILENCE_END beta at 8 from 4 to 8 for 4");
    }

    @Test
    void endsBehindTheLastTradeOfAnybody() {
        trades("alpha", 0, 1, 2, 3);
        trades("beta", 0);

        assertThat(end()).containsExactly("SILENCE beta at 4 from 1 for 3", "SILENCE_END beta at 4 from 1 to 4 for 3");
    }

    @Test
    void aVenueIsUnknownBeforeItsFirstTrade() {
        trades("alpha", 0, 1, 2, 3, 4, 5, 6);
        trades("beta", 5, 6);

        assertThat(end()).isEmpty();
    }

    @Test
    void oneVenueAloneIsNeverSilent() {
        trades("alpha", 0, 20, 300);

        assertThat(end()).isEmpty();
    }

    @Test
    void isSaidWhenItsSecondIsFinal() {
        trades("alpha", 0, 1, 2, 3, 4);
        trades("beta", 0);
        long finalMillis = (FIRST + 4 + 2) * 1_000 - 1;

        advance(finalMillis - 1);
        assertThat(events).isEmpty();
        advance(finalMillis);
        assertThat(texts()).containsExactly("SILENCE beta at 4 from 1 for 3");
    }

    @Test
    void goesOnFromWhatWasWritten() throws IOException {
        trades("alpha", 0, 1, 2, 3, 4, 5, 6);
        trades("beta", 0, 6);
        for (int second = -1; second < 12; second++) {
            advance((FIRST + second) * 1_000 - 1);
            byte[] written = written();
            detector = newDetector();
            detector.read(new DataInputStream(new ByteArrayInputStream(written)));
        }

        assertThat(end()).containsExactly("SILENCE beta at 4 from 1 for 3", "SILENCE_END beta at 6 from 1 to 6 for 5");
    }

    @Test
    void bytesThatEndTooEarlyAreRefused() throws IOException {
        trades("alpha", 0, 1, 70);
        trades("beta", 0);
        advance((FIRST + 3) * 1_000);
        byte[] written = written();

        for (int length = 0; length < written.length; length++) {
            byte[] cut = Arrays.copyOf(written, length);
            assertThatThrownBy(() -> newDetector().read(new DataInputStream(new ByteArrayInputStream(cut))))
                    .as("%d of %d bytes", length, written.length)
                    .isInstanceOf(IOException.class);
        }
    }
}
