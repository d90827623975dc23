package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import dev.candlewick.testkit.realdata.RealData;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real trades in disorder and without any patience: what the stream turned away is found, healed, and found no more. */
@ExtendWith(KafkaExtension.class)
final class HealRealDataTest {
    /** Rows that change places with each other; seconds to hours of these markets. */
    private static final int BLOCK = 40;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({RealData.BINANCE + ",crypto", RealData.COMEX + ",futures", RealData.IBM + ",us-equities"})
    @Timeout(300)
    void whatWasTurnedAwayIsHealedAndASecondReconciliationFindsNothing(String set, String feed, TestKafka kafka)
            throws Exception {
        RealData data = RealData.require(set);
        Cli cli = new Cli(directory, kafka);
        String topic = kafka.newName(feed);
        String lake = directory.resolve("lake").toString();
        // Given real trades in disorder, streamed without allowed lateness into topics and a lake
        Path shuffled = shuffled(data.tradesFile());
        cli.runTo(0, "produce", "--input", shuffled.toString(), "--topic", topic, "--partitions", "4");
        String prefix = topic + ".";
        cli.runTo(
                0,
                "run",
                "--feed",
                feed,
                "--set",
                "source.topic=" + topic,
                "--set",
                "topic.prefix=" + prefix,
                "--set",
                "kafka.group.id=" + topic,
                "--set",
                "allowed-lateness=0s",
                "--set",
                "output.lake=" + lake,
                "--set",
                "checkpoint.interval=2s",
                "--set",
                "source.until=latest");

        // Then a reconciliation finds that the stream turned trades away as late, and no other cause
        String[] reconcile = {
            "reconcile", "--lake", lake, "--kafka", kafka.bootstrapServers(), "-o", "csv", "--no-alerts"
        };
        List<String[]> found = cli.runTo(0, reconcile).differences();
        assertThat(found).isNotEmpty().allSatisfy(row -> assertThat(row[2]).isEqualTo("LATE"));
        assertThat(values(found)).isGreaterThan(100);
        // Which is more than a heal does by itself
        Cli.Result refused = cli.runTo(3, heal(lake, kafka, "--report", lake + "/reconcile"));
        assertThat(refused.err()).contains("must be at most 1 % of a day's");
        List<String> before = Topic.committed(kafka.bootstrapServers(), prefix + "candles.1m");

        // When it is told to
        Cli.Result healed = cli.runTo(
                0,
                heal(
                        lake,
                        kafka,
                        "--report",
                        lake + "/reconcile",
                        "--max-share",
                        "100%",
                        "--max-symbols",
                        "100",
                        "--yes"));
        assertThat(healed.err()).contains(values(found) + " values healed");

        // Then a second reconciliation finds nothing, a second heal does nothing, and nothing was taken away
        assertThat(cli.runTo(0, reconcile).differences()).isEmpty();
        assertThat(cli.runTo(0, heal(lake, kafka, "--yes")).err()).contains("nothing to heal");
        List<String> after = Topic.committed(kafka.bootstrapServers(), prefix + "candles.1m");
        Set<String> gone = new HashSet<>(before);
        after.forEach(gone::remove);
        assertThat(gone).isEmpty();
        Set<String> added = new HashSet<>(after);
        before.forEach(added::remove);
        assertThat(added).isNotEmpty().allSatisfy(value -> assertThat(value).contains("\"reason\":\"HEAL\""));
    }

    private static String[] heal(String lake, TestKafka kafka, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("heal", "--lake", lake, "--kafka", kafka.bootstrapServers(), "-o", "csv"));
        arguments.addAll(Arrays.asList(more));
        return arguments.toArray(String[]::new);
    }

    private static long values(List<String[]> rows) {
        return rows.stream().mapToLong(row -> Long.parseLong(row[3])).sum();
    }

    /** The same rows, each at most a block away from its place; a row keeps its number, and so its trade its place. */
    private Path shuffled(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines::add);
        }
        Random random = new Random(20_130_603);
        for (int from = 1; from < lines.size(); from += BLOCK) {
            Collections.shuffle(lines.subList(from, Math.min(lines.size(), from + BLOCK)), random);
        }
        return Files.write(directory.resolve("shuffled.csv"), lines);
    }
}
