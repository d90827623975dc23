package dev.candlewick.local.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code backfill} as its user runs it: days alone and together, both modes, what stands already, and what is broken. */
class BackfillCommandTest {
    private static final long SEED = Long.getLong("candlewick.seed", 20_240_304L);
    private static final String TABLES = "candles,vwap,quality,reports";

    /** Scales that hold every scale that a test gives. */
    private static final String[] SCALES = {
        "--set", "price.scale=WIDE=18,*=12", "--set", "size.scale=WIDE=12,*=8", "--intervals", "1s,1m,5m,15m"
    };

    @TempDir
    private static Path shared;

    private static String original = "";

    @TempDir
    private Path directory;

    private Cli cli = new Cli(Path.of("."));

    @BeforeAll
    static void writeTheLake() throws IOException {
        BackfillLake.writeTrades(shared.resolve("trades.csv"), SEED, 24_000);
        Cli cli = new Cli(shared);
        BackfillLake.replay(cli, "lake", SCALES);
        original = dump(cli, "lake");
        assertThat(original.lines().count()).as("seed " + SEED).isGreaterThan(20_000);
    }

    @BeforeEach
    void copyTheLake() throws IOException {
        cli = new Cli(directory);
        copy(shared.resolve("lake"), directory.resolve("lake"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"streaming", "batch"})
    void daysOneByOneAndTogetherAreTheRowsOfTheOriginalRun(String mode) throws Exception {
        // The days would differ if a day did not look over midnight: conflicts, rolling sums and gaps reach over it
        assertThat(original.lines()
                        .filter(line -> line.contains("\"table\":\"candles\"") && line.contains("ID_CONFLICT"))
                        .count())
                .isPositive();
        Cli.Result together = backfill(0, BackfillLake.FIRST, BackfillLake.LAST, "--mode", mode, "--output", "three");
        assertThat(together.lines()).hasSize(4);
        assertThat(together.err())
                .contains("3 days: 3 done, 0 skipped, 0 failed")
                .contains("residual 0");
        String three = dump(cli, "three");
        assertEqualLines(three, original);
        for (LocalDate day = BackfillLake.LAST; !day.isBefore(BackfillLake.FIRST); day = day.minusDays(1)) {
            backfill(0, day, day, "--mode", mode, "--output", "one");
        }
        assertThat(LakeCatalog.open(directory.resolve("one")).versions()).containsExactly(3, 2, 1);
        assertEqualLines(dump(cli, "one"), original);
    }

    @Test
    void newVersionLiesOverTheOldOneWhichStaysAndItSaysWhatItRanWith() throws Exception {
        Cli.Result result = backfill(0, day(1), day(1), "--fill", "carry", "--intervals", "1m,5m");
        assertThat(result.err())
                .contains("the configuration is not that of version 1: ")
                .contains("fill=carry (was omit)");
        LakeCatalog catalog = LakeCatalog.open(directory.resolve("lake"));
        assertThat(catalog.versions()).containsExactly(2, 1);
        assertThat(dump(cli, "lake@1")).isEqualTo(original);
        String now = dump(cli, "lake");
        // Only the day's candles of the intervals that were asked for have changed
        assertThat(lines(now, "candles", "interval\":\"1s\""))
                .isEqualTo(lines(original, "candles", "interval\":\"1s\""));
        assertThat(lines(now, "candles", "SYNTHETIC"))
                .isNotEmpty()
                .allMatch(line -> dayOf(line).equals(day(1)));
        assertThat(lines(original, "candles", "SYNTHETIC")).isEmpty();
        assertThat(lines(now, "trades", "")).isEqualTo(lines(original, "trades", ""));
        Path run = directory.resolve("lake/runs").resolve(catalog.run());
        assertThat(Files.readString(run.resolve("configuration.yaml"))).contains("fill: 'carry'");
        assertThat(Files.readString(run.resolve("run.json")))
                .contains("\"days.done\" : 1")
                .contains("\"base\" : 1");
        assertThat(run.resolve("parts/" + day(1) + ".json")).exists();
        assertThat(staging()).isEmpty();
    }

    @Test
    void whatStandsIsNotMadeAgainUnlessItIsAskedFor() throws Exception {
        backfill(0, day(0), day(1));
        Cli.Result again = backfill(0, day(0), day(1));
        assertThat(again.err()).contains("nothing to do");
        assertThat(again.out()).contains("stands in version 2");
        assertThat(current()).isEqualTo(2);
        Cli.Result more = backfill(0, day(0), day(2));
        assertThat(more.err()).contains("1 done, 2 skipped");
        assertThat(LakeCatalog.open(directory.resolve("lake")).versions()).containsExactly(3, 2, 1);
        Cli.Result other = backfill(0, day(2), day(2), "--set", "conflict.horizon=11s");
        assertThat(other.err()).contains("1 done");
        Cli.Result fresh = backfill(0, day(2), day(2), "--set", "conflict.horizon=11s", "--fresh");
        assertThat(fresh.err()).contains("1 done");
        assertThat(current()).isEqualTo(5);
        assertThat(dump(cli, "lake@3")).isEqualTo(original);
    }

    @ParameterizedTest
    @ValueSource(strings = {"cut", "flipped", "missing", "other schema"})
    void brokenDayIsToldAndOthersArePublished(String how) throws Exception {
        Path file = BackfillLake.tradeFiles(directory.resolve("lake"), day(1)).get(0);
        Path whole = directory.resolve("whole.parquet");
        Files.copy(file, whole);
        breakFile(file, how);
        Cli.Result result = backfill(3, day(0), day(2), "--fill", "carry", "--intervals", "1m,5m");
        assertThat(result.err()).doesNotContain("\tat ").contains("2 done, 0 skipped, 1 failed");
        List<String> lines = result.lines();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(2)).contains(day(1).toString()).contains("failed").contains("day=05");
        assertThat(staging()).isEmpty();
        Files.copy(whole, file, StandardCopyOption.REPLACE_EXISTING);
        String now = dump(cli, "lake", "candles");
        assertThat(lines(now, "candles", "SYNTHETIC").stream()
                        .map(BackfillCommandTest::dayOf)
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(day(0), day(2));

        // Repaired, the same command makes what was not made from whole trades, and ends as if nothing had been
        backfill(0, day(0), day(2), "--fill", "carry", "--intervals", "1m,5m");
        copy(shared.resolve("lake"), directory.resolve("undisturbed"));
        run(0, "undisturbed", day(0), day(2), "--fill", "carry", "--intervals", "1m,5m");
        assertEqualLines(dump(cli, "lake"), dump(cli, "undisturbed"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"streaming", "batch"})
    void symbolThatFailsKeepsItsOldRowsAndOthersAreMade(String mode) throws Exception {
        // A minute of WIDE on the second day has a notional that its scales cannot hold; no second of it has
        StringBuilder rows = new StringBuilder(BackfillLake.HEADER);
        for (int i = 0; i < 40; i++) {
            long time =
                    (BackfillLake.FIRST.toEpochDay() * 86_400L + (i < 20 ? i : 86_400 + 40_000 + i)) * 1_000_000_000L;
            rows.append("%d,,%d,v,AAA,%d,1.5,1,,,\n".formatted(2 * i, time, i));
            rows.append("%d,,%d,v,WIDE,%d,%s,1000000,,,\n".formatted(2 * i + 1, time, i, i < 20 ? "1" : "9.1"));
        }
        Files.writeString(directory.resolve("trades.csv"), rows);
        BackfillLake.replay(
                cli, "wide", "--set", "vwap.emit=off", "--set", SCALES[1], "--set", SCALES[3], "--intervals", "1s");
        Cli.Result result = run(
                5,
                "wide",
                day(0),
                day(1),
                "--mode",
                mode,
                "--set",
                "vwap.emit=off",
                "--intervals",
                "1s,1m",
                "--fill",
                "carry");
        assertThat(result.err()).contains("WIDE").contains("--symbols").doesNotContain("\tat ");
        assertThat(result.out())
                .contains("symbol WIDE failed and stays as it was")
                .contains("done");
        String now = dump(cli, "wide", "candles");
        String before = dump(cli, "wide@1", "candles");
        assertThat(lines(now, "candles", "\"WIDE\"").stream()
                        .filter(line -> dayOf(line).equals(day(1)))
                        .toList())
                .isEqualTo(lines(before, "candles", "\"WIDE\"").stream()
                        .filter(line -> dayOf(line).equals(day(1)))
                        .toList());
        assertThat(lines(now, "candles", "interval\":\"1m\"").stream()
                        .map(line -> dayOf(line) + line.replaceFirst(".*\"symbol\":\"([A-Z]+)\".*", "$1"))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(day(0) + "AAA", day(0) + "WIDE", day(1) + "AAA");
        // It is not taken for whole
        assertThat(run(
                                5,
                                "wide",
                                day(0),
                                day(1),
                                "--mode",
                                mode,
                                "--set",
                                "vwap.emit=off",
                                "--intervals",
                                "1s,1m",
                                "--fill",
                                "carry")
                        .err())
                .contains("1 done, 1 skipped");
    }

    @Test
    void symbolsThatWereNotAskedForKeepAllTheirRows() throws Exception {
        backfill(0, day(0), day(2), "--fill", "carry", "--intervals", "1m,5m", "--symbols", "it's/BBB");
        String now = dump(cli, "lake");
        assertThat(others(now)).isEqualTo(others(original));
        assertThat(lines(now, "candles", "SYNTHETIC"))
                .isNotEmpty()
                .allMatch(line -> line.contains("\"symbol\":\"it's/BBB\""));
        // The same symbol with the original options brings the original rows back
        backfill(0, day(0), day(2), "--symbols", "it's/BBB");
        assertEqualLines(dump(cli, "lake"), original);
    }

    @Test
    void overlappingBackfillsSideBySideBothStand() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<Cli.Result> left = threads.submit(() -> run(0, "lake", day(0), day(1), "--fresh"));
            Future<Cli.Result> right = threads.submit(() -> run(0, "lake", day(1), day(2), "--fresh"));
            left.get(120, TimeUnit.SECONDS);
            right.get(120, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
        assertThat(LakeCatalog.open(directory.resolve("lake")).versions()).hasSize(3);
        assertEqualLines(dump(cli, "lake"), original);
        assertThat(staging()).isEmpty();
    }

    /** On a file system of its own, where the system lets one be mounted. */
    @Test
    void fullDiskIsToldAndTheRunGoesOnWhenThereIsRoom() throws Exception {
        Path mounted = Files.createDirectories(directory.resolve("disk"));
        long kilobytes = size(directory.resolve("lake")) / 1024 + 400;
        assumeTrue(mount("-t", "tmpfs", "-o", "size=" + kilobytes + "k", "tmpfs", mounted.toString()), "cannot mount");
        try {
            copy(shared.resolve("lake"), mounted.resolve("lake"));
            Cli.Result full = run(-1, "disk/lake", day(0), day(2), "--fill", "carry", "--intervals", "1m,5m");
            assertThat(full.code()).as(full.out() + full.err()).isIn(4, 5);
            assertThat(full.out() + full.err())
                    .contains("No space left on device")
                    .doesNotContain("\tat ");
            String during = dump(cli, "disk/lake");
            assertThat(during).isEqualTo(original);
            assertThat(mount("-o", "remount,size=" + 20 * kilobytes + "k", mounted.toString()))
                    .isTrue();
            run(0, "disk/lake", day(0), day(2), "--fill", "carry", "--intervals", "1m,5m");
            copy(shared.resolve("lake"), directory.resolve("undisturbed"));
            run(0, "undisturbed", day(0), day(2), "--fill", "carry", "--intervals", "1m,5m");
            assertEqualLines(dump(cli, "disk/lake"), dump(cli, "undisturbed"));
        } finally {
            new ProcessBuilder("umount", mounted.toString()).start().waitFor();
        }
    }

    private static boolean mount(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static long size(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> (file.toFile().length() + 4_095) / 4_096 * 4_096)
                    .sum();
        }
    }

    @Test
    void whatCannotBeBackfilledIsTold() throws Exception {
        Files.createDirectories(directory.resolve("empty"));
        assertThat(run(2, "empty", day(0), day(0)).err()).contains("lake must be a folder with a lake.json");
        assertThat(run(2, "lake", day(2), day(0)).err()).contains("days must begin before they end");
        assertThat(run(2, "lake@9", day(0), day(0)).err()).contains("lake version must be one of [1], was 9");
        assertThat(run(2, "lake", LocalDate.parse("2023-01-01"), LocalDate.parse("2023-01-02"))
                        .err())
                .contains("days to backfill must have stored trades")
                .contains("2024-03-04 to 2024-03-06");
        Cli.Result date = cli.run("backfill", "--lake", "lake", "--from", "4.3.2024", "--to", "2024-03-04");
        assertThat(date.code()).isEqualTo(2);
        assertThat(date.err()).contains("--from must be a UTC day, was '4.3.2024'");
        Cli.Result scales = cli.run(
                "backfill",
                "--lake",
                "lake",
                "--from",
                day(0).toString(),
                "--to",
                day(0).toString(),
                "--set",
                "price.scale=15",
                "--set",
                "size.scale=15");
        assertThat(scales.code()).isEqualTo(2);
        assertThat(scales.err()).contains("scales of an overlay must be those of the version below");
        // A day without trades keeps what is published of it
        Cli.Result outside = backfill(0, LocalDate.parse("2024-03-03"), day(0));
        assertThat(outside.out()).contains("no trades of this day are stored");
        assertThat(dump(cli, "lake")).isEqualTo(original);
    }

    private static LocalDate day(int index) {
        return BackfillLake.FIRST.plusDays(index);
    }

    private Cli.Result backfill(int code, LocalDate from, LocalDate to, String... more) {
        return run(code, "lake", from, to, more);
    }

    private Cli.Result run(int code, String lake, LocalDate from, LocalDate to, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("backfill", "--lake", lake, "--from", from.toString(), "--to", to.toString(), "-o", "csv"));
        List<String> given = List.of(more);
        for (int i = 0; i < SCALES.length; i += 2) {
            String option =
                    SCALES[i].equals("--set") ? SCALES[i + 1].substring(0, SCALES[i + 1].indexOf('=') + 1) : SCALES[i];
            if (given.stream().noneMatch(text -> text.startsWith(option))) {
                arguments.addAll(List.of(SCALES[i], SCALES[i + 1]));
            }
        }
        arguments.addAll(List.of("--set", "parallelism=2"));
        arguments.addAll(given);
        Cli.Result result = cli.run(arguments.toArray(String[]::new));
        assertThat(code < 0 || result.code() == code)
                .as(result.code() + result.out() + result.err())
                .isTrue();
        return result;
    }

    private int current() {
        return LakeCatalog.open(directory.resolve("lake")).version();
    }

    private List<String> staging() throws IOException {
        try (Stream<Path> entries = Files.list(directory.resolve("lake"))) {
            return entries.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith(".staging"))
                    .toList();
        }
    }

