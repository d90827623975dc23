package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.cli.CommandFailure;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PaceTest {

    private static final long SECOND = 1_000_000_000L;

    @Test
    void spreadsRecordsEvenly() {
        Pace pace = Pace.rate(100);
        Duration taken = time(() -> {
            for (int i = 0; i <= 20; i++) {
                pace.await(null, () -> false);
            }
        });
        // The first goes at once, the twentieth behind it 0.2 s later.
        assertThat(taken).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }

    @Test
    void followsEventTimeByAFactor() {
        Pace pace = Pace.speed("200x");
        Duration taken = time(() -> {
            pace.await(5 * SECOND, () -> false);
            pace.await(null, () -> false);
            pace.await(3 * SECOND, () -> false);
            pace.await(65 * SECOND, () -> false);
        });
        // Without the factor it were a minute.
        assertThat(taken).isGreaterThanOrEqualTo(Duration.ofMillis(300)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void doesNotWaitForATimeThatIsAFault() {
        Pace pace = Pace.speed("1x");
        Duration taken = time(() -> {
            pace.await(SECOND, () -> false);
            pace.await(TimeUnit.DAYS.toNanos(400), () -> false);
            pace.await(Long.MAX_VALUE, () -> false);
            pace.await(Long.MIN_VALUE, () -> false);
            pace.await(SECOND + 1, () -> false);
        });
        assertThat(taken).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void endsItsWaitWhenItIsStopped() {
        Pace pace = Pace.speed("1x");
        Duration taken = time(() -> {
            pace.await(0L, () -> false);
            pace.await(TimeUnit.DAYS.toNanos(1), () -> true);
        });
        assertThat(taken).isLessThan(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0x", "-1x", "x", "fast", "", "1e999x"})
    void refusesWhatIsNoFactor(String text) {
        assertThatThrownBy(() -> Pace.speed(text))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("speed must be a factor above 0")
                .hasMessageContaining("10x");
    }

    private static Duration time(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
