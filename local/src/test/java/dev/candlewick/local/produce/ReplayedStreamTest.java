package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.cli.CommandFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplayedStreamTest {

    @TempDir
    private Path directory;

    private List<String> play(String name, String text, String speed) throws Exception {
        Path file = Files.writeString(directory.resolve(name), text);
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        ReplayedStream.of(file, null, speed).run("t", 1, records::add, () -> false);
        return records.stream()
                .map(record -> new String(record.value(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void movesAllTimesByTheSameAmount() throws Exception {
        long before = TimeUnit.SECONDS.toNanos(Instant.now().getEpochSecond());
        List<String> messages = play("trades.csv", """
                row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags
                0,1000000007,1000000000,V,A/B,1,1.50,2,,,
                1,,1003000001,V,A/B,2,1.5,2,,,
                2,999999999,999999998,V,A/B,3,1.5,2,,,
                """, "1000x");
        long after = TimeUnit.SECONDS.toNanos(Instant.now().getEpochSecond() + 1);

        String[] first = messages.get(0).split(",", -1);
        long start = Long.parseLong(first[2]);
        assertThat(start).isBetween(before, after);
        assertThat(messages)
                .containsExactly(
                        "0,%d,%d,V,A/B,1,1.50,2,,,,".formatted(start + 7, start),
                        "1,,%d,V,A/B,2,1.5,2,,,,".formatted(start + 3_000_001),
                        "2,%d,%d,V,A/B,3,1.5,2,,,,".formatted(start - 1, start - 2));
    }

    @Test
    void leavesWhatHasNoReadableTimeAsItIs() throws Exception {
        List<String> messages = play("trades.jsonl", """
                {"type":"subscriptions"}
                {"event_time_ns":"soon","venue":"V"}
                no json
                {"event_time_ns":5,"venue":"V","recv_time_ns":6}
                {"event_time_ns":9223372036854775807,"venue":"V"}
                """, "1000x");
        assertThat(messages)
                .hasSize(5)
                .startsWith("{\"type\":\"subscriptions\"}", "{\"event_time_ns\":\"soon\",\"venue\":\"V\"}", "no json")
                .endsWith("{\"event_time_ns\":9223372036854775807,\"venue\":\"V\"}");
        assertThat(messages.get(3)).doesNotContain(":5,");
    }

    @Test
    void refusesBadOptionsBeforeAnythingIsSent() throws Exception {
        Path file = Files.writeString(directory.resolve("trades.csv"), "");
        assertThatThrownBy(() -> ReplayedStream.of(file, null, "fast"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("speed must be a factor above 0, was fast");
        assertThatThrownBy(() -> ReplayedStream.of(directory.resolve("absent"), null, "1x"))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("input must exist");
    }
}
