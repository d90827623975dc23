package dev.candlewick.connectors.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/**
 * The mapping of {@code docs/schemas.md} from published JSON to Avro and back: an object where Avro has a string is its
 * JSON text, Base64 where Avro has bytes is those bytes, names that the schema does not know are ignored.
 */
final class AvroRecords {
    private AvroRecords() {}

    static GenericRecord record(Schema schema, JsonNode json) {
        GenericRecord record = new GenericData.Record(schema);
        for (Schema.Field field : schema.getFields()) {
            JsonNode value = json.get(field.name());
            if (value != null) {
                record.put(field.pos(), value(field.schema(), value));
            } else if (field.hasDefaultValue()) {
                record.put(field.pos(), GenericData.get().getDefaultValue(field));
            } else {
                throw new IllegalArgumentException("field " + field.name() + " must be there, was absent in " + json);
            }
        }
        return record;
    }

    private static Object value(Schema schema, JsonNode json) {
        return switch (schema.getType()) {
            case UNION -> {
                Schema other = schema.getTypes().get(1);
                yield json.isNull() ? null : value(other, json);
            }
            case RECORD -> record(schema, json);
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                json.forEach(item -> list.add(value(schema.getElementType(), item)));
                yield list;
            }
            case MAP -> {
                Map<String, Object> map = new HashMap<>();
                json.fields()
                        .forEachRemaining(
                                entry -> map.put(entry.getKey(), value(schema.getValueType(), entry.getValue())));
                yield map;
            }
            case STRING -> {
                check(json.isTextual() || json.isObject(), schema, json);
                yield json.isTextual() ? json.textValue() : json.toString();
            }
            case BYTES -> {
                check(json.isTextual(), schema, json);
                yield ByteBuffer.wrap(Base64.getDecoder().decode(json.textValue()));
            }
            case LONG -> {
                check(json.canConvertToLong() && json.isIntegralNumber(), schema, json);
                yield json.longValue();
            }
            case INT -> {
                check(json.canConvertToInt() && json.isIntegralNumber(), schema, json);
                yield json.intValue();
            }
            case BOOLEAN -> {
                check(json.isBoolean(), schema, json);
                yield json.booleanValue();
            }
            default -> throw new IllegalArgumentException("type must be one of the mapping, was " + schema);
        };
    }

    private static void check(boolean fits, Schema schema, JsonNode json) {
        if (!fits) {
            throw new IllegalArgumentException("value must be of type " + schema + ", was " + json);
        }
    }

    /** The record after it went through Avro's bytes. */
    static GenericRecord throughBytes(GenericRecord record, Schema reader) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
        new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
        encoder.flush();
        return new GenericDatumReader<GenericRecord>(record.getSchema(), reader)
                .read(null, DecoderFactory.get().binaryDecoder(bytes.toByteArray(), null));
    }

    /** Whether a value says exactly what the JSON says. */
    static boolean says(Object value, JsonNode json) {
        if (value == null) {
            return json.isNull();
        }
        if (value instanceof GenericRecord record) {
            for (Schema.Field field : record.getSchema().getFields()) {
                JsonNode item = json.get(field.name());
                if (item == null || !says(record.get(field.pos()), item)) {
                    return false;
                }
            }
            return json.size() == record.getSchema().getFields().size();
        }
        if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                if (!says(list.get(i), json.path(i))) {
                    return false;
                }
            }
            return json.size() == list.size();
        }
        if (value instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (!says(entry.getValue(), json.path(entry.getKey().toString()))) {
                    return false;
                }
            }
            return json.size() == map.size();
        }
        if (value instanceof ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.duplicate().get(copy);
            return Base64.getEncoder().encodeToString(copy).equals(json.textValue());
        }
        if (value instanceof Number || value instanceof Boolean) {
            return json.isValueNode() && !json.isTextual() && json.asText().equals(value.toString());
        }
        return value.toString().equals(json.isTextual() ? json.textValue() : json.toString());
    }
}
