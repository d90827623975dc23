package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run becomes visible at one moment, and whatever happens before it leaves nothing. */
class LakePublisherTest {
    private static final String DAY = "interval=1m/year=2024/month=03/day=04";
    private static final String VWAP_DAY = "year=2024/month=03/day=04";
    private static final String NEXT_DAY = "interval=1m/year=2024/month=03/day=05";

    @TempDir
    Path folder;

    private Path lake;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void setUp() {
        lake = folder.resolve("my lake, it's 100% α");
    }

    private LakeRun bounded(String name) {
        return LakeRun.bounded(lake, name, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private LakeRun streaming(String name) {
        return LakeRun.streaming(lake, name, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private static LakeCatalog publish(LakeRun run) {
        return LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
    }

    private void publishOne(String name, String symbol) throws IOException {
        try (LakeRun run = bounded(name)) {
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle(symbol, 0, 0));
            publish(run);
        }
    }

    private static List<List<String>> symbols(LakeCatalog catalog) throws Exception {
        return LakeSamples.rows(
                "SELECT symbol FROM " + LakeSamples.from(catalog, LakeTable.CANDLES) + " ORDER BY symbol");
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> walk = Files.walk(lake)) {
            return walk.map(path -> lake.relativize(path).toString()).sorted().toList();
        }
    }

    @Test
    void publishedRunIsCompleteAndLeavesNoStaging() throws Exception {
        try (LakeRun run = bounded("r1")) {
            assertThat(run.version()).isEqualTo(1);
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("B", 60_000_000_000L, 0));
            LakeSamples.write(
                    run, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0), LakeSamples.candle("C", 0, 0));
            LakeSamples.write(run, LakeTable.CANDLES, NEXT_DAY, LakeSamples.candle("D", 7, 0));
            Path leftover = LakeRun.versionDirectory(run.root(), LakeTable.CANDLES, 1)
                    .resolve(DAY)
                    .resolve(".part-x.parquet.inprogress.1");
            Files.writeString(leftover, "half");
            LakePublisher.publish(run, LakeSamples.report(), catalog -> Map.of("candles", "abc"));
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.version()).isEqualTo(1);
        assertThat(catalog.run()).isEqualTo("r1");
        assertThat(catalog.isStreaming()).isFalse();
        assertThat(catalog.scales()).isEqualTo(LakeSamples.SCALES);
        assertThat(symbols(catalog)).containsExactly(List.of("A"), List.of("B"), List.of("C"), List.of("D"));
        List<LakeManifest> manifests = catalog.manifests(LakeTable.CANDLES);
        assertThat(manifests).hasSize(2).allMatch(manifest -> manifest.generation() == 1);
        assertThat(manifests.get(0).rows()).isEqualTo(3);
        assertThat(manifests.get(0).partition()).isEqualTo("candles/version=1/" + DAY);
        for (LakeFile file : catalog.files(LakeTable.CANDLES)) {
            assertThat(file.bytes()).isEqualTo(Files.size(file.path()));
            assertThat(file.sha256()).isEqualTo(LakeFiles.sha256(file.path()));
        }
        assertThat(catalog.ledger()).isEqualTo(LakeSamples.report().ledger());
        assertThat(catalog.digests()).containsExactly(Map.entry("candles", "abc"));
        assertThat(catalog.files(LakeTable.TRADES)).isEmpty();
        assertThat(listing())
                .noneMatch(name -> name.contains("staging") || name.contains("inprogress") || name.endsWith(".tmp"))
                .contains("run.json", "runs/r1/run.json", "candles/version=1/" + DAY + "/_manifest-000001.json");
        assertThat(lake.resolve("run.json")).hasSameTextualContentAs(lake.resolve("runs/r1/run.json"));
        Map<String, Object> json = LakeJson.read(lake.resolve("run.json"));
        assertThat(json)
                .containsEntry("version", 1L)
                .containsEntry("mode", "bounded")
                .containsKeys(
                        "versions", "configuration", "sources", "scales", "counts", "checks", "digests", "tables");
        assertThat(notes).isEmpty();
    }

