package dev.candlewick.connectors.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.schema.Definition.Kind;
import dev.candlewick.connectors.schema.Field.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes definitions as Avro, JSON Schema, Parquet and Markdown. */
final class SchemaText {
    /** The scales that published Parquet schemas show: the least that a lake has. */
    static final LakeScales SCALES = LakeScales.covering(0, 0);

    private static final int LINE = 110;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CODE = "^[A-Z][A-Z0-9_]*$";

    private SchemaText() {}

    /** The files of a definition by their names. */
    static Map<String, String> files(Definition definition) {
        Map<String, String> files = new java.util.TreeMap<>();
        if (!definition.name().equals("trades") || definition.kind() != Kind.TOPIC) {
            files.put(Published.VERSION + ".avsc", pretty(avro(definition)));
        }
        files.put(Published.VERSION + ".schema.json", pretty(jsonSchema(definition)));
        if (definition.table() != null) {
            files.put(
                    Published.VERSION + ".parquet.txt",
                    definition.table().parquetSchema(SCALES).toString());
        }
        return files;
    }

    /** The record in Avro, complete in itself. */
    static ObjectNode avro(Definition definition) {
        return avroRecord(definition, new HashSet<>());
    }

    private static ObjectNode avroRecord(Definition definition, Set<String> seen) {
        seen.add(definition.recordName());
        ObjectNode record = JSON.createObjectNode();
        int dot = definition.recordName().lastIndexOf('.');
        record.put("type", "record");
        record.put("name", definition.recordName().substring(dot + 1));
        record.put("namespace", definition.recordName().substring(0, dot));
        record.put("doc", definition.title());
        ArrayNode fields = record.putArray("fields");
        for (Field field : definition.fields()) {
            ObjectNode item = fields.addObject();
            item.put("name", field.name());
            JsonNode type = avroType(field, seen);
            if (field.nullable()) {
                item.set("type", JSON.createArrayNode().add("null").add(type));
                item.putNull("default");
            } else {
                item.set("type", type);
            }
            item.put("doc", field.meaning());
            if (!field.unit().isEmpty()) {
                item.put("unit", field.unit());
            }
        }
        return record;
    }

    private static JsonNode avroType(Field field, Set<String> seen) {
        return switch (field.type()) {
            case LONG, INPUT_LONG -> text("long");
            case INT -> text("int");
            case BOOLEAN -> text("boolean");
            case TEXT, DECIMAL, FIXED_DECIMAL, CODE, BASE64, JSON_OBJECT, JSON_TEXT, INPUT_TEXT, INPUT_DECIMAL ->
                text("string");
            case BYTES -> text("bytes");
            case CODES, TEXTS -> container("array", "items", text("string"));
            case TEXT_MAP -> container("map", "values", text("string"));
            case LONG_MAP -> container("map", "values", text("long"));
            case RECORD -> avroNested(field, seen);
            case RECORDS -> container("array", "items", avroNested(field, seen));
            case RECORD_MAP -> container("map", "values", avroNested(field, seen));
        };
    }

    private static JsonNode avroNested(Field field, Set<String> seen) {
        return seen.contains(field.nested().recordName())
                ? text(field.nested().recordName())
                : avroRecord(field.nested(), seen);
    }

    private static JsonNode text(String text) {
        return JSON.getNodeFactory().textNode(text);
    }

    private static ObjectNode container(String type, String name, JsonNode of) {
        ObjectNode node = JSON.createObjectNode();
        node.put("type", type);
        node.set(name, of);
        return node;
    }

    /** The record in JSON Schema 2020-12. */
    static ObjectNode jsonSchema(Definition definition) {
        ObjectNode schema = JSON.createObjectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put(
                "$id",
                "urn:candlewick:schema:" + definition.kind().folder + ":" + definition.name() + ":"
                        + Published.VERSION);
        schema.put("title", definition.title());
        schema.setAll(object(definition));
        return schema;
    }

    private static ObjectNode object(Definition definition) {
        ObjectNode schema = JSON.createObjectNode();
        schema.put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = JSON.createArrayNode();
        for (Field field : definition.fields()) {
            ObjectNode property = property(field);
            property.put("description", field.meaning());
            if (!field.unit().isEmpty()) {
                property.put("x-unit", field.unit());
            }
            properties.set(field.name(), property);
            if (field.required()) {
                required.add(field.name());
            }
        }
        schema.set("required", required);
        schema.put("additionalProperties", true);
        return schema;
    }

