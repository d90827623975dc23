package dev.candlewick.connectors.lake.upkeep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeManifest;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeSamples;
import dev.candlewick.connectors.lake.LakeSteps;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files become few, and no reader sees a difference. */
class LakeCompactionTest {
    private static final String DAY = "year=2024/month=03/day=04";
    private static final String CANDLE_DAY = "interval=1m/" + DAY;
    private static final long MARCH_4 = LakeSamples.LAST_NANO_OF_MARCH_4 - 86_399_999_999_999L;
    private static final LakeCompaction.Settings USUAL = new LakeCompaction.Settings(128 << 20, 64 << 20);

    /** Every column as readers of a streaming version see it, with the generation from the manifest. */
    private static final String COLUMNS = "* EXCLUDE (generation, filename)";

    @TempDir
    Path folder;

    private Path lake;
    private final List<String> notes = new ArrayList<>();
    private long hour;

    @BeforeEach
    void setUp() {
        lake = folder.resolve("lake");
    }

    private InstantSource clock() {
        hour++;
        return InstantSource.fixed(Instant.parse("2024-03-05T12:00:00Z").plusSeconds(hour));
    }

    private LakeRun streaming() {
        return LakeRun.streaming(lake, "live", LakeSamples.SCALES, LakeSamples.CLOCK, notes::add);
    }

    private List<LakeCompaction.Result> compact(LakeCompaction.Settings settings) {
        return compact(settings, LakeSteps.NONE);
    }

    private List<LakeCompaction.Result> compact(LakeCompaction.Settings settings, LakeSteps steps) {
        return LakeCompaction.run(
                lake,
                0,
                EnumSet.allOf(LakeTable.class),
                null,
                null,
                settings,
                clock(),
                notes::add,
                result -> {},
                steps);
    }

    private static void publish(LakeRun run) {
        LakePublisher.publishCommitted(run, LakeSamples.report());
    }

    private static Trade trade(String symbol, long eventTimeNanos, long offset, long price) {
        Trade trade = LakeSamples.trade(Instrument.ofVenue("V", symbol, 12, 8), eventTimeNanos, price, 5);
        trade.readOffset = offset;
        trade.placePosition = offset;
        if (offset % 3 == 0) {
            trade.setId("t" + offset);
        }
        if (offset % 5 == 0) {
            trade.side = "buy";
        }
        return trade;
    }

    private static String from(LakeCatalog catalog, LakeTable table) {
        return LakeSamples.from(catalog, table).replace("hive_partitioning", "filename=true, hive_partitioning");
    }

    private List<List<String>> rows(LakeTable table) throws Exception {
        return LakeSamples.rows("SELECT " + COLUMNS + " FROM " + from(LakeCatalog.open(lake), table) + " ORDER BY ALL");
    }

