package dev.candlewick.connectors.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;

/**
 * What a schema may change after its release: names may be added that may be absent, and nothing else; then new readers
 * read old records and old readers read new ones.
 *
 * <p>Each check gives the problems it found, none where the change is allowed.
 */
final class Compatibility {
    private static final List<String> KEPT = List.of("type", "pattern", "minimum", "maximum", "contentEncoding");

    private Compatibility() {}

    /** Problems of a new Avro schema beside the one that was released. */
    static List<String> avro(String released, String current) {
        Schema before = new Schema.Parser().parse(released);
        Schema now = new Schema.Parser().parse(current);
        List<String> problems = new ArrayList<>();
        if (!before.getFullName().equals(now.getFullName())) {
            problems.add("record name must stay " + before.getFullName() + ", was " + now.getFullName());
        }
        direction("backward: new readers must read old records", now, before, problems);
        direction("forward: old readers must read new records", before, now, problems);
        fields(before, now, "", problems, new HashSet<>());
        return problems;
    }

    private static void direction(String rule, Schema reader, Schema writer, List<String> problems) {
        SchemaCompatibility.SchemaCompatibilityResult result = SchemaCompatibility.checkReaderWriterCompatibility(
                        reader, writer)
                .getResult();
        if (result.getCompatibility() != SchemaCompatibilityType.COMPATIBLE) {
            result.getIncompatibilities()
                    .forEach(found ->
                            problems.add(rule + ", was " + found.getMessage() + " (" + found.getLocation() + ")"));
        }
    }

    /** Avro lets a field with a default vanish, and a null stand for what was there; readers would not notice. */
    private static void fields(Schema before, Schema now, String path, List<String> problems, Set<String> seen) {
        if (before.getType() != now.getType()) {
            problems.add("type of " + path + " must stay " + before.getType() + ", was " + now.getType());
            return;
        }
        switch (before.getType()) {
            case RECORD -> {
                if (!seen.add(before.getFullName())) {
                    return;
                }
                for (Schema.Field field : before.getFields()) {
                    Schema.Field other = now.getField(field.name());
                    if (other == null) {
                        problems.add("field " + path + field.name() + " must stay, was removed or renamed");
                    } else {
                        fields(field.schema(), other.schema(), path + field.name() + ".", problems, seen);
                    }
                }
                for (Schema.Field field : now.getFields()) {
                    if (before.getField(field.name()) == null && !field.hasDefaultValue()) {
                        problems.add("new field " + path + field.name() + " must have a default, was without");
                    }
                }
            }
            case ARRAY -> fields(before.getElementType(), now.getElementType(), path, problems, seen);
            case MAP -> fields(before.getValueType(), now.getValueType(), path, problems, seen);
            case UNION -> {
                if (before.getTypes().size() != now.getTypes().size()) {
                    problems.add("type of " + path + " must stay " + before + ", was " + now);
                    return;
                }
                for (int i = 0; i < before.getTypes().size(); i++) {
                    fields(before.getTypes().get(i), now.getTypes().get(i), path, problems, seen);
                }
            }
            default -> {}
        }
    }

    /** Problems of a new JSON Schema beside the one that was released. */
    static List<String> json(JsonNode released, JsonNode current) {
        List<String> problems = new ArrayList<>();
        value(released, current, "", problems);
        return problems;
    }

    private static void value(JsonNode before, JsonNode now, String path, List<String> problems) {
        for (String keyword : KEPT) {
            if (!before.path(keyword).equals(now.path(keyword))) {
                problems.add(keyword + " of '" + path + "' must stay " + before.path(keyword) + ", was "
                        + now.path(keyword));
            }
        }
        for (String keyword : List.of("enum", "const", "maxLength", "minLength", "allOf", "anyOf", "oneOf", "not")) {
            if (!before.path(keyword).equals(now.path(keyword))) {
                problems.add(keyword + " of '" + path + "' must not change, was " + now.path(keyword));
            }
        }
        if (now.path("additionalProperties").isBoolean()
                && !now.path("additionalProperties").asBoolean()) {
            problems.add("additionalProperties of '" + path + "' must not be false");
        }
        Set<String> required = texts(before.path("required"));
        Set<String> requiredNow = texts(now.path("required"));
        for (Iterator<Map.Entry<String, JsonNode>> i = before.path("properties").fields(); i.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = i.next();
            JsonNode other = now.path("properties").path(entry.getKey());
            String name = path.isEmpty() ? entry.getKey() : path + "." + entry.getKey();
            if (other.isMissingNode()) {
                problems.add("property '" + name + "' must stay, was removed or renamed");
                continue;
            }
            value(entry.getValue(), other, name, problems);
        }
        for (String name : required) {
            if (!requiredNow.contains(name)) {
                problems.add("property '" + name + "' of '" + path + "' must stay required, since readers rely on it");
            }
        }
        for (String name : requiredNow) {
            if (!required.contains(name)) {
                problems.add(
                        "property '" + name + "' of '" + path + "' must not be required, since old records lack it");
            }
        }
        if (before.has("items")) {
            value(before.path("items"), now.path("items"), path + "[]", problems);
        }
        if (before.path("additionalProperties").isObject()) {
            value(before.path("additionalProperties"), now.path("additionalProperties"), path + ".*", problems);
        }
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new java.util.TreeSet<>();
        array.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    /** Problems of a new Parquet schema beside the one that was released: columns may only be appended. */
    static List<String> parquet(String released, String current) {
        MessageType before = MessageTypeParser.parseMessageType(released);
        MessageType now = MessageTypeParser.parseMessageType(current);
        List<String> problems = new ArrayList<>();
        if (!before.getName().equals(now.getName())) {
            problems.add("name must stay " + before.getName() + ", was " + now.getName());
        }
        for (int i = 0; i < before.getFieldCount(); i++) {
            Type column = before.getType(i);
            if (i >= now.getFieldCount()) {
                problems.add("column " + (i + 1) + " must stay " + line(column) + ", was removed");
            } else if (!line(column).equals(line(now.getType(i)))) {
                problems.add("column " + (i + 1) + " must stay " + line(column) + ", was " + line(now.getType(i)));
            }
        }
        for (int i = before.getFieldCount(); i < now.getFieldCount(); i++) {
            Type column = now.getType(i);
            if (column.getRepetition() != Type.Repetition.OPTIONAL) {
                problems.add("new column must be optional, since old files lack it, was " + line(column));
            }
            if (column.getId() == null || column.getId().intValue() != i + 1) {
                problems.add("new column must have the next field id " + (i + 1) + ", was " + line(column));
            }
        }
        return problems;
    }

    private static String line(Type column) {
        StringBuilder text = new StringBuilder();
        column.writeToStringBuilder(text, "");
        return text.toString().replaceAll("\\s+", " ");
    }
}
