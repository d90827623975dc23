package dev.candlewick.connectors.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SpecVersion;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.core.model.Candle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The schema files and {@code docs/schemas.md} say what the code does; run with {@code -Dcandlewick.schemas.write=true}
 * to write them.
 */
class PublishedSchemasTest {
    static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    static final Path RESOURCES = ROOT.resolve("connectors/src/main/resources");

    private static final boolean WRITE = Boolean.getBoolean("candlewick.schemas.write");
    private static final String BEGIN = "<!-- made from the code: begin -->\n";
    private static final String END = "<!-- made from the code: end -->\n";

    @Test
    void theFilesAreUpToDate() throws IOException {
        Path folder = RESOURCES.resolve(Published.FOLDER);
        Map<String, String> expected = new TreeMap<>();
        for (Definition definition : Published.all()) {
            SchemaText.files(definition).forEach((name, text) -> expected.put(definition.folder() + "/" + name, text));
        }
        if (WRITE) {
            for (Map.Entry<String, String> file : expected.entrySet()) {
                Path path = folder.resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
        }
        expected.forEach((name, text) -> assertThat(folder.resolve(name))
                .as("schema file, see this class")
                .hasContent(text.stripTrailing()));
        try (Stream<Path> walk = Files.walk(folder)) {
            assertThat(new TreeSet<>(walk.filter(Files::isRegularFile)
                            .map(path -> folder.relativize(path).toString())
                            .toList()))
                    .isEqualTo(expected.keySet());
        }
    }

    @Test
    void thePageIsUpToDate() throws IOException {
        Path page = ROOT.resolve("docs/schemas.md");
        String text = Files.readString(page);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        int end = text.indexOf(END);
        assertThat(begin).isBetween(BEGIN.length(), end);
        if (WRITE) {
            text = text.substring(0, begin) + SchemaText.markdown() + text.substring(end);
            Files.writeString(page, text);
        }
        assertThat(text.substring(begin, text.indexOf(END))).isEqualTo(SchemaText.markdown());
    }

    /** As {@code docs/schemas.md} shows it. */
    @Test
    void theFilesAreInTheJar() throws IOException {
        try (InputStream in = Candle.class.getResourceAsStream("/candlewick/schemas/topics/candles/v1.avsc")) {
            assertThat(new Schema.Parser().parse(in).getField("vwap").hasDefaultValue())
                    .isTrue();
        }
        assertThat(Files.readString(ROOT.resolve("docs/schemas.md")))
                .contains("Candle.class.getResourceAsStream(\"/candlewick/schemas/topics/candles/v1.avsc\")");
    }

    @Test
    void everySchemaIsValid() {
        JsonSchemaFactory factory = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
        JsonSchema meta = factory.getSchema(SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"));
        for (Definition definition : Published.all()) {
            assertThat(meta.validate(SchemaText.jsonSchema(definition)))
                    .as(definition.folder())
                    .isEmpty();
            assertThat(new Schema.Parser()
                            .parse(SchemaText.avro(definition).toString())
                            .getFullName())
                    .isEqualTo(definition.recordName());
        }
        assertThat(meta.validate(new ObjectMapper().createObjectNode().put("type", "strange")))
                .as("a wrong schema is found")
                .isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(LakeTable.class)
    void theDefinitionOfATableHasTheColumnsOfTheLake(LakeTable table) {
        Definition definition = Published.tables().stream()
                .filter(candidate -> candidate.table() == table)
                .findFirst()
                .orElseThrow();
        List<String> columns = new ArrayList<>();
        table.columns()
                .forEach(column -> columns.add(
                        column.name() + " " + column.type() + " " + (column.nullable() ? "null" : "not null")));
        List<String> fields = new ArrayList<>();
        definition
                .fields()
                .forEach(field -> fields.add(
                        field.name() + " " + columnType(field) + " " + (field.nullable() ? "null" : "not null")));
        assertThat(fields).isEqualTo(columns);
        assertThat(MessageTypeParser.parseMessageType(
                                table.parquetSchema(SchemaText.SCALES).toString())
                        .toString())
                .as("the Parquet text can be parsed back")
                .isEqualTo(table.parquetSchema(SchemaText.SCALES).toString());
    }

    /** The schema of Avro messages is kept by hand, since its bytes are what messages are known by. */
    @Test
    void tradesHaveTheSameFieldsInAvroAndInJson() throws IOException {
        List<String> avro = new Schema.Parser()
                .parse(Files.readString(RESOURCES.resolve("candlewick/avro/trade.avsc"))).getFields().stream()
                        .map(field -> field.name() + (field.hasDefaultValue() ? " may be absent" : ""))
                        .toList();
        List<String> json = new ArrayList<>(Published.topics().get(0).fields().stream()
                .map(field -> field.name() + (field.required() ? "" : " may be absent"))
                .toList());
        json.add("source_partition may be absent");
        assertThat(avro).containsExactlyInAnyOrderElementsOf(json);
    }

    private static String columnType(Field field) {
        return switch (field.type()) {
            case LONG -> "BIGINT";
            case INT -> "INTEGER";
            case BOOLEAN -> "BOOLEAN";
            case TEXT, CODE, JSON_TEXT -> "VARCHAR";
            case CODES -> "VARCHAR_LIST";
            case BYTES -> "BLOB";
            case FIXED_DECIMAL ->
                switch (field.unit()) {
                    case "price" -> "PRICE";
                    case "size" -> "SIZE";
                    default -> "NOTIONAL";
                };
            default -> field.type().name();
        };
    }

    @Test
    void everyFieldHasAPlainNameAndAMeaning() {
        for (Definition definition : Published.all()) {
            for (Field field : definition.fields()) {
                assertThat(field.meaning())
                        .as(definition.folder() + " " + field.name())
                        .endsWith(".");
                assertThat(field.name()).matches("[a-z][a-z0-9_]*");
            }
        }
    }
}
