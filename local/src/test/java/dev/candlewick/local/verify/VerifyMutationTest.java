package dev.candlewick.local.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.RowsRewriter;
import dev.candlewick.local.testing.Cli;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way to tamper with a lake is found, with exit code 3 and the right place. */
class VerifyMutationTest {
    private static final String DAY = "year=2023/month=11/day=15";
    private static final String OTHER_DAY = "year=2023/month=11/day=14";
    private static final String MINUTES = "candles/version=1/interval=1m/" + DAY;
    private static final String TRADES = "trades/version=1/" + DAY;
    private static final String VWAP = "vwap/version=1/" + DAY;

    /** 2023-11-14T23:59:00Z. */
    private static final long START = 1_700_006_340_000_000_000L;

    @TempDir
    static Path shared;

    @TempDir
    Path directory;

    /** What is done to a lake and what must be told of it. */
    private interface Tampering {
        void with(Path lake) throws Exception;
    }

    private record Mutation(String name, Tampering tampering, String kind, String place) {
        @Override
        public String toString() {
            return name;
        }
    }

    @BeforeAll
    static void writeLake() throws Exception {
        StringBuilder csv = new StringBuilder(
                "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n");
        for (int i = 0; i < 300; i++) {
            csv.append(i + ",," + (START + i * 700_000_000L) + ",v|,A/B," + (i % 7 == 0 ? "" : "x" + i) + ","
                    + (100 + i % 13) + ".25," + (1 + i % 5) + ",buy,,\n");
        }
        csv.append("300,,1700006500000000000,v|,A/B,1,-5,1,buy,,\n");
        Files.writeString(shared.resolve("trades.csv"), csv);
        Cli.Result replay = new Cli(shared)
                .run(
                        "replay",
                        "--input",
                        "trades.csv",
                        "--format",
                        "csv",
                        "--output",
                        "lake",
                        "--intervals",
                        "1s,1m",
                        "--fill",
                        "carry");
        assertThat(replay.code()).as(replay.err()).isZero();
    }

