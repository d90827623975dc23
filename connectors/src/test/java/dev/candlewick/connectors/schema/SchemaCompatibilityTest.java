package dev.candlewick.connectors.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Schemas stay readable for those who know a released version, in both directions. What was released lies in
 * {@code src/test/resources/released/<version>}, as it was; {@code -Dcandlewick.schemas.release=<version>} adds the
 * schemas of today as a version, before it is released.
 */
class SchemaCompatibilityTest {
    private static final Path RELEASED = PublishedSchemasTest.ROOT.resolve("connectors/src/test/resources/released");
    private static final Path TODAY = PublishedSchemasTest.RESOURCES.resolve("candlewick");

    @BeforeAll
    static void release() throws IOException {
        String release = System.getProperty("candlewick.schemas.release");
        if (release != null) {
            copy(TODAY, RELEASED.resolve(release));
        }
    }

    @Test
    void everyReleasedSchemaIsStillServed() throws IOException {
        List<String> problems = new ArrayList<>();
        int compared = 0;
        for (Path version : folders(RELEASED)) {
            for (Path file : schemaFiles(version)) {
                Path name = version.relativize(file);
                Path today = TODAY.resolve(name.toString());
                if (!Files.exists(today)) {
                    problems.add(version.getFileName() + " " + name + ": schema must stay, was removed");
                    continue;
                }
                problems(name.toString(), Files.readString(file), Files.readString(today))
                        .forEach(problem -> problems.add(version.getFileName() + " " + name + ": " + problem));
                compared++;
            }
        }
        assertThat(problems)
                .as("changes that break readers of a released version (add names that may be absent, or publish v2)")
                .isEmpty();
        assertThat(compared).as("schemas compared").isGreaterThan(40);
    }

    @Test
    void theVersionOfThisBuildIsAmongTheReleasedOnes() throws IOException {
        String version = System.getProperty("candlewick.version").replaceFirst("-SNAPSHOT$", "");
        assertThat(folders(RELEASED).stream().map(path -> path.getFileName().toString()))
                .as("write it by -Dcandlewick.schemas.release=%s", version)
                .contains(version);
        for (Path file : schemaFiles(TODAY)) {
            Path name = TODAY.relativize(file);
            assertThat(RELEASED.resolve(version).resolve(name.toString()))
                    .as("schema of version %s; write it by -Dcandlewick.schemas.release=%s", version, version)
                    .exists();
        }
    }

    private static List<String> problems(String name, String released, String today) throws IOException {
        if (name.endsWith(".avsc")) {
            return Compatibility.avro(released, today);
        }
        return name.endsWith(".json")
                ? Compatibility.json(Validation.JSON.readTree(released), Validation.JSON.readTree(today))
                : Compatibility.parquet(released, today);
    }

    private static List<Path> folders(Path parent) throws IOException {
        try (Stream<Path> list = Files.list(parent)) {
            return list.filter(Files::isDirectory).sorted().toList();
        }
    }

