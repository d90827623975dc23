package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import dev.candlewick.testkit.hostile.HostileSymbols;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Hostile symbols through every output: kept exactly as data, escaped for people, and in no path. */
@ExtendWith(KafkaExtension.class)
class HostileSymbolsTest {
    private static final long TIME = 1_570_752_000_000_000_000L;
    private static final List<String> SYMBOLS = HostileSymbols.ALL;

    @TempDir
    Path directory;

    private Cli cli;

    /** One valid and one rejected trade of each symbol. */
    @BeforeEach
    void input(TestKafka kafka) throws IOException {
        cli = new Cli(directory, kafka);
        StringBuilder text = new StringBuilder(
                "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n");
        for (int i = 0; i < 2 * SYMBOLS.size(); i++) {
            String symbol = SYMBOLS.get(i / 2).replace("\"", "\"\"");
            text.append(i + ",," + (TIME + i) + ",V,\"" + symbol + "\"," + i + "," + (i % 2 == 0 ? "1.5" : "-1")
                    + ",2,,,\n");
        }
        Files.writeString(directory.resolve("input.csv"), text);
        ObjectMapper mapper = new ObjectMapper();
        StringBuilder json = new StringBuilder();
        for (int i = 0; i < 2 * SYMBOLS.size(); i++) {
            json.append(mapper.createObjectNode()
                            .put("row", i)
                            .put("event_time_ns", TIME + i)
                            .put("venue", "V")
                            .put("symbol", SYMBOLS.get(i / 2))
                            .put("trade_id", i)
                            .put("price", i % 2 == 0 ? "1.5" : "-1")
                            .put("size", 2))
                    .append('\n');
        }
        Files.writeString(directory.resolve("input.jsonl"), json);
    }

    private Cli.Result run(String... command) {
        Cli.Result result = cli.run(command);
        assertThat(result.code())
                .as(String.join(" ", command) + ": " + result.err())
                .isZero();
        assertSafe(result.err());
        return result;
    }

    private static void assertSafe(String shown) {
        assertThat(shown.codePoints().filter(point -> point != '\n' && TextEscapes.isUnsafe(point)))
                .as("characters that a terminal acts upon")
                .isEmpty();
    }

    private static List<String> jsonTexts(Cli.Result result, String field) throws IOException {
        assertSafe(result.out());
        List<String> texts = new ArrayList<>();
        for (String line : result.lines()) {
            JsonNode value = new ObjectMapper().readTree(line).get(field);
            texts.add(value == null ? "" : value.asText());
        }
        return texts;
    }

    private static List<String> csvTexts(Cli.Result result, String field) throws IOException {
        try (CsvReader<CsvRecord> reader = CsvReader.builder().ofCsvRecord(result.out())) {
            List<CsvRecord> records = reader.stream().toList();
            int column = records.get(0).getFields().indexOf(field);
            return records.stream()
                    .skip(1)
                    .map(record -> record.getField(column))
                    .toList();
        }
    }

