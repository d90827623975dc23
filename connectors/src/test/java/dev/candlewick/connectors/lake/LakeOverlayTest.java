package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Candle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A version that lies over another one: what it covers is its own, everything else is read from below. */
class LakeOverlayTest {
    private static final String MARCH_4 = "interval=1m/year=2024/month=03/day=04";
    private static final String MARCH_5 = "interval=1m/year=2024/month=03/day=05";
    private static final String MARCH_6 = "interval=1m/year=2024/month=03/day=06";
    private static final LocalDate DAY_4 = LocalDate.parse("2024-03-04");
    private static final LocalDate DAY_5 = LocalDate.parse("2024-03-05");

    @TempDir
    Path folder;

    private Path lake;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void setUp() {
        lake = folder.resolve("lake");
    }

    private LakeRun bounded(String name) {
        return LakeRun.bounded(lake, name, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private LakeRun streaming(String name) {
        return LakeRun.streaming(lake, name, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private LakeRun over(String name, int base, LocalDate from, LocalDate to, boolean resumable) {
        LakeOverlay overlay = LakeOverlay.days(base, EnumSet.of(LakeTable.CANDLES, LakeTable.VWAP), from, to);
        return LakeRun.over(lake, name, overlay, resumable, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private static LakeCatalog publish(LakeRun run) {
        return LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
    }

    private static List<String> symbols(LakeCatalog catalog, LakeTable table) throws Exception {
        if (catalog.files(table).isEmpty()) {
            return List.of();
        }
        return LakeSamples.rows("SELECT symbol FROM " + LakeSamples.from(catalog, table) + " ORDER BY symbol").stream()
                .map(row -> row.get(0))
                .toList();
    }

    private List<String> candles(int version) throws Exception {
        return symbols(LakeCatalog.open(lake, version), LakeTable.CANDLES);
    }

    private static void candle(LakeRun run, String day, String symbol) throws IOException {
        LakeSamples.write(run, LakeTable.CANDLES, day, LakeSamples.candle(symbol, 0, 0));
    }

    /** Version 1: candles of three days, and VWAP of the first. */
    private void publishBase() throws IOException {
        try (LakeRun run = bounded("base")) {
            candle(run, MARCH_4, "BASE4");
            candle(run, MARCH_5, "BASE5");
            candle(run, MARCH_6, "BASE6");
            LakeSamples.write(run, LakeTable.VWAP, "year=2024/month=03/day=04", LakeSamples.vwap("BASE4", 0, 0));
            publish(run);
        }
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> walk = Files.walk(lake)) {
            return walk.map(path -> lake.relativize(path).toString())
                    .filter(name -> !name.endsWith(".lock"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void coveredDaysAreItsOwnAndAllOthersComeFromBelow() throws Exception {
        publishBase();
        try (LakeRun run = over("fix", 1, DAY_4, DAY_5, false)) {
            assertThat(run.version()).isEqualTo(2);
            candle(run, MARCH_4, "NEW4");
            LakeCatalog published = publish(run);
            assertThat(symbols(published, LakeTable.CANDLES)).containsExactly("BASE6", "NEW4");
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.version()).isEqualTo(2);
        assertThat(catalog.versions()).containsExactly(2, 1);
        assertThat(symbols(catalog, LakeTable.CANDLES))
                .as("March 5 is covered and empty, March 6 is not covered")
                .containsExactly("BASE6", "NEW4");
        assertThat(symbols(catalog, LakeTable.VWAP)).as("covered and empty").isEmpty();
        assertThat(candles(1)).containsExactly("BASE4", "BASE5", "BASE6");
        assertThat(LakeJson.read(lake.resolve("run.json"))).containsEntry("base", 1L);

        try (LakeRun run = over("again", 2, DAY_5, DAY_5, false)) {
            candle(run, MARCH_5, "NEWER5");
            publish(run);
        }
        assertThat(candles(0)).containsExactly("BASE6", "NEW4", "NEWER5");
        assertThat(LakeCatalog.open(lake).versions()).containsExactly(3, 2, 1);
        assertThat(candles(2)).containsExactly("BASE6", "NEW4");
        assertThat(notes).isEmpty();
    }

    @Test
    void intervalsThatAreNotCoveredComeFromBelow() throws Exception {
        try (LakeRun run = bounded("base")) {
            candle(run, MARCH_4, "ONE");
            candle(run, MARCH_4.replace("1m", "5m"), "FIVE");
            publish(run);
        }
        LakeOverlay overlay = new LakeOverlay(1, List.of(new LakeCover(LakeTable.CANDLES, "1m", DAY_4, DAY_4)));
        try (LakeRun run =
                LakeRun.over(lake, "fix", overlay, false, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add)) {
            candle(run, MARCH_4, "NEW");
            publish(run);
        }
        assertThat(candles(0)).containsExactly("FIVE", "NEW");
    }

    @Test
    void streamingJobBelowKeepsShowingWhereNothingIsCovered() throws Exception {
        try (LakeRun live = streaming("live")) {
            candle(live, MARCH_4, "LIVE4");
            LakePublisher.publishCommitted(live, LakeSamples.report());
            try (LakeRun run = over("fix", 1, DAY_4, DAY_4, false)) {
                candle(run, MARCH_4, "NEW4");
                publish(run);
            }
            LakeCatalog pinned = LakeCatalog.open(lake);
            assertThat(pinned.isStreaming()).isTrue();
            candle(live, MARCH_4, "LATE4");
            candle(live, MARCH_5, "LIVE5");
            assertThat(LakePublisher.publishCommitted(live, LakeSamples.report()))
                    .isEqualTo(2);
            assertThat(symbols(pinned, LakeTable.CANDLES)).containsExactly("NEW4");
            assertThat(candles(0)).containsExactly("LIVE5", "NEW4");
            assertThat(candles(1)).containsExactly("LATE4", "LIVE4", "LIVE5");
        }
    }

    @Test
    void overlayMustFitWhatIsBelow() throws Exception {
        publishBase();
        LakeOverlay overlay = LakeOverlay.days(1, Set.of(LakeTable.CANDLES), DAY_4, DAY_4);
        assertThatThrownBy(() -> LakeRun.over(
                        lake, "r", overlay, false, LakeScales.covering(15, 8), LakeSamples.CLOCK, notes::add))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("12 and 8, was 15 and 8")
                .hasMessageContaining("candlewick replay");
        assertThatThrownBy(() -> over("r", 7, DAY_4, DAY_4, false))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must be published, was 7");
        try (LakeRun live = streaming("live")) {
            assertThatThrownBy(() -> over("r", live.version(), DAY_4, DAY_4, false))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("must be published, was 2");
        }
        try (LakeRun run = over("r", 1, DAY_4, DAY_4, false)) {
            candle(run, MARCH_5, "OUTSIDE");
            assertThatThrownBy(() -> publish(run))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("must be one that it covers, was candles/version=3/" + MARCH_5);
        }
        assertThat(candles(0)).containsExactly("BASE4", "BASE5", "BASE6");
        assertThatThrownBy(() -> LakeOverlay.days(1, Set.of(LakeTable.CANDLES), DAY_5, DAY_4))
                .isInstanceOf(LakeException.class);
    }

    @Test
    void otherInstrumentsAreCarriedOverWithAllTheirColumns() throws Exception {
        Candle late = LakeSamples.candle("it's\n🕯️", 0, 3);
        try (LakeRun live = streaming("live")) {
            candle(live, MARCH_4, "A");
            LakeSamples.write(live, LakeTable.CANDLES, MARCH_4, late, LakeSamples.candle("B", 7, 0));
            LakePublisher.publishCommitted(live, LakeSamples.report());
            candle(live, MARCH_4, "C");
            LakePublisher.publishCommitted(live, LakeSamples.report());
        }
        String all = "SELECT * EXCLUDE (run, generation, filename), run FROM ";
        String others = " WHERE symbol <> 'A' ORDER BY symbol";
        List<List<String>> before = LakeSamples.rows(all
                + LakeSamples.from(LakeCatalog.open(lake), LakeTable.CANDLES).replace(")", ", filename=true)")
                + others);
        try (LakeRun run = over("fix", 1, DAY_4, DAY_4, false)) {
            candle(run, MARCH_4, "A");
            RunReport report = LakeSamples.report();
            RunReport counted = new RunReport(
                    report.versions(),
                    report.configuration(),
                    report.sources(),
                    report.counts(),
                    report.ledger(),
                    Map.of(LakeTable.CANDLES, 1L));
            LakePublisher.publish(run, counted, LakePublisher.Digester.NONE, (venue, symbol) -> !symbol.equals("A"));
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        String from = LakeSamples.from(catalog, LakeTable.CANDLES).replace(")", ", filename=true)");
        assertThat(LakeSamples.rows(all + from + others)).isEqualTo(before).hasSize(3);
        assertThat(LakeSamples.rows("SELECT symbol, generation, run FROM " + from + " ORDER BY symbol"))
                .contains(List.of("A", "1", "fix"), List.of("B", "1", "live"), List.of("C", "2", "live"))
                .hasSize(4);
        LakeOverlay rejected = LakeOverlay.days(2, Set.of(LakeTable.REJECTED), DAY_4, DAY_4);
        try (LakeRun run =
                LakeRun.over(lake, "r", rejected, false, LakeSamples.SCALES, LakeSamples.CLOCK, notes::add)) {
            assertThatThrownBy(() -> LakePublisher.publish(
                            run, LakeSamples.report(), LakePublisher.Digester.NONE, (venue, symbol) -> true))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("must have instruments, was rejected");
        }
    }

    @Test
    void killedAtAnyStepAResumableRunGoesOnWhereItWas() throws Exception {
        publishBase();
        List<String> steps =
                List.of("carry", "manifests", "move candles", "move vwap", "digests", "run.json", "lake.json");
        LakeRun run = over("fix", 1, DAY_4, DAY_5, true);
        candle(run, MARCH_4, "NEW4");
        LakeSamples.write(run, LakeTable.VWAP, "year=2024/month=03/day=04", LakeSamples.vwap("NEW4", 0, 0));
        run.progress().complete("2024-03-04", "0.1.0", "abc", List.of(), Map.of("read", 5L));
        for (String fatal : steps) {
            LakeRun dying = run;
            assertThatThrownBy(() ->
                            LakePublisher.publish(dying, LakeSamples.report(), LakePublisher.Digester.NONE, step -> {
                                if (step.equals(fatal)) {
                                    throw new IOException("killed before " + step);
                                }
                            }))
                    .isInstanceOf(LakeException.class);
            run.abandon();
            assertThat(candles(0)).as("killed before %s", fatal).containsExactly("BASE4", "BASE5", "BASE6");
            bounded("another-" + steps.indexOf(fatal)).close();
            assertThat(LakeRun.unfinished(lake))
                    .extracting(LakeRun.Unfinished::run)
                    .containsExactly("fix");
            assertThatThrownBy(() -> over("fix", 1, DAY_4, DAY_5, true))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("can be resumed");
            run = LakeRun.resume(lake, "fix", LakeSamples.CLOCK, notes::add);
            assertThat(run.version()).isEqualTo(2);
            assertThat(run.overlay())
                    .isEqualTo(LakeOverlay.days(1, EnumSet.of(LakeTable.CANDLES, LakeTable.VWAP), DAY_4, DAY_5));
            assertThat(run.progress().removeUnfinished())
                    .as("killed before %s", fatal)
                    .isZero();
            assertThat(run.progress().isDone("2024-03-04", "0.1.0", "abc", List.of()))
                    .isTrue();
        }
        publish(run);
        run.close();
        assertThat(candles(0)).containsExactly("BASE6", "NEW4");
        assertThat(LakeRun.unfinished(lake)).isEmpty();
        assertThat(listing()).noneMatch(name -> name.contains("staging"));
        assertThat(lake.resolve("runs/fix/parts/2024-03-04.json")).exists();
        assertThatThrownBy(() -> LakeRun.resume(lake, "fix", LakeSamples.CLOCK, notes::add))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must be one of [], was 'fix'");
    }

    @Test
    void resumableRunThatIsGivenUpLeavesNothing() throws Exception {
        publishBase();
        List<String> before = listing();
        LakeRun run = over("fix", 1, DAY_4, DAY_4, true);
        candle(run, MARCH_4, "NEW4");
        run.progress().complete("2024-03-04", "0.1.0", "abc", List.of(), Map.of());
        assertThatThrownBy(() -> LakeRun.resume(lake, "fix", LakeSamples.CLOCK, notes::add))
                .isInstanceOf(LakeException.class)
                .hasMessageContaining("must have ended, was running");
        run.close();
        assertThat(LakeRun.unfinished(lake))
                .containsExactly(new LakeRun.Unfinished(
                        "fix", 2, LakeSamples.CLOCK.instant().toString(), false));
        LakeRun.resume(lake, "fix", LakeSamples.CLOCK, notes::add).discard();
        assertThat(listing()).isEqualTo(before);
    }

    @Test
    void partsAreDoneOnlyWhereNothingOfThemChanged() throws Exception {
        publishBase();
        LakeRun run = over("fix", 1, DAY_4, DAY_5, true);
        LakeProgress progress = run.progress();
        List<LakeProgress.Input> inputs = LakeProgress.inputs(LakeCatalog.open(lake), LakeTable.CANDLES, DAY_4, DAY_4);
        assertThat(inputs).singleElement().satisfies(input -> {
            assertThat(input.partition()).isEqualTo("candles/version=1/" + MARCH_4);
            assertThat(input.generation()).isEqualTo(1);
            assertThat(input.sha256()).hasSize(64);
        });
        assertThat(progress.isDone("2024-03-04", "0.1.0", "abc", inputs)).isFalse();
        candle(run, MARCH_4, "NEW4");
        progress.complete("2024-03-04", "0.1.0", "abc", inputs, Map.of("read", 5L));
        candle(run, MARCH_5, "NEW5");
        progress.complete("2024-03-05", "0.1.0", "abc", List.of(), Map.of());
        assertThat(progress.parts().get("2024-03-05").files().keySet())
                .containsExactly("candles/version=2/" + MARCH_5 + "/part-test-0.parquet");
        candle(run, MARCH_5, "HALF");
        run.abandon();

        LakeRun again = LakeRun.resume(lake, "fix", LakeSamples.CLOCK, notes::add);
        progress = again.progress();
        assertThat(progress.removeUnfinished()).as("the half-written file").isEqualTo(1);
        assertThat(progress.parts()).containsOnlyKeys("2024-03-04", "2024-03-05");
        assertThat(progress.parts().get("2024-03-04").counts()).containsEntry("read", 5L);
        assertThat(progress.isDone("2024-03-04", "0.1.0", "abc", inputs)).isTrue();
        assertThat(progress.isDone("2024-03-04", "0.2.0", "abc", inputs)).isFalse();
        assertThat(progress.isDone("2024-03-04", "0.1.0", "abd", inputs)).isFalse();
        assertThat(progress.isDone("2024-03-04", "0.1.0", "abc", List.of())).isFalse();
        progress.forget("2024-03-05");
        assertThat(progress.isDone("2024-03-05", "0.1.0", "abc", List.of())).isFalse();
        assertThat(progress.removeUnfinished()).isZero();
        publish(again);
        again.close();
        assertThat(candles(0)).containsExactly("BASE6", "NEW4");
        assertThatThrownBy(() -> new LakeProgress(again).isDone("../x", "", "", List.of()))
                .isInstanceOf(LakeException.class);
    }

    @Test
    void partWhoseFileIsGoneOrBrokenIsNotDone() throws Exception {
        publishBase();
        try (LakeRun run = over("fix", 1, DAY_4, DAY_5, true)) {
            LakeProgress progress = run.progress();
            Path file = LakeSamples.write(run, LakeTable.CANDLES, MARCH_4, LakeSamples.candle("NEW4", 0, 0));
            byte[] bytes = Files.readAllBytes(file);
            Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 9));
            assertThatThrownBy(() -> progress.complete("d", "0.1.0", "abc", List.of(), Map.of()))
                    .isInstanceOf(LakeException.class)
                    .hasMessageContaining("complete Parquet file");
            assertThat(progress.parts()).isEmpty();
            Files.write(file, bytes);
            progress.complete("d", "0.1.0", "abc", List.of(), Map.of());
            assertThat(progress.isDone("d", "0.1.0", "abc", List.of())).isTrue();
            Files.delete(file);
            assertThat(progress.isDone("d", "0.1.0", "abc", List.of())).isFalse();
            run.discard();
        }
    }
}
