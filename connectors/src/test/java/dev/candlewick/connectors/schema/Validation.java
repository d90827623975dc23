package dev.candlewick.connectors.schema;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericRecord;

/** A pair of published schemas as consumers use them: read from files, applied to values. */
final class Validation {
    static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonSchema json;
    private final Schema avro;

    private Validation(JsonSchema json, Schema avro) {
        this.json = json;
        this.avro = avro;
    }

    /** The schemas in a folder; Avro may be missing. */
    static Validation in(Path folder) throws IOException {
        Path avro = folder.resolve(Published.VERSION + ".avsc");
        return new Validation(
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                        .getSchema(Files.readString(folder.resolve(Published.VERSION + ".schema.json"))),
                Files.exists(avro) ? new Schema.Parser().parse(Files.readString(avro)) : null);
    }

    /** What is published today. */
    static Validation today(String folder) throws IOException {
        return in(PublishedSchemasTest.RESOURCES.resolve(Published.FOLDER).resolve(folder));
    }

    static JsonNode parse(byte[] text) throws IOException {
        return JSON.readTree(text);
    }

    List<String> problems(JsonNode value) {
        return json.validate(value).stream().map(ValidationMessage::getMessage).toList();
    }

    boolean hasAvro() {
        return avro != null;
    }

    Schema avro() {
        return avro;
    }

    /** The value as an Avro record that went through bytes. */
    GenericRecord record(JsonNode value) throws IOException {
        return AvroRecords.throughBytes(AvroRecords.record(avro, value), avro);
    }
}
