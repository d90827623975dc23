package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.JobJar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real jar on real processes, three of which are killed; and that the comparison would see a fault. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class KillDrillTest {
    @TempDir
    private Path directory;

    @Test
    void killsLeaveNoTraceAndEverySabotageIsFound() throws Exception {
        long seed = Long.getLong("candlewick.seed", 20_261_121L);
        List<String> notes = new ArrayList<>();
        Drill.Options options = new Drill.Options(
                3,
                seed,
                List.of(Lane.LATE),
                1_500,
                "rocksdb",
                null,
                500,
                JobJar.require(),
                directory,
                Path.of(System.getProperty("candlewick.root")),
                null);
        try (KillDrill drill = new KillDrill(options, List.of(KillDrill.Victim.values()), notes::add)) {
            DrillReport report = drill.run();

            assertThat(report.disturbances())
                    .as("seed " + seed + " " + notes)
                    .extracting(one -> one.what().replaceAll("[^a-z ]", "").strip())
                    .containsExactlyInAnyOrder("killed taskmanager", "killed jobmanager", "killed the broker");
            assertThat(report.findings())
                    .as("seed " + seed + " " + notes)
                    .extracting(Finding::output)
                    .contains("candles.1s", "candles.15m", "vwap.5m", "trades.rejected", "lake:candles", "lake:trades");
            assertThat(report.findings())
                    .as("seed " + seed + " " + notes)
                    .allSatisfy(finding -> assertThat(finding.differences())
                            .as(finding.toString())
                            .isZero());
            assertThat(report.findings())
                    .filteredOn(finding -> finding.output().equals("candles.1m"))
                    .allSatisfy(finding -> assertThat(finding.expected()).isPositive());
            assertThat(report.residuals())
                    .hasSize(2)
                    .allSatisfy((run, residual) -> assertThat(residual).as(run).isZero());
            assertThat(report.differences()).isZero();

            // What would be a fault is one: each kind of damage is done to the real topic or lake, and seen.
            drill.spoil(Sabotage.MISSING);
            assertThat(finding(drill, "candles.1m").missing()).isPositive();
            drill.spoil(Sabotage.REPEATED);
            assertThat(finding(drill, "candles.1m").repeated()).isEqualTo(1);
            assertThat(finding(drill, "lake:candles").differences()).isZero();
            drill.spoil(Sabotage.LAKE);
            assertThat(finding(drill, "lake:candles").missing()).isPositive();
        }
    }

    private static Finding finding(Drill drill, String output) {
        return drill.compare().stream()
                .filter(finding -> finding.output().equals(output))
                .findFirst()
                .orElseThrow();
    }
}
