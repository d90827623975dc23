package dev.candlewick.connectors.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeOverlay;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeSamples;
import dev.candlewick.connectors.lake.LakeSteps;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retention, repair, backup and restore. */
class LakeUpkeepTest {
    private static final Duration DAY = Duration.ofDays(1);
    private static final LakeRepair.Options DEEP = new LakeRepair.Options(true, true, LakeRepair.LEFTOVER_AGE);

    @TempDir
    Path folder;

    private Path lake;
    private final List<String> notes = new ArrayList<>();
    private InstantSource clock = InstantSource.fixed(Instant.parse("2024-03-09T12:00:00Z"));

    @BeforeEach
    void setUp() {
        lake = folder.resolve("lake");
    }

    private static String day(int day) {
        return "interval=1m/year=2024/month=03/day=0" + day;
    }

    private void bounded(String name, int... days) throws IOException {
        try (LakeRun run = LakeRun.bounded(lake, name, LakeSamples.SCALES, clock, notes::add)) {
            for (int day : days) {
                LakeSamples.write(run, LakeTable.CANDLES, day(day), LakeSamples.candle(name + day, 0, 0));
            }
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
    }

    private void over(String name, int base, int day) throws IOException {
        LocalDate date = LocalDate.parse("2024-03-0" + day);
        LakeOverlay overlay = LakeOverlay.days(base, Set.of(LakeTable.CANDLES), date, date);
        try (LakeRun run = LakeRun.over(lake, name, overlay, false, LakeSamples.SCALES, clock, notes::add)) {
            LakeSamples.write(run, LakeTable.CANDLES, day(day), LakeSamples.candle(name + day, 0, 0));
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
    }

    private LakeRun streaming() {
        return LakeRun.streaming(lake, "live", LakeSamples.SCALES, clock, notes::add);
    }

    private static List<String> symbols(LakeCatalog catalog) throws Exception {
        return LakeSamples.rows(
                        "SELECT symbol FROM " + LakeSamples.from(catalog, LakeTable.CANDLES) + " ORDER BY symbol")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    private List<String> symbols() throws Exception {
        return symbols(LakeCatalog.open(lake));
    }

    private List<String> listing(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root)) {
            return walk.filter(Files::isRegularFile)
                    .map(path -> root.relativize(path).toString())
                    .filter(name -> !name.equals(".lock"))
                    .sorted()
                    .toList();
        }
    }

    // Retention

    private LakeRetention.Policy versions(int kept) {
        return new LakeRetention.Policy(kept, null, LakeRetention.REPLACED_AGE);
    }

    @Test
    void oldVersionsGoButNotWhatAKeptOneLiesOver() throws Exception {
        bounded("v1", 4, 5);
        bounded("v2", 4, 5);
        bounded("v3", 4, 5);
        over("v4", 2, 4);
        List<String> before = listing(lake);
        assertThat(LakeRetention.plan(lake, versions(1), clock))
                .extracting(LakeRetention.Removal::path)
                .containsExactlyInAnyOrder("candles/version=1", "candles/version=3");
        assertThat(listing(lake)).as("a plan changes nothing").isEqualTo(before);
        assertThat(LakeRetention.apply(lake, versions(1), clock, notes::add)).hasSize(2);
        assertThat(symbols()).containsExactly("v25", "v44");
        assertThat(symbols(LakeCatalog.open(lake, 2))).containsExactly("v24", "v25");
        assertThatThrownBy(() -> LakeCatalog.open(lake, 1)).hasMessageContaining("must be one of [2, 4], was 1");
        assertThat(lake.resolve("runs/v1/run.json")).as("records stay").exists();
        assertThat(listing(lake)).noneMatch(name -> name.contains("version=1") || name.contains("staging"));
        assertThatThrownBy(() -> bounded("v1", 4)).hasMessageContaining("name of its own");
        assertThat(LakeRetention.plan(lake, versions(1), clock)).isEmpty();
        assertThat(notes).isEmpty();
    }

    @Test
    void versionsOfRunsThatAreNotOverStay() throws Exception {
        try (LakeRun live = streaming()) {
            LakeSamples.write(live, LakeTable.CANDLES, day(4), LakeSamples.candle("LIVE", 0, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
            bounded("v2", 4);
            bounded("v3", 4);
            LocalDate date = LocalDate.parse("2024-03-04");
            LakeRun unfinished = LakeRun.over(
                    lake,
                    "unfinished",
                    LakeOverlay.days(2, Set.of(LakeTable.CANDLES), date, date),
                    true,
                    LakeSamples.SCALES,
                    clock,
                    notes::add);
            unfinished.close();
            assertThat(LakeRetention.apply(lake, versions(1), clock, notes::add))
                    .isEmpty();
            LakeRun.resume(lake, "unfinished", clock, notes::add).discard();
            assertThat(LakeRetention.apply(lake, versions(1), clock, notes::add))
                    .extracting(LakeRetention.Removal::path)
                    .containsExactly("candles/version=2");
        }
        assertThat(symbols(LakeCatalog.open(lake, 1))).containsExactly("LIVE");
    }

    @Test
    void oldDaysGoByTheLakesOwnTimeAndNotWhereAJobWrites() throws Exception {
        LakeRetention.Policy policy = new LakeRetention.Policy(null, 2, LakeRetention.REPLACED_AGE);
        try (LakeRun live = streaming()) {
            for (int day : new int[] {3, 4, 5, 6}) {
                LakeSamples.write(live, LakeTable.CANDLES, day(day), LakeSamples.candle("D" + day, 0, 0));
            }
            LakePublisher.publishCommitted(live, LakeSamples.report());
            Path partition = lake.resolve("candles/version=1/" + day(4));
            Files.writeString(partition.resolve(".part-x.parquet.inprogress.7"), "late trades come");
            assertThat(LakeRetention.plan(lake, policy, clock))
                    .extracting(LakeRetention.Removal::path)
                    .as("two days up to March 6, the newest")
                    .containsExactly("candles/version=1/" + day(3));
            LakeRetention.apply(lake, policy, clock, notes::add);
            assertThat(symbols()).containsExactly("D4", "D5", "D6");
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .isZero();
        }
        // Of a trade in a far future, today is taken for the newest day.
        bounded("far", 5);
        try (LakeRun run = LakeRun.bounded(lake, "farther", LakeSamples.SCALES, clock, notes::add)) {
            LakeSamples.write(run, LakeTable.CANDLES, day(8), LakeSamples.candle("D8", 0, 0));
            LakeSamples.write(
                    run, LakeTable.CANDLES, "interval=1m/year=2099/month=01/day=01", LakeSamples.candle("F", 0, 0));
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
        LakeRetention.apply(lake, policy, clock, notes::add);
        assertThat(symbols()).containsExactly("D8", "F");
        assertThatThrownBy(() -> new LakeRetention.Policy(0, null, DAY)).isInstanceOf(LakeException.class);
    }

    @Test
    void replacedFilesGoAfterTheirAge() throws Exception {
        try (LakeRun live = streaming()) {
            for (int i = 0; i < 3; i++) {
                LakeSamples.write(live, LakeTable.CANDLES, day(4), LakeSamples.candle("S" + i, 0, 0));
            }
            LakePublisher.publishCommitted(live, LakeSamples.report());
            LakeCompaction.run(
                    lake,
                    0,
                    EnumSet.allOf(LakeTable.class),
                    null,
                    null,
                    new LakeCompaction.Settings(1 << 20, 1 << 20),
                    clock,
                    notes::add,
                    result -> {});
            LakeRetention.Policy policy = new LakeRetention.Policy(null, null, DAY);
            assertThat(LakeRetention.plan(lake, policy, clock)).isEmpty();
            InstantSource later = InstantSource.offset(clock, Duration.ofHours(25));
            assertThat(LakeRetention.apply(lake, policy, later, notes::add)).hasSize(3);
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .isZero();
            assertThat(symbols()).hasSize(3);
            Path again = LakeSamples.write(live, LakeTable.CANDLES, day(4), LakeSamples.candle("S9", 0, 0));
            // Sinks never give a name twice.
            Files.move(again, again.resolveSibling("part-new-0.parquet"));
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .isEqualTo(1);
        }
        assertThat(LakeCatalog.open(lake).manifests(LakeTable.CANDLES).get(0).replaced())
                .as("what is gone need not be known any more")
                .isEmpty();
        assertThat(symbols()).hasSize(4);
    }

    @Test
    void killedWhileItRemovesTheLakeIsWhole() throws Exception {
        List<String> fatal = List.of("lake.json", "move candles/version=1", "move candles/version=2", "end");
        for (String step : fatal) {
            Path old = lake;
            lake = folder.resolve("lake-" + fatal.indexOf(step));
            bounded("v1", 4);
            bounded("v2", 4);
            bounded("v3", 4);
            assertThatThrownBy(() -> LakeRetention.apply(lake, versions(1), clock, notes::add, s -> {
                        if (s.equals(step)) {
                            throw new IOException("killed");
                        }
                    }))
                    .as(step)
                    .isInstanceOf(LakeException.class);
            assertThat(symbols()).as("killed before %s", step).containsExactly("v34");
            bounded("v4", 4);
            assertThat(LakeRepair.look(lake, DEEP, InstantSource.offset(InstantSource.system(), Duration.ofDays(9))))
                    .as("killed before %s", step)
                    .allMatch(finding -> finding.kind() == LakeRepair.Kind.ORPHAN && finding.mendable());
            lake = old;
        }
    }

    // Repair

    @Test
    void wholeLakesHaveNoFindings() throws Exception {
        bounded("v1", 4, 5);
        try (LakeRun live = streaming()) {
            LakeSamples.write(live, LakeTable.CANDLES, day(4), LakeSamples.candle("LIVE", 0, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
            assertThat(LakeRepair.look(lake, DEEP, clock)).isEmpty();
            LakeSamples.write(live, LakeTable.CANDLES, day(4), LakeSamples.candle("LIVE2", 0, 0));
            assertThat(LakeRepair.mend(lake, DEEP, clock, notes::add))
                    .extracting(LakeRepair.Finding::kind)
                    .containsExactly(LakeRepair.Kind.UNPUBLISHED);
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .isEqualTo(1);
        }
    }

    @Test
    void damageIsToldWithWhatIsLost() throws Exception {
        bounded("v1", 4, 5, 6);
        List<LakeFile> files = LakeCatalog.open(lake).files(LakeTable.CANDLES);
        Files.delete(files.get(0).path());
        byte[] bytes = Files.readAllBytes(files.get(1).path());
        Files.write(files.get(1).path(), java.util.Arrays.copyOf(bytes, bytes.length - 1));
        byte[] flipped = Files.readAllBytes(files.get(2).path());
        flipped[60] ^= 1;
        Files.write(files.get(2).path(), flipped);
        assertThat(LakeRepair.look(lake, new LakeRepair.Options(false, false, DAY), clock))
                .as("a flipped bit in the data needs the digest")
                .hasSize(2);
        List<LakeRepair.Finding> findings = LakeRepair.mend(lake, DEEP, clock, notes::add);
        assertThat(findings)
                .hasSize(3)
                .allMatch(finding -> finding.kind() == LakeRepair.Kind.DAMAGED && !finding.mendable());
        assertThat(findings.get(0).detail()).contains("it is missing: 1 rows with start_ns 0 to 0");
        assertThat(findings.get(1).detail()).contains("bytes, was " + (bytes.length - 1));
        assertThat(findings.get(2).detail()).contains("its digest must be");
    }

    @Test
    void leftoversGoWhenTheyAreOld() throws Exception {
        bounded("v1", 4);
        Path partition = lake.resolve("candles/version=1/" + day(4));
        Path orphan = partition.resolve("part-dead-0.parquet");
        Path hidden = partition.resolve(".part-dead-1.parquet.inprogress.9");
        Files.writeString(orphan, "x");
        Files.writeString(hidden, "x");
        Path version = Files.createDirectories(lake.resolve("candles/version=9/" + day(4)));
        InstantSource now = InstantSource.system();
        assertThat(LakeRepair.mend(lake, DEEP, now, notes::add)).noneMatch(LakeRepair.Finding::mendable);
        assertThat(orphan).exists();
        FileTime old = FileTime.from(now.instant().minus(Duration.ofDays(8)));
        Files.setLastModifiedTime(orphan, old);
        Files.setLastModifiedTime(hidden, old);
        Files.setLastModifiedTime(lake.resolve("candles/version=9"), old);
        assertThat(LakeRepair.look(lake, DEEP, now))
                .extracting(LakeRepair.Finding::kind)
                .containsExactly(LakeRepair.Kind.IN_PROGRESS, LakeRepair.Kind.ORPHAN, LakeRepair.Kind.ORPHAN);
        LakeRepair.mend(lake, DEEP, InstantSource.offset(now, Duration.ofSeconds(1)), notes::add);
        assertThat(orphan).doesNotExist();
        assertThat(hidden).doesNotExist();
        assertThat(version).doesNotExist();
        assertThat(LakeRepair.look(lake, DEEP, now)).isEmpty();
        assertThat(symbols()).containsExactly("v14");
    }

    @Test
    void rowsWrittenTwiceAreFoundAndMended() throws Exception {
        try (LakeRun live = streaming()) {
            LakeSamples.write(live, LakeTable.CANDLES, day(4), LakeSamples.candle("S", 0, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
            LakeSamples.write(
                    live, LakeTable.CANDLES, day(4), LakeSamples.candle("S", 0, 0), LakeSamples.candle("S", 1, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
            assertThat(LakeRepair.look(lake, new LakeRepair.Options(true, false, DAY), clock))
                    .isEmpty();
            assertThat(LakeRepair.mend(lake, DEEP, clock, notes::add))
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.kind()).isEqualTo(LakeRepair.Kind.COPIES);
                        assertThat(finding.detail()).startsWith("1 rows were written twice");
                    });
            assertThat(LakeRepair.look(lake, DEEP, clock)).isEmpty();
            assertThat(symbols()).containsExactly("S", "S");
        }
    }

    // Backup

    @Test
    void restoredLakeIsTheLakeOfTheSnapshot() throws Exception {
        bounded("v1", 4, 5);
        over("v2", 1, 4);
        Path savepoints = Files.createDirectories(folder.resolve("savepoints/sp-1"));
        Files.writeString(savepoints.resolve("_metadata"), "state");
        Path backup = folder.resolve("backup");
        LakeBackup.Snapshot first = LakeBackup.take(lake, backup, folder.resolve("savepoints"), false, clock);
        List<String> files = listing(lake);
        assertThat(first.files()).isEqualTo(files.size() + 1);
        bounded("v3", 6);
        clock = InstantSource.offset(clock, Duration.ofSeconds(60));
        LakeBackup.Snapshot second = LakeBackup.take(lake, backup, null, true, clock);
        assertThat(second.copied())
                .as("lake.json, run.json (one object with the run's), its manifest and its file")
                .isBetween(4, 6);
        assertThat(LakeBackup.snapshots(backup)).containsExactly(first.name(), second.name());

        Path restored = folder.resolve("restored");
        Path restoredSavepoints = folder.resolve("restored savepoints");
        LakeBackup.restore(backup, first.name(), restored, restoredSavepoints);
        assertThat(listing(restored)).isEqualTo(files);
        for (String name : files) {
            if (name.endsWith(".parquet")) {
                assertThat(restored.resolve(name)).hasSameBinaryContentAs(lake.resolve(name));
            }
        }
        assertThat(symbols(LakeCatalog.open(restored))).containsExactly("v15", "v24");
        assertThat(LakeRepair.look(restored, DEEP, clock)).isEmpty();
        assertThat(restoredSavepoints.resolve("sp-1/_metadata")).hasContent("state");
        LakeBackup.restore(backup, null, folder.resolve("newest"), null);
        assertThat(symbols(LakeCatalog.open(folder.resolve("newest")))).containsExactly("v36");
        assertThatThrownBy(() -> LakeBackup.restore(backup, null, restored, null))
                .hasMessageContaining("must be missing or empty");
        assertThatThrownBy(() -> LakeBackup.restore(backup, "../x", folder.resolve("y"), null))
                .hasMessageContaining("snapshot must be one of");
        assertThatThrownBy(() -> LakeBackup.take(lake, lake.resolve("b"), null, false, clock))
                .hasMessageContaining("outside of the lake");
    }

    @Test
    void damagedBackupIsRefusedAndADamagedLakeIsNotBackedUp() throws Exception {
        bounded("v1", 4);
        Path backup = folder.resolve("backup");
        LakeBackup.take(lake, backup, null, false, clock);
        LakeFile file = LakeCatalog.open(lake).files(LakeTable.CANDLES).get(0);
        Path object =
                backup.resolve("objects").resolve(file.sha256().substring(0, 2)).resolve(file.sha256());
        byte[] bytes = Files.readAllBytes(object);
        byte[] flipped = bytes.clone();
        flipped[100] ^= 1;
        Path restored = folder.resolve("restored");
        for (String damage : List.of("flipped", "missing")) {
            if (damage.equals("flipped")) {
                Files.write(object, flipped);
            } else {
                Files.delete(object);
            }
            assertThatThrownBy(() -> LakeBackup.restore(backup, null, restored, null))
                    .as(damage)
                    .isInstanceOfSatisfying(
                            LakeException.class, e -> assertThat(e.kind()).isEqualTo(LakeException.Kind.MISMATCH))
                    .hasMessageContaining("nothing was restored");
            assertThat(restored).doesNotExist();
        }
        Files.write(object, bytes);
        LakeBackup.restore(backup, null, restored, null);
        assertThat(symbols(LakeCatalog.open(restored))).containsExactly("v14");

        Files.write(file.path(), flipped);
        assertThatThrownBy(() ->
                        LakeBackup.take(lake, backup, null, false, InstantSource.offset(clock, Duration.ofSeconds(5))))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("no snapshot was taken");
        assertThat(LakeBackup.snapshots(backup)).hasSize(1);
    }

    @Test
    void killedBackupAndRestoreLeaveNothingThatCounts() throws Exception {
        bounded("v1", 4, 5);
        Path backup = folder.resolve("backup");
        List<String> steps = new ArrayList<>();
        LakeBackup.take(lake, folder.resolve("probe"), null, false, clock, steps::add);
        assertThat(steps).hasSize(4);
        for (String fatal : steps) {
            assertThatThrownBy(() -> LakeBackup.take(lake, backup, null, false, clock, killBefore(fatal)))
                    .isInstanceOf(LakeException.class);
            assertThat(LakeBackup.snapshots(backup)).as(fatal).isEmpty();
        }
        assertThat(LakeBackup.take(lake, backup, null, false, clock).copied())
                .as("what killed backups have copied is used")
                .isZero();
        Path restored = folder.resolve("restored");
        assertThatThrownBy(() -> LakeBackup.restore(backup, null, restored, null, killBefore("rename lake/")))
                .isInstanceOf(LakeException.class);
        assertThat(restored).doesNotExist();
        LakeBackup.restore(backup, null, restored, null);
        assertThat(symbols(LakeCatalog.open(restored))).containsExactly("v14", "v15");
    }

    private static LakeSteps killBefore(String fatal) {
        return step -> {
            if (step.equals(fatal)) {
                throw new IOException("killed before " + step);
            }
        };
    }
}
