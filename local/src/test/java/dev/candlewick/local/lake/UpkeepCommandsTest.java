package dev.candlewick.local.lake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeOverlay;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.testing.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands of {@code candlewick lake} as a user runs them, on lakes that real sinks wrote. */
class UpkeepCommandsTest {
    @TempDir
    Path folder;

    private Path lake;
    private Cli cli;

    @BeforeEach
    void setUp() throws Exception {
        lake = folder.resolve("lake");
        cli = new Cli(folder);
        LakeFixture.sample().streaming(lake, "live");
        // A job restored from an older checkpoint: the same rows again, and new ones.
        LakeFixture again = LakeFixture.sample();
        again.trades.add(LakeFixture.trade("NEW", 5, 100, 9));
        again.candles.add(LakeFixture.candle("A/B", 60_000_000_000L, 3, 8));
        again.rejected.addAll(LakeFixture.sample().rejected);
        again.streaming(lake, "live");
    }

    private Cli.Result ok(String... arguments) {
        Cli.Result result = cli.run(arguments);
        assertThat(result.code()).as(result.err()).isZero();
        return result;
    }

    private String dump(String version) {
        return ok("dump", "--lake", version, "--canonical").out();
    }

    private String generations() {
        return ok(
                        "query",
                        "--lake",
                        "lake",
                        "-o",
                        "csv",
                        "SELECT symbol, read_offset, generation, run, known_at_ns FROM trades ORDER BY ALL")
                .out();
    }

    @Test
    void compactChangesNothingThatReadersSee() {
        String before = dump("lake");
        String generations = generations();
        Cli.Result dirty = ok("lake", "repair", "--lake", "lake", "--deep", "--rows", "-o", "csv");
        assertThat(dirty.out()).contains("copies,trades/version=1/", "with --yes");
        Cli.Result compacted = ok("lake", "compact", "--lake", "lake", "-o", "csv");
        assertThat(compacted.lines().get(0)).startsWith("partition,generation,files_before,files_after");
        assertThat(compacted.lines()).hasSizeGreaterThan(3);
        assertThat(dump("lake")).isEqualTo(before);
        assertThat(generations()).isEqualTo(generations);
        assertThat(ok("lake", "compact", "--lake", "lake").err()).contains("nothing to merge");
        assertThat(ok("lake", "repair", "--lake", "lake", "--deep", "--rows").err())
                .contains("nothing to mend");
        assertThat(cli.run("lake", "compact", "--lake", "lake", "--table", "x").code())
                .isEqualTo(2);
    }

    @Test
    void overlayOverAStreamingVersionIsReadLikeOneVersion() throws Exception {
        List<String> candles = dump("lake")
                .lines()
                .filter(line -> line.startsWith("{\"table\":\"candles\""))
                .toList();
        LocalDate day = LocalDate.parse("1970-01-01");
        // Candles of the day are computed again, for one symbol only; the others are carried over.
        try (LakeRun run = LakeRun.over(
                lake,
                "fix",
                LakeOverlay.days(1, Set.of(LakeTable.CANDLES), day, day),
                false,
                LakeScales.covering(12, 8),
                Clock.systemUTC(),
                note -> {})) {
            LakePublisher.publish(
                    run, LakeFixture.report(), CanonicalDump::digests, (venue, symbol) -> !symbol.equals("it's"));
        }
        assertThat(LakeCatalog.open(lake).version()).isEqualTo(2);
        List<String> versions =
                ok("lake", "versions", "--lake", "lake", "-o", "csv").lines();
        assertThat(versions.get(1)).startsWith("1,published,live,streaming,,,");
        assertThat(versions.get(2)).startsWith("2,current,fix,bounded,1,candles:1970-01-01,");
        List<String> left = dump("lake")
                .lines()
                .filter(line -> line.startsWith("{\"table\":\"candles\""))
                .toList();
        assertThat(left)
                .isEqualTo(candles.stream()
                        .filter(line -> !line.contains("\"it's\""))
                        .toList())
                .hasSizeLessThan(candles.size());
        assertThat(ok("query", "--lake", "lake", "-o", "csv", "SELECT count(*) FROM trades")
                        .lines())
                .isEqualTo(ok("query", "--lake", "lake@1", "-o", "csv", "SELECT count(*) FROM trades")
                        .lines());
        String before = dump("lake");
        ok("lake", "compact", "--lake", "lake");
        assertThat(dump("lake")).isEqualTo(before);
        assertThat(ok("lake", "retain", "--lake", "lake", "--keep-versions", "1")
                        .err())
                .contains("nothing to remove");
    }

    @Test
    void backupBringsADamagedLakeBack() throws Exception {
        String before = dump("lake");
        Cli.Result backup = ok("lake", "backup", "--lake", "lake", "--to", "backup");
        assertThat(backup.lines()).hasSize(1);
        Path file = LakeCatalog.open(lake).files(LakeTable.CANDLES).get(0).path();
        Files.write(file, new byte[] {1, 2, 3});
        Cli.Result repair = cli.run("lake", "repair", "--lake", "lake", "--yes", "-o", "csv");
        assertThat(repair.code()).isEqualTo(3);
        assertThat(repair.out()).contains("damaged,candles/version=1/", ",no");
        assertThat(repair.err()).contains("files that manifests name must be whole, 1 are not");
        assertThat(cli.run("lake", "backup", "--lake", "lake", "--to", "backup").code())
                .isEqualTo(3);
        assertThat(cli.run("lake", "restore", "--from", "backup", "--to", "lake")
                        .code())
                .isEqualTo(2);
        assertThat(ok("lake", "restore", "--from", "backup", "--to", "restored").err())
                .contains("snapshot " + backup.lines().get(0) + " restored");
        assertThat(dump("restored")).isEqualTo(before);
    }

    @Test
    void retainNeedsYes() throws Exception {
        LakeFixture.sample().bounded(lake, "b1");
        LakeFixture.sample().bounded(lake, "b2");
        Cli.Result plan = ok("lake", "retain", "--lake", "lake", "--keep-versions", "1", "-o", "csv");
        assertThat(plan.out()).contains("version,candles/version=1,").contains("version,candles/version=2,");
        assertThat(plan.err()).contains("bytes would be removed with --yes");
        assertThat(LakeCatalog.open(lake, 1).files(LakeTable.CANDLES)).isNotEmpty();
        ok("lake", "retain", "--lake", "lake", "--keep-versions", "1", "--yes");
        assertThat(cli.run("dump", "--lake", "lake@1", "--canonical").code()).isEqualTo(2);
        assertThat(dump("lake")).isNotEmpty();
        assertThat(cli.run("lake", "retain", "--lake", "lake", "--keep-days", "0")
                        .code())
                .isEqualTo(2);
    }
}