    @Test
    void theLakeAsItWasWrittenIsClean() {
        Cli.Result result = new Cli(shared).run("verify", "--lake", "lake", "-o", "csv");
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.lines()).hasSize(1);
        assertThat(result.err()).contains("computed again from 300 trades, 0 faults");
    }

    static Stream<Mutation> mutations() {
        List<Mutation> all = new ArrayList<>();
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("venue", "w");
        values.put("symbol", "A/C");
        values.put("start_ns", 1_700_006_580_000_000_000L);
        values.put("end_ns", 1L);
        values.put("open", new BigDecimal("100.26"));
        values.put("high", new BigDecimal("999"));
        values.put("low", new BigDecimal("1"));
        values.put("close", new BigDecimal("100.26"));
        values.put("volume", new BigDecimal("0.00000001"));
        values.put("notional", new BigDecimal("1"));
        values.put("vwap", new BigDecimal("100.000000000001"));
        values.put("trades", 1L);
        values.put("first_trade_ns", 1L);
        values.put("last_trade_ns", 1L);
        values.put("revision", 1L);
        values.put("reason", "LATE");
        values.put("final", false);
        values.put("digest", "0".repeat(31) + "1");
        values.put("flags", List.of("TIE_AMBIGUOUS"));
        values.put("profile", "crypto@000000000000");
        values.forEach((column, value) -> all.add(new Mutation(
                "candles." + column,
                lake -> RowsRewriter.rewrite(lake, MINUTES, rows -> rows.get(1).put(column, value)),
                "ROW_",
                "candles," + MINUTES + ",,")));
        for (String column : List.of("interval", "run", "generation")) {
            Object value = column.equals("generation") ? (Object) 9L : column.equals("run") ? "nobody" : "1s";
            all.add(new Mutation(
                    "candles." + column,
                    lake -> RowsRewriter.rewrite(
                            lake, MINUTES, rows -> rows.get(1).put(column, value)),
                    "ROW_ALTERED",
                    "candles," + MINUTES + ",part-"));
        }
        all.add(rows(
                "candle removed", MINUTES, rows -> rows.remove(1), "ROW_MISSING", "candles," + MINUTES + ",,v\\|"));
        all.add(rows(
                "candle twice",
                MINUTES,
                rows -> rows.add(rows.get(1)),
                "ROW_ALTERED",
                "candles," + MINUTES + ",,v\\|"));
        all.add(rows(
                "candle added",
                MINUTES,
                rows -> {
                    Map<String, @Nullable Object> added = new LinkedHashMap<>(rows.get(0));
                    added.put("symbol", "NEW");
                    rows.add(added);
                },
                "ROW_EXTRA",
                "candles," + MINUTES + ",,v\\||NEW|1m|"));
        all.add(rows("vwap removed", VWAP, rows -> rows.remove(3), "ROW_MISSING", "vwap," + VWAP + ",,v\\||A/B|"));
        all.add(rows(
                "vwap altered",
                VWAP,
                rows -> rows.get(3).put("trades", 1L),
                "ROW_ALTERED",
                "vwap," + VWAP + ",,v\\||A/B|"));
        for (String column : List.of("price", "size")) {
            all.add(rows(
                    "trades." + column,
                    TRADES,
                    rows -> rows.get(30).put(column, new BigDecimal("3.5")),
                    "ROW_ALTERED",
                    "candles," + MINUTES + ",,v\\|"));
        }
        all.add(rows(
                "trades.trade_id",
                TRADES,
                rows -> rows.get(30).put("trade_id", "other"),
                "ROW_ALTERED",
                "candles," + MINUTES));
        all.add(rows(
                "trades.event_time_ns",
                TRADES,
                rows -> rows.get(30).merge("event_time_ns", 1L, (a, b) -> (long) a + 1),
                "ROW_ALTERED",
                "candles," + MINUTES));
        all.add(rows("trades.side", TRADES, rows -> rows.get(30).put("side", "sell"), "DIGEST", "trades,,,"));
        all.add(rows("trade removed", TRADES, rows -> rows.remove(30), "COUNT", "trades,,,"));
        all.add(rows(
                "trade added",
                TRADES,
                rows -> {
                    Map<String, @Nullable Object> added = new LinkedHashMap<>(rows.get(30));
                    added.put("trade_id", "new");
                    rows.add(added);
                },
                "ROW_ALTERED",
                "candles," + MINUTES));
        all.add(rows(
                "trade of another day",
                TRADES,
                rows -> rows.get(30).put("event_time_ns", START),
                "FILE",
                "trades," + TRADES + ",part-"));
        all.add(new Mutation(
                "file removed", lake -> Files.delete(file(lake, MINUTES)), "FILE", "candles," + MINUTES + ",part-"));
        all.add(new Mutation(
                "trade file removed", lake -> Files.delete(file(lake, TRADES)), "FILE", "trades," + TRADES + ",part-"));
        all.add(new Mutation(
                "file added",
                lake -> Files.copy(file(lake, MINUTES), lake.resolve(MINUTES).resolve("part-more.parquet")),
                "UNNAMED",
                "candles," + MINUTES + ",part-more.parquet"));
        all.add(new Mutation(
                "file truncated",
                lake -> {
                    byte[] bytes = Files.readAllBytes(file(lake, MINUTES));
                    Files.write(file(lake, MINUTES), java.util.Arrays.copyOf(bytes, bytes.length / 2));
                },
                "FILE",
                "candles," + MINUTES + ",part-"));
        all.add(new Mutation(
                "bit flipped",
                lake -> {
                    byte[] bytes = Files.readAllBytes(file(lake, MINUTES));
                    bytes[bytes.length / 4] ^= 4;
                    Files.write(file(lake, MINUTES), bytes);
                },
                "FILE",
                "candles," + MINUTES + ",part-"));
        all.add(new Mutation(
                "days swapped",
                lake -> {
                    Path one = file(lake, MINUTES);
                    Path other = file(lake, MINUTES.replace(DAY, OTHER_DAY));
                    Path between = lake.resolve("between");
                    Files.move(one, between);
                    Files.move(other, one);
                    Files.move(between, other);
                },
                "FILE",
                "candles," + MINUTES + ",part-"));
        all.add(new Mutation(
                "manifest edited",
                lake -> edit(RowsRewriter.manifest(lake, MINUTES), "\"rows\" : ", "\"rows\" : 1"),
                "FILE",
                "candles," + MINUTES + ",part-"));
        all.add(new Mutation(
                "manifest broken",
                lake -> edit(RowsRewriter.manifest(lake, MINUTES), "{", "[{"),
                "MANIFEST",
                "candles," + MINUTES + ",_manifest-000001.json"));
        all.add(new Mutation(
                "manifest removed",
                lake -> Files.delete(RowsRewriter.manifest(lake, MINUTES)),
                "UNNAMED",
                "candles," + MINUTES + ",part-"));
        all.add(new Mutation(
                "partition removed",
                lake -> {
                    Files.delete(file(lake, MINUTES));
                    Files.delete(RowsRewriter.manifest(lake, MINUTES));
                },
                "ROW_MISSING",
                "candles," + MINUTES + ",,v\\|"));
        all.add(new Mutation(
                "run.json: intervals",
                lake -> editRuns(lake, "\"1s,1m\"", "\"1s,1m,5m\""),
                "ROW_MISSING",
                "candles,candles/version=1/interval=5m/"));
        all.add(new Mutation(
                "run.json: profile",
                lake -> editRuns(lake, "\"size.scale\" : \"8\"", "\"size.scale\" : \"7\""),
                "ROW_ALTERED",
                "candles,"));
        all.add(new Mutation(
                "run.json: ledger",
                lake -> editRuns(lake, "\"accepted\" : 300", "\"accepted\" : 301"),
                "COUNT",
                ",,,"));
        all.add(new Mutation(
                "run.json: digest",
                lake -> editRuns(lake, "\"quality\" : \"", "\"quality\" : \"0"),
                "DIGEST",
                "quality,,,"));
        all.add(new Mutation(
                "run.json: counts",
                lake -> editRuns(lake, "\"rejected.PRICE_NOT_POSITIVE\" : 1", "\"rejected.PRICE_NOT_POSITIVE\" : 2"),
                "COUNT",
                ",,,"));
        all.add(new Mutation(
                "run.json: version", lake -> editRuns(lake, "\"version\" : 1", "\"version\" : 2"), "RUN", ",,,"));
        all.add(new Mutation("run.json: copy", lake -> edit(lake.resolve("run.json"), "2.3.0", "2.2.0"), "RUN", ",,,"));
        all.add(new Mutation(
                "lake.json: mode", lake -> edit(lake.resolve("lake.json"), "bounded", "streaming"), "RUN", ",,,"));
        all.add(new Mutation(
                "lake.json: opened",
                lake -> edit(lake.resolve("lake.json"), "\"opened_at\" : \"2", "\"opened_at\" : \"1"),
                "RUN",
                ",,,"));
        all.add(new Mutation(
                "lake.json: scale",
                lake -> edit(lake.resolve("lake.json"), "\"price_scale\" : 12", "\"price_scale\" : 13"),
                "FILE",
                "candles," + MINUTES));
        all.add(new Mutation(
                "version added",
                lake -> Files.createDirectories(lake.resolve("candles/version=7")),
                "UNNAMED",
                "candles,candles/version=7"));
        return all.stream();
    }

    private interface Rows {
        void change(List<Map<String, @Nullable Object>> rows);
    }

    private static Mutation rows(String name, String partition, Rows change, String kind, String place) {
        return new Mutation(name, lake -> RowsRewriter.rewrite(lake, partition, change::change), kind, place);
    }

    @ParameterizedTest
    @MethodSource("mutations")
    void isFound(Mutation mutation) throws Exception {
        Path lake = directory.resolve("lake");
        copy(shared.resolve("lake"), lake);
        mutation.tampering().with(lake);
        Cli.Result result = new Cli(directory).run("verify", "--lake", "lake", "-o", "csv", "--limit", "1000");
        assertThat(result.code()).as(result.out() + result.err()).isEqualTo(3);
        assertThat(result.lines())
                .as(result.err())
                .anyMatch(line -> line.startsWith(mutation.kind()) && line.contains("," + mutation.place()));
    }

    @Test
    void aBrokenFileDoesNotKeepOtherDaysFromBeingCompared() throws Exception {
        Path lake = directory.resolve("lake");
        copy(shared.resolve("lake"), lake);
        Files.write(file(lake, TRADES), new byte[20]);
        String other = MINUTES.replace(DAY, OTHER_DAY);
        RowsRewriter.rewrite(lake, other, rows -> rows.get(0).put("high", new BigDecimal("777")));
        Cli.Result result = new Cli(directory).run("verify", "--lake", "lake", "-o", "csv");
        assertThat(result.code()).isEqualTo(3);
        assertThat(result.lines())
                .as(result.err())
                .anyMatch(line -> line.startsWith("FILE,trades," + TRADES))
                .anyMatch(line -> line.startsWith("ROW_ALTERED,candles," + other) && line.contains("high must be"))
                .noneMatch(line -> line.startsWith("ROW_") && line.contains(MINUTES));
    }

    @Test
    void onlyWhatWasAskedForIsCompared() throws Exception {
        Path lake = directory.resolve("lake");
        copy(shared.resolve("lake"), lake);
        RowsRewriter.rewrite(lake, MINUTES, rows -> rows.get(0).put("high", new BigDecimal("777")));
        Cli cli = new Cli(directory);
        assertThat(cli.run("verify", "--lake", "lake", "--from", "2023-11-15").code())
                .isEqualTo(3);
        assertThat(cli.run("verify", "--lake", "lake", "--to", "2023-11-15", "--table", "candles")
                        .code())
                .isEqualTo(3);
        Cli.Result day = cli.run("verify", "--lake", "lake", "--to", "2023-11-14", "--table", "vwap");
        assertThat(day.code()).as(day.out() + day.err()).isZero();
        assertThat(cli.run("verify", "--lake", "lake", "--from", "yesterday").code())
                .isEqualTo(2);
    }

    private static Path file(Path lake, String partition) throws Exception {
        try (Stream<Path> files = Files.list(lake.resolve(partition))) {
            return files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void edit(Path file, String from, String to) throws Exception {
        String text = Files.readString(file);
        assertThat(text).contains(from);
        Files.writeString(file, text.replace(from, to));
    }

    private static void editRuns(Path lake, String from, String to) throws Exception {
        edit(lake.resolve("run.json"), from, to);
        try (Stream<Path> runs = Files.list(lake.resolve("runs"))) {
            for (Path run : runs.toList()) {
                edit(run.resolve("run.json"), from, to);
            }
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        try (Stream<Path> walk = Files.walk(from)) {
            for (Path path : walk.toList()) {
                Files.copy(path, to.resolve(from.relativize(path)));
            }
        }
    }
}