    @Test
    void throughTheLake() throws Exception {
        for (String mode : List.of("batch", "streaming")) {
            String lake = "lake-" + mode;
            run("replay", "--input", "input.csv", "--format", "csv", "--mode", mode, "--output", lake);

            try (Stream<Path> files = Files.walk(directory.resolve(lake))) {
                assertThat(files.map(file -> directory.relativize(file).toString()))
                        .allMatch(name -> name.matches("[A-Za-z0-9_.=/-]+"), "no text of the input in a path")
                        .noneMatch(name -> name.contains("passwd") || name.contains("script"));
            }
            String sql = "select symbol, trades from candles where interval = '1m' order by symbol";
            assertThat(jsonTexts(run("query", "--lake", lake, sql, "-o", "json"), "symbol"))
                    .containsExactlyInAnyOrderElementsOf(SYMBOLS);
            assertThat(csvTexts(run("query", "--lake", lake, sql, "-o", "csv"), "symbol"))
                    .containsExactlyInAnyOrderElementsOf(SYMBOLS);
            Cli.Result table = run("query", "--lake", lake, sql);
            assertSafe(table.out());
            assertThat(table.lines())
                    .as("one line for each symbol and the heading")
                    .hasSize(SYMBOLS.size() + 1);

            List<String> dumped = new ArrayList<>();
            for (String line : run("dump", "--lake", lake, "--canonical", "--table", "candles")
                    .lines()) {
                JsonNode row = new ObjectMapper().readTree(line);
                if (row.get("interval").asText().equals("1m")) {
                    dumped.add(row.get("symbol").asText());
                }
            }
            assertThat(dumped).containsExactlyInAnyOrderElementsOf(SYMBOLS);

            assertSafe(run("rejected", "--lake", lake, "--examples", "999").out());
            JsonNode rejected = new ObjectMapper()
                    .readTree(run("rejected", "--lake", lake, "--examples", "999", "-o", "json")
                            .out());
            assertThat(rejected.get("count").asInt()).isEqualTo(SYMBOLS.size());
            assertThat(rejected.get("examples")).hasSize(SYMBOLS.size());
            assertSafe(run("rejected", "--lake", lake, "--examples", "999", "-o", "csv")
                    .out());
            Path export = directory.resolve(mode + ".txt");
            run("rejected", "--lake", lake, "--export", export.toString());
            assertThat(Files.readAllLines(export)).hasSize(SYMBOLS.size() + 1);
        }
        assertThat(run("diff", "lake-batch", "lake-streaming").out()).isNotNull();
    }

    @Test
    void throughTheTopics(TestKafka kafka) throws Exception {
        String prefix = kafka.newName("hostile") + ".";
        String trades = kafka.newName("hostile-trades");
        run(
                "produce",
                "--input",
                "input.jsonl",
                "--format",
                "json",
                "--topic",
                trades,
                "--partitions",
                "2",
                "--as",
                "json");
        assertThat(kafka.readAll(trades))
                .extracting(record -> new String(record.key(), StandardCharsets.UTF_8))
                .containsAll(SYMBOLS);
        JobProcess job = JobProcess.start(
                directory,
                "run",
                List.of(
                        "run",
                        "--kafka",
                        kafka.bootstrapServers(),
                        "--set",
                        "source.topic=" + trades,
                        "--set",
                        "topic.prefix=" + prefix,
                        "--set",
                        "source.until=latest",
                        "--intervals",
                        "1m"));
        assertThat(job.exitCode()).as(job.err()).isZero();
        assertSafe(job.err());
        assertSafe(job.out());
        assertThat(job.err()).contains("messages must be valid trades, was PRICE_NOT_POSITIVE since the last line: 1");

        String candles = prefix + "candles.1m";
        List<ConsumerRecord<byte[], byte[]>> records = kafka.readAll(candles);
        assertThat(records)
                .extracting(record -> new String(record.key(), StandardCharsets.UTF_8))
                .containsExactlyInAnyOrderElementsOf(SYMBOLS.stream()
                        .map(symbol -> "V|" + Instrument.escape(symbol) + "|" + TIME)
                        .toList());
        assertThat(jsonTexts(run("tail", candles, "--until", "latest", "-o", "json"), "symbol"))
                .containsExactlyInAnyOrderElementsOf(SYMBOLS);
        assertThat(csvTexts(run("tail", candles, "--until", "latest", "-o", "csv"), "symbol"))
                .containsExactlyInAnyOrderElementsOf(SYMBOLS);
        Cli.Result table = run("tail", candles, "--until", "latest", "--with-metadata");
        assertSafe(table.out());
        assertThat(table.lines()).hasSize(SYMBOLS.size() + 1);
        String rejected = prefix + "trades.rejected";
        assertThat(jsonTexts(run("tail", rejected, "--until", "latest", "-o", "json"), "reason"))
                .hasSize(SYMBOLS.size())
                .containsOnly("PRICE_NOT_POSITIVE");
        assertSafe(run("rejected", "--topic", rejected, "--examples", "999").out());
    }
}