    private static List<Path> schemaFiles(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile)
                    .filter(path -> path.toString().matches(".*\\.(avsc|schema\\.json|parquet\\.txt)"))
                    .sorted()
                    .toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (Path file : schemaFiles(from)) {
            Path target = to.resolve(from.relativize(file).toString());
            Files.createDirectories(target.getParent());
            Files.writeString(target, Files.readString(file));
        }
    }

    private static Definition definition(String folder) {
        return Published.all().stream()
                .filter(candidate -> candidate.folder().equals(folder))
                .findFirst()
                .orElseThrow();
    }

    // What the check itself finds: every kind of breaking change, in every kind of schema.

    private static List<String> avroAfter(Consumer<ArrayNode> change) {
        ObjectNode before = SchemaText.avro(definition("topics/candles"));
        ObjectNode after = before.deepCopy();
        change.accept((ArrayNode) after.get("fields"));
        return Compatibility.avro(before.toString(), after.toString());
    }

    private static ObjectNode field(ArrayNode fields, String name) {
        for (JsonNode field : fields) {
            if (field.get("name").asText().equals(name)) {
                return (ObjectNode) field;
            }
        }
        throw new IllegalArgumentException(name);
    }

    private static void removeField(ArrayNode fields, String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).get("name").asText().equals(name)) {
                fields.remove(i);
                return;
            }
        }
    }

    @Test
    void anAvroSchemaThatBreaksReadersIsFound() {
        assertThat(avroAfter(fields -> {})).isEmpty();
        assertThat(avroAfter(fields -> fields.addObject()
                        .put("name", "added")
                        .putNull("default")
                        .putArray("type")
                        .add("null")
                        .add("long")))
                .as("a field that may be null may be added")
                .isEmpty();

        assertThat(avroAfter(fields -> field(fields, "open").put("name", "first")))
                .as("renamed")
                .isNotEmpty();
        assertThat(avroAfter(fields -> field(fields, "vwap").put("name", "average")))
                .as("renamed, though Avro's own rules allow it for a field with a default")
                .anyMatch(problem -> problem.contains("field vwap must stay"));
        assertThat(avroAfter(fields -> removeField(fields, "open")))
                .as("removed")
                .isNotEmpty();
        assertThat(avroAfter(fields -> removeField(fields, "vwap")))
                .as("removed, though Avro's own rules allow it")
                .isNotEmpty();
        assertThat(avroAfter(fields -> field(fields, "trades").put("type", "int")))
                .as("narrowed")
                .isNotEmpty();
        assertThat(avroAfter(fields -> field(fields, "trades").put("type", "double")))
                .as("promoted, which only new readers can read")
                .isNotEmpty();
        assertThat(avroAfter(
                        fields -> field(fields, "vwap").put("type", "string").remove("default")))
                .as("made required")
                .isNotEmpty();
        assertThat(avroAfter(fields ->
                        field(fields, "open").putArray("type").add("string").add("null")))
                .as("made optional")
                .isNotEmpty();
        assertThat(avroAfter(fields -> fields.addObject().put("name", "added").put("type", "long")))
                .as("added as required")
                .isNotEmpty();
    }

    private static List<String> jsonAfter(String folder, Consumer<ObjectNode> change) {
        ObjectNode before = SchemaText.jsonSchema(definition(folder));
        ObjectNode after = before.deepCopy();
        change.accept(after);
        return Compatibility.json(before, after);
    }

    private static ObjectNode property(ObjectNode schema, String name) {
        return (ObjectNode) schema.get("properties").get(name);
    }

    @Test
    void aJsonSchemaThatBreaksReadersIsFound() {
        assertThat(jsonAfter("topics/candles", schema -> {})).isEmpty();
        assertThat(jsonAfter(
                        "topics/candles",
                        schema -> schema.withObject("properties")
                                .putObject("added")
                                .put("type", "integer")))
                .as("a property that is not required may be added")
                .isEmpty();
        assertThat(jsonAfter(
                        "topics/candles", schema -> property(schema, "open").put("description", "Better words.")))
                .as("words may change")
                .isEmpty();

        assertThat(jsonAfter("topics/candles", schema -> {
                    ObjectNode properties = schema.withObject("properties");
                    properties.set("first", properties.remove("open"));
                }))
                .as("renamed")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles",
                        schema -> schema.withObject("properties").remove("vwap")))
                .as("removed")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles", schema -> property(schema, "open").put("type", "number")))
                .as("another type")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles", schema -> property(schema, "vwap").put("type", "string")))
                .as("narrowed: no null any more")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles", schema -> property(schema, "revision").put("maximum", 9)))
                .as("narrowed: a smaller range")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles",
                        schema -> property(schema, "reason").putArray("enum").add("CLOSED")))
                .as("narrowed: a closed list")
                .isNotEmpty();
        assertThat(jsonAfter("topics/candles", schema -> {
                    schema.withObject("properties").putObject("added").put("type", "integer");
                    schema.withArray("required").add("added");
                }))
                .as("added as required")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles", schema -> schema.withArray("required").remove(0)))
                .as("no longer required")
                .isNotEmpty();
        assertThat(jsonAfter("topics/candles", schema -> schema.put("additionalProperties", false)))
                .as("closed")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "topics/candles.live",
                        schema -> ((ObjectNode) schema.at("/properties/candles/items/properties")).remove("open")))
                .as("removed further down")
                .isNotEmpty();
        assertThat(jsonAfter(
                        "files/run.json",
                        schema -> ((ObjectNode) schema.at("/properties/tables/additionalProperties/properties/rows"))
                                .put("type", "string")))
                .as("changed further down")
                .isNotEmpty();
    }

    private static List<String> parquetAfter(UnaryOperator<String> change) {
        String before = LakeTable.CANDLES.parquetSchema(SchemaText.SCALES).toString();
        String after = change.apply(before);
        return Compatibility.parquet(before, after);
    }

    @Test
    void aParquetSchemaThatBreaksReadersIsFound() {
        String last = "  optional int64 generation = 24;\n";
        String trades = "  required int64 trades = 13;\n";
        assertThat(parquetAfter(text -> text)).isEmpty();
        assertThat(parquetAfter(text -> text.replace(last, last + "  optional int64 added = 25;\n")))
                .as("an optional column may be appended")
                .isEmpty();

        for (UnaryOperator<String> change : List.<UnaryOperator<String>>of(
                text -> text.replace(" trades = 13", " count = 13"),
                text -> text.replace(trades, ""),
                text -> text.replace(last, ""),
                text -> text.replace(trades, "  required int32 trades = 13;\n"),
                text -> text.replace(trades, "  optional int64 trades = 13;\n"),
                text -> text.replace("optional int64 first_trade_ns", "required int64 first_trade_ns"),
                text -> text.replace(" trades = 13", " trades = 31"),
                text -> text.replace("volume (DECIMAL(38,8))", "volume (DECIMAL(38,9))"),
                text -> text.replace("element (STRING)", "element"),
                text -> text.replace(last, last + "  required int64 added = 25;\n"),
                text -> text.replace(last, last + "  optional int64 added = 24;\n"),
                text -> text.replace(last, last + "  optional int64 added;\n"),
                // In front of the common columns: their ids would move.
                text -> text.replace(trades, trades + "  optional int64 added = 25;\n"))) {
            String before = LakeTable.CANDLES.parquetSchema(SchemaText.SCALES).toString();
            assertThat(change.apply(before)).as("the change changes something").isNotEqualTo(before);
            assertThat(parquetAfter(change)).as(change.apply(before)).isNotEmpty();
        }
    }
}
