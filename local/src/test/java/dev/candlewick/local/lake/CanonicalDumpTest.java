package dev.candlewick.local.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The canonical dump: fixed bytes for the same rows, and what differs is found. */
class CanonicalDumpTest {
    private static final CanonicalDump.Options LAST = new CanonicalDump.Options(true, false);

    @TempDir
    static Path folder;

    private static LakeCatalog catalog;

    @BeforeAll
    static void write() throws Exception {
        catalog = LakeFixture.sample().bounded(folder.resolve("lake"), "r1");
    }

    private static List<String> dump(LakeCatalog catalog, LakeTable table, CanonicalDump.Options options) {
        List<String> lines = new ArrayList<>();
        CanonicalDump.write(catalog, List.of(table), options, lines::add);
        return lines;
    }

    private static List<String> dump(LakeCatalog catalog, CanonicalDump.Options options) {
        List<String> lines = new ArrayList<>();
        CanonicalDump.write(catalog, CanonicalDump.TABLES, options, lines::add);
        return lines;
    }

    @Test
    void linesAreAsWritten() {
        assertThat(dump(catalog, LakeTable.REJECTED, CanonicalDump.Options.ALL))
                .containsExactly("{\"table\":\"rejected\",\"reason\":\"RANGE\",\"message\":\"price must fit, was"
                        + " \\\"x\\\"\\n\",\"raw\":\"AP8n\",\"event_time_ns\":-1,\"recv_time_ns\":null,"
                        + "\"ingest_time_ns\":7,\"read_source\":\"trades\",\"read_partition\":3,\"read_offset\":9}");
        assertThat(dump(catalog, LakeTable.REJECTED, LAST).get(0)).doesNotContain("read_", "ingest");
        assertThat(dump(catalog, LakeTable.CANDLES, CanonicalDump.Options.ALL))
                .contains("{\"table\":\"candles\",\"venue\":\"V\",\"symbol\":\"A/B\",\"interval\":\"1m\","
                        + "\"start_ns\":60000000000,\"end_ns\":120000000000,\"open\":\"1.5\",\"high\":\"2\","
                        + "\"low\":\"1\",\"close\":\"1.25\",\"volume\":\"3\",\"notional\":\"4\","
                        + "\"vwap\":\"1.333333333333\",\"trades\":7,\"first_trade_ns\":60000000001,"
                        + "\"last_trade_ns\":60000000002,\"revision\":2,\"reason\":\"LATE\",\"final\":true,"
                        + "\"digest\":\"00000000000000010000000000000002\",\"flags\":[\"ID_CONFLICT\",\"OUTLIER\"],"
                        + "\"profile\":\"crypto@abc\"}")
                .anyMatch(line -> line.contains("\"volume\":\"0\",\"notional\":\"0\",\"vwap\":null,\"trades\":0,"
                        + "\"first_trade_ns\":null,\"last_trade_ns\":null"));
        List<String> trades = dump(catalog, LakeTable.TRADES, CanonicalDump.Options.ALL);
        assertThat(trades)
                .hasSize(LakeFixture.HOSTILE.size())
                .anyMatch(line -> line.contains("\"trade_id\":\"id-two\\nlines\""))
                .anyMatch(line -> line.contains("\"trade_id\":null"))
                .allMatch(line -> line.contains("\"late\":false,\"disorder_ns\":0"))
                .noneMatch(line -> line.contains("known_at") || line.contains("generation"));
        assertThat(dump(catalog, LakeTable.TRADES, LAST))
                .noneMatch(line -> line.contains("late") || line.contains("read_"));
    }

    @Test
    void lastRevisionsHaveNoRevision() {
        assertThat(dump(catalog, LakeTable.CANDLES, CanonicalDump.Options.ALL)).hasSize(LakeFixture.HOSTILE.size() + 3);
        assertThat(dump(catalog, LakeTable.CANDLES, LAST))
                .hasSize(LakeFixture.HOSTILE.size() + 1)
                .noneMatch(line -> line.contains("revision") || line.contains("reason"))
                .filteredOn(line -> line.contains("\"A/B\"") && line.contains("\"start_ns\":60000000000,"))
                .singleElement()
                .asString()
                .contains("\"trades\":7");
    }

