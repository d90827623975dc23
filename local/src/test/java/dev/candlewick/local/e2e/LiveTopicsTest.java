package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What readers see while the job runs: revisions of late trades, rejected messages, and live candles ahead of all. */
final class LiveTopicsTest {
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    private Path directory;

    private Path home;
    private LiveBroker broker;

    @BeforeEach
    void setUp() throws Exception {
        home = Files.createDirectories(directory.resolve("home"));
        broker = new LiveBroker(directory.resolve("broker"));
        broker.makeTopic("trades");
    }

    @AfterEach
    void tearDown() {
        broker.close();
    }

    @Test
    void aLateTradeInsideTheAllowedLatenessRevisesItsCandlesAndOneBeyondChangesNothing() throws Exception {
        try (JobProcess job = JobProcess.start(home, "run", run("300ms"))) {
            // Given a candle that was closed and committed
            broker.send("trades", trade(1, 500, "10"), trade(2, 5_000, "11"));
            job.await("the closed candle", () -> !first("1s").isEmpty());
            assertThat(first("1s")).singleElement().satisfies(candle -> {
                assertThat(candle.get("revision")).isEqualTo("0");
                assertThat(candle.get("reason")).isEqualTo("CLOSED");
                assertThat(candle.get("final")).isEqualTo("true");
                assertThat(candle.get("close")).isEqualTo("10");
            });

            // When a trade of its second comes 4.4 s too late, which is allowed
            broker.send("trades", trade(3, 600, "20"));
            // Then the candle comes again, with the next revision and its reason, as soon as time goes on
            broker.send("trades", trade(7, 5_500, "11"));
            job.await("the revision", () -> first("1s").size() == 2);
            assertThat(first("1s").get(1)).satisfies(candle -> {
                assertThat(candle.get("revision")).isEqualTo("1");
                assertThat(candle.get("reason")).isEqualTo("LATE");
                assertThat(candle.get("final")).isEqualTo("true");
                assertThat(candle.get("close")).isEqualTo("20");
                assertThat(candle.get("high")).isEqualTo("20");
                assertThat(candle.get("trades")).isEqualTo("2");
            });

            // When the market goes on for a minute, one more comes beyond the allowed lateness, with what is no trade
            broker.send("trades", trade(4, 60_000, "12"), trade(5, 700, "30"), "no trade", trade(6, 120_000, "13"));
            job.await("the candle of the next minute", () -> committed("1s").anyMatch(at(60_000)));
            job.await("the candle of the first minute", () -> !first("1m").isEmpty());

            // Then no candle and no VWAP knows of it
            assertThat(first("1s")).hasSize(2);
            assertThat(first("10s"))
                    .last()
                    .satisfies(candle -> assertThat(candle.get("trades")).isEqualTo("4"));
            assertThat(first("1m")).singleElement().satisfies(candle -> {
                assertThat(candle.get("trades")).isEqualTo("4");
                assertThat(candle.get("high")).isEqualTo("20");
                assertThat(candle.get("revision")).isEqualTo("0");
            });
            List<Row> vwap = broker.committed("live.vwap.5m").stream()
                    .filter(row -> row.number("at_ns") == START + SECOND)
                    .toList();
            assertThat(vwap).extracting(row -> row.get("revision")).containsExactly("0", "1");
            assertThat(vwap).extracting(row -> row.get("vwap")).containsExactly("10", "15");

            // And what is no trade stands in its own topic, with reason, position and bytes
            job.await(
                    "the rejected message",
                    () -> !broker.committed("live.trades.rejected").isEmpty());
            assertThat(broker.committed("live.trades.rejected")).singleElement().satisfies(rejected -> {
                assertThat(rejected.get("reason")).isEqualTo("UNPARSABLE");
                assertThat(rejected.get("read_source")).isEqualTo("trades");
                assertThat(rejected.get("read_partition")).isEqualTo("0");
                assertThat(rejected.get("read_offset")).isEqualTo("6");
                assertThat(rejected.get("raw")).isEqualTo("no trade");
                assertThat(Base64.getDecoder().decode(rejected.get("raw_base64")))
                        .asString()
                        .isEqualTo("no trade");
            });
        }
    }

    @Test
    void liveCandlesAreSeenBeforeAnyTransactionIsCommitted() throws Exception {
        // Given a job that makes no checkpoint in the time of this test
        try (JobProcess job = JobProcess.start(home, "run", run("1d"))) {
            // But for the one with which Flink begins
            job.awaitCheckpoint(home, "live");
            // When a trade comes
            broker.send("trades", trade(1, 500, "10"));
            // Then its candles are seen while they are open, all intervals in one record
            job.await("the open candles", () -> live().anyMatch(at(0)));
            assertThat(live().filter(at(0)).map(candle -> candle.get("interval")))
                    .contains("1s", "10s", "1m", "3m", "5m", "15m");
            assertThat(live())
                    .allSatisfy(candle -> assertThat(candle.get("final")).isEqualTo("false"));

            // When the next one closes the first second
            broker.send("trades", trade(2, 5_000, "11"));
            job.await("the next open candle", () -> live().anyMatch(at(5_000)));
            job.await(
                    "the closed candle",
                    () -> !broker.uncommitted("live.candles.1s").isEmpty());
            // Then the final candle waits for its transaction, and the live one did not
            assertThat(broker.committed("live.candles.1s")).isEmpty();
            assertThat(live().filter(candle -> candle.get("interval").equals("1m")))
                    .last()
                    .satisfies(candle -> assertThat(candle.get("trades")).isEqualTo("2"));
        }
    }

    private Stream<Row> live() {
        return Topic.committed(broker.address(), "live.candles.live").stream()
                .flatMap(value -> Row.listOf(value, "candles").stream());
    }

    private Stream<Row> committed(String interval) {
        return broker.committed("live.candles." + interval).stream();
    }

    /** All revisions of the candle that starts first. */
    private List<Row> first(String interval) {
        return committed(interval).filter(at(0)).toList();
    }

    private static Predicate<Row> at(long millis) {
        return candle -> candle.number("start_ns") == START + millis * 1_000_000;
    }

    private static String trade(long id, long millis, String price) {
        return LiveBroker.trade(id, START + millis * 1_000_000, price);
    }

    private List<String> run(String checkpointInterval) {
        List<String> arguments = new ArrayList<>(List.of("run", "--kafka", broker.address()));
        for (String setting : List.of(
                "topic.prefix=live.",
                "kafka.group.id=live",
                "checkpoint.interval=" + checkpointInterval,
                "checkpoint.tolerable-failures=0",
                "kafka.transaction.timeout=2d",
                "parallelism=2")) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }
}
