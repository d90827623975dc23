package dev.candlewick.local.lake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as a user runs them: output, messages and exit codes. */
class LakeCommandsTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void write() throws Exception {
        LakeFixture.sample().bounded(folder.resolve("lake"), "r1");
        LakeFixture second = LakeFixture.sample();
        second.candles.add(LakeFixture.candle("NEW", 0, 0, 1));
        second.bounded(folder.resolve("lake"), "r2");
    }

    private record Result(int exit, String out, String err) {
        List<String> lines() {
            return out.lines().toList();
        }
    }

    private static Result run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exit = Main.run(
                new CliContext(
                        new PrintStream(out, false, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        Map.of(),
                        folder,
                        null,
                        false),
                arguments);
        return new Result(exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void queryPrintsCsvJsonAndTables() {
        String sql = "SELECT symbol, open, vwap, start_ns, flags FROM candles WHERE symbol IN ('it''s', 'A/B')"
                + " ORDER BY start_ns, symbol";
        assertThat(run("query", "--lake", "lake", "-o", "csv", sql).lines())
                .containsExactly(
                        "symbol,open,vwap,start_ns,flags",
                        "A/B,1.500000000000,1.333333333333,60000000000,\"[\"\"ID_CONFLICT\"\",\"\"OUTLIER\"\"]\"",
                        "A/B,0.000000000001,,120000000000,[]",
                        "it's,1.500000000000,1.333333333333,120000000000,\"[\"\"ID_CONFLICT\"\",\"\"OUTLIER\"\"]\"");
        assertThat(run("query", "--lake", "lake", "-o", "json", sql).lines().get(1))
                .isEqualTo("{\"symbol\":\"A/B\",\"open\":\"0.000000000001\",\"vwap\":null,\"start_ns\":120000000000,"
                        + "\"flags\":[]}");
        Result table = run("query", "--lake", "lake", "SELECT count(*) AS n FROM candles");
        assertThat(table.exit()).isZero();
        assertThat(table.out()).contains("n").contains("12");
        assertThat(run("query", "--lake", "lake@1", "-o", "csv", "SELECT count(*) AS n FROM candles")
                        .lines())
                .containsExactly("n", "11");
        assertThat(run("query", "--lake", "lake", "-o", "csv", "SELECT * FROM daily")
                        .lines())
                .singleElement()
                .asString()
                .startsWith("venue,symbol,start_ns,");
        assertThat(run(
                                "query",
                                "--lake",
                                "lake",
                                "-o",
                                "csv",
                                "SELECT event_time_ns, sum(trades) AS s FROM trades"
                                        + " JOIN candles USING (symbol) WHERE symbol = 'it''s' GROUP BY ALL")
                        .lines())
                .containsExactly("event_time_ns,s", LakeFixture.LAST_NANO_OF_MARCH_4 + 2 + ",5");
        assertThat(run("query", "--lake", "lake", "-o", "csv", "SELECT 0::DECIMAL(38,20) AS zero")
                        .lines())
                .containsExactly("zero", "0.00000000000000000000");
    }

    @Test
    void wrongQueriesEndWithUsage() {
        for (String sql :
                List.of("SELEC 1", "SELECT nothing FROM trades", "COPY (SELECT 1) TO 'x'", "SELECT 1; SELECT 2")) {
            Result result = run("query", "--lake", "lake", sql);
            assertThat(result.exit()).as(sql).isEqualTo(2);
            assertThat(result.out()).isEmpty();
            assertThat(result.err()).startsWith("error: ").doesNotContain("\tat ", "Exception");
        }
        Result missing = run("query", "--lake", "no-such-lake", "SELECT 1");
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.err()).contains("lake must be a folder with a lake.json");
        assertThat(run("query", "--lake", "lake@7", "SELECT 1").err()).contains("must be one of [1, 2], was 7");
        assertThat(run("query", "SELECT 1").exit()).isEqualTo(2);
    }

    @Test
    void brokenManifestIsAMismatch() throws Exception {
        LakeCatalog catalog = LakeFixture.sample().bounded(folder.resolve("broken"), "r1");
        Path manifest =
                catalog.files(CanonicalDump.TABLES.get(0)).get(0).path().resolveSibling("_manifest-000001.json");
        Files.writeString(manifest, "{");
        assertThat(run("query", "--lake", "broken", "SELECT 1").exit()).isEqualTo(3);
    }

    @Test
    void dumpIsTheDigestedText() {
        Result dump = run("dump", "--lake", "lake", "--canonical", "--table", "candles");
        assertThat(dump.exit()).isZero();
        assertThat(dump.lines()).hasSize(14).allMatch(line -> line.startsWith("{\"table\":\"candles\","));
        assertThat(run("dump", "--lake", "lake", "--canonical", "--table", "vwap,trades")
                        .lines())
                .hasSize(21)
                .noneMatch(line -> line.startsWith("{\"table\":\"candles\""));
        Result digests = run("dump", "--lake", "lake", "--canonical", "--digest", "-o", "csv");
        LakeCatalog.open(folder.resolve("lake"))
                .digests()
                .forEach((table, digest) -> assertThat(digests.lines())
                        .anyMatch(line -> line.startsWith(table + ",") && line.endsWith("," + digest)));
        assertThat(run("dump", "--lake", "lake").exit()).isEqualTo(2);
        assertThat(run("dump", "--lake", "lake", "--canonical", "--table", "daily")
                        .err())
                .contains("--table must be one of candles, quality");
    }

    @Test
    void diffSaysWhatDiffersByItsExitCodeToo() throws Exception {
        Result equal = run("diff", "lake@1", "lake@1");
        assertThat(equal.exit()).isZero();
        assertThat(equal.out()).isEmpty();
        assertThat(equal.err()).contains("candles: 13 equal, 0 changed").endsWith("equal\n");
        Result different = run("diff", "lake@1", "lake", "-o", "csv");
        assertThat(different.exit()).isEqualTo(3);
        assertThat(different.lines()).hasSize(2);
        assertThat(different.lines().get(1)).startsWith("candles,only in b,").contains("NEW");
        assertThat(different.err()).contains("1 only in lake").endsWith("different\n");
        assertThat(run("diff", "lake@1", "lake", "--table", "vwap").exit()).isZero();
        Path file = folder.resolve("dump.jsonl");
        Files.writeString(file, run("dump", "--lake", "lake", "--canonical").out());
        assertThat(run("diff", "dump.jsonl", "lake").exit()).isZero();
        assertThat(run("diff", "lake@1", "dump.jsonl").exit()).isEqualTo(3);
        assertThat(run("diff", "lake", "nothing").exit()).isEqualTo(2);
    }
}