    @Test
    void orderAndFilesOfTheInputDoNotMatter() throws Exception {
        long seed = 7;
        LakeFixture shuffled = LakeFixture.sample();
        Collections.shuffle(shuffled.trades, new Random(seed));
        Collections.shuffle(shuffled.candles, new Random(seed));
        Collections.shuffle(shuffled.vwap, new Random(seed));
        Path lake = folder.resolve("shuffled");
        LakeCatalog other = shuffled.bounded(lake, "another-run");
        assertThat(dump(other, CanonicalDump.Options.ALL)).isEqualTo(dump(catalog, CanonicalDump.Options.ALL));
        assertThat(LakeCatalog.open(lake).digests())
                .isEqualTo(LakeCatalog.open(folder.resolve("lake")).digests());
    }

    @Test
    void largeTablesStayInOrder() throws Exception {
        long seed = 11;
        Random random = new Random(seed);
        LakeFixture large = new LakeFixture();
        int rows = 200_000;
        for (int i = 0; i < rows; i++) {
            large.vwap.add(LakeFixture.vwap("S" + i % 7, random.nextInt(rows / 2) * 1_000_000_000L, i));
        }
        LakeCatalog other = large.bounded(folder.resolve("large"), "r");
        List<String> keys = new ArrayList<>();
        CanonicalDump.write(other, List.of(LakeTable.VWAP), CanonicalDump.Options.ALL, line -> {
            String symbol = line.replaceFirst(".*\"symbol\":\"(S\\d)\".*", "$1");
            long at = Long.parseLong(line.replaceFirst(".*\"at_ns\":(\\d+),.*", "$1"));
            long revision = Long.parseLong(line.replaceFirst(".*\"revision\":(\\d+),.*", "$1"));
            keys.add("%s %020d %010d".formatted(symbol, at, revision));
        });
        assertThat(keys).as("seed %d", seed).hasSize(rows).isSorted();
    }

