package dev.candlewick.local.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The views say what the design says, and a statement can do nothing but read them. */
class LakeDatabaseTest {
    private static final List<String> VIEWS = List.of(
            "trades",
            "candles",
            "vwap",
            "quality",
            "reports",
            "rejected",
            "daily",
            "ledger",
            "candle_revisions",
            "vwap_revisions");

    @TempDir
    static Path folder;

    private static LakeCatalog catalog;

    @BeforeAll
    static void write() throws Exception {
        catalog = LakeFixture.sample().bounded(folder.resolve("a lake's \"home\" α"), "r1");
    }

    private static List<List<Object>> query(LakeCatalog catalog, String sql) {
        List<List<Object>> rows = new ArrayList<>();
        try (LakeDatabase database = LakeDatabase.open(catalog, null)) {
            database.query(sql, new LakeDatabase.Rows() {
                @Override
                public void columns(List<String> names, List<Boolean> numeric) {
                    assertThat(numeric).hasSameSizeAs(names);
                }

                @Override
                public void row(List<? extends Object> values) {
                    rows.add(new ArrayList<>(values));
                }
            });
        }
        return rows;
    }

    private List<List<Object>> query(String sql) {
        return query(catalog, sql);
    }

    @Test
    void everyViewHasItsColumnsWithAndWithoutFiles() throws Exception {
        LakeCatalog empty = new LakeFixture().bounded(folder.resolve("empty"), "r1");
        LakeCatalog streaming = LakeFixture.sample().streaming(folder.resolve("streaming"), "r1");
        for (String view : VIEWS) {
            String describe = "SELECT column_name, column_type FROM (DESCRIBE " + view + ")";
            assertThat(query(empty, describe))
                    .as(view)
                    .isEqualTo(query(describe))
                    .isEqualTo(query(streaming, describe));
            LakeTable table = LakeTable.byName(view);
            if (table != null) {
                List<List<Object>> expected = new ArrayList<>();
                table.columns()
                        .forEach(column -> expected.add(
                                List.of(column.name(), column.type().sqlType(catalog.scales()))));
                for (String part : List.of("year", "month", "day")) {
                    expected.add(List.of(part, "INTEGER"));
                }
                assertThat(query(describe)).isEqualTo(expected);
                assertThat(query(empty, "SELECT count(*) FROM " + view)).containsExactly(List.of(0L));
            }
        }
        assertThat(query("SELECT column_name, column_type FROM (DESCRIBE ledger)"))
                .contains(List.of("scope", "VARCHAR"), List.of("read", "BIGINT"), List.of("residual", "BIGINT"));
        assertThat(query("SELECT name FROM (SHOW TABLES)").size()).isEqualTo(VIEWS.size());
    }

    @Test
    void lastRevisionsAndAllOfThem() {
        assertThat(query("SELECT revision, trades FROM candle_revisions WHERE symbol = 'A/B' AND start_ns = 60000000000"
                        + " ORDER BY revision"))
                .containsExactly(List.of(0L, 5L), List.of(1L, 6L), List.of(2L, 7L));
        assertThat(query("SELECT revision, trades FROM candles WHERE symbol = 'A/B' AND start_ns = 60000000000"))
                .containsExactly(List.of(2L, 7L));
        assertThat(query("SELECT count(*) FROM candles"))
                .containsExactly(List.of((long) LakeFixture.HOSTILE.size() + 1));
        assertThat(query("SELECT revision FROM vwap WHERE symbol = 'A/B'")).containsExactly(List.of(3L));
        assertThat(query("SELECT count(*) FROM vwap_revisions WHERE symbol = 'A/B'"))
                .containsExactly(List.of(2L));
        assertThat(query("SELECT count(*) FROM candles WHERE interval='1m'"))
                .containsExactly(List.of((long) LakeFixture.HOSTILE.size() + 1));
    }

