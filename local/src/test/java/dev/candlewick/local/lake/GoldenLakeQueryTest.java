package dev.candlewick.local.lake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.testing.Cli;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What version 0.1.0 wrote into lakes and topics is read by DuckDB to every value it held. */
class GoldenLakeQueryTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("candlewick.root"), "connectors/src/test/resources/golden/v1");

    @TempDir
    Path folder;

    private List<String> query(String sql) {
        Cli.Result result =
                new Cli(folder).run("query", "--lake", GOLDEN.resolve("lake").toString(), "-o", "json", sql);
        assertThat(result.code()).as(result.err()).isZero();
        return result.lines();
    }

    /** Values by name: a character may be escaped or not, which says the same. */
    private static List<Map<String, Json.Value>> values(List<String> lines) {
        List<Map<String, Json.Value>> values = new ArrayList<>();
        for (String line : lines) {
            values.add(Objects.requireNonNull(Json.object(line.getBytes(StandardCharsets.UTF_8))));
        }
        return values;
    }

    private static List<String> expected(String table) throws Exception {
        return Files.readAllLines(GOLDEN.resolve("tables").resolve(table + ".jsonl"));
    }

    /** The columns that the golden rows have: later versions may show more. */
    private static String columns(List<String> rows) {
        Map<String, Json.Value> row =
                Objects.requireNonNull(Json.object(rows.get(0).getBytes(StandardCharsets.UTF_8)));
        return String.join(", ", row.keySet().stream().map(LakeDatabase::name).toList());
    }

    @ParameterizedTest
    @EnumSource(LakeTable.class)
    void everyRowOfATableIsReadAsItWas(LakeTable table) throws Exception {
        List<String> expected = expected(table.directory());
        String view = switch (table) {
            case CANDLES -> "candle_revisions";
            case VWAP -> "vwap_revisions";
            default -> table.directory();
        };
        assertThat(expected).isNotEmpty();
        assertThat(values(query("SELECT " + columns(expected) + " FROM " + view)))
                .containsExactlyInAnyOrderElementsOf(values(expected));
    }

    @Test
    void theLedgerIsReadAsItWas() throws Exception {
        List<String> expected = expected("ledger");
        assertThat(values(query("SELECT " + columns(expected) + " FROM ledger")))
                .hasSize(2)
                .containsExactlyInAnyOrderElementsOf(values(expected));
    }

    @Test
    void lastRevisionsAreFound() {
        assertThat(query("SELECT symbol, start_ns, revision FROM candles WHERE revision > 0 ORDER BY start_ns"))
                .containsExactly(
                        "{\"symbol\":\"WIDE\",\"start_ns\":-900000000000,\"revision\":2147483647}",
                        "{\"symbol\":\"XBT/USDT\",\"start_ns\":1709596680000000000,\"revision\":2}",
                        "{\"symbol\":\"XBT/USDT\",\"start_ns\":1709596740000000000,\"revision\":1}");
    }

    /** Each value as DuckDB's own reader of JSON sees it, one by one against our own. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "trades",
                "candles",
                "candles.live",
                "vwap.5m",
                "quality.events",
                "quality.reports",
                "trades.rejected"
            })
    void everyValueOfATopicIsReadAsItWas(String topic) throws Exception {
        Path file = GOLDEN.resolve("topics").resolve(topic + ".jsonl");
        List<Map<String, Json.Value>> expected = values(Files.readAllLines(file));
        int compared = 0;
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT json FROM read_json_objects("
                        + LakeDatabase.literal(file.toString()) + ", format = 'newline_delimited')")) {
            for (Map<String, Json.Value> values : expected) {
                assertThat(rows.next()).isTrue();
                String json = rows.getString(1);
                for (Map.Entry<String, Json.Value> value : values.entrySet()) {
                    assertThat(extract(connection, json, value.getKey()))
                            .as("%s of %s", value.getKey(), json)
                            .isEqualTo(
                                    value.getValue().kind() == Json.Kind.NULL
                                            ? null
                                            : value.getValue().text());
                    compared++;
                }
            }
            assertThat(rows.next()).isFalse();
        }
        assertThat(compared).isPositive();
    }

    private static String extract(Connection connection, String json, String name) throws Exception {
        try (var statement = connection.prepareStatement("SELECT ?::JSON ->> ?")) {
            statement.setString(1, json);
            statement.setString(2, "$.\"" + name + "\"");
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                return result.getString(1);
            }
        }
    }

    /** The statement of {@code docs/schemas.md} as it stands there: integers without loss, decimals from text. */
    @Test
    void theExampleOfThePageReadsCandles() throws Exception {
        String page = Files.readString(Path.of(System.getProperty("candlewick.root"), "docs/schemas.md"));
        int begin = page.indexOf("    SELECT symbol, open");
        String sql = page.substring(begin, page.indexOf(';', begin));
        assertThat(sql).contains("'candles.jsonl'");
        String file =
                LakeDatabase.literal(GOLDEN.resolve("topics/candles.jsonl").toString());
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql.replace("'candles.jsonl'", file))) {
            List<List<String>> found = new ArrayList<>();
            while (rows.next()) {
                found.add(List.of(
                        rows.getString(1),
                        rows.getBigDecimal(2).toPlainString(),
                        rows.getBigDecimal(3).toPlainString(),
                        rows.getString(4)));
            }
            assertThat(found)
                    .hasSize(6)
                    .contains(
                            List.of("XBT/USDT", "42000.500000000000", "2.50000000", "[]"),
                            List.of("XBT/USDT", "0.000000000001", "0.00000000", "[SYNTHETIC]"),
                            List.of("WIDE", "9223372.036854775807", "999999999999999999999999999999.99999999", "[]"));
        }
    }
}