    private static String dump(Cli cli, String lake) {
        return dump(cli, lake, TABLES);
    }

    private static String dump(Cli cli, String lake, String tables) {
        Cli.Result result = cli.run("dump", "--lake", lake, "--canonical", "--table", tables);
        assertThat(result.code()).as(result.err()).isZero();
        return result.out();
    }

    private static List<String> lines(String dump, String table, String part) {
        return dump.lines()
                .filter(line -> line.startsWith("{\"table\":\"" + table + "\"") && line.contains(part))
                .toList();
    }

    /** Lines of other symbols than the one that was asked for, and those about venues. */
    private static List<String> others(String dump) {
        return dump.lines()
                .filter(line -> !line.contains("\"symbol\":\"it's/BBB\""))
                .toList();
    }

    private static LocalDate dayOf(String line) {
        String start = line.replaceFirst(".*\"start_ns\":(-?[0-9]+).*", "$1");
        return LocalDate.ofEpochDay(Math.floorDiv(Long.parseLong(start), 86_400_000_000_000L));
    }

    /** As equality of the texts, but tells only the first lines that differ. */
    private static void assertEqualLines(String actual, String expected) {
        if (!actual.equals(expected)) {
            List<String> missing = new ArrayList<>(expected.lines().toList());
            java.util.Set<String> have = actual.lines().collect(Collectors.toSet());
            missing.removeIf(have::contains);
            List<String> made = new ArrayList<>(actual.lines().toList());
            java.util.Set<String> wanted = expected.lines().collect(Collectors.toSet());
            made.removeIf(wanted::contains);
            throw new AssertionError("seed " + SEED + ": " + missing.size() + " lines missing, " + made.size()
                    + " made\nmissing: " + missing.stream().limit(8).toList() + "\nmade: "
                    + made.stream().limit(8).toList());
        }
    }

    private static void breakFile(Path file, String how) throws IOException, SQLException {
        byte[] bytes = Files.readAllBytes(file);
        switch (how) {
            case "cut" -> Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 100));
            case "flipped" -> {
                // In the pages, behind a footer that is whole.
                for (int i = 200; i < bytes.length - 20_000; i += 97) {
                    bytes[i] ^= 0x5a;
                }
                Files.write(file, bytes);
            }
            case "missing" -> Files.delete(file);
            default -> {
                Files.delete(file);
                try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
                        Statement statement = database.createStatement()) {
                    statement.execute(
                            "COPY (SELECT 1 AS something, 'else' AS entirely) TO '" + file + "' (FORMAT parquet)");
                }
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target);
                }
            }
        }
    }
}
