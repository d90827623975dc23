package dev.candlewick.local.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.testkit.realdata.RealData;
import java.io.IOException;
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

/** What the quality rules find in real trades, the same in both modes, at any parallelism and in any order. */
class RealQualityTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @Test
    void binance() throws IOException {
        RealData data = RealData.require(RealData.BINANCE);
        String found = equalInEveryRun(data, "crypto");

        assertThat(counts(found))
                .as("ids without a hole, no repeated id, no receive times")
                .doesNotContainKeys("SEQUENCE_GAP", "DUPLICATE", "ID_CONFLICT", "SUSPECT_DUP", "ZERO_SIZE", "SILENCE")
                .containsKeys("GAP_500MS", "GAP_5S", "GAP_30S", "OUTLIER", "OUTLIER_MEAN");
        assertThat(found).as("contiguous ids say that every pause was quiet").doesNotContain("LOST");

        List<String> rows = rows(data.tradesFile());
        List<String> shuffled = new ArrayList<>(rows.subList(1, rows.size()));
        Collections.shuffle(shuffled, new Random(9));
        Path file = directory.resolve("shuffled.csv");
        Files.writeString(file, rows.get(0) + "\n" + String.join("\n", shuffled) + "\n");
        replay("shuffled", file, "crypto", "batch", 2, "--set", "late=accept");
        replay("accepted", file, "crypto", "streaming", 2, "--set", "late=accept");
        assertThat(dump("shuffled")).isEqualTo(found);
        assertThat(dump("accepted")).isEqualTo(found);

        // Every hundredth trade taken away leaves a hole of one number each.
        List<String> holed = new ArrayList<>();
        int missing = 0;
        for (int i = 0; i < rows.size(); i++) {
            if (i > 1 && i < rows.size() - 1 && i % 100 == 0) {
                missing++;
            } else {
                holed.add(rows.get(i));
            }
        }
        Path gaps = directory.resolve("holed.csv");
        Files.writeString(gaps, String.join("\n", holed) + "\n");
        replay("holed", gaps, "crypto", "batch", 2);
        assertThat(counts(dump("holed"))).containsEntry("SEQUENCE_GAP", (long) missing);
    }

    @Test
    void comex() throws IOException {
        RealData data = RealData.require(RealData.COMEX);
        String found = equalInEveryRun(data, "futures");

        // The description of the set counts 17,376 rows that repeat an earlier one, and 247 of size 0.
        assertThat(sum(found, "SUSPECT_DUP")).isEqualTo(17_376);
        assertThat(sum(found, "ZERO_SIZE")).isEqualTo(247);
        assertThat(counts(found)).doesNotContainKeys("SEQUENCE_GAP", "DUPLICATE", "ID_CONFLICT", "SILENCE");
    }

    @Test
    void ibm() throws IOException {
        RealData data = RealData.require(RealData.IBM);
        String found = equalInEveryRun(data, "us-equities");

        assertThat(counts(found))
                .containsKeys("GAP_500MS", "SUSPECT_DUP", "SILENCE", "SILENCE_END", "OUTLIER")
                .doesNotContainKeys("SEQUENCE_GAP", "DUPLICATE", "ID_CONFLICT", "ZERO_SIZE");
        assertThat(counts(found).get("SILENCE_END")).isEqualTo(counts(found).get("SILENCE"));
    }

    /** Events and reports, which two modes and three parallelisms agree on. */
    private String equalInEveryRun(RealData data, String feed) {
        replay("batch1", data.tradesFile(), feed, "batch", 1);
        replay("batch4", data.tradesFile(), feed, "batch", 4);
        replay("streaming2", data.tradesFile(), feed, "streaming", 2);
        String found = dump("batch1");
        assertThat(dump("batch4")).isEqualTo(found);
        assertThat(dump("streaming2")).isEqualTo(found);
        return found;
    }

    private void replay(String lake, Path input, String feed, String mode, int parallelism, String... more) {
        List<String> arguments = new ArrayList<>(List.of("replay", "--input", input.toString(), "--format", "csv"));
        arguments.addAll(List.of("--feed", feed, "--mode", mode, "--output", lake, "--set", "quality=full"));
        arguments.addAll(List.of("--set", "outlier.rule=both", "--set", "parallelism=" + parallelism));
        arguments.addAll(List.of(more));
        Cli.Result result = new Cli(directory).run(arguments.toArray(String[]::new));
        assertThat(result.code()).as(result.out() + result.err()).isZero();
    }

    private String dump(String lake) {
        Cli.Result result = new Cli(directory).run("dump", "--lake", lake, "--canonical", "--table", "quality,reports");
        assertThat(result.code()).as(result.err()).isZero();
        return result.out();
    }

    private static Map<String, Long> counts(String dump) throws IOException {
        Map<String, Long> counts = new HashMap<>();
        for (JsonNode event : events(dump)) {
            counts.merge(event.get("kind").asText(), 1L, Long::sum);
        }
        return counts;
    }

    private static long sum(String dump, String kind) throws IOException {
        long sum = 0;
        for (JsonNode event : events(dump)) {
            sum += event.get("kind").asText().equals(kind) ? event.get("count").asLong() : 0;
        }
        return sum;
    }

    private static List<JsonNode> events(String dump) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String line : dump.lines().toList()) {
            JsonNode row = JSON.readTree(line);
            if (row.get("table").asText().equals("quality")) {
                events.add(row);
            }
        }
        return events;
    }

    private static List<String> rows(Path gzip) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(gzip))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }
}