    @Test
    void valuesAreExact() {
        assertThat(
                        query(
                                "SELECT open, volume, notional, vwap, flags, digest, final FROM candles WHERE symbol = 'it''s'"))
                .containsExactly(List.of(
                        new BigDecimal("1.500000000000"),
                        new BigDecimal("3.00000000"),
                        new BigDecimal("4.00000000000000000000"),
                        new BigDecimal("1.333333333333"),
                        List.of("ID_CONFLICT", "OUTLIER"),
                        "00000000000000010000000000000002",
                        true));
        assertThat(query("SELECT vwap, first_trade_ns, flags FROM candles WHERE trades = 0"))
                .containsExactly(Arrays.asList(null, null, List.of()));
        assertThat(query("SELECT event_time_ns, sum(notional) OVER () FROM trades JOIN candles USING (symbol)"
                        + " WHERE symbol = '🕯️'"))
                .containsExactly(
                        List.of(LakeFixture.LAST_NANO_OF_MARCH_4 + 6, new BigDecimal("4.00000000000000000000")));
        assertThat(query("SELECT raw FROM rejected").get(0).get(0)).isEqualTo(new byte[] {0, -1, '\''});
        assertThat(query("SELECT known_at_ns, run, generation FROM rejected"))
                .containsExactly(List.of(LakeFixture.KNOWN_AT, "r1", 1L));
        assertThat(query("SELECT symbol FROM trades ORDER BY read_offset").stream()
                        .map(row -> row.get(0))
                        .toList())
                .isEqualTo(LakeFixture.HOSTILE);
        assertThat(query("SELECT * FROM ledger ORDER BY scope"))
                .containsExactly(
                        Arrays.asList("interval", null, "1m", null, null, null, null, null, 2L, 2L, 0L, 0L),
                        Arrays.asList("partition", "b'.csv", null, 5L, 1L, 1L, 1L, 0L, 2L, null, null, 0L));
    }

