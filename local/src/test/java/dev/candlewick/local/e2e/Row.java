package dev.candlewick.local.e2e;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One published value as text by name, the same whether it came from a topic or from a lake; immutable.
 *
 * <p>Decimals lose the zeros at their end, because a lake has one scale for all instruments; all else stays as written.
 *
 * @param fields text by name; {@code null} is the text "null", a list is its elements in brackets
 */
record Row(SortedMap<String, String> fields) {
    private static final Set<String> DECIMALS =
            Set.of("open", "high", "low", "close", "volume", "notional", "vwap", "price", "size");
    private static final JsonFactory JSON = new JsonFactory();

    /** Reads a JSON object. */
    static Row of(String json) {
        Object value = parse(json);
        if (!(value instanceof Map<?, ?> map)) {
            throw new AssertionError("value must be a JSON object, was " + json);
        }
        return of(map);
    }

    /** Reads the objects in a list of a JSON object, such as the candles of a live record. */
    static List<Row> listOf(String json, String name) {
        Object value = parse(json);
        if (!(value instanceof Map<?, ?> map) || !(map.get(name) instanceof List<?> list)) {
            throw new AssertionError("value must be a JSON object with a list " + name + ", was " + json);
        }
        return list.stream().map(element -> of((Map<?, ?>) element)).toList();
    }

    private static Row of(Map<?, ?> map) {
        SortedMap<String, String> fields = new TreeMap<>();
        map.forEach((name, value) -> {
            String text = String.valueOf(value);
            boolean decimal = DECIMALS.contains(String.valueOf(name)) && value != null;
            fields.put(
                    String.valueOf(name),
                    decimal ? new BigDecimal(text).stripTrailingZeros().toPlainString() : text);
        });
        return new Row(Collections.unmodifiableSortedMap(fields));
    }

    /** A field that must be there. */
    String get(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new AssertionError("row must have " + name + ", was " + fields);
        }
        return value;
    }

    /** A decimal field that is not null. */
    BigDecimal decimal(String name) {
        return new BigDecimal(get(name));
    }

    /** A whole number. */
    long number(String name) {
        return Long.parseLong(get(name));
    }

    /** What names a candle and one of its revisions. */
    String keyAndRevision() {
        return String.join("|", get("interval"), get("venue"), get("symbol"), get("start_ns"), get("revision"));
    }

    /** This row without some of its fields. */
    Row without(String... names) {
        SortedMap<String, String> fewer = new TreeMap<>(fields);
        for (String name : names) {
            fewer.remove(name);
        }
        return new Row(Collections.unmodifiableSortedMap(fewer));
    }

    private static Object parse(String json) {
        try (JsonParser parser = JSON.createParser(json)) {
            parser.nextToken();
            return value(parser);
        } catch (IOException e) {
            throw new UncheckedIOException("value must be JSON, was " + json, e);
        }
    }

    private static Object value(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.START_OBJECT) {
            Map<String, Object> object = new TreeMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                object.put(name, value(parser));
            }
            return object;
        }
        if (parser.currentToken() == JsonToken.START_ARRAY) {
            List<Object> list = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                list.add(value(parser));
            }
            return list;
        }
        return parser.currentToken() == JsonToken.VALUE_NULL ? null : parser.getText();
    }
}
