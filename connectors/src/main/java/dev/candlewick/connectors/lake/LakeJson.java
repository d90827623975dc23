package dev.candlewick.connectors.lake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The lake's small JSON files as maps, lists, strings, longs and booleans; written atomically. */
public final class LakeJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private LakeJson() {}

    /** Writes to a temporary file beside, forces it to the disk and renames it over the target. */
    public static void write(Path file, Map<String, ? extends @Nullable Object> content) throws IOException {
        Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(bytes(content));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static byte[] bytes(Map<String, ? extends @Nullable Object> content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            generator.setPrettyPrinter(new DefaultPrettyPrinter());
            writeValue(generator, content);
            generator.writeRaw('\n');
        }
        return out.toByteArray();
    }

    /** One line without line breaks and without one at its end. */
    static byte[] line(Map<String, ? extends @Nullable Object> content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            writeValue(generator, content);
        }
        return out.toByteArray();
    }

    private static void writeValue(JsonGenerator out, @Nullable Object value) throws IOException {
        if (value == null) {
            out.writeNull();
        } else if (value instanceof Map<?, ?> map) {
            out.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.writeFieldName(String.valueOf(entry.getKey()));
                writeValue(out, entry.getValue());
            }
            out.writeEndObject();
        } else if (value instanceof Iterable<?> items) {
            out.writeStartArray();
            for (Object item : items) {
                writeValue(out, item);
            }
            out.writeEndArray();
        } else if (value instanceof Boolean flag) {
            out.writeBoolean(flag);
        } else if (value instanceof Number number) {
            out.writeNumber(number.longValue());
        } else {
            out.writeString(value.toString());
        }
    }

    /**
     * Reads an object.
     *
     * @throws LakeException of kind MISMATCH where the file is not one JSON object
     */
    /** Reads a file that holds one object. */
    public static Map<String, @Nullable Object> read(Path file) {
        try (JsonParser parser = FACTORY.createParser(Files.readAllBytes(file))) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw malformed(file, "something else", null);
            }
            Map<String, @Nullable Object> content = readObject(parser);
            if (parser.nextToken() != null) {
                throw malformed(file, "more than one value", null);
            }
            return content;
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw malformed(file, "'" + e.getOriginalMessage() + "'", e);
        } catch (IOException e) {
            throw new LakeException(LakeException.Kind.ENVIRONMENT, "cannot read " + file + ": " + e, e);
        }
    }

    private static Map<String, @Nullable Object> readObject(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            map.put(name, readValue(parser));
        }
        return map;
    }

    private static @Nullable Object readValue(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> readObject(parser);
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(readValue(parser));
                }
                yield list;
            }
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT -> parser.getLongValue();
            default -> parser.getText();
        };
    }

    /** A whole number that must be there. */
    public static long number(Map<String, @Nullable Object> map, String key, Path file) {
        if (map.get(key) instanceof Long number) {
            return number;
        }
        throw field(map, key, "a whole number", file);
    }

    static @Nullable Long optionalNumber(Map<String, @Nullable Object> map, String key, Path file) {
        return map.get(key) == null ? null : (Long) number(map, key, file);
    }

    /** A string that must be there. */
    public static String string(Map<String, @Nullable Object> map, String key, Path file) {
        if (map.get(key) instanceof String text) {
            return text;
        }
        throw field(map, key, "a string", file);
    }

    static @Nullable String optionalString(Map<String, @Nullable Object> map, String key, Path file) {
        return map.get(key) == null ? null : string(map, key, file);
    }

    /** The objects of an array; empty where the key is absent. */
    @SuppressWarnings("unchecked") // Keys of JSON objects are strings.
    public static List<Map<String, @Nullable Object>> objects(
            Map<String, @Nullable Object> map, String key, Path file) {
        List<Map<String, @Nullable Object>> objects = new ArrayList<>();
        if (map.get(key) instanceof List<?> list) {
            for (Object item : list) {
                if (!(item instanceof Map<?, ?> object)) {
                    throw field(map, key, "a list of objects", file);
                }
                objects.add((Map<String, @Nullable Object>) object);
            }
        } else if (map.get(key) != null) {
            throw field(map, key, "a list of objects", file);
        }
        return objects;
    }

    /** The whole numbers of an object by their names; empty where the key is absent. */
    static Map<String, Long> numbers(Map<String, @Nullable Object> map, String key, Path file) {
        Map<String, Long> numbers = new LinkedHashMap<>();
        if (map.get(key) instanceof Map<?, ?> object) {
            for (Map.Entry<?, ?> entry : object.entrySet()) {
                if (!(entry.getValue() instanceof Long number)) {
                    throw field(map, key, "an object of whole numbers", file);
                }
                numbers.put(String.valueOf(entry.getKey()), number);
            }
        } else if (map.get(key) != null) {
            throw field(map, key, "an object of whole numbers", file);
        }
        return numbers;
    }

    private static LakeException field(Map<String, @Nullable Object> map, String key, String type, Path file) {
        return new LakeException(
                LakeException.Kind.MISMATCH, key + " must be " + type + ", was " + map.get(key) + " (" + file + ")");
    }

    private static LakeException malformed(Path file, String was, @Nullable Throwable cause) {
        String message = "file must hold one JSON object, was " + was + " (" + file + ")";
        return cause == null
                ? new LakeException(LakeException.Kind.MISMATCH, message)
                : new LakeException(LakeException.Kind.MISMATCH, message, cause);
    }
}