    @Test
    void secondRunIsANewVersionAndTheOldOneStays() throws Exception {
        publishOne("r1", "A");
        publishOne("r2", "B");
        assertThat(LakeCatalog.open(lake).version()).isEqualTo(2);
        assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("B"));
        assertThat(symbols(LakeCatalog.parse(lake + "@1"))).containsExactly(List.of("A"));
        assertThat(symbols(LakeCatalog.parse(lake.toString()))).containsExactly(List.of("B"));
        assertThatThrownBy(() -> LakeCatalog.parse(lake + "@3"))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("one of [1, 2], was 3");
        assertThatThrownBy(() -> bounded("r1"))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("name of its own");
    }

    @Test
    void emptyRunPublishesEmptyTables() {
        try (LakeRun run = bounded("r1")) {
            publish(run);
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        for (LakeTable table : LakeTable.values()) {
            assertThat(catalog.files(table)).isEmpty();
        }
    }

    @Test
    void killedAtAnyStepARunLeavesTheOldVersionAndTheNextRunCleansUp() throws Exception {
        publishOne("r1", "OLD");
        List<String> before = listing();
        List<String> steps = new ArrayList<>();
        try (LakeRun run = bounded("probe")) {
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("NEW", 0, 0));
            LakeSamples.write(run, LakeTable.VWAP, VWAP_DAY, LakeSamples.vwap("NEW", 0, 0));
            assertThatThrownBy(() ->
                            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE, s -> {
                                steps.add(s);
                                if (s.equals("lake.json")) {
                                    throw new IOException("stop");
                                }
                            }))
                    .isInstanceOf(LakeException.class);
        }
        assertThat(steps)
                .containsExactly("carry", "manifests", "move candles", "move vwap", "digests", "run.json", "lake.json");
        assertThat(listing()).as("what close() leaves").isEqualTo(before);
        for (String fatal : steps) {
            LakeRun run = bounded("killed");
            assertThat(run.version()).isEqualTo(2);
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("NEW", 0, 0));
            LakeSamples.write(run, LakeTable.VWAP, VWAP_DAY, LakeSamples.vwap("NEW", 0, 0));
            assertThatThrownBy(() ->
                            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE, s -> {
                                if (s.equals(fatal)) {
                                    throw new IOException("killed before " + s);
                                }
                            }))
                    .isInstanceOf(LakeException.class);
            run.abandon();
            LakeCatalog seen = LakeCatalog.open(lake);
            assertThat(seen.version()).as("killed before %s", fatal).isEqualTo(1);
            assertThat(symbols(seen)).containsExactly(List.of("OLD"));
            assertThat(LakeJson.read(lake.resolve("run.json"))).containsEntry("version", 1L);
            notes.clear();
            bounded("next").close();
            assertThat(notes)
                    .as("killed before %s", fatal)
                    .singleElement()
                    .asString()
                    .contains("killed");
            assertThat(listing()).as("killed before %s", fatal).isEqualTo(before);
        }
    }

    @Test
    void killedRightAfterTheSwitchARunIsPublished() throws Exception {
        publishOne("r1", "OLD");
        LakeRun run = bounded("r2");
        LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("NEW", 0, 0));
        assertThatThrownBy(() -> LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE, s -> {
                    if (s.equals("copy of run.json")) {
                        throw new IOException("killed");
                    }
                }))
                .isInstanceOf(LakeException.class);
        run.abandon();
        assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("NEW"));
        bounded("next").close();
        assertThat(notes).isEmpty();
        assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("NEW"));
        assertThat(LakeJson.read(lake.resolve("run.json"))).containsEntry("version", 2L);
        assertThat(listing()).noneMatch(name -> name.contains("staging"));
    }

    @Test
    void runsSideBySideHaveVersionsOfTheirOwn() throws Exception {
        try (LakeRun first = bounded("r1");
                LakeRun second = bounded("r2")) {
            assertThat(first.version()).isEqualTo(1);
            assertThat(second.version()).isEqualTo(2);
            assertThatThrownBy(() -> bounded("r1"))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("is running");
            LakeSamples.write(second, LakeTable.CANDLES, DAY, LakeSamples.candle("B", 0, 0));
            publish(second);
            assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("B"));
            LakeSamples.write(first, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0));
            publish(first);
            assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("A"));
        }
        assertThat(notes).isEmpty();
        assertThat(symbols(LakeCatalog.open(lake, 2))).containsExactly(List.of("B"));
    }

    @Test
    void brokenFilesAreNotPublished() throws Exception {
        List<String> contents = List.of("zero", "truncated", "text", "other table", "other scales");
        for (String content : contents) {
            try (LakeRun run = bounded("r-" + contents.indexOf(content))) {
                Path good = LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0));
                Path bad = good.resolveSibling("part-bad.parquet");
                switch (content) {
                    case "zero" -> Files.createFile(bad);
                    case "truncated" -> {
                        byte[] bytes = Files.readAllBytes(good);
                        Files.write(bad, java.util.Arrays.copyOf(bytes, bytes.length - 20));
                    }
                    case "text" -> Files.writeString(bad, "not a Parquet file at all");
                    case "other table" ->
                        Files.move(LakeSamples.write(run, LakeTable.VWAP, "x", LakeSamples.vwap("A", 0, 0)), bad);
                    default -> {
                        try (LakeRun other = LakeRun.bounded(
                                folder.resolve("other"), "o", LakeScales.covering(13, 8), LakeSamples.CLOCK, n -> {})) {
                            Files.move(
                                    LakeSamples.write(other, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0)),
                                    bad);
                        }
                    }
                }
                assertThatThrownBy(() -> publish(run))
                        .as(content)
                        .isInstanceOfSatisfying(
                                LakeException.class, e -> assertThat(e.kind()).isEqualTo(LakeException.Kind.MISMATCH))
                        .hasMessageContaining("complete Parquet file")
                        .hasMessageContaining("part-bad.parquet");
            }
            assertThatThrownBy(() -> LakeCatalog.open(lake))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("without one");
        }
    }

    @Test
    void missingRowsAreNotPublished() throws Exception {
        RunReport report = LakeSamples.report();
        RunReport counted = new RunReport(
                report.versions(),
                report.configuration(),
                report.sources(),
                report.counts(),
                report.ledger(),
                Map.of(LakeTable.CANDLES, 2L, LakeTable.TRADES, 0L));
        try (LakeRun run = bounded("r1")) {
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0));
            assertThatThrownBy(() -> LakePublisher.publish(run, counted, LakePublisher.Digester.NONE))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("rows of table candles must be the 2 that the job sent, was 1");
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("B", 0, 0));
            LakePublisher.publish(run, counted, LakePublisher.Digester.NONE);
        }
        assertThat(symbols(LakeCatalog.open(lake))).hasSize(2);
    }

    @Test
    void otherFoldersAreNotTouched() throws Exception {
        Files.createDirectories(lake);
        Files.writeString(lake.resolve("thesis.txt"), "two years of work");
        assertThatThrownBy(() -> bounded("r1"))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("was a folder with other files");
        assertThat(listing()).containsExactly("", "thesis.txt");
        assertThatThrownBy(() -> LakeCatalog.open(lake))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must be a folder with a lake.json");
        for (String name : List.of("", "../x", ".hidden", "a b", "a/b")) {
            assertThatThrownBy(() -> bounded(name)).as(name).isInstanceOf(LakeException.class);
        }
    }

    @Test
    void streamingPublishesGenerationsOfWhatIsCommitted() throws Exception {
        try (LakeRun run = streaming("live")) {
            assertThat(LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isZero();
            assertThatThrownBy(() -> LakeCatalog.open(lake)).isInstanceOf(LakeException.class);
            Path first = LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0));
            Path hidden = first.resolveSibling(".part-later.parquet.inprogress.7");
            Files.writeString(hidden, "in progress");
            assertThat(LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isEqualTo(1);
            LakeCatalog pinned = LakeCatalog.open(lake);
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("B", 0, 0));
            LakeSamples.write(run, LakeTable.CANDLES, NEXT_DAY, LakeSamples.candle("C", 0, 0));
            assertThat(symbols(LakeCatalog.open(lake)))
                    .as("committed, not published")
                    .containsExactly(List.of("A"));
            assertThat(LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isEqualTo(2);
            assertThat(LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isZero();
            assertThat(symbols(pinned)).containsExactly(List.of("A"));
            assertThat(hidden).exists();
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.isStreaming()).isTrue();
        assertThat(catalog.manifests(LakeTable.CANDLES).stream()
                        .map(LakeManifest::generation)
                        .toList())
                .containsExactly(2L, 1L);
        assertThat(catalog.files(LakeTable.CANDLES).stream()
                        .map(LakeFile::generation)
                        .toList())
                .containsExactly(1L, 2L, 1L);
        assertThat(LakeSamples.rows("SELECT generation FROM " + LakeSamples.from(catalog, LakeTable.CANDLES)))
                .allMatch(row -> row.get(0) == null);
        try (LakeRun again = streaming("live")) {
            assertThat(again.version()).isEqualTo(1);
            LakeSamples.write(again, LakeTable.CANDLES, NEXT_DAY, LakeSamples.candle("D", 0, 0));
            assertThat(LakePublisher.publishCommitted(again, LakeSamples.report()))
                    .isEqualTo(1);
        }
        assertThat(symbols(LakeCatalog.open(lake))).hasSize(4);
    }

    @Test
    void brokenCommittedFileIsLeftOutAndTold() throws Exception {
        try (LakeRun run = streaming("live")) {
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("A", 0, 0));
            LakePublisher.publishCommitted(run, LakeSamples.report());
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("B", 0, 0));
            Path bad = LakeSamples.write(run, LakeTable.CANDLES, NEXT_DAY, LakeSamples.candle("C", 0, 0));
            try (var channel = Files.newByteChannel(bad, StandardOpenOption.WRITE)) {
                channel.truncate(Files.size(bad) / 2);
            }
            assertThatThrownBy(() -> LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining(
                            Objects.requireNonNull(bad.getFileName()).toString());
            assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("A"), List.of("B"));
            assertThatThrownBy(() -> LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .as("as long as it lies there")
                    .isInstanceOf(LakeException.class);
            Files.delete(bad);
            assertThat(LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isZero();
        }
    }

    @Test
    void onePublisherSeesWhateverComesAndKeepsFewManifests() throws Exception {
        try (LakeRun run = streaming("live")) {
            // A clock that is ahead of the files': partitions that did not change are not looked into.
            CommittedPublisher publisher = CommittedPublisher.of(
                    lake,
                    0,
                    java.time.InstantSource.offset(java.time.InstantSource.system(), java.time.Duration.ofDays(1)));
            LakePublisher.announce(run, LakeSamples.report());
            for (int i = 0; i < 25; i++) {
                LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("S" + i, 0, 0));
                assertThat(publisher.publish()).as("file %s", i).isEqualTo(1);
                assertThat(publisher.publish()).isZero();
            }
            try (LakeRun heal = LakeRun.appending(lake, "heal", 1, LakeSamples.CLOCK, notes::add)) {
                LakeSamples.write(heal, LakeTable.CANDLES, DAY, LakeSamples.candle("HEALED", 0, 0));
                LakePublisher.append(heal, LakeSamples.report(), Map.of());
            }
            assertThat(publisher.publish()).isZero();
            LakeSamples.write(run, LakeTable.CANDLES, DAY, LakeSamples.candle("LAST", 0, 0));
            assertThat(publisher.publish()).isEqualTo(1);
        }
        assertThat(symbols(LakeCatalog.open(lake))).hasSize(27).contains(List.of("HEALED"), List.of("LAST"));
        assertThat(listing())
                .filteredOn(name -> name.contains("_manifest"))
                .hasSize(CommittedPublisher.KEPT_GENERATIONS);
        assertThat(LakeJson.read(lake.resolve("run.json")))
                .containsEntry("sources", LakeSamples.SOURCES)
                .containsEntry("run", "live");
        publishOne("r2", "X");
        assertThatThrownBy(() -> CommittedPublisher.of(lake, 2, LakeSamples.CLOCK))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must be one that a streaming job writes, was version 2");
    }

    @Test
    void streamingVersionDoesNotTakeTheLakeBackFromALaterOne() throws Exception {
        try (LakeRun live = streaming("live")) {
            LakeSamples.write(live, LakeTable.CANDLES, DAY, LakeSamples.candle("LIVE", 0, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
            publishOne("r2", "BATCH");
            LakeSamples.write(live, LakeTable.CANDLES, DAY, LakeSamples.candle("LIVE2", 0, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
        }
        assertThat(symbols(LakeCatalog.open(lake))).containsExactly(List.of("BATCH"));
        assertThat(symbols(LakeCatalog.open(lake, 1))).containsExactly(List.of("LIVE"), List.of("LIVE2"));
        assertThatThrownBy(() ->
                        LakeRun.streaming(lake, "live", LakeScales.covering(15, 8), LakeSamples.CLOCK, notes::add))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must stay 12 and 8, was 15 and 8");
    }

    @Test
    void manifestCannotPointOutOfItsPartition() throws Exception {
        publishOne("r1", "A");
        Path manifest = lake.resolve("candles/version=1/" + DAY + "/_manifest-000001.json");
        Files.writeString(
                manifest, Files.readString(manifest).replace("part-test-0.parquet", "../../../secret.parquet"));
        assertThatThrownBy(() -> LakeCatalog.open(lake))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must be a plain .parquet name, was '../../../secret.parquet'");
        Files.writeString(manifest, "{");
        assertThatThrownBy(() -> LakeCatalog.open(lake))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must hold one JSON object");
    }
}
