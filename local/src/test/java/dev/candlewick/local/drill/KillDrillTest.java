package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real jar on real processes: three of them are killed, the job is stopped and started as another version, poison is
 * sent, the job is started twice, the disk is full; and that the comparison would see a fault. That a process hangs takes
 * longer, and is done with {@code -Dcandlewick.drill.hang=true}.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class KillDrillTest {
    @TempDir
    private Path directory;

    @Test
    void killsLeaveNoTraceAndEverySabotageIsFound() throws Exception {
        long seed = Long.getLong("candlewick.seed", 20_261_121L);
        List<String> notes = new ArrayList<>();
        KillFault kill = new KillFault(List.of(KillFault.Victim.values()));
        List<Fault> faults = new ArrayList<>(
                List.of(kill, kill, kill, new RestartFault(1, null), new PoisonFault(), new TwiceFault()));
        List<String> kinds = new ArrayList<>(List.of(
                "killed taskmanager",
                "killed jobmanager",
                "killed broker",
                "stopped with a savepoint, started with another version",
                "sent poison",
                "started the job twice, without state"));
        if (mayMount()) {
            faults.add(new FullDiskFault());
            kinds.add("filled the disk of the checkpoints, briefly");
        }
        Drill.Options options = options(seed, faults.size());
        try (Drill drill = new FaultDrill(options, faults, notes::add)) {
            DrillReport report = drill.run();

            assertThat(report.disturbances())
                    .as("seed " + seed + " " + notes)
                    .extracting(one -> one.kind().replaceAll(" (at any moment|within a snapshot|between .*)", ""))
                    .containsExactlyInAnyOrderElementsOf(kinds);
            assertThat(report.findings())
                    .filteredOn(finding -> finding.output().equals("poison rejected"))
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.expected()).isEqualTo(2 * 2 * 8));
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

    @Test
    @EnabledIfSystemProperty(named = "candlewick.drill.hang", matches = "true")
    void aTaskManagerThatComesBackWritesNothingTwice() throws Exception {
        long seed = Long.getLong("candlewick.seed", 20_261_121L);
        List<String> notes = new ArrayList<>();
        HangFault hang = new HangFault(Duration.ofSeconds(25), Duration.ofSeconds(8));
        Drill.Options options = options(seed, 2);
        try (Drill drill = new FaultDrill(options, List.of(hang), notes::add)) {
            DrillReport report = drill.run();

            assertThat(report.disturbances())
                    .as("seed " + seed + " " + notes)
                    .hasSize(2)
                    .allSatisfy(one -> assertThat(one.when()).contains("went to the other one"));
            assertThat(report.differences())
                    .as("seed " + seed + " " + report.findings())
                    .isZero();
        }
    }

    private Drill.Options options(long seed, int times) {
        return TestDrills.options(directory, times, seed, Lane.LATE, 1_500);
    }

    /** Only who may mount can fill a file system that is nobody else's. */
    private boolean mayMount() throws Exception {
        Path probe = directory.resolve("probe");
        boolean mounted = FullDiskFault.mount(probe).isEmpty();
        if (mounted) {
            assertThat(FullDiskFault.unmount(probe)).isEmpty();
        }
        return mounted;
    }

    private static Finding finding(Drill drill, String output) {
        return drill.compare().stream()
                .filter(finding -> finding.output().equals(output))
                .findFirst()
                .orElseThrow();
    }
}
