package dev.candlewick.local.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.testkit.realdata.RealData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code replay --format parquet}: a lake and anybody's Parquet files as the input of a bounded run. */
class LakeInputTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What a candle's history is not part of: how often it was revised depends on the order of arrival. */
    private static final String RESULTS = "candles,vwap,quality,reports";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 20_261_121})
    void aReplayOfTheLakeEqualsTheReplayOfItsLog(long seed) {
        simulate(seed, 30_000, "--faults", "late=2%,disorder=5%,duplicate-near=2%,id-conflict=1%,gap=1%");
        replay("log", "market", "json", "--mode", "streaming", "--set", "parallelism=1");
        replay("streaming", "log@1", "parquet", "--mode", "streaming", "--set", "parallelism=4");
        replay("batch", "log@1", "parquet", "--mode", "batch", "--set", "late=apply", "--set", "parallelism=2");
        String expected = results("log");
        assertThat(expected.lines().count()).as("seed " + seed).isGreaterThan(10_000);
        assertThat(results("streaming")).as("seed " + seed).isEqualTo(expected);
        assertThat(results("batch")).as("seed " + seed).isEqualTo(expected);
        assertThat(ledger("log", "late")).as("seed " + seed).isPositive().isEqualTo(ledger("batch", "late"));
        assertThat(ledger("log", "duplicate")).isPositive().isEqualTo(ledger("streaming", "duplicate"));

        replay("log", "market", "json", "--mode", "batch", "--set", "parallelism=2");
        replay("accepted-batch", "log@1", "parquet", "--mode", "batch", "--set", "parallelism=1");
        replay("accepted-streaming", "log", "parquet", "--mode", "streaming", "--set", "late=accept");
        String accepted = results("log");
        assertThat(accepted).as("seed " + seed).isNotEqualTo(expected);
        assertThat(results("accepted-batch")).as("seed " + seed).isEqualTo(accepted);
        assertThat(results("accepted-streaming")).as("seed " + seed).isEqualTo(accepted);
        // Everything, revisions too: nothing is published twice where nothing comes late.
        assertThat(dump("accepted-streaming", RESULTS)).isEqualTo(dump("accepted-batch", RESULTS));

        // A run that reads an archive makes none.
        assertThat(LakeCatalog.open(directory.resolve("batch")).files(LakeTable.TRADES))
                .isEmpty();
        Cli.Result again =
                cli("replay", "--input", "batch", "--output", "none", "--format", "parquet", "--set", "parallelism=1");
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains("lake version to read must have trades, was without any");
    }

    @ParameterizedTest
    @CsvSource({
        RealData.BINANCE + ",crypto",
        RealData.COMEX + ",futures",
        RealData.IBM + ",us-equities",
    })
    void theRealSetsComeOutOfTheLakeAsTheyWentIn(String set, String feed) {
        RealData data = RealData.require(set);
        String trades = data.tradesFile().toString();
        replay("log", trades, "csv", "--feed", feed, "--mode", "streaming");
        replay("streaming", "log", "parquet", "--feed", feed, "--mode", "streaming");
        replay("batch", "log", "parquet", "--feed", feed, "--mode", "batch", "--set", "late=apply");
        String expected = results("log");
        assertThat(results("streaming")).isEqualTo(expected);
        assertThat(results("batch")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"streaming,omit", "batch,carry"})
    void aRangeEqualsThatPartOfTheWhole(String mode, String fill) throws IOException {
        simulate(5, 40_000, "--faults", "late=1%,disorder=5%,id-conflict=1%,gap=1%", "--rate", "3");
        replay("log", "market", "json", "--mode", "batch", "--fill", fill, "--set", "vwap.emit=every-second");
        String[] range = {
            "--fill",
            fill,
            "--set",
            "vwap.emit=every-second",
            "--from",
            "2026-01-05T01:00:00Z",
            "--to",
            "2026-01-05T02:00:00Z",
            "--set",
            "lead-in=30m",
            "--set",
            "late=accept",
            "--mode",
            mode
        };
        replay("part", "log", "parquet", range);
        long from = 1_767_574_800_000_000_000L;
        long to = from + 3_600_000_000_000L;
        List<String> expected = new ArrayList<>();
        for (String line : results("log").lines().toList()) {
            JsonNode row = JSON.readTree(line);
            boolean inside = switch (row.get("table").asText()) {
                case "candles", "reports" ->
                    row.get("start_ns").asLong() >= from && row.get("end_ns").asLong() <= to;
                case "vwap" ->
                    row.get("at_ns").asLong() >= from && row.get("at_ns").asLong() < to;
                default ->
                    row.get("event_time_ns").asLong() >= from
                            && row.get("event_time_ns").asLong() < to;
            };
            if (inside) {
                expected.add(line);
            }
        }
        assertThat(expected).hasSizeGreaterThan(1_000);
        assertThat(results("part").lines().toList()).isEqualTo(expected);
        assertThat(Files.exists(directory.resolve("part/trades"))).isFalse();
    }

    @Test
    void anybodysFilesAreReadAndEveryRowIsJudged() throws Exception {
        Files.createDirectories(directory.resolve("foreign/sub"));
        sql(
                "COPY (SELECT 1700000000000000000 + i * 250000000 AS event_time_ns, 'v' AS venue,"
                        + " CASE WHEN i % 2 = 0 THEN 'A' ELSE 'B' END AS symbol, i AS trade_id,"
                        + " CAST(100 + i % 7 AS DECIMAL(9,3)) AS price, CAST(i % 5 AS VARCHAR) AS size"
                        + " FROM range(2000) t(i)) TO '" + directory + "/foreign/one.parquet' (FORMAT parquet)",
                "COPY (SELECT 1700000100000000000 + i * 300000000 AS event_time_ns, 'v' AS venue, 'B' AS symbol,"
                        + " 'x' || i AS trade_id, CAST(50 AS BIGINT) AS price, 0.25::DECIMAL(30,10) AS size,"
                        + " NULL::VARCHAR AS side FROM range(1500) t(i)) TO '" + directory
                        + "/foreign/sub/two.parquet' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 2048)");
        for (String mode : List.of("batch", "streaming")) {
            replay(mode, "foreign", "parquet", "--mode", mode);
            // Sizes of 0 are no trades in this feed.
            assertThat(ledger(mode, "rejected")).isEqualTo(400);
            assertThat(ledger(mode, "accepted")).isEqualTo(3_100);
        }
        String tables = RESULTS + ",rejected,trades";
        assertThat(dump("streaming", tables)).isEqualTo(dump("batch", tables));
        assertThat(dump("batch", "rejected"))
                .contains("\"reason\":\"SIZE_NOT_POSITIVE\"", "\"read_source\":\"one.parquet\",\"read_partition\":0")
                .contains("(size.zero allows 0)");
    }

    @Test
    void whatCannotBeReadIsToldInOneLine() throws Exception {
        Files.createDirectories(directory.resolve("empty"));
        refused(2, "empty", "input must hold at least one file");
        refused(2, "nowhere", "input must exist");
        Files.createDirectories(directory.resolve("in"));
        Path file = directory.resolve("in/trades.parquet");
        Files.writeString(file, "");
        refused(3, "in", "data file must be a whole Parquet file, was 0 bytes long (trades.parquet)");
        sql("COPY (SELECT 1 AS a, 'x' AS b) TO '" + file + "' (FORMAT parquet)");
        refused(3, "in", "data file must have a column event_time_ns, was without it (columns=[a, b], trades.parquet)");
        sql("COPY (SELECT 1 AS event_time_ns, 'v' AS venue, 's' AS symbol, 1.5::DOUBLE AS price, 1 AS size) TO '" + file
                + "' (FORMAT parquet)");
        refused(3, "in", "column price must be DECIMAL of at most 38 digits, whole numbers or VARCHAR, was");

        simulate(3, 3_000);
        replay("log", "market", "json", "--mode", "batch", "--set", "parallelism=1");
        Path part = LakeCatalog.open(directory.resolve("log"))
                .files(LakeTable.TRADES)
                .get(0)
                .path();
        byte[] whole = Files.readAllBytes(part);
        Files.write(part, Arrays.copyOf(whole, whole.length - 9));
        refused(3, "log", "data file must be a whole Parquet file, was without Parquet's magic bytes at its end");
        byte[] flipped = whole.clone();
        flipped[whole.length / 3] ^= 4;
        Files.write(part, flipped);
        refused(3, "log", "data file must be a whole Parquet file, was with a page");
        Files.delete(part);
        refused(3, "log", "data file must exist, was missing (trades/version=1/");
        refused(2, "log@7", "lake version must be one of [1], was 7");
        Cli.Result range =
                cli("replay", "--input", "market", "--output", "x", "--format", "json", "--from", "2026-01-05");
        assertThat(range.code()).isEqualTo(2);
        assertThat(range.err()).contains("format must be parquet where from or to is given, was 'json'");
    }

    private void refused(int code, String input, String message) {
        for (String mode : List.of("batch", "streaming")) {
            Cli.Result result = cli(
                    "replay",
                    "--input",
                    input,
                    "--output",
                    "refused",
                    "--format",
                    "parquet",
                    "--mode",
                    mode,
                    "--set",
                    "parallelism=1");
            assertThat(result.code()).as(result.err()).isEqualTo(code);
            assertThat(result.err()).contains(message).doesNotContain("\tat ");
        }
    }

    private static void sql(String... statements) throws Exception {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            for (String text : statements) {
                statement.execute(text);
            }
        }
    }

    private Cli.Result cli(String... arguments) {
        return new Cli(directory).run(arguments);
    }

    private void simulate(long seed, int messages, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "simulate",
                "--seed",
                Long.toString(seed),
                "--messages",
                Integer.toString(messages),
                "--trades-only",
                "--symbols",
                "4",
                "--output",
                "market"));
        if (!Arrays.asList(more).contains("--rate")) {
            arguments.addAll(List.of("--rate", "20"));
        }
        arguments.addAll(List.of(more));
        Cli.Result result = cli(arguments.toArray(String[]::new));
        assertThat(result.code()).as(result.err()).isZero();
    }

    private void replay(String lake, String input, String format, String... more) {
        List<String> all = new ArrayList<>(
                List.of("replay", "--input", input, "--output", lake, "--format", format, "--set", "quality=full"));
        if (!String.join(" ", more).contains("parallelism=")) {
            all.addAll(List.of("--set", "parallelism=2"));
        }
        all.addAll(List.of(more));
        Cli.Result result = cli(all.toArray(String[]::new));
        assertThat(result.code()).as(result.out() + result.err()).isZero();
    }

    /** The results without what only the history of their publication decides. */
    private String results(String lake) {
        return dump(lake, RESULTS, "--last-revisions");
    }

    private String dump(String lake, String tables, String... more) {
        List<String> all = new ArrayList<>(List.of("dump", "--lake", lake, "--canonical", "--table", tables));
        all.addAll(List.of(more));
        Cli.Result result = cli(all.toArray(String[]::new));
        assertThat(result.code()).as(result.err()).isZero();
        return result.out();
    }

    private long ledger(String lake, String column) {
        return LakeCatalog.open(directory.resolve(lake)).ledger().stream()
                .filter(row -> row.scope().equals("partition"))
                .mapToLong(row -> {
                    Long value = switch (column) {
                        case "late" -> row.late();
                        case "duplicate" -> row.duplicate();
                        case "rejected" -> row.rejected();
                        default -> row.accepted();
                    };
                    return value == null ? 0 : value;
                })
                .sum();
    }
}
