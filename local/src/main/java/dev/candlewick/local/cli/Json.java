package dev.candlewick.local.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads JSON texts as their fields' texts: numbers keep every digit, since nothing here computes with them. */
public final class Json {

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private Json() {}

    /**
     * One value of an object.
     *
     * @param text the string's content, the number's digits as written, or the JSON text of anything else
     * @param kind what it is
     */
    public record Value(String text, Kind kind) {}

    /** What a value is. */
    public enum Kind {
        /** A string. */
        STRING,
        /** A number. */
        NUMBER,
        /** True or false. */
        BOOLEAN,
        /** Null. */
        NULL,
        /** An object or an array, kept as its JSON text. */
        NESTED
    }

    /** The fields of an object in their order, or null if the text is not exactly one JSON object. */
    public static @Nullable Map<String, Value> object(byte[] text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            Map<String, Value> fields = object(parser);
            return parser.nextToken() == null ? fields : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** The objects of an array of objects, or null if the text is not exactly that. */
    public static @Nullable List<Map<String, Value>> objects(byte[] text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                return null;
            }
            List<Map<String, Value>> objects = new ArrayList<>();
            for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
                if (token != JsonToken.START_OBJECT) {
                    return null;
                }
                objects.add(object(parser));
            }
            return parser.nextToken() == null ? objects : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** The text as one line of JSON with its numbers as written, or null if it is not exactly one JSON value. */
    public static @Nullable String oneLine(byte[] text) {
        StringWriter line = new StringWriter(text.length);
        try (JsonParser parser = FACTORY.createParser(text);
                JsonGenerator generator = FACTORY.createGenerator(line)) {
            if (parser.nextToken() == null) {
                return null;
            }
            copy(parser, generator);
            if (parser.nextToken() != null) {
                return null;
            }
        } catch (IOException e) {
            return null;
        }
        return line.toString();
    }

    private static Map<String, Value> object(JsonParser parser) throws IOException {
        Map<String, Value> fields = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            if (token == null) {
                throw new IOException("object must end, was cut");
            }
            switch (token) {
                case VALUE_STRING -> fields.put(name, new Value(parser.getText(), Kind.STRING));
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> fields.put(name, new Value(parser.getText(), Kind.NUMBER));
                case VALUE_TRUE, VALUE_FALSE -> fields.put(name, new Value(parser.getText(), Kind.BOOLEAN));
                case VALUE_NULL -> fields.put(name, new Value("", Kind.NULL));
                default -> {
                    StringWriter nested = new StringWriter();
                    try (JsonGenerator generator = FACTORY.createGenerator(nested)) {
                        copy(parser, generator);
                    }
                    fields.put(name, new Value(nested.toString(), Kind.NESTED));
                }
            }
        }
        return fields;
    }

    /** Copies the current value; unlike {@code copyCurrentStructure} it never turns a number into a double. */
    private static void copy(JsonParser parser, JsonGenerator generator) throws IOException {
        int depth = 0;
        do {
            JsonToken token = parser.currentToken();
            if (token == null) {
                throw new IOException("value must end, was cut");
            }
            switch (token) {
                case START_OBJECT -> {
                    generator.writeStartObject();
                    depth++;
                }
                case START_ARRAY -> {
                    generator.writeStartArray();
                    depth++;
                }
                case END_OBJECT -> {
                    generator.writeEndObject();
                    depth--;
                }
                case END_ARRAY -> {
                    generator.writeEndArray();
                    depth--;
                }
                case FIELD_NAME -> generator.writeFieldName(parser.currentName());
                case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> generator.writeNumber(parser.getText());
                default -> generator.copyCurrentEvent(parser);
            }
        } while (depth > 0 && parser.nextToken() != null);
        if (depth > 0) {
            throw new IOException("value must end, was cut");
        }
    }
}
