package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.testing.Cli;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Extremes of a feed in a process with 512 MB of heap, judged by what the lake holds.
 *
 * <p>The sizes here are moderate; {@code -Dcandlewick.scale.dates=20000 -Dcandlewick.scale.trades=1000000} are the full
 * ones.
 */
@Timeout(3600)
class ScaleExtremesTest {
    private static final int DATES = Integer.getInteger("candlewick.scale.dates", 600);
    private static final int TRADES = Integer.getInteger("candlewick.scale.trades", 200_000);
    private static final int SYMBOLS = 90_000;
    private static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags";
    /** 2019-10-11T00:00:00Z. */
    private static final long START = 1_570_752_000_000_000_000L;

    private static final long DAY = 86_400_000_000_000L;
    /** 1990-01-02T12:00:00Z: 20,000 days from here end in 2044. */
    private static final long FIRST_DAY = 631_281_600_000_000_000L;

    @TempDir
    Path directory;

    private Path input(int rows, LongFunction<String> row) throws IOException {
        Path file = directory.resolve("input.csv");
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            out.write(HEADER + "\n");
            for (int i = 0; i < rows; i++) {
                out.write(row.apply(i) + "\n");
            }
        }
        return file;
    }

    private JobProcess replay(Path input, String mode, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(
                "replay",
                "--input",
                input.toString(),
                "--format",
                "csv",
                "--mode",
                mode,
                "--output",
                directory.resolve("lake").toString(),
                "--set",
                "parallelism=2"));
        arguments.addAll(List.of(more));
        long started = System.nanoTime();
        JobProcess process = JobProcess.start(directory, "replay", arguments);
        process.awaitEnd();
        System.out.printf("%s %s: %.0f s%n", mode, List.of(more), (System.nanoTime() - started) / 1e9);
        return process;
    }

    private JsonNode query(String sql) throws IOException {
        Cli.Result result = new Cli(directory)
                .run("query", "--lake", directory.resolve("lake").toString(), sql, "-o", "json");
        assertThat(result.code()).as(result.err()).isZero();
        return new ObjectMapper().readTree("[" + String.join(",", result.lines()) + "]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void manyEventDatesInOneRun(String mode) throws Exception {
        // Each date twice, far apart, and in an order that is not that of time.
        Path input = input(
                2 * DATES,
                i -> i + ",," + (FIRST_DAY + (i * 7_919L % DATES) * DAY + i) + ",V,S" + i % 3 + "," + i + ",1.5,2,,,");
        JobProcess process = replay(
                input,
                mode,
                "--intervals",
                "1m",
                "--set",
                "late=accept",
                "--set",
                "vwap.emit=off",
                "--set",
                "time.jump=36500d");
        assertThat(process.exitCode()).as(process.err()).isZero();
        JsonNode row = query("select count(*) n, count(distinct event_time_ns // " + DAY
                        + ") n_days, count(distinct read_offset) offsets from trades")
                .get(0);
        assertThat(row.get("n").asInt()).isEqualTo(2 * DATES);
        assertThat(row.get("offsets").asInt()).isEqualTo(2 * DATES);
        assertThat(row.get("n_days").asInt()).isEqualTo(DATES);
        assertThat(query("select sum(trades)::bigint n from candles")
                        .get(0)
                        .get("n")
                        .asInt())
                .isEqualTo(2 * DATES);
        assertThat(query("select sum(abs(residual))::bigint n from ledger")
                        .get(0)
                        .get("n")
                        .asInt())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"batch", "streaming"})
    void manyTradesInOneNanosecond(String mode) throws Exception {
        // Without ids: place decides. The first row opens and the last one closes.
        Path input = input(TRADES, i -> i + ",," + START + ",V,S,," + (1_000 + i * 31 % 977) + ",1,,,");
        JobProcess process = replay(input, mode, "--intervals", "1m", "--set", "dedup.key=none");
        assertThat(process.exitCode()).as(process.err()).isZero();
        JsonNode candle = query("select open, close, trades, flags::varchar flags from candles")
                .get(0);
        assertThat(candle.get("trades").asInt()).isEqualTo(TRADES);
        assertThat(candle.get("open").asInt()).isEqualTo(1_000);
        assertThat(candle.get("close").asLong()).isEqualTo(1_000 + (TRADES - 1) * 31L % 977);
        assertThat(candle.get("flags").asText()).contains("TIE_AMBIGUOUS");
        assertThat(query("select sum(abs(residual))::bigint n from ledger")
                        .get(0)
                        .get("n")
                        .asInt())
                .isZero();
    }

    @Test
    void ninetyThousandSymbolsInAMinute() throws Exception {
        Path input = input(
                SYMBOLS, i -> i + ",," + (START + i * 60_000_000_000L / SYMBOLS) + ",V,S" + i + "," + i + ",1.5,2,,,");
        JobProcess process = replay(input, "streaming", "--intervals", "1m", "--set", "vwap.emit=off");
        assertThat(process.exitCode()).as(process.err()).isZero();
        JsonNode row = query("select count(*) n, count(distinct symbol) symbols from candles")
                .get(0);
        assertThat(row.get("n").asInt()).isEqualTo(SYMBOLS);
        assertThat(row.get("symbols").asInt()).isEqualTo(SYMBOLS);
    }
}
