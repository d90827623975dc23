package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The adaptive scheduler changes the parallelism of the real jar under load; {@code -Dcandlewick.rescale=true}. */
@EnabledIfSystemProperty(named = "candlewick.rescale", matches = "true")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class RescaleDrillTest {
    @TempDir
    private Path directory;

    @Test
    void aTaskManagerThatComesAndGoesAndLessAndMoreAskedForLeaveNoTrace() throws Exception {
        List<String> notes = new ArrayList<>();
        Drill.Options options = TestDrills.options(directory, 4, Long.getLong("candlewick.seed", 7L), Lane.EXACT, 800);
        try (RescaleDrill drill = new RescaleDrill(options, notes::add)) {
            DrillReport report = drill.run();
            assertThat(report.disturbances())
                    .as(notes.toString())
                    .extracting(one -> one.what().replaceAll("[^0-9]", ""))
                    .containsExactly("3", "2", "1", "2");
            assertThat(report.findings())
                    .filteredOn(finding -> finding.output().equals("candles.1m"))
                    .allSatisfy(finding -> assertThat(finding.expected()).isPositive());
            assertThat(report.differences()).as(report.findings().toString()).isZero();
        }
    }
}
