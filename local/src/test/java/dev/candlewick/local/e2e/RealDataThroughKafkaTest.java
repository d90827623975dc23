package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import dev.candlewick.testkit.realdata.RealBar;
import dev.candlewick.testkit.realdata.RealData;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real trades through Kafka give the bars that a third party made of them, and the rows that a replay of the file gives.
 *
 * <p>Only commands are used: produce, run, tail, replay and dump, as a user would.
 */
@ExtendWith(KafkaExtension.class)
final class RealDataThroughKafkaTest {
    private static final List<String> INTERVALS = List.of("1s", "10s", "1m", "3m", "5m", "15m");
    private static final BiPredicate<Row, RealBar> PRICES = (candle, bar) -> equal(candle, "open", bar.open())
            && equal(candle, "high", bar.high())
            && equal(candle, "low", bar.low())
            && equal(candle, "close", bar.close());
    private static final BiPredicate<Row, RealBar> PRICES_AND_VOLUME =
            PRICES.and((candle, bar) -> equal(candle, "volume", bar.volume()));

    @TempDir
    private Path directory;

    private TestKafka kafka;
    private Cli cli;

    @BeforeEach
    void setUp(TestKafka kafka) {
        this.kafka = kafka;
        this.cli = new Cli(directory, kafka);
    }

    @Test
    void binanceGivesAllBarsOfTheThirdPartyAndTheRowsOfAReplay() {
        RealData data = RealData.require(RealData.BINANCE);
        String topic = kafka.newName("binance");
        // Given the trades on a topic
        produce(data, topic, "json", 12_477);
        // When the job reads it to its end
        String ledger = run(topic, topic + ".", "crypto", "json");
        Map<String, List<Row>> candles = tail(topic + ".");
        // Then nothing was lost, and each bar with volume is there
        assertThat(ledger).contains("12477").doesNotContain("UNPARSABLE");
        List<RealBar> minutes = withVolume(data.bars("1m"));
        assertThat(minutes).hasSize(2_469);
        assertThat(matches(candles.get("1m"), minutes, PRICES_AND_VOLUME)).isEqualTo(2_469);
        assertThat(candles.get("1m")).hasSize(2_469);
        List<RealBar> fiveMinutes = withVolume(data.bars("5m"));
        assertThat(fiveMinutes).hasSize(706);
        assertThat(matches(candles.get("5m"), fiveMinutes, PRICES_AND_VOLUME)).isEqualTo(706);
        assertThat(candles.get("5m")).hasSize(706);
        assertEqualsReplay(candles, data, "crypto");

        // And when empty minutes are carried, then also each flat bar
        String carried = topic + ".carry.";
        run(topic, carried, "crypto", "json", "--fill", "carry");
        List<Row> filled = tail(carried).get("1m");
        assertThat(matches(filled, data.bars("1m"), PRICES_AND_VOLUME)).isEqualTo(3_560);
        assertThat(filled).hasSize(3_560);
        assertThat(filled.stream().filter(candle -> candle.get("flags").contains("SYNTHETIC")))
                .hasSize(1_091)
                .allSatisfy(candle -> {
                    assertThat(candle.get("vwap")).isEqualTo("null");
                    assertThat(candle.get("volume")).isEqualTo("0");
                    assertThat(candle.get("open"))
                            .isEqualTo(candle.get("high"))
                            .isEqualTo(candle.get("low"))
                            .isEqualTo(candle.get("close"));
                });
    }

    @Test
    void comexGivesAllPricesOfTheThirdPartyAndTheRowsOfAReplay() {
        RealData data = RealData.require(RealData.COMEX);
        String topic = kafka.newName("comex");
        produce(data, topic, "csv", 92_514);
        run(topic, topic + ".", "futures", "csv");
        Map<String, List<Row>> candles = tail(topic + ".");
        List<RealBar> minutes = data.bars("1m");
        assertThat(minutes).hasSize(3_037);
        assertThat(candles.get("1m")).hasSize(3_037);
        assertThat(matches(candles.get("1m"), minutes, PRICES)).isEqualTo(3_037);
        // The thirteen others count the repeated last row of a file once.
        assertThat(matches(candles.get("1m"), minutes, PRICES_AND_VOLUME)).isEqualTo(3_024);
        assertThat(candles.get("1m").stream()
                        .filter(candle -> candle.decimal("volume").signum() == 0))
                .hasSize(52)
                .allSatisfy(candle -> assertThat(candle.get("vwap")).isEqualTo("null"));
        assertEqualsReplay(candles, data, "futures");
    }

