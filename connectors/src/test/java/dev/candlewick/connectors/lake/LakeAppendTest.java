package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that a second process adds to a version, beside the job that writes it. */
class LakeAppendTest {
    private static final String DAY = "interval=1m/year=2024/month=03/day=04";
    private static final String NEXT_DAY = "interval=1m/year=2024/month=03/day=05";

    @TempDir
    Path folder;

    private Path lake;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void setUp() {
        lake = folder.resolve("lake");
    }

    private LakeRun streaming() {
        return LakeRun.streaming(lake, "live", LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private LakeRun appending(String name) {
        return LakeRun.appending(lake, name, 0, LakeSamples.CLOCK, notes::add);
    }

    private static void candle(LakeRun run, String day, String symbol) throws IOException {
        LakeSamples.write(run, LakeTable.CANDLES, day, LakeSamples.candle(symbol, 0, 0));
    }

    private static int append(LakeRun run) {
        return LakePublisher.append(run, LakeSamples.report(), Map.of("reason", "HEAL"));
    }

    private List<String> symbols() throws Exception {
        return symbols(LakeCatalog.open(lake));
    }

    private static List<String> symbols(LakeCatalog catalog) throws Exception {
        return LakeSamples.rows(
                        "SELECT symbol FROM " + LakeSamples.from(catalog, LakeTable.CANDLES) + " ORDER BY symbol")
                .stream()
                .map(row -> row.get(0))
                .toList();
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> walk = Files.walk(lake)) {
            return walk.map(path -> lake.relativize(path).toString()).sorted().toList();
        }
    }

    @Test
    void appendedFilesAreANewGenerationBesideTheJobThatWrites() throws Exception {
        try (LakeRun live = streaming()) {
            candle(live, DAY, "A");
            LakePublisher.publishCommitted(live, LakeSamples.report());
            LakeCatalog pinned = LakeCatalog.open(lake);
            candle(live, DAY, "UNPUBLISHED");
            try (LakeRun heal = appending("heal-1")) {
                assertThat(heal.version()).isEqualTo(1);
                candle(heal, DAY, "HEALED");
                candle(heal, NEXT_DAY, "HEALED NEXT");
                assertThat(append(heal)).isEqualTo(2);
            }
            assertThat(symbols()).containsExactly("A", "HEALED", "HEALED NEXT");
            assertThat(symbols(pinned)).containsExactly("A");
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .as("only the job's own file")
                    .isEqualTo(1);
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .isZero();
        }
        assertThat(symbols()).containsExactly("A", "HEALED", "HEALED NEXT", "UNPUBLISHED");
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.files(LakeTable.CANDLES).stream()
                        .map(file -> file.run() + " " + file.generation())
                        .toList())
                .containsExactly("live 1", "heal-1 2", "live 3", "heal-1 1");
        Map<String, Object> record = LakeJson.read(lake.resolve("runs/heal-1/run.json"));
        assertThat(record).containsEntry("mode", "append").containsEntry("audit", Map.of("reason", "HEAL"));
        assertThat(record.get("appended"))
                .isEqualTo(Map.of(
                        "candles/version=1/" + DAY, List.of("add-heal-1-0.parquet"),
                        "candles/version=1/" + NEXT_DAY, List.of("add-heal-1-1.parquet")));
        assertThat(LakeJson.read(lake.resolve("run.json")))
                .as("the lake's own run.json stays that of the version")
                .containsEntry("run", "live");
        assertThatThrownBy(() -> appending("heal-1"))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("name of its own");
        assertThat(listing()).noneMatch(name -> name.contains("staging"));
    }

    @Test
    void partitionThatAnOverlayDoesNotCoverGetsItsFilesBelow() throws Exception {
        try (LakeRun live = streaming()) {
            candle(live, DAY, "A");
            candle(live, NEXT_DAY, "B");
            LakePublisher.publishCommitted(live, LakeSamples.report());
            LocalDate day = LocalDate.parse("2024-03-04");
            try (LakeRun fix = LakeRun.over(
                    lake,
                    "fix",
                    LakeOverlay.days(1, Set.of(LakeTable.CANDLES), day, day),
                    false,
                    LakeSamples.SCALES,
                    LakeSamples.CLOCK,
                    notes::add)) {
                candle(fix, DAY, "A2");
                LakePublisher.publish(fix, LakeSamples.report(), LakePublisher.Digester.NONE);
            }
            try (LakeRun heal = appending("heal")) {
                candle(heal, DAY, "H4");
                candle(heal, NEXT_DAY, "H5");
                append(heal);
            }
        }
        assertThat(symbols()).containsExactly("A2", "B", "H4", "H5");
        assertThat(symbols(LakeCatalog.open(lake, 1))).containsExactly("A", "B", "H5");
    }

