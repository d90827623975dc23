package dev.candlewick.local.produce;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * JSON, one object a line, with the canonical names.
 *
 * <p>Written are {@code row}, times and {@code sequence} as numbers where their text is a whole number, and as strings
 * where it is not; everything else, decimals too, as strings; absent fields are left out.
 */
final class JsonTranscoder implements MessageTranscoder {

    private static final TradeField[] FIELDS = TradeField.values();
    private static final Set<TradeField> NUMBERS =
            EnumSet.of(TradeField.ROW, TradeField.RECV_TIME_NS, TradeField.EVENT_TIME_NS, TradeField.SEQUENCE);

    /** By these a message says that it is something else than a trade, which no other format can say. */
    private static final Set<String> KINDS = Set.of("type", "event", "channel");

    private final JsonFactory factory = new JsonFactory();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);

    @Override
    public String name() {
        return "json";
    }

    @Override
    public boolean ownsFileName(String name) {
        return name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".ndjson");
    }

    @Override
    public boolean isSelfContained() {
        return true;
    }

    @Override
    public Reader open(InputStream in, String source) {
        LineReader lines = new LineReader(in, source);
        return new Reader() {
            @Override
            public @Nullable InputMessage next() throws IOException {
                byte[] line = lines.next();
                return line == null ? null : message(line);
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }

    @Override
    public byte[] encode(TradeFields fields) {
        bytes.reset();
        try (JsonGenerator json = factory.createGenerator(bytes, JsonEncoding.UTF8)) {
            json.writeStartObject();
            for (TradeField field : FIELDS) {
                String text = fields.get(field);
                if (text.isEmpty()) {
                    continue;
                }
                json.writeFieldName(field.columnName());
                if (NUMBERS.contains(field) && TradeFields.isInteger(text)) {
                    json.writeNumber(text);
                } else {
                    json.writeString(text);
                }
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static InputMessage message(byte[] line) {
        Map<String, Json.Value> object = Json.object(line);
        if (object == null) {
            return InputMessage.unreadable(line);
        }
        TradeFields fields = new TradeFields();
        boolean transcodable = object.keySet().stream().noneMatch(KINDS::contains);
        for (TradeField field : FIELDS) {
            Json.Value value = object.get(field.columnName());
            if (value == null) {
                continue;
            }
            transcodable &= value.kind() != Json.Kind.NESTED;
            fields.set(field, value.text());
        }
        return new InputMessage(line, fields, transcodable);
    }
}
