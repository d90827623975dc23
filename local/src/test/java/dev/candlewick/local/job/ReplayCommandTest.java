package dev.candlewick.local.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.testkit.realdata.RealBar;
import dev.candlewick.testkit.realdata.RealData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code replay} as its user runs it: real trades against third-party bars, both modes, and what it refuses. */
class ReplayCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n";

    @TempDir
    Path directory;

    /** How many third-party bars are equal. */
    private record Equal(int bars, int prices, int pricesAndVolume, int synthetic, int withoutVwap, int extra) {}

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void everyBarOfTheCryptoSetIsEqual(String mode) throws IOException {
        RealData data = RealData.require(RealData.BINANCE);
        replay("lake", "--input", data.tradesFile().toString(), "--format", "csv", "--mode", mode);
        assertThat(compare("lake", "1m", data.bars("1m"))).isEqualTo(new Equal(3_560, 2_469, 2_469, 0, 0, 0));
        assertThat(compare("lake", "5m", data.bars("5m"))).isEqualTo(new Equal(712, 706, 706, 0, 0, 0));

        replay(
                "carried",
                "--input",
                data.tradesFile().toString(),
                "--format",
                "csv",
                "--mode",
                mode,
                "--fill",
                "carry");
        assertThat(compare("carried", "1m", data.bars("1m")))
                .isEqualTo(new Equal(3_560, 3_560, 3_560, 1_091, 1_091, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void futuresKeepTheirRepeatedRowsAndTheirZeroSizes(String mode) throws IOException {
        RealData data = RealData.require(RealData.COMEX);
        replay("lake", "--input", data.tradesFile().toString(), "--format", "csv", "--feed", "futures", "--mode", mode);
        assertThat(compare("lake", "1m", data.bars("1m"))).isEqualTo(new Equal(3_037, 3_037, 3_024, 0, 52, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void theConsolidatedTapeIsTakenWhole(String mode) throws IOException {
        RealData data = RealData.require(RealData.IBM);
        replay(
                "lake",
                "--input",
                data.tradesFile().toString(),
                "--format",
                "csv",
                "--feed",
                "us-equities",
                "--mode",
                mode);
        assertThat(compare("lake", "1m", data.bars("1m")).pricesAndVolume()).isEqualTo(469);
        assertThat(compare("lake", "1s", data.bars("1s")).pricesAndVolume()).isEqualTo(7_993);
        assertThat(query("lake", "select count(*) n from trades where conditions is not null")
                        .get(0)
                        .get("n")
                        .asLong())
                .isEqualTo(57_674);
    }

    @Test
    void bothModesGiveTheSameRowsAndShufflingThemChangesNothing() throws IOException {
        RealData data = RealData.require(RealData.BINANCE);
        List<String> rows = rows(data.tradesFile());
        List<String> shuffled = new ArrayList<>(rows.subList(1, rows.size()));
        Collections.shuffle(shuffled, new Random(8));
        Path file = directory.resolve("shuffled.csv");
        Files.writeString(file, rows.get(0) + "\n" + String.join("\n", shuffled) + "\n");
        replay("batch", "--input", data.tradesFile().toString(), "--format", "csv", "--mode", "batch");
        replay("streaming", "--input", data.tradesFile().toString(), "--format", "csv", "--mode", "streaming");
        replay("shuffled", "--input", file.toString(), "--format", "csv", "--mode", "batch");
        replay(
                "accepted",
                "--input",
                file.toString(),
                "--format",
                "csv",
                "--mode",
                "streaming",
                "--set",
                "late=accept");

        Cli.Result modes = new Cli(directory).run("diff", "batch", "streaming");
        assertThat(modes.code()).as(modes.out() + modes.err()).isZero();
        String candles = dump("batch", "candles,vwap");
        assertThat(candles.lines().count()).isGreaterThan(20_000);
        assertThat(dump("shuffled", "candles,vwap")).isEqualTo(candles);
        assertThat(dump("accepted", "candles,vwap")).isEqualTo(candles);
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void scalesByPatternServeTinyAndHugePricesInOneRun(String mode) throws IOException {
        Files.writeString(
                directory.resolve("trades.csv"),
                HEADER + "0,,1700000000000000001,v,TINY,1,0.0000038465,1000000000,buy,,\n"
                        + "1,,1700000000000000002,v,TINY,2,0.0000038466,3,sell,,\n"
                        + "2,,1700000000000000003,v,HUGE,1,1234567890.5,7,,,\n"
                        + "3,,1700000000000000004,v,HUGE,2,999999999.25,1,,,\n");
        replay(
                "lake",
                "--input",
                "trades.csv",
                "--format",
                "csv",
                "--mode",
                mode,
                "--set",
                "price.scale=HUGE=4,*=15",
                "--set",
                "size.scale=HUGE=2,*=8");
        List<JsonNode> candles = query(
                "lake",
                "select symbol, open, high, low, close, volume, notional, vwap from candles where interval = '15m'"
                        + " order by symbol");
        assertThat(candles.get(0).get("open").decimalValue()).isEqualByComparingTo("1234567890.5");
        assertThat(candles.get(0).get("low").decimalValue()).isEqualByComparingTo("999999999.25");
        assertThat(candles.get(0).get("notional").decimalValue()).isEqualByComparingTo("9641975232.75");
        assertThat(candles.get(1).get("open").decimalValue()).isEqualByComparingTo("0.0000038465");
        assertThat(candles.get(1).get("close").decimalValue()).isEqualByComparingTo("0.0000038466");
        assertThat(candles.get(1).get("notional").decimalValue()).isEqualByComparingTo("3846.5000115398");
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void tradesAHundredNanosecondsApartStandInTheirOrderWhateverTheFileSays(String mode) throws IOException {
        Files.writeString(
                directory.resolve("trades.csv"),
                HEADER + "0,,1700000000000500200,v,S,,3,1,,,\n"
                        + "1,,1700000000000500100,v,S,,2,1,,,\n"
                        + "2,,1700000000000500000,v,S,,1,1,,,\n");
        replay("lake", "--input", "trades.csv", "--format", "csv", "--mode", mode);
        JsonNode candle = query("lake", "select open, close from candles where interval = '1s'")
                .get(0);
        assertThat(candle.get("open").decimalValue()).isEqualByComparingTo("1");
        assertThat(candle.get("close").decimalValue()).isEqualByComparingTo("3");
    }

    @Test
    void rejectedRowsAreKeptWithReasonAndPositionAndTheEntryBalances() throws IOException {
        Files.writeString(
                directory.resolve("trades.csv"),
                HEADER + "0,,1700000000000000000,v,S,1,1.5,1,,,\n"
                        + "1,,1700000000000000000,v,S,2,-1,1,,,\n"
                        + "2,,1700000000000,v,S,3,1,1,,,\n"
                        + "3,,1700000000000000000,v,S,4,abc,1,,,\n"
                        + "4,,1700000000000000000,v,S,1,1.5,1,,,\n"
                        + "5,,1700000000000000000,v,OTHER,9,1,1,,,\n");
        Cli.Result result = replay("lake", "--input", "trades.csv", "--format", "csv", "--symbols", "S", "-o", "json");
        JsonNode line = JSON.readTree(result.lines().get(0));
        assertThat(line.get("read").asLong()).isEqualTo(6);
        assertThat(line.get("filtered").asLong()).isEqualTo(1);
        assertThat(line.get("rejected").asLong()).isEqualTo(3);
        assertThat(line.get("duplicate").asLong()).isEqualTo(1);
        assertThat(line.get("accepted").asLong()).isEqualTo(1);
        assertThat(line.get("residual").asLong()).isZero();
        assertThat(query("lake", "select reason, read_offset from rejected order by read_offset").stream()
                        .map(row -> row.get("reason").asText() + "@"
                                + row.get("read_offset").asLong()))
                .containsExactly("PRICE_NOT_POSITIVE@1", "TIME_RANGE@2", "UNPARSABLE@3");
        JsonNode run = JSON.readTree(Files.readString(directory.resolve("lake/run.json")));
        assertThat(run.toString()).contains("residual").contains("TIME_RANGE");
        assertThat(query("lake", "select sum(abs(residual)) r from ledger")
                        .get(0)
                        .get("r")
                        .asLong())
                .isZero();
    }

    @Test
    void aSampleTakesWholeInstrumentsAndTheSameOnesAgain() throws IOException {
        StringBuilder rows = new StringBuilder(HEADER);
        for (int i = 0; i < 400; i++) {
            rows.append(i + ",,%d,v,S%d,%d,1.5,1,,,\n".formatted(1_700_000_000_000_000_000L + i, i % 20, i));
        }
        Files.writeString(directory.resolve("trades.csv"), rows);
        replay("first", "--input", "trades.csv", "--format", "csv", "--sample", "3");
        replay("second", "--input", "trades.csv", "--format", "csv", "--sample", "3", "--mode", "streaming");
        List<JsonNode> symbols =
                query("first", "select symbol, count(*) n from trades group by symbol order by symbol");
        assertThat(symbols)
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.get("n").asLong()).isEqualTo(20));
        assertThat(query("second", "select symbol, count(*) n from trades group by symbol order by symbol"))
                .isEqualTo(symbols);
    }

    @Test
    void aLakeWithALakeInItGetsANewVersionAndOldOnesStay() throws IOException {
        Files.writeString(directory.resolve("a.csv"), HEADER + "0,,1700000000000000000,v,S,1,1,1,,,\n");
        Files.writeString(directory.resolve("b.csv"), HEADER + "0,,1700000000000000000,v,S,1,2,1,,,\n");
        replay("lake", "--input", "a.csv", "--format", "csv");
        replay("lake", "--input", "b.csv", "--format", "csv");
        assertThat(query("lake", "select max(open) o from candles")
                        .get(0)
                        .get("o")
                        .decimalValue())
                .isEqualByComparingTo("2");
        assertThat(query("lake@1", "select max(open) o from candles")
                        .get(0)
                        .get("o")
                        .decimalValue())
                .isEqualByComparingTo("1");
    }

    @Test
    void everyProblemIsToldAtOnceWithoutAStackTrace() {
        Cli.Result result = new Cli(directory)
                .run(
                        "replay",
                        "--input",
                        "missing.csv",
                        "--output",
                        "lake",
                        "--fill",
                        "carrry",
                        "--set",
                        "allowed-latenes=3s",
                        "--intervals",
                        "2s,3s");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.err())
                .contains("fill", "allowed-lateness", "intervals")
                .doesNotContain("\tat ");
        Cli.Result missing =
                new Cli(directory).run("replay", "--input", "missing.csv", "--output", "lake", "--format", "csv");
        assertThat(missing.code()).isIn(2, 4);
        assertThat(missing.err()).contains("missing.csv").doesNotContain("\tat ");
    }

    private Cli.Result replay(String lake, String... arguments) {
        List<String> all = new ArrayList<>(List.of("replay", "--output", lake, "--set", "parallelism=2"));
        all.addAll(List.of(arguments));
        Cli.Result result = new Cli(directory).run(all.toArray(String[]::new));
        assertThat(result.code()).as(result.out() + result.err()).isZero();
        return result;
    }

    private String dump(String lake, String tables) {
        Cli.Result result = new Cli(directory).run("dump", "--lake", lake, "--canonical", "--table", tables);
        assertThat(result.code()).as(result.err()).isZero();
        return result.out();
    }

    private List<JsonNode> query(String lake, String sql) throws IOException {
        Cli.Result result = new Cli(directory).run("query", "--lake", lake, sql, "-o", "json");
        assertThat(result.code()).as(result.err()).isZero();
        List<JsonNode> rows = new ArrayList<>();
        for (String line : result.lines()) {
            JsonNode row = JSON.readTree(line);
            // Decimals come as strings so that no reader cuts digits.
            com.fasterxml.jackson.databind.node.ObjectNode typed = JSON.createObjectNode();
            row.properties()
                    .forEach(field -> typed.set(
                            field.getKey(),
                            field.getValue().isTextual()
                                            && field.getValue().asText().matches("-?[0-9]+(\\.[0-9]+)?")
                                    ? JSON.getNodeFactory()
                                            .numberNode(new BigDecimal(
                                                    field.getValue().asText()))
                                    : field.getValue()));
            rows.add(typed);
        }
        return rows;
    }

    private Equal compare(String lake, String interval, List<RealBar> bars) throws IOException {
        Map<String, JsonNode> candles = new HashMap<>();
        for (JsonNode row : query(
                lake,
                "select symbol, start_ns, open, high, low, close, volume, vwap, trades from candles where interval = '"
                        + interval + "'")) {
            candles.put(row.get("symbol").asText() + row.get("start_ns").asLong(), row);
        }
        int prices = 0;
        int pricesAndVolume = 0;
        int synthetic = 0;
        int known = 0;
        for (RealBar bar : bars) {
            JsonNode candle = candles.get(bar.symbol() + bar.startNanos());
            if (candle == null) {
                continue;
            }
            known++;
            boolean same = equal(candle, "open", bar.open())
                    && equal(candle, "high", bar.high())
                    && equal(candle, "low", bar.low())
                    && equal(candle, "close", bar.close());
            boolean sameVolume = equal(candle, "volume", bar.volume());
            prices += same ? 1 : 0;
            pricesAndVolume += same && sameVolume ? 1 : 0;
            synthetic += same && sameVolume && candle.get("trades").asLong() == 0 ? 1 : 0;
        }
        int withoutVwap = (int) candles.values().stream()
                .filter(candle -> candle.get("volume").decimalValue().signum() == 0)
                .filter(candle -> candle.get("vwap").isNull())
                .count();
        return new Equal(bars.size(), prices, pricesAndVolume, synthetic, withoutVwap, candles.size() - known);
    }

    private static boolean equal(JsonNode candle, String field, BigDecimal value) {
        return candle.get(field).decimalValue().compareTo(value) == 0;
    }

    private static List<String> rows(Path gzip) throws IOException {
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(gzip)), StandardCharsets.UTF_8))) {
            return reader.lines().toList();
        }
    }
}