    @Test
    void manyFilesBecomeOneSortedFileWithTheSameRows() throws Exception {
        long seed = Long.getLong("candlewick.seed", 7L);
        Random random = new Random(seed);
        try (LakeRun run = streaming()) {
            long offset = 0;
            for (int file = 0; file < 12; file++) {
                List<Trade> trades = new ArrayList<>();
                for (int i = 0; i < 500; i++) {
                    String symbol = LakeSamples.HOSTILE.get(random.nextInt(LakeSamples.HOSTILE.size()));
                    trades.add(trade(symbol, MARCH_4 + random.nextInt(1_000_000), offset++, 1 + random.nextInt(1000)));
                }
                LakeSamples.write(run, LakeTable.TRADES, DAY, trades.toArray());
                Candle[] candles = {
                    LakeSamples.candle("S" + random.nextInt(5), file * 60_000_000_000L, file),
                    LakeSamples.candle("é\n" + file, 0, 0)
                };
                LakeSamples.write(run, LakeTable.CANDLES, CANDLE_DAY, candles);
                publish(run);
            }
        }
        LakeCatalog pinned = LakeCatalog.open(lake);
        List<List<String>> trades = rows(LakeTable.TRADES);
        List<List<String>> candles = rows(LakeTable.CANDLES);
        List<List<String>> generations = LakeSamples.rows(generationsOf(pinned));

        // A memory for a few rows only: everything goes through sorted runs on the disk.
        List<LakeCompaction.Result> results = compact(new LakeCompaction.Settings(128 << 20, 30_000));
        assertThat(results).as("seed %s", seed).hasSize(2);
        assertThat(results.get(0).filesBefore()).isEqualTo(12);
        assertThat(results.get(0).filesAfter()).isEqualTo(1);
        assertThat(results.get(0).rows()).isEqualTo(6000);
        assertThat(results.get(0).copies()).isZero();
        assertThat(results.get(0).generation()).isEqualTo(13);

        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.files(LakeTable.TRADES)).hasSize(1);
        assertThat(rows(LakeTable.TRADES)).as("seed %s", seed).isEqualTo(trades);
        assertThat(rows(LakeTable.CANDLES)).isEqualTo(candles);
        assertThat(LakeSamples.rows("SELECT read_offset, generation FROM " + from(catalog, LakeTable.TRADES)
                        + " ORDER BY read_offset"))
                .as("the generation that the manifests gave is in the rows now")
                .isEqualTo(generations);
        List<List<String>> stored =
                LakeSamples.rows("SELECT event_time_ns, read_offset FROM " + from(catalog, LakeTable.TRADES));
        assertThat(stored).isSortedAccordingTo((left, right) -> {
            int order = Long.compare(Long.parseLong(left.get(0)), Long.parseLong(right.get(0)));
            return order != 0 ? order : Long.compare(Long.parseLong(left.get(1)), Long.parseLong(right.get(1)));
        });
        assertThat(LakeSamples.rows("SELECT count(*) FROM " + from(pinned, LakeTable.TRADES)))
                .as("readers of the generation before")
                .containsExactly(List.of("6000"));
        assertThat(compact(USUAL)).as("a second time").isEmpty();
        assertThat(stagings()).isEmpty();
        assertThat(notes).isEmpty();
    }

    private static String generationsOf(LakeCatalog catalog) {
        StringBuilder sql = new StringBuilder("SELECT read_offset, generation FROM (");
        String union = "";
        for (LakeFile file : catalog.files(LakeTable.TRADES)) {
            sql.append(union)
                    .append("SELECT read_offset, ")
                    .append(file.generation())
                    .append("::BIGINT AS generation FROM read_parquet('")
                    .append(file.path())
                    .append("')");
            union = " UNION ALL ";
        }
        return sql.append(") ORDER BY read_offset").toString();
    }

    private List<Path> stagings() throws IOException {
        try (Stream<Path> entries = Files.list(lake)) {
            return entries.filter(path -> path.getFileName().toString().startsWith(".staging"))
                    .toList();
        }
    }

    @Test
    void bigPartitionsBecomeSeveralFilesOfTheTarget() throws Exception {
        try (LakeRun run = streaming()) {
            for (int file = 0; file < 4; file++) {
                List<Trade> trades = new ArrayList<>();
                for (int i = 0; i < 2000; i++) {
                    int offset = file * 2000 + i;
                    trades.add(trade("S", MARCH_4 + i, offset, offset + 1));
                }
                LakeSamples.write(run, LakeTable.TRADES, DAY, trades.toArray());
            }
            publish(run);
        }
        List<List<String>> before = rows(LakeTable.TRADES);
        assertThat(compact(new LakeCompaction.Settings(60_000, 64 << 20))).hasSize(1);
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.files(LakeTable.TRADES)).hasSizeBetween(2, 40);
        assertThat(rows(LakeTable.TRADES)).isEqualTo(before);
        long last = Long.MIN_VALUE;
        for (LakeFile file : catalog.files(LakeTable.TRADES).stream()
                .sorted(java.util.Comparator.comparing(LakeFile::minTimeNanos))
                .toList()) {
            assertThat(file.minTimeNanos()).isGreaterThanOrEqualTo(last);
            last = file.maxTimeNanos();
        }
    }

    @Test
    void rowsThatARestoredJobWroteTwiceAreLeftOutAndCounted() throws Exception {
        Trade same = trade("S", MARCH_4, 3, 9);
        try (LakeRun run = streaming()) {
            // One message with two equal trades: two rows with one read position.
            LakeSamples.write(run, LakeTable.TRADES, DAY, same, same, trade("S", MARCH_4 + 1, 4, 9));
            LakeSamples.write(run, LakeTable.CANDLES, CANDLE_DAY, LakeSamples.candle("S", 0, 0));
            publish(run);
            LakeSamples.write(run, LakeTable.TRADES, DAY, same, same, trade("S", MARCH_4 + 2, 5, 9));
            LakeSamples.write(
                    run, LakeTable.CANDLES, CANDLE_DAY, LakeSamples.candle("S", 0, 0), LakeSamples.candle("S", 0, 1));
            publish(run);
        }
        List<LakeCompaction.Result> results = compact(USUAL);
        assertThat(results).extracting(LakeCompaction.Result::copies).containsExactly(2L, 1L);
        assertThat(results).extracting(LakeCompaction.Result::rows).containsExactly(4L, 2L);
        assertThat(LakeSamples.rows("SELECT read_offset, generation FROM "
                        + from(LakeCatalog.open(lake), LakeTable.TRADES) + " ORDER BY ALL"))
                .containsExactly(List.of("3", "1"), List.of("3", "1"), List.of("4", "1"), List.of("5", "2"));
        assertThat(Files.readString(lake.resolve("runs")
                        .resolve("compact-2024-03-05T12-00-01Z")
                        .resolve("compact.json")))
                .contains("\"copies_left_out\" : 2");
    }

    @Test
    void equalRowsOfABoundedRunAllStay() throws Exception {
        try (LakeRun run = LakeRun.bounded(lake, "r", LakeSamples.SCALES, LakeSamples.CLOCK, notes::add)) {
            Trade same = trade("S", MARCH_4, 3, 9);
            LakeSamples.write(run, LakeTable.TRADES, DAY, same, same);
            LakeSamples.write(run, LakeTable.TRADES, DAY, same);
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
        assertThat(compact(USUAL))
                .singleElement()
                .satisfies(result -> assertThat(result.rows()).isEqualTo(3));
    }

    @Test
    void killedAtAnyStepTheRowsAreTheSame() throws Exception {
        try (LakeRun run = streaming()) {
            for (int i = 0; i < 3; i++) {
                LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4 + i, i, 9));
                LakeSamples.write(run, LakeTable.CANDLES, CANDLE_DAY, LakeSamples.candle("S", i, 0));
                publish(run);
            }
            List<List<String>> trades = rows(LakeTable.TRADES);
            List<List<String>> candles = rows(LakeTable.CANDLES);
            List<String> steps = new ArrayList<>();
            assertThatThrownBy(() -> compact(USUAL, step -> {
                        steps.add(step);
                        if (step.startsWith("end candles")) {
                            throw new IOException("stop");
                        }
                    }))
                    .isInstanceOf(LakeException.class);
            assertThat(steps).hasSize(10);
            int number = 100;
            for (String fatal : steps) {
                LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4 + number, number, 9));
                LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4 + number, number + 1, 9));
                LakeSamples.write(run, LakeTable.CANDLES, CANDLE_DAY, LakeSamples.candle("S", number, 0));
                LakeSamples.write(run, LakeTable.CANDLES, CANDLE_DAY, LakeSamples.candle("S", number + 1, 0));
                publish(run);
                trades = rows(LakeTable.TRADES);
                candles = rows(LakeTable.CANDLES);
                assertThatThrownBy(() -> compact(USUAL, step -> {
                            if (step.equals(fatal)) {
                                throw new IOException("killed before " + step);
                            }
                        }))
                        .as(fatal)
                        .isInstanceOf(LakeException.class)
                        .hasMessageContaining("killed before");
                publish(run);
                assertThat(rows(LakeTable.TRADES)).as("killed before %s", fatal).isEqualTo(trades);
                assertThat(rows(LakeTable.CANDLES))
                        .as("killed before %s", fatal)
                        .isEqualTo(candles);
                number += 10;
            }
            compact(USUAL);
            publish(run);
            assertThat(rows(LakeTable.TRADES)).isEqualTo(trades);
            assertThat(rows(LakeTable.CANDLES)).isEqualTo(candles);
            assertThat(LakeCatalog.open(lake).files(LakeTable.TRADES)).hasSizeLessThanOrEqualTo(2);
        }
    }

    @Test
    void whatTheJobPublishesMeanwhileStays() throws Exception {
        try (LakeRun run = streaming()) {
            LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4, 1, 9));
            LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4, 2, 9));
            publish(run);
            LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4, 3, 9));
            compact(USUAL, step -> {
                if (step.startsWith("publish")) {
                    publish(run);
                    LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4, 4, 9));
                }
            });
            assertThat(rows(LakeTable.TRADES)).hasSize(3);
            publish(run);
            assertThat(rows(LakeTable.TRADES)).hasSize(4);
            LakeManifest manifest =
                    LakeCatalog.open(lake).manifests(LakeTable.TRADES).get(0);
            assertThat(manifest.generation()).isEqualTo(4);
            assertThat(manifest.files()).hasSize(3);
            assertThat(manifest.replaced()).hasSize(2);
        }
    }

    @Test
    void onlyTheTablesAndDaysThatWereAskedFor() throws Exception {
        try (LakeRun run = streaming()) {
            for (int i = 0; i < 2; i++) {
                LakeSamples.write(run, LakeTable.TRADES, DAY, trade("S", MARCH_4, i, 9));
                LakeSamples.write(run, LakeTable.TRADES, DAY.replace("04", "05"), trade("S", MARCH_4, i, 9));
                LakeSamples.write(run, LakeTable.CANDLES, CANDLE_DAY, LakeSamples.candle("S", i, 0));
            }
            publish(run);
        }
        LocalDate day = LocalDate.parse("2024-03-05");
        assertThat(LakeCompaction.run(
                        lake, 0, EnumSet.of(LakeTable.TRADES), day, day, USUAL, clock(), notes::add, result -> {}))
                .extracting(LakeCompaction.Result::partition)
                .containsExactly("trades/version=1/year=2024/month=03/day=05");
    }
}
