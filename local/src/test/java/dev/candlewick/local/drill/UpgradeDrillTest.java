package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad upgrades of the real jar on a real cluster. With {@code -Dcandlewick.upgrades=all} every kind is tried, which takes a
 * quarter of an hour.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
final class UpgradeDrillTest {
    @TempDir
    private Path directory;

    @Test
    void badUpgradesAreRefusedOrTakenBackAndLeaveNoTrace() throws Exception {
        long seed = Long.getLong("candlewick.seed", 20_261_121L);
        boolean all = "all".equals(System.getProperty("candlewick.upgrades"));
        List<BadUpgrade> kinds =
                all ? List.of(BadUpgrade.values()) : List.of(BadUpgrade.OPEN_THROWS, BadUpgrade.COMMIT_THROWS);
        List<String> notes = new ArrayList<>();
        Drill.Options options = TestDrills.options(directory, kinds.size(), seed, Lane.LATE, 1_500);
        // A machine that also builds is no measure: the minute holds where the drill is run alone.
        try (UpgradeDrill drill = new UpgradeDrill(options, kinds, 90, Duration.ofMinutes(5), notes::add)) {
            DrillReport report = drill.run();

            assertThat(report.disturbances())
                    .as("seed " + seed + " " + notes)
                    .extracting(Disturbance::what)
                    .containsExactlyElementsOf(
                            kinds.stream().map(BadUpgrade::label).toList());
            assertThat(report.findings())
                    .filteredOn(finding -> finding.output().equals("candles.1m"))
                    .allSatisfy(finding -> assertThat(finding.expected()).isPositive());
            assertThat(report.findings())
                    .as("seed " + seed + " " + notes)
                    .allSatisfy(finding -> assertThat(finding.differences())
                            .as(finding.toString())
                            .isZero());
            assertThat(report.differences()).as("seed " + seed + " " + notes).isZero();
        }
    }
}