    private static ObjectNode property(Field field) {
        ObjectNode property = JSON.createObjectNode();
        String pattern = field.pattern();
        switch (field.type()) {
            case LONG -> whole(property, field, Long.MIN_VALUE, Long.MAX_VALUE);
            case INT -> whole(property, field, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case BOOLEAN -> type(property, field, "boolean");
            case TEXT, JSON_TEXT -> type(property, field, "string");
            case DECIMAL -> {
                type(property, field, "string");
                pattern = "^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$";
            }
            case FIXED_DECIMAL -> {
                type(property, field, "string");
                pattern = "^-?(0|[1-9][0-9]*)\\.[0-9]+$";
            }
            case CODE -> {
                type(property, field, "string");
                pattern = CODE;
            }
            case BASE64, BYTES -> {
                type(property, field, "string");
                property.put("contentEncoding", "base64");
                pattern = "^[A-Za-z0-9+/]*={0,2}$";
            }
            case CODES -> {
                type(property, field, "array");
                property.putObject("items").put("type", "string").put("pattern", CODE);
            }
            case TEXTS -> {
                type(property, field, "array");
                property.putObject("items").put("type", "string");
            }
            case TEXT_MAP -> {
                type(property, field, "object");
                property.putObject("additionalProperties").put("type", "string");
            }
            case LONG_MAP -> {
                type(property, field, "object");
                property.putObject("additionalProperties").put("type", "integer");
            }
            case RECORD, JSON_OBJECT -> {
                property.setAll(object(field.nested()));
                type(property, field, "object");
            }
            case RECORDS -> {
                type(property, field, "array");
                property.set("items", object(field.nested()));
            }
            case RECORD_MAP -> {
                type(property, field, "object");
                property.set("additionalProperties", object(field.nested()));
            }
            case INPUT_LONG -> {
                types(property, field, "string", "integer");
                pattern = input(field);
            }
            case INPUT_DECIMAL, INPUT_TEXT -> {
                types(property, field, "string", "number");
                pattern = pattern.isEmpty() ? "" : input(field);
            }
        }
        if (!pattern.isEmpty()) {
            property.put("pattern", pattern);
        }
        if (!field.codes().isEmpty()) {
            ArrayNode codes = property.putArray("x-codes");
            field.codes().forEach(codes::add);
        }
        return property;
    }

    /** An empty text stands for an absent value where one may be absent. */
    private static String input(Field field) {
        return field.nullable() ? "^(" + field.pattern() + ")?$" : "^(" + field.pattern() + ")$";
    }

    private static void whole(ObjectNode property, Field field, long least, long largest) {
        type(property, field, "integer");
        property.put("minimum", least);
        property.put("maximum", largest);
    }

    private static void type(ObjectNode property, Field field, String type) {
        if (field.nullable()) {
            property.putArray("type").add(type).add("null");
        } else {
            property.put("type", type);
        }
    }

    private static void types(ObjectNode property, Field field, String first, String second) {
        ArrayNode types = property.putArray("type").add(first).add(second);
        if (field.nullable()) {
            types.add("null");
        }
    }

    /** What fits a line stands on one line, everything else is broken up. */
    static String pretty(JsonNode node) {
        StringBuilder text = new StringBuilder();
        write(node, "", 0, text);
        return text.append('\n').toString();
    }

    private static void write(JsonNode node, String indent, int used, StringBuilder text) {
        String compact = compact(node);
        if (!node.isContainerNode() || node.isEmpty() || indent.length() + used + compact.length() <= LINE) {
            text.append(compact);
            return;
        }
        String inner = indent + "  ";
        text.append(node.isObject() ? "{" : "[");
        String separator = "\n";
        if (node.isObject()) {
            for (Iterator<Map.Entry<String, JsonNode>> entries = node.fields(); entries.hasNext(); ) {
                Map.Entry<String, JsonNode> entry = entries.next();
                String name = text(entry.getKey()).toString() + ": ";
                text.append(separator).append(inner).append(name);
                write(entry.getValue(), inner, name.length() + 1, text);
                separator = ",\n";
            }
        } else {
            for (JsonNode item : node) {
                text.append(separator).append(inner);
                write(item, inner, 1, text);
                separator = ",\n";
            }
        }
        text.append('\n').append(indent).append(node.isObject() ? '}' : ']');
    }

    private static String compact(JsonNode node) {
        if (!node.isContainerNode()) {
            return node.toString();
        }
        List<String> parts = new ArrayList<>();
        if (node.isObject()) {
            node.fields()
                    .forEachRemaining(
                            entry -> parts.add(text(entry.getKey()).toString() + ": " + compact(entry.getValue())));
            return "{" + String.join(", ", parts) + "}";
        }
        node.forEach(item -> parts.add(compact(item)));
        return "[" + String.join(", ", parts) + "]";
    }

    /** All definitions as tables for people. */
    static String markdown() {
        StringBuilder page = new StringBuilder();
        page.append("## Topics\n");
        Published.topics().forEach(definition -> section(definition, page));
        page.append("\n## Tables\n");
        Published.tables().forEach(definition -> section(definition, page));
        page.append("\n## Files of a lake\n");
        Published.files().forEach(definition -> section(definition, page));
        return page.toString();
    }

    private static void section(Definition definition, StringBuilder page) {
        String name = switch (definition.kind()) {
            case TOPIC ->
                "Topic `" + (definition.name().equals("candles") ? "candles.<interval>" : definition.name()) + "`";
            case TABLE -> (definition.table() == null ? "View `" : "Table `") + definition.name() + "`";
            default ->
                "File `" + (definition.name().equals("manifest") ? "_manifest-NNNNNN.json" : definition.name()) + "`";
        };
        page.append("\n### ").append(name).append("\n\n").append(definition.title());
        if (!definition.key().isEmpty()) {
            page.append(definition.kind() == Kind.TOPIC ? " Key: " : " A row is known by: ")
                    .append(cell(definition.key()))
                    .append('.');
        }
        page.append("\n\n");
        List<String> links = new ArrayList<>();
        if (definition.name().equals("trades") && definition.kind() == Kind.TOPIC) {
            links.add("[Avro](../connectors/src/main/resources/candlewick/avro/trade.avsc)");
        }
        for (String file : files(definition).keySet()) {
            links.add("[" + (file.endsWith(".avsc") ? "Avro" : file.endsWith(".json") ? "JSON Schema" : "Parquet")
                    + "](../connectors/src/main/resources/" + Published.FOLDER + "/" + definition.folder() + "/" + file
                    + ")");
        }
        page.append(String.join(" · ", links)).append('\n');
        table(definition, page);
    }

    private static void table(Definition definition, StringBuilder page) {
        boolean parquet = definition.table() != null;
        page.append(
                parquet
                        ? "\n| id | name | type | unit | null | meaning |\n|---|---|---|---|---|---|\n"
                        : "\n| name | type | unit | null | meaning |\n|---|---|---|---|---|\n");
        rows(definition, "", parquet, page);
    }

    private static void rows(Definition definition, String prefix, boolean parquet, StringBuilder page) {
        int id = 0;
        for (Field field : definition.fields()) {
            id++;
            String meaning = field.meaning();
            if (!field.codes().isEmpty()) {
                meaning += " Known today: " + String.join(", ", field.codes()) + ".";
            }
            boolean elsewhere = field.nested() != null && field.nested().kind() != Kind.NESTED;
            if (elsewhere) {
                meaning += " Each as in "
                        + (field.nested().kind() == Kind.TOPIC ? "topic `candles.<interval>`" : "view `ledger`") + ".";
            }
            page.append("| ");
            if (parquet) {
                page.append(id).append(" | ");
            }
            page.append('`').append(prefix).append(field.name()).append("` | ");
            page.append(type(definition, field, id)).append(" | ");
            page.append(field.unit()).append(" | ");
            page.append(field.nullable() ? "yes" : "").append(" | ");
            page.append(cell(meaning)).append(" |\n");
            if (field.nested() != null && !elsewhere) {
                String middle = field.type() == Type.RECORDS ? "[]." : field.type() == Type.RECORD_MAP ? ".*." : ".";
                rows(field.nested(), prefix + field.name() + middle, parquet, page);
            }
        }
    }

    private static String type(Definition definition, Field field, int id) {
        if (definition.table() == null) {
            return field.type().words;
        }
        return switch (definition.table().columns().get(id - 1).type()) {
            case PRICE -> "DECIMAL(38,P)";
            case SIZE -> "DECIMAL(38,Q)";
            case NOTIONAL -> "DECIMAL(38,P+Q)";
            default -> definition.table().columns().get(id - 1).type().sqlType(SCALES);
        };
    }

    private static String cell(String text) {
        return text.replace("|", "\\|");
    }
}
