package dev.candlewick.connectors.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.LiveCandles;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.VwapRow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Values and files of earlier versions stay valid: {@code golden/v1} holds what version 0.1.0 wrote into topics and
 * lakes. Written once by {@code -Dcandlewick.golden.write=true}, which touches nothing that is already there.
 */
class GoldenTopicsTest {
    private static final Path GOLDEN = PublishedSchemasTest.ROOT.resolve("connectors/src/test/resources/golden/v1");
    private static final Path RELEASED =
            PublishedSchemasTest.ROOT.resolve("connectors/src/test/resources/released/0.1.0/schemas");

    @BeforeAll
    static void write() throws IOException {
        if (Boolean.getBoolean("candlewick.golden.write") && !Files.exists(GOLDEN.resolve("topics"))) {
            Files.createDirectories(GOLDEN.resolve("topics"));
            for (Map.Entry<String, List<byte[]>> topic : Samples.values().entrySet()) {
                Files.write(
                        file(topic.getKey()),
                        topic.getValue().stream()
                                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                                .toList());
            }
            for (Map.Entry<String, List<String>> topic : keys().entrySet()) {
                Files.write(keyFile(topic.getKey()), topic.getValue());
            }
        }
    }

    private static Path file(String folder) {
        return GOLDEN.resolve(folder + ".jsonl");
    }

    private static Path keyFile(String folder) {
        return GOLDEN.resolve(folder + ".keys.txt");
    }

    /** Keys of the samples in the topics whose values know their own key. */
    private static Map<String, List<String>> keys() {
        Map<String, List<String>> keys = new LinkedHashMap<>();
        keys.put("topics/candles", Samples.candles().stream().map(Candle::key).toList());
        keys.put(
                "topics/candles.live",
                Samples.live().stream().map(LiveCandles::key).toList());
        keys.put("topics/vwap.5m", Samples.vwaps().stream().map(VwapRow::key).toList());
        keys.put(
                "topics/quality.events",
                Samples.events().stream().map(QualityEvent::key).toList());
        keys.put(
                "topics/quality.reports",
                Samples.reports().stream().map(MinuteReport::key).toList());
        return keys;
    }

    @Test
    void everyGoldenValueIsValidInItsOwnVersionAndToday() throws Exception {
        int values = 0;
        for (Definition definition : Published.all()) {
            for (JsonNode value : golden(definition)) {
                Validation then = Validation.in(RELEASED.resolve(definition.folder()));
                Validation today = Validation.today(definition.folder());
                assertThat(then.problems(value))
                        .as("%s %s", definition.folder(), value)
                        .isEmpty();
                if (then.hasAvro()) {
                    GenericRecord record = then.record(value);
                    assertThat(AvroRecords.says(record, value))
                            .as("%s as %s", value, record)
                            .isTrue();
                    // A reader of today takes the bytes that a writer of then wrote, and the other way round.
                    Schema now = today.avro();
                    GenericRecord forward = AvroRecords.throughBytes(record, now);
                    // Fields that were added since, at any depth, are all that a record of today may have beside its
                    // own.
                    GenericRecord back = AvroRecords.throughBytes(forward, then.avro());
                    for (Schema.Field field : record.getSchema().getFields()) {
                        assertThat(forward.hasField(field.name())).isTrue();
                        assertThat(back.get(field.name())).isEqualTo(record.get(field.name()));
                    }
                    assertThat(AvroRecords.says(back, value)).isTrue();
                }
                ObjectNode withNew = value.deepCopy();
                withNew.put("of_a_later_version", true);
                assertThat(then.problems(withNew)).isEmpty();
                assertThat(today.problems(value))
                        .as("%s %s", definition.folder(), value)
                        .isEmpty();
                values++;
            }
        }
        assertThat(values).isGreaterThan(50);
    }

    private static List<JsonNode> golden(Definition definition) throws IOException {
        List<JsonNode> values = new ArrayList<>();
        if (definition.kind() != Definition.Kind.FILE) {
            for (String line : Files.readAllLines(file(definition.folder()))) {
                values.add(Validation.JSON.readTree(line));
            }
        } else {
            try (Stream<Path> walk = Files.walk(GOLDEN.resolve("lake"))) {
                for (Path path : (Iterable<Path>) walk.sorted()::iterator) {
                    String name = path.getFileName().toString();
                    if (name.equals(definition.name())
                            || definition.name().equals("manifest") && name.startsWith("_manifest-")) {
                        values.add(Validation.parse(Files.readAllBytes(path)));
                    }
                }
            }
        }
        assertThat(values).as(definition.folder()).isNotEmpty();
        return values;
    }

    /** What is written today for the same values still says all of it, in the same order. */
    @Test
    void theValuesOfTodaySayWhatTheGoldenOnesSay() throws Exception {
        for (Map.Entry<String, List<byte[]>> topic : Samples.values().entrySet()) {
            List<String> golden = Files.readAllLines(file(topic.getKey()));
            assertThat(topic.getValue()).as(topic.getKey()).hasSameSizeAs(golden);
            for (int i = 0; i < golden.size(); i++) {
                ObjectNode before = (ObjectNode) Validation.JSON.readTree(golden.get(i));
                ObjectNode today =
                        (ObjectNode) Validation.parse(topic.getValue().get(i));
                List<String> names = new ArrayList<>();
                before.fieldNames().forEachRemaining(names::add);
                assertThat(today.retain(names)).hasToString(before.toString());
            }
        }
        for (Map.Entry<String, List<String>> topic : keys().entrySet()) {
            assertThat(topic.getValue()).as(topic.getKey()).isEqualTo(Files.readAllLines(keyFile(topic.getKey())));
        }
    }

    /** The first of them, spelled out: a golden file that was made wrong would prove the wrong thing. */
    @Test
    void theGoldenValuesAreWhatTheDesignSays() throws Exception {
        assertThat(Files.readAllLines(file("topics/candles")).get(0))
                .startsWith("{\"venue\":\"binance\",\"symbol\":\"XBT/USDT\",\"interval\":\"1m\","
                        + "\"start_ns\":1709596740000000000,\"end_ns\":1709596800000000000,\"open\":\"42000.5\","
                        + "\"high\":\"42001\",\"low\":\"0.0000038465\",\"close\":\"42000.000000000001\","
                        + "\"volume\":\"2.5\",\"notional\":\"105001.25\",\"vwap\":\"42000.5\",\"trades\":17,");
        assertThat(Files.readAllLines(keyFile("topics/candles")))
                .contains("binance|XBT/USDT|1709596740000000000", "binance|v\\|\\\\ZERO|1709596740000000000");
        assertThat(Files.readAllLines(keyFile("topics/quality.events"))).contains("binance|", "binance|XBT/USDT");
        assertThat(Files.readAllLines(GOLDEN.resolve("tables/candles.jsonl")))
                .anyMatch(
                        line -> line.contains(
                                "\"open\":\"42000.500000000000\",\"high\":\"42001.000000000000\""
                                        + ",\"low\":\"0.000003846500\",\"close\":\"42000.000000000001\",\"volume\":\"2.50000000\""
                                        + ",\"notional\":\"105001.25000000000000000000\",\"vwap\":\"42000.500000000000\",\"trades\":17"));
    }
}