    @Test
    void killedAtAnyStepEitherNothingOrEverythingIsThere() throws Exception {
        try (LakeRun live = streaming()) {
            candle(live, DAY, "A");
            LakePublisher.publishCommitted(live, LakeSamples.report());
            List<String> steps = new ArrayList<>();
            try (LakeRun probe = appending("probe")) {
                candle(probe, DAY, "P");
                candle(probe, NEXT_DAY, "P");
                LakePublisher.append(probe, LakeSamples.report(), Map.of(), step -> {
                    steps.add(step);
                    if (step.equals("decision")) {
                        throw new IOException("stop");
                    }
                });
            } catch (LakeException expected) {
                assertThat(expected).hasMessageContaining("stop");
            }
            assertThat(symbols()).containsExactly("A");
            assertThat(lake.resolve("runs/probe")).doesNotExist();
            steps.addAll(List.of("manifest candles/version=1/" + DAY, "manifest candles/version=1/" + NEXT_DAY, "end"));
            assertThat(steps).startsWith("inspect", "plan").contains("run.json", "decision");
            int number = 0;
            List<String> expected = new ArrayList<>(List.of("A"));
            for (String fatal : steps) {
                String name = "k" + number++;
                LakeRun run = appending(name);
                candle(run, DAY, name);
                candle(run, NEXT_DAY, name);
                String killed = fatal.replace("probe", name);
                boolean decided = steps.indexOf(fatal) > steps.indexOf("decision");
                assertThatThrownBy(() -> LakePublisher.append(run, LakeSamples.report(), Map.of(), step -> {
                            if (step.equals(killed)) {
                                throw new IOException("killed before " + step);
                            }
                        }))
                        .as(killed)
                        .isInstanceOf(LakeException.class);
                run.abandon();
                LakePublisher.publishCommitted(live, LakeSamples.report());
                assertThat(symbols())
                        .as("a publisher of the job takes nothing of it, killed before %s", killed)
                        .filteredOn(symbol -> symbol.equals(name))
                        .hasSize(decided ? Math.max(0, steps.indexOf(fatal) - steps.indexOf("decision") - 1) : 0);
                LakeRun.bounded(lake, "next-" + name, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add)
                        .close();
                if (decided) {
                    expected.add(name);
                    expected.add(name);
                }
                assertThat(symbols()).as("killed before %s", killed).containsExactlyInAnyOrderElementsOf(expected);
                assertThat(Files.exists(lake.resolve("runs").resolve(name))).isEqualTo(decided);
                assertThat(listing())
                        .noneMatch(path -> path.contains("staging-k"))
                        .filteredOn(path -> path.contains("add-" + name))
                        .hasSize(decided ? 2 : 0);
            }
        }
    }

    @Test
    void brokenOrMissingRowsAreNotAppended() throws Exception {
        try (LakeRun live = streaming()) {
            candle(live, DAY, "A");
            LakePublisher.publishCommitted(live, LakeSamples.report());
        }
        try (LakeRun run = appending("heal")) {
            candle(run, DAY, "B");
            Path bad = LakeSamples.write(run, LakeTable.CANDLES, NEXT_DAY, LakeSamples.candle("C", 0, 0));
            Files.writeString(bad, "no Parquet file");
            assertThatThrownBy(() -> append(run))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("complete Parquet file");
        }
        assertThat(symbols()).containsExactly("A");
        assertThat(listing()).noneMatch(name -> name.contains("add-") || name.contains("staging"));
        assertThatThrownBy(() -> LakeRun.appending(lake, "x", 9, LakeSamples.CLOCK, notes::add))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must be one of [1], was 9");
    }

    @Test
    void publisherAndAppendersSideBySideLoseNothing() throws Exception {
        int files = 12;
        try (LakeRun live = streaming()) {
            candle(live, DAY, "A");
            LakePublisher.publishCommitted(live, LakeSamples.report());
            CountDownLatch start = new CountDownLatch(1);
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                Future<?> publisher = threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < files; i++) {
                        candle(live, DAY, "LIVE" + i);
                        LakePublisher.publishCommitted(live, LakeSamples.report());
                    }
                    return null;
                });
                Future<?> appender = threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < files; i++) {
                        try (LakeRun run = LakeRun.appending(lake, "h" + i, 1, LakeSamples.CLOCK, note -> {})) {
                            candle(run, DAY, "HEAL" + i);
                            append(run);
                        }
                    }
                    return null;
                });
                start.countDown();
                publisher.get();
                appender.get();
            } finally {
                threads.shutdownNow();
            }
        }
        assertThat(symbols()).hasSize(1 + 2 * files).doesNotHaveDuplicates();
        assertThat(LakeCatalog.open(lake).manifests(LakeTable.CANDLES))
                .singleElement()
                .satisfies(manifest -> assertThat(manifest.generation()).isEqualTo(1 + 2 * files));
    }
}
