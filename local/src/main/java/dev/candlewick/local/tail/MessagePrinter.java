package dev.candlewick.local.tail;

import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Writes messages: JSON as it came, one line a message; tables and CSV by the fields of the first message. */
final class MessagePrinter implements AutoCloseable {

    private static final List<Column> METADATA =
            List.of(Column.number("partition"), Column.number("offset"), Column.text("timestamp"), Column.text("key"));

    private final Output output;
    private final boolean withMetadata;
    private final Consumer<String> notes;
    private @Nullable Layout layout;
    private Output.@Nullable Table table;
    private boolean missesNoted;

    MessagePrinter(Output output, boolean withMetadata, Consumer<String> notes) {
        this.output = output;
        this.withMetadata = withMetadata;
        this.notes = notes;
    }

    void print(ConsumerRecord<byte[], byte[]> message) {
        if (output.format() == OutputFormat.JSON) {
            output.line(json(message));
            return;
        }
        byte[] value = message.value();
        List<Map<String, Json.Value>> rows = value == null ? null : rows(value);
        if (rows == null) {
            rows = List.of(
                    Map.of("value", new Json.Value(value == null ? "" : text(value, "base64:"), Json.Kind.STRING)));
        }
        for (Map<String, Json.Value> row : rows) {
            print(message, row);
        }
    }

    /** Writes what is held back. */
    void flush() {
        if (table != null) {
            table.flush();
        } else {
            output.flush();
        }
    }

    @Override
    public void close() {
        flush();
    }

    private void print(ConsumerRecord<byte[], byte[]> message, Map<String, Json.Value> row) {
        Layout columns = layout;
        Output.Table rows = table;
        if (columns == null || rows == null) {
            columns = Layout.of(row, output.format() == OutputFormat.TABLE);
            layout = columns;
            List<Column> all = new ArrayList<>(withMetadata ? METADATA : List.of());
            all.addAll(columns.columns());
            rows = output.table(all);
            table = rows;
        }
        if (columns.misses(row) && !missesNoted) {
            missesNoted = true;
            notes.accept("note: messages differ in their fields; columns are those of the first one (-o json has all)");
        }
        List<@Nullable Object> values = new ArrayList<>();
        if (withMetadata) {
            values.add(message.partition());
            values.add(message.offset());
            values.add(Instant.ofEpochMilli(message.timestamp()));
            values.add(message.key() == null ? null : text(message.key(), "base64:"));
        }
        values.addAll(columns.values(row));
        rows.row(values);
    }

    /** The objects that a message stands for: itself, or the elements of an array or of its field {@code candles}. */
    private static @Nullable List<Map<String, Json.Value>> rows(byte[] value) {
        Map<String, Json.Value> object = Json.object(value);
        if (object == null) {
            return Json.objects(value);
        }
        Json.Value candles = object.get("candles");
        List<Map<String, Json.Value>> several =
                candles == null ? null : Json.objects(candles.text().getBytes(StandardCharsets.UTF_8));
        if (several == null) {
            return List.of(object);
        }
        List<Map<String, Json.Value>> rows = new ArrayList<>();
        for (Map<String, Json.Value> candle : several) {
            Map<String, Json.Value> row = new LinkedHashMap<>(object);
            row.remove("candles");
            row.putAll(candle);
            rows.add(row);
        }
        return rows;
    }

    private String json(ConsumerRecord<byte[], byte[]> message) {
        byte[] value = message.value();
        String line = value == null ? "null" : Json.oneLine(value);
        if (!withMetadata) {
            return line != null ? TextEscapes.printable(line) : Output.json(undecoded(message.value()));
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("partition", message.partition());
        all.put("offset", message.offset());
        all.put("timestamp", message.timestamp());
        if (message.key() != null) {
            all.put("key", text(message.key(), "base64:"));
        }
        Map<String, Object> headers = new LinkedHashMap<>();
        for (Header header : message.headers()) {
            headers.put(header.key(), header(header));
        }
        all.put("headers", headers);
        if (line != null) {
            all.put("value", new Output.RawJson(line));
        } else {
            all.putAll(undecoded(value));
        }
        return Output.json(all);
    }

    /** What is no JSON: its text, or its bytes in Base64 where it is no text either. */
    private static Map<String, Object> undecoded(byte[] value) {
        String text = utf8(value);
        return text != null ? Map.of("value", text) : Map.of("value_base64", value);
    }

    private static Object header(Header header) {
        byte[] value = header.value();
        if (value == null) {
            return "";
        }
        if (header.key().startsWith("cw-")) {
            // Places are numbers, big endian.
            if (value.length == Integer.BYTES) {
                return ByteBuffer.wrap(value).getInt();
            }
            if (value.length == Long.BYTES) {
                return ByteBuffer.wrap(value).getLong();
            }
        }
        return text(value, "base64:");
    }

    private static String text(byte[] bytes, String prefix) {
        String text = utf8(bytes);
        return text != null ? text : prefix + java.util.Base64.getEncoder().encodeToString(bytes);
    }

    private static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