    @Test
    void digestsAreThoseOfTheLines() throws Exception {
        Map<String, String> digests = LakeCatalog.open(folder.resolve("lake")).digests();
        assertThat(digests.keySet()).containsExactlyInAnyOrder("candles", "quality", "rejected", "trades", "vwap");
        for (LakeTable table : CanonicalDump.TABLES) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String line : dump(catalog, table, CanonicalDump.Options.ALL)) {
                digest.update((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
            assertThat(digests).containsEntry(table.directory(), HexFormat.of().formatHex(digest.digest()));
        }
        assertThat(digests.get("quality")).startsWith("e3b0c44298fc1c14");
    }

    private static Map<String, LakeDiff.Counts> diff(
            DumpSource left, DumpSource right, List<LakeDiff.Difference> into) {
        try (left;
                right) {
            return LakeDiff.compare(left, right, 100, into::add);
        }
    }

    private DumpSource lake(LakeCatalog catalog, CanonicalDump.Options options) {
        return DumpSource.of(catalog, CanonicalDump.TABLES, options);
    }

    @Test
    void equalLakesHaveNoDifference() {
        List<LakeDiff.Difference> differences = new ArrayList<>();
        Map<String, LakeDiff.Counts> counts =
                diff(lake(catalog, CanonicalDump.Options.ALL), lake(catalog, CanonicalDump.Options.ALL), differences);
        assertThat(differences).isEmpty();
        assertThat(counts.keySet()).containsExactly("candles", "rejected", "trades", "vwap");
        assertThat(counts.values()).allMatch(LakeDiff.Counts::isEqual);
        assertThat(counts.get("candles").equal()).isEqualTo(LakeFixture.HOSTILE.size() + 3);
    }

    @Test
    void changedMissingAndExtraRowsAreFound() throws Exception {
        LakeFixture changed = LakeFixture.sample();
        changed.candles.removeIf(candle -> candle.symbol().equals("it's"));
        changed.candles.add(LakeFixture.candle("it's", 120_000_000_000L, 0, 99));
        changed.candles.add(LakeFixture.candle("ZZZ", 0, 0, 1));
        changed.trades.remove(3);
        LakeCatalog other = changed.bounded(folder.resolve("changed"), "r");
        List<LakeDiff.Difference> differences = new ArrayList<>();
        Map<String, LakeDiff.Counts> counts =
                diff(lake(catalog, CanonicalDump.Options.ALL), lake(other, CanonicalDump.Options.ALL), differences);
        assertThat(counts.get("vwap").isEqual()).isTrue();
        assertThat(differences)
                .containsExactlyInAnyOrder(
                        new LakeDiff.Difference(
                                "candles",
                                LakeDiff.Kind.CHANGED,
                                "venue=\"V\" symbol=\"it's\" interval=\"1m\" start_ns=120000000000 revision=0",
                                "trades",
                                "5",
                                "99"),
                        new LakeDiff.Difference(
                                "candles",
                                LakeDiff.Kind.ONLY_RIGHT,
                                "venue=\"V\" symbol=\"ZZZ\" interval=\"1m\" start_ns=0 revision=0",
                                null,
                                null,
                                dump(other, LakeTable.CANDLES, CanonicalDump.Options.ALL).stream()
                                        .filter(line -> line.contains("ZZZ"))
                                        .findFirst()
                                        .orElseThrow()),
                        new LakeDiff.Difference(
                                "trades",
                                LakeDiff.Kind.ONLY_LEFT,
                                "venue=\"V\" symbol=\"say \\\"x\\\"\" event_time_ns=1709596800000000002 sequence=null"
                                        + " trade_id=null source_partition=0 source_position=3",
                                null,
                                dump(catalog, LakeTable.TRADES, CanonicalDump.Options.ALL).stream()
                                        .filter(line -> line.contains("say"))
                                        .findFirst()
                                        .orElseThrow(),
                                null));
        assertThat(counts.get("candles").changed()).isEqualTo(1);
        assertThat(counts.get("candles").onlyRight()).isEqualTo(1);
        assertThat(counts.get("candles").onlyLeft()).isZero();
        assertThat(counts.get("trades").onlyLeft()).isEqualTo(1);
    }

    @Test
    void revisionsThatDifferInNumberAreEqualInTheirLast() throws Exception {
        LakeFixture fewer = LakeFixture.sample();
        fewer.candles.removeIf(candle -> candle.revision() == 1);
        fewer.vwap.removeIf(row -> row.revision() == 0 && row.symbol().equals("A/B"));
        LakeCatalog other = fewer.bounded(folder.resolve("fewer"), "r");
        assertThat(diff(lake(catalog, LAST), lake(other, LAST), new ArrayList<>())
                        .values())
                .allMatch(LakeDiff.Counts::isEqual);
        Map<String, LakeDiff.Counts> all = diff(
                lake(catalog, CanonicalDump.Options.ALL), lake(other, CanonicalDump.Options.ALL), new ArrayList<>());
        assertThat(all.get("candles").onlyLeft()).isEqualTo(1);
        assertThat(all.get("vwap").onlyLeft()).isEqualTo(1);
    }

    @Test
    void filesAndLakesCompare() throws Exception {
        Path file = folder.resolve("dump.jsonl");
        Files.write(file, dump(catalog, CanonicalDump.Options.ALL));
        assertThat(diff(
                                DumpSource.of(file, CanonicalDump.TABLES),
                                lake(catalog, CanonicalDump.Options.ALL),
                                new ArrayList<>())
                        .values())
                .allMatch(LakeDiff.Counts::isEqual);
        assertThat(diff(
                                DumpSource.of(file, List.of(LakeTable.VWAP)),
                                DumpSource.of(catalog, List.of(LakeTable.VWAP), CanonicalDump.Options.ALL),
                                new ArrayList<>())
                        .keySet())
                .containsExactly("vwap");
        List<String> lines = new ArrayList<>(dump(catalog, CanonicalDump.Options.ALL));
        Collections.reverse(lines);
        Path reversed = folder.resolve("reversed.jsonl");
        Files.write(reversed, lines);
        assertThatThrownBy(() -> diff(
                        DumpSource.of(reversed, CanonicalDump.TABLES),
                        lake(catalog, CanonicalDump.Options.ALL),
                        new ArrayList<>()))
                .isInstanceOf(QueryException.class)
                .hasMessageContaining("sorted by key");
        Path other = folder.resolve("other.txt");
        Files.writeString(other, "hello\n");
        assertThatThrownBy(() -> diff(
                        DumpSource.of(other, CanonicalDump.TABLES),
                        lake(catalog, CanonicalDump.Options.ALL),
                        new ArrayList<>()))
                .isInstanceOf(QueryException.class)
                .hasMessageContaining("was 'hello'");
    }
}
