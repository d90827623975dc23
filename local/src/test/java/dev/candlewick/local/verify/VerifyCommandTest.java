package dev.candlewick.local.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.testkit.realdata.RealData;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs publish agrees with what SQL computes from their trades, and days are folds over their trades. */
class VerifyCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "BINANCE,batch,crypto,--fill carry --set vwap.emit=every-second",
        "BINANCE,streaming,crypto,--set price.scale=15 --set fill.max=7 --fill carry",
        "COMEX,batch,futures,--fill carry",
        "COMEX,streaming,futures,--scope consolidated",
        "IBM,streaming,us-equities,--fill carry",
        "IBM,batch,us-equities,--scope venue --set dedup.key=fingerprint"
    })
    void realDataIsClean(String set, String mode, String feed, String more) {
        RealData data = RealData.require(
                switch (set) {
                    case "BINANCE" -> RealData.BINANCE;
                    case "COMEX" -> RealData.COMEX;
                    default -> RealData.IBM;
                });
        replay(data.tradesFile().toString(), mode, feed, more);
        Cli.Result whole = new Cli(directory).run("verify", "--lake", "lake", "-o", "csv");
        assertThat(whole.code()).as(whole.out() + whole.err()).isZero();
        assertThat(whole.err()).contains("0 faults").doesNotContain("not c");
        if (set.equals("BINANCE")) {
            // Smaller pieces, so that windows, gaps and rolling sums reach over their edges.
            Cli.Result pieces = new Cli(directory).run("verify", "--lake", "lake", "--piece", "2500", "-o", "csv");
            assertThat(pieces.code()).as(pieces.out() + pieces.err()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"1,TRADE_ID,venue", "2,FINGERPRINT,consolidated", "3,NONE,venue", "4,TRADE_ID,consolidated"})
    void lateTradesCopiesTiesAndTradesWithoutIdsAreClean(long seed, String dedup, String scope) throws Exception {
        Random random = new Random(seed);
        StringBuilder csv = new StringBuilder(
                "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags,sequence\n");
        List<String> lines = new ArrayList<>();
        long now = 1_700_006_300_000_000_000L;
        for (int i = 0; i < 3_000; i++) {
            now += random.nextInt(200) * 1_000_000L;
            long time = random.nextInt(10) == 0 ? now - random.nextInt(40_000) * 1_000_000L : now;
            if (random.nextInt(4) == 0) {
                time -= Math.floorMod(time, 1_000_000_000L);
            }
            String id = switch (random.nextInt(4)) {
                case 0 -> "";
                case 1 -> "00" + random.nextInt(50);
                case 2 -> "id-of-more-than-sixteen-bytes-" + random.nextInt(900);
                default -> Integer.toString(random.nextInt(3_000));
            };
            String sequence = random.nextBoolean() ? "" : Integer.toString(random.nextInt(100));
            lines.add(",," + time + "," + (random.nextBoolean() ? "V" : "W") + ",S" + random.nextInt(2) + "," + id + ","
                    + (10 + random.nextInt(4)) + "." + random.nextInt(10) + "," + (1 + random.nextInt(3)) + ",buy,,,"
                    + sequence);
            if (random.nextInt(5) == 0) {
                lines.add(lines.get(Math.max(0, lines.size() - 1 - random.nextInt(30))));
            }
        }
        for (int i = 0; i < lines.size(); i++) {
            csv.append(i).append(lines.get(i)).append('\n');
        }
        Files.writeString(directory.resolve("trades.csv"), csv);
        replay(
                "trades.csv",
                "streaming",
                "crypto",
                "--scope " + scope + " --fill carry --set late=apply --set dedup.key="
                        + dedup.toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
        assertThat(rows("SELECT count(*) n FROM trades WHERE late")
                        .get(0)
                        .get("n")
                        .asLong())
                .isPositive();
        Cli.Result result = new Cli(directory).run("verify", "--lake", "lake", "-o", "csv");
        assertThat(result.code())
                .as("seed " + seed + "\n" + result.out() + result.err())
                .isZero();
        assertThat(rows("SELECT DISTINCT unnest(flags) f FROM candles").toString())
                .contains("TIE_AMBIGUOUS");
        if (!dedup.equals("FINGERPRINT")) {
            assertThat(rows("SELECT DISTINCT unnest(flags) f FROM candles").toString())
                    .contains("ID_CONFLICT", "SUSPECT_DUP");
        }
    }

    @Test
    void aQueryOfOneDayOpensOnlyThatDaysFiles() throws Exception {
        RealData data = RealData.require(RealData.BINANCE);
        replay(data.tradesFile().toString(), "batch", "crypto", "--fill omit");
        long trades = rows("SELECT count(*) n FROM trades WHERE event_time_ns // 86400000000000 = 18181")
                .get(0)
                .get("n")
                .asLong();
        // What lies under the names of other days cannot be read; whoever opened it would fail.
        try (Stream<Path> files = Files.walk(directory.resolve("lake"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".parquet")
                            && !path.toString().contains("day=12"))
                    .toList()) {
                Files.writeString(file, "no Parquet");
            }
        }
        Cli cli = new Cli(directory);
        List<String> days =
                List.of("query", "--lake", "lake", "--from", "2019-10-12", "--to", "2019-10-12", "-o", "csv");
        for (String sql : List.of(
                "SELECT CAST(sum(trades) AS BIGINT) n FROM candles WHERE interval = '5m'",
                "SELECT count(*) n FROM trades")) {
            List<String> arguments = new ArrayList<>(days);
            arguments.add(sql);
            Cli.Result result = cli.run(arguments.toArray(String[]::new));
            assertThat(result.code()).as(result.err()).isZero();
            assertThat(result.lines()).containsExactly("n", Long.toString(trades));
        }
        assertThat(cli.run("query", "--lake", "lake", "SELECT count(*) n FROM trades")
                        .code())
                .isNotZero();
    }

    @ParameterizedTest
    @CsvSource({"trades,''", "candle_revisions,AND \"interval\" = '5m'", "candles,AND \"interval\" = '1s'", "vwap,''"})
    void conditionsOnDayAndIntervalDecideWhichFilesAreOpened(String view, String more) throws Exception {
        RealData data = RealData.require(RealData.BINANCE);
        replay(data.tradesFile().toString(), "batch", "crypto", "--fill omit");
        Cli.Result plan = new Cli(directory)
                .run(
                        "query",
                        "--lake",
                        "lake",
                        "-o",
                        "csv",
                        "EXPLAIN ANALYZE SELECT count(*) FROM " + view
                                + " WHERE year = 2019 AND month = 10 AND day = 12 " + more);
        assertThat(plan.code()).as(plan.err()).isZero();
        int files = rows("SELECT count(DISTINCT day) n FROM " + view)
                .get(0)
                .get("n")
                .asInt();
        assertThat(files).isGreaterThan(1);
        assertThat(plan.out()).contains("Total Files Read: 1");
    }

    @Test
    void aDayIsAFoldOverItsTrades() throws Exception {
        RealData data = RealData.require(RealData.BINANCE);
        replay(data.tradesFile().toString(), "batch", "crypto", "--fill carry");
        Cli cli = new Cli(directory);
        Cli.Result one = cli.run("daily", "--lake", "lake", "--date", "2019-10-12", "-o", "json");
        assertThat(one.code()).as(one.err()).isZero();
        assertThat(one.lines()).hasSize(1);
        Cli.Result all = cli.run("daily", "--lake", "lake", "-o", "json");
        assertThat(all.code()).as(all.err()).isZero();
        assertThat(all.err()).contains("3 rows, 2 of them new");
        assertThat(cli.run("daily", "--lake", "lake").err()).contains("3 rows, 0 of them new");

        List<JsonNode> days = rows("SELECT * FROM daily ORDER BY start_ns");
        List<JsonNode> folds =
                rows("SELECT venue, symbol, event_time_ns // 86400000000000 * 86400000000000 AS start_ns,"
                        + " first(price ORDER BY event_time_ns, CAST(trade_id AS BIGINT)) AS first, last(price ORDER BY"
                        + " event_time_ns, CAST(trade_id AS BIGINT)) AS last, max(price) high, min(price) low, sum(size) volume,"
                        + " sum(price * size) notional, count(*) trades, count_if(late) AS late FROM trades GROUP BY ALL"
                        + " ORDER BY start_ns");
        assertThat(days).hasSameSizeAs(folds).hasSize(3);
        for (int i = 0; i < days.size(); i++) {
            JsonNode day = days.get(i);
            folds.get(i)
                    .properties()
                    .forEach(field -> assertThat(new BigDecimalOrText(day.get(field.getKey())))
                            .as(field.getKey())
                            .isEqualTo(new BigDecimalOrText(field.getValue())));
        }
        assertThat(days.get(0).get("gaps").asLong()).isPositive();
        Cli.Result clean = cli.run("verify", "--lake", "lake");
        assertThat(clean.code()).as(clean.out() + clean.err()).isZero();
    }

    /** A run over the archive of another one archives nothing: that is told, and is no fault. */
    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void aVersionMadeFromAnArchiveIsCleanAndSaysWhatWasNotComputedAgain(String mode) throws Exception {
        StringBuilder csv = new StringBuilder(
                "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n");
        for (int i = 0; i < 600; i++) {
            csv.append("%d,,%d,demo,BTC-USD,%d,%d,0.5,buy,,%n"
                    .formatted(i, 1_709_542_800_000_000_000L + i * 500_000_000L, i, 62_000 + i % 20));
        }
        Files.writeString(directory.resolve("trades.csv"), csv);
        replay("trades.csv", "batch", "crypto", "--fill omit");
        Cli cli = new Cli(directory);
        cli.runTo(0, "replay", "--input", "lake@1", "--format", "parquet", "--mode", mode, "--output", "lake");
        Cli.Result result = cli.run("verify", "--lake", "lake@2", "-o", "csv");
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        assertThat(result.err())
                .contains(
                        "candles and VWAP were not computed again: the run has no trades of its own, it read those of ",
                        "lake@1",
                        "0 faults");
        // What is left to compare is compared: a count that run.json tells, and the rows by their digest.
        editRunOf(2);
        Cli.Result altered = cli.run("verify", "--lake", "lake@2", "-o", "csv");
        assertThat(altered.code()).as(altered.out() + altered.err()).isEqualTo(3);
        assertThat(altered.out()).contains("COUNT");
    }

    /** Makes {@code run.json} of a version tell of one candle too many. */
    private void editRunOf(int version) throws Exception {
        Path lake = directory.resolve("lake");
        LakeCatalog catalog = LakeCatalog.open(lake, version);
        Path file = catalog.runFile(catalog.run());
        long candles = catalog.counts().get("published.candles");
        String text = Files.readString(file);
        String edited = text.replaceFirst("(\"published.candles\" *: *)" + candles, "$1" + (candles + 1));
        assertThat(edited).isNotEqualTo(text);
        Files.writeString(file, edited);
    }

    /** Numbers that are equal whatever their decimals, else text. */
    private record BigDecimalOrText(String text) {
        BigDecimalOrText(JsonNode node) {
            this(
                    node.asText().matches("-?[0-9]+(\\.[0-9]+)?")
                            ? new BigDecimal(node.asText()).stripTrailingZeros().toPlainString()
                            : node.asText());
        }
    }

    private void replay(String input, String mode, String feed, String more) {
        List<String> arguments = new ArrayList<>(List.of(
                "replay", "--input", input, "--format", "csv", "--feed", feed, "--mode", mode, "--output", "lake"));
        arguments.addAll(List.of(more.split(" ")));
        Cli.Result replay = new Cli(directory).run(arguments.toArray(String[]::new));
        assertThat(replay.code()).as(replay.out() + replay.err()).isZero();
    }

    private List<JsonNode> rows(String sql) throws Exception {
        Cli.Result result = new Cli(directory).run("query", "--lake", "lake", "-o", "json", sql);
        assertThat(result.code()).as(result.err()).isZero();
        List<JsonNode> rows = new ArrayList<>();
        for (String line : result.lines()) {
            rows.add(JSON.readTree(line));
        }
        return rows;
    }
}
