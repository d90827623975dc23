package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A streaming job whose trades are all of different dates keeps to its heap of 512 MB, since a subtask holds few files open
 * (failure modes 5.4). {@code -Dcandlewick.dates=20000} is the full size.
 */
class ManyDatesTest {
    private static final int DATES = Integer.getInteger("candlewick.dates", 600);
    private static final long DAY = 86_400_000_000_000L;

    @TempDir
    Path home;

    @Test
    @Timeout(1800)
    void everyDateIsFoundAgain() throws Exception {
        try (LiveBroker broker = new LiveBroker(home.resolve("broker"))) {
            broker.makeTopic("trades");
            String[] trades = new String[DATES];
            for (int i = 0; i < DATES; i++) {
                // From 2000-01-01 on, some noon each day.
                trades[i] = LiveBroker.trade(i, 946_728_000_000_000_000L + i * DAY, "10");
            }
            broker.send("trades", trades);
            List<String> arguments = new ArrayList<>(List.of("run", "--kafka", broker.address()));
            for (String setting : List.of(
                    "output.lake=" + home.resolve("lake"),
                    "checkpoint.interval=2s",
                    "parallelism=2",
                    "intervals=1m",
                    "quality=off",
                    "time.jump=36500d",
                    "future.tolerance=36500d",
                    "source.until=latest")) {
                arguments.addAll(List.of("--set", setting));
            }
            try (JobProcess job = JobProcess.start(home, "dates", arguments)) {
                job.awaitEnd();
                assertThat(job.exitCode()).as(job.err()).isZero();
                assertThat(job.err()).doesNotContain("OutOfMemoryError");
            }
        }
        LakeCatalog catalog = LakeCatalog.open(home.resolve("lake"));
        for (LakeTable table : List.of(LakeTable.TRADES, LakeTable.CANDLES)) {
            assertThat(catalog.manifests(table)).as(table.directory()).hasSize(DATES);
            assertThat(catalog.files(table).stream().mapToLong(LakeFile::rows).sum())
                    .as(table.directory())
                    .isEqualTo(DATES);
        }
    }
}