    @Test
    void rowsThatARestoredJobWroteTwiceCountOnce() throws Exception {
        Path lake = folder.resolve("restored");
        LakeFixture.sample().streaming(lake, "live");
        LakeFixture again = new LakeFixture();
        again.trades.add(LakeFixture.trade("A/B", LakeFixture.LAST_NANO_OF_MARCH_4 + 1, 1, 1_000_000_000_001L));
        again.trades.add(LakeFixture.trade("NEW", 5, 100, 9));
        again.candles.add(LakeFixture.candle("A/B", 60_000_000_000L, 2, 7));
        again.candles.add(LakeFixture.candle("A/B", 60_000_000_000L, 3, 8));
        LakeCatalog restored = again.streaming(lake, "live");
        assertThat(query(restored, "SELECT count(*) FROM trades"))
                .containsExactly(List.of((long) LakeFixture.HOSTILE.size() + 1));
        assertThat(query(restored, "SELECT generation, symbol FROM trades WHERE read_offset IN (1, 100) ORDER BY 2"))
                .containsExactly(List.of(1L, "A/B"), List.of(1L, "NEW"));
        assertThat(query(
                        restored,
                        "SELECT revision, generation FROM candle_revisions WHERE symbol = 'A/B'"
                                + " AND start_ns = 60000000000 ORDER BY 1"))
                .containsExactly(List.of(0L, 1L), List.of(1L, 1L), List.of(2L, 1L), List.of(3L, 2L));
        assertThat(query(restored, "SELECT trades FROM candles WHERE symbol = 'A/B' AND start_ns = 60000000000"))
                .containsExactly(List.of(8L));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "  select 1 ; ",
                "-- comment\nSELECT 1",
                "WITH x AS (SELECT 1) SELECT * FROM x",
                "FROM trades",
                "VALUES (1)",
                "DESCRIBE trades",
                "SHOW TABLES",
                "SUMMARIZE candles",
                "EXPLAIN SELECT * FROM trades",
                "explain analyze SELECT count(*) FROM trades",
                "SELECT 'COPY x TO y; INSTALL httpfs'",
            })
    void whatReadsIsRun(String sql) {
        assertThat(query(sql)).isNotEmpty();
    }

    @Test
    void whatDoesMoreThanReadIsRefused() throws Exception {
        LakeFile file = catalog.files(LakeTable.TRADES).get(0);
        String path = LakeDatabase.literal(file.path().toString());
        String outside = LakeDatabase.literal(folder.resolve("stolen.csv").toString());
        byte[] before = Files.readAllBytes(file.path());
        for (String sql : List.of(
                "COPY (SELECT 1) TO " + outside,
                "COPY (SELECT 1 AS x) TO " + path + " (FORMAT parquet)",
                "EXPLAIN ANALYZE COPY (SELECT 1 AS x) TO " + path + " (FORMAT parquet)",
                "EXPLAIN EXPLAIN ANALYZE COPY (SELECT 1 AS x) TO " + path,
                "SELECT 1; COPY (SELECT 1 AS x) TO " + path,
                "COPY (SELECT 1 AS x) TO " + path + "; SELECT 1",
                "WITH x AS (COPY (SELECT 1 AS x) TO " + path + ") SELECT * FROM x",
                "SELECT * FROM query('COPY (SELECT 1 AS x) TO " + path.replace("'", "''") + "')",
                "EXPORT DATABASE " + outside,
                "INSTALL httpfs",
                "LOAD httpfs",
                "ATTACH " + outside + " AS other",
                "ATTACH ':memory:' AS other",
                "SET enable_external_access = true",
                "SET lock_configuration = false",
                "RESET allowed_paths",
                "PRAGMA enable_external_access = true",
                "PRAGMA json_execute_serialized_sql('{}')",
                "CREATE TABLE t AS SELECT 1",
                "DROP VIEW trades",
                "CREATE OR REPLACE VIEW trades AS SELECT 1",
                "CREATE SECRET s (TYPE s3)",
                "INSERT INTO trades VALUES (1)",
                "DELETE FROM trades",
                "PREPARE p AS SELECT 1",
                "CALL pragma_version()",
                "CHECKPOINT",
                "BEGIN",
                "",
                " ; ",
                "SELECT 1; SELECT 2",
                "SELECT * FROM read_text('/etc/hostname')",
                "SELECT * FROM read_csv('/etc/hostname')",
                "SELECT * FROM read_blob('/etc/hostname')",
                "SELECT * FROM '/etc/hostname.csv'",
                "SELECT * FROM glob('/etc/*')",
                "SELECT * FROM read_parquet('/etc/hostname')",
                "SELECT * FROM read_text("
                        + LakeDatabase.literal(
                                catalog.lake().resolve("lake.json").toString()) + ")",
                "SELECT * FROM read_csv('https://example.com/x.csv')",
                "SELECT getenv('HOME')")) {
            assertThatThrownBy(() -> query(sql))
                    .as(sql)
                    .isInstanceOfSatisfying(
                            QueryException.class,
                            e -> assertThat(e.isUsersFault())
                                    .as("%s: %s", sql, e.getMessage())
                                    .isTrue());
        }
        assertThat(Files.readAllBytes(file.path())).isEqualTo(before);
        assertThat(folder.resolve("stolen.csv")).doesNotExist();
    }

    /** The locks underneath hold without the check of the statement. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "COPY (SELECT 1) TO '/tmp/candlewick-must-not-exist.csv'",
                "INSTALL httpfs",
                "LOAD httpfs",
                "ATTACH '/tmp/candlewick-must-not-exist.db' AS other",
                "SELECT * FROM read_text('/etc/hostname')",
                "SELECT * FROM glob('/etc/*')",
                "SET enable_external_access = true",
                "SET allowed_paths = ['/etc/hostname']",
                "SET lock_configuration = false",
                "EXPORT DATABASE '/tmp/candlewick-must-not-exist'",
            })
    void theDatabaseItselfIsLocked(String sql) throws Exception {
        try (LakeDatabase database = LakeDatabase.open(catalog, null);
                Statement statement = database.connection().createStatement()) {
            assertThatThrownBy(() -> statement.execute(sql)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void wrongStatementsSayWhatIsWrong() {
        assertThatThrownBy(() -> query("SELEC 1"))
                .isInstanceOf(QueryException.class)
                .hasMessageContaining("syntax error at or near \"SELEC\"");
        assertThatThrownBy(() -> query("SELECT pric FROM trades"))
                .isInstanceOf(QueryException.class)
                .hasMessageContaining("pric")
                .hasMessageContaining("price");
        assertThatThrownBy(() -> query("SELECT * FROM trade"))
                .isInstanceOf(QueryException.class)
                .hasMessageContaining("trades");
        assertThatThrownBy(() -> query("SELECT CAST('x' AS INTEGER)"))
                .isInstanceOfSatisfying(
                        QueryException.class, e -> assertThat(e.isUsersFault()).isTrue())
                .hasMessageContaining("Could not convert string 'x' to INT32");
        assertThatThrownBy(() -> query("DROP VIEW trades")).hasMessageContaining("must only read");
    }

    @Test
    void sortingBeyondMemorySpillsAlthoughTheDatabaseIsLocked() {
        try (LakeDatabase database = LakeDatabase.open(catalog, "100MB")) {
            long[] rows = {0};
            database.query(
                    "SELECT i, repeat('x', 100) || i AS text FROM range(3000000) t(i) ORDER BY hash(i)",
                    new LakeDatabase.Rows() {
                        @Override
                        public void columns(List<String> names, List<Boolean> numeric) {}

                        @Override
                        public void row(List<? extends Object> values) {
                            rows[0]++;
                        }
                    });
            assertThat(rows[0]).isEqualTo(3_000_000);
        }
    }
}
