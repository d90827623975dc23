package dev.candlewick.local.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON text as a tree in which what is missing is empty, so that a field that a version of Flink lacks is no failure. */
final class JsonTree {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final JsonTree MISSING = new JsonTree(null);

    private final @Nullable Object value;

    private JsonTree(@Nullable Object value) {
        this.value = value;
    }

    /**
     * Reads one JSON value.
     *
     * @throws IOException where the text is none
     */
    static JsonTree parse(byte[] text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            parser.nextToken();
            return new JsonTree(read(parser));
        }
    }

    private static @Nullable Object read(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            Map<String, JsonTree> fields = new LinkedHashMap<>();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, new JsonTree(read(parser)));
            }
            return fields;
        }
        if (token == JsonToken.START_ARRAY) {
            List<JsonTree> items = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                items.add(new JsonTree(read(parser)));
            }
            return items;
        }
        if (token == null) {
            throw new IOException("JSON must have a value, ended before");
        }
        return token == JsonToken.VALUE_NULL ? null : parser.getText();
    }

    /** A field of an object; empty where there is none. */
    JsonTree at(String name) {
        JsonTree field = fields().get(name);
        return field == null ? MISSING : field;
    }

    /** The fields of an object. */
    @SuppressWarnings("unchecked")
    Map<String, JsonTree> fields() {
        return value instanceof Map<?, ?> map ? (Map<String, JsonTree>) map : Map.of();
    }

    /** The items of an array, or the values of an object. */
    @SuppressWarnings("unchecked")
    Collection<JsonTree> items() {
        return value instanceof List<?> list ? (List<JsonTree>) list : fields().values();
    }

    /** Whether there is a value other than null. */
    boolean isPresent() {
        return value != null;
    }

    /** The text of a string, number or boolean; empty for everything else. */
    String text() {
        return value instanceof String text ? text : "";
    }

    /** A number without its fraction; what is given where there is none. */
    long number(long otherwise) {
        try {
            return value instanceof String text ? (long) Double.parseDouble(text) : otherwise;
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** Whether it is true. */
    boolean isTrue() {
        return text().equals("true");
    }
}
