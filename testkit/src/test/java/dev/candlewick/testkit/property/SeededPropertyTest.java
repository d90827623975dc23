package dev.candlewick.testkit.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.opentest4j.TestAbortedException;

@Isolated("changes the system property of the seed")
class SeededPropertyTest {
    private String before;

    @BeforeEach
    void clearSeed() {
        before = System.getProperty(SeededProperty.SEED_PROPERTY);
        System.clearProperty(SeededProperty.SEED_PROPERTY);
    }

    @AfterEach
    void restoreSeed() {
        if (before == null) {
            System.clearProperty(SeededProperty.SEED_PROPERTY);
        } else {
            System.setProperty(SeededProperty.SEED_PROPERTY, before);
        }
    }

    @Test
    void runsAllSeedsAndPasses() {
        List<Long> seen = new ArrayList<>();
        SeededProperty.check(3, seen::add);
        assertThat(seen).containsExactly(1L, 2L, 3L);
    }

    @Test
    void namesTheFailingSeedsAndHowToRunTheFirstAlone() {
        List<Long> seen = new ArrayList<>();
        assertThatThrownBy(() -> SeededProperty.check(LongStream.of(5, 6, 7, 8), seed -> {
                    seen.add(seed);
                    if (seed == 6) {
                        throw new IOException("six is odd");
                    }
                    assertThat(seed).isNotEqualTo(8);
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("failed for seed 6 (2 of 4 seeds failed: [6, 8])")
                .hasMessageContaining("-Dtest=SeededPropertyTest#namesTheFailingSeedsAndHowToRunTheFirstAlone")
                .hasMessageContaining("-Dcandlewick.seed=6")
                .hasRootCauseMessage("six is odd");
        assertThat(seen).containsExactly(5L, 6L, 7L, 8L);
    }

    @Test
    void seedPropertyRunsThatSeedOnly() {
        System.setProperty(SeededProperty.SEED_PROPERTY, "42");
        List<Long> seen = new ArrayList<>();
        SeededProperty.check(3, seen::add);
        assertThat(seen).containsExactly(42L);
    }

    @Test
    void skippedTestStaysSkipped() {
        assertThatThrownBy(() -> SeededProperty.check(3, seed -> {
                    throw new TestAbortedException("no data");
                }))
                .isInstanceOf(TestAbortedException.class);
    }

    @Test
    void noSeedIsAFailure() {
        assertThatThrownBy(() -> SeededProperty.check(0, seed -> {})).isInstanceOf(AssertionError.class);
        assertThatCode(() -> SeededProperty.check(1, seed -> {})).doesNotThrowAnyException();
    }
}