    @Test
    void ibmWithoutIdsGivesTheBarsOfTheThirdPartyAndTheOpensAndClosesOfAReplay() {
        RealData data = RealData.require(RealData.IBM);
        String topic = kafka.newName("ibm");
        produce(data, topic, "json", 57_674);
        run(topic, topic + ".", "us-equities", "json");
        Map<String, List<Row>> candles = tail(topic + ".");
        assertThat(candles.values().stream().flatMap(List::stream))
                .allSatisfy(candle -> assertThat(candle.get("venue")).isEqualTo("CONSOLIDATED"));
        // As many as can be equal without rules on sale conditions.
        List<RealBar> minutes = data.bars("1m");
        assertThat(minutes).hasSize(877);
        assertThat(matches(candles.get("1m"), minutes, PRICES_AND_VOLUME)).isEqualTo(469);
        List<RealBar> seconds = data.bars("1s");
        assertThat(seconds).hasSize(11_949);
        assertThat(matches(candles.get("1s"), seconds, PRICES_AND_VOLUME)).isEqualTo(7_993);
        assertEqualsReplay(candles, data, "us-equities");
    }

    private void produce(RealData data, String topic, String format, int records) {
        Cli.Result produced = cli.run(
                "produce",
                "--input",
                data.tradesFile().toString(),
                "--topic",
                topic,
                "--as",
                format,
                "--partitions",
                "4",
                "-o",
                "json");
        assertThat(produced.code()).as(produced.err()).isEqualTo(0);
        assertThat(produced.out()).contains("\"records\":" + records + ",");
    }

    private String run(String topic, String prefix, String feed, String format, String... more) {
        List<String> arguments = new ArrayList<>(List.of("run", "--feed", feed, "--format", format));
        for (String setting : List.of(
                "source.topic=" + topic,
                "topic.prefix=" + prefix,
                "kafka.group.id=" + prefix + "job",
                "source.until=latest",
                "parallelism=2")) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(Arrays.asList(more));
        Cli.Result run = cli.run(arguments.toArray(String[]::new));
        assertThat(run.code()).as(run.err()).isEqualTo(0);
        return run.out();
    }

    private Map<String, List<Row>> tail(String prefix) {
        Map<String, List<Row>> candles = new HashMap<>();
        for (String interval : INTERVALS) {
            Cli.Result tail = cli.run("tail", prefix + "candles." + interval, "--until", "latest", "-o", "json");
            assertThat(tail.code()).as(tail.err()).isEqualTo(0);
            candles.put(interval, tail.lines().stream().map(Row::of).toList());
        }
        return candles;
    }

    /** The topics' values are the rows of a replay of the same file, all columns, none more, none less. */
    private void assertEqualsReplay(Map<String, List<Row>> candles, RealData data, String feed) {
        Cli.Result replay = cli.run(
                "replay",
                "--input",
                data.tradesFile().toString(),
                "--format",
                "csv",
                "--feed",
                feed,
                "--output",
                directory.resolve("lake-" + feed).toString(),
                "--set",
                "archive=off",
                "--set",
                "parallelism=2");
        assertThat(replay.code()).as(replay.err()).isEqualTo(0);
        Cli.Result dump = cli.run(
                "dump", "--lake", directory.resolve("lake-" + feed).toString(), "--canonical", "--table", "candles");
        assertThat(dump.code()).as(dump.err()).isEqualTo(0);
        Map<String, Row> replayed = byKey(
                dump.lines().stream().map(line -> Row.of(line).without("table")).toList());
        Map<String, Row> streamed =
                byKey(candles.values().stream().flatMap(List::stream).toList());
        assertThat(streamed.keySet()).isEqualTo(replayed.keySet());
        assertThat(streamed.entrySet().stream()
                        .filter(entry -> !entry.getValue().equals(replayed.get(entry.getKey())))
                        .map(entry -> entry.getValue() + " but replayed " + replayed.get(entry.getKey()))
                        .limit(3))
                .isEmpty();
    }

    private static Map<String, Row> byKey(List<Row> rows) {
        // Fails where a key and revision come twice.
        return rows.stream().collect(Collectors.toMap(Row::keyAndRevision, row -> row));
    }

    private static long matches(List<Row> candles, List<RealBar> bars, BiPredicate<Row, RealBar> equal) {
        Map<String, Row> byStart = candles.stream()
                .collect(Collectors.toMap(candle -> candle.get("symbol") + candle.get("start_ns"), candle -> candle));
        return bars.stream()
                .filter(bar -> {
                    Row candle = byStart.get(bar.symbol() + bar.startNanos());
                    return candle != null && equal.test(candle, bar);
                })
                .count();
    }

    private static boolean equal(Row candle, String field, BigDecimal expected) {
        return candle.decimal(field).compareTo(expected) == 0;
    }

    private static List<RealBar> withVolume(List<RealBar> bars) {
        return bars.stream().filter(bar -> bar.volume().signum() > 0).toList();
    }
}
