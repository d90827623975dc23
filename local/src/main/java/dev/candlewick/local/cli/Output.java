package dev.candlewick.local.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.candlewick.core.parse.TextEscapes;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes results to standard output as table, JSON lines or CSV; everything else a command says goes to standard error.
 *
 * <p>Values: null is an empty cell or JSON null; integers are JSON numbers; {@link BigDecimal} is written plainly, in
 * JSON as a string, so that no reader cuts digits; byte arrays are Base64; lists and maps are JSON, also in cells;
 * everything else is its {@code toString()}. Not thread-safe.
 *
 * <p>Control characters, and others that a terminal acts upon, are escaped in tables, and in JSON, where that changes no
 * value. CSV is data: a cell holds its text exactly, in quotes where needed, also where a spreadsheet would take it for a
 * formula.
 */
public final class Output {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int TABLE_BUFFER_ROWS = 2_000;
    private static final String GAP = "  ";

    private final PrintStream out;
    private final OutputFormat format;

    /**
     * Creates an output.
     *
     * @param out standard output
     * @param format what to write
     */
    public Output(PrintStream out, OutputFormat format) {
        this.out = out;
        this.format = format;
    }

    /** What is written. */
    public OutputFormat format() {
        return format;
    }

    /** Starts a result of many rows; close it to write what is buffered. */
    public Table table(List<Column> columns) {
        return new Table(columns);
    }

    /** Starts a result of many rows; close it to write what is buffered. */
    public Table table(Column... columns) {
        return new Table(Arrays.asList(columns));
    }

    /** Writes one record: name and value a line in a table, one object in JSON, header and row in CSV. */
    public void record(Map<String, ?> values) {
        switch (format) {
            case TABLE -> {
                int width =
                        values.keySet().stream().mapToInt(Output::width).max().orElse(0);
                values.forEach(
                        (name, value) -> line(pad(name, width, false) + GAP + TextEscapes.printable(cell(value))));
            }
            case JSON -> line(json(values));
            case CSV -> {
                try (Table table =
                        table(values.keySet().stream().map(Column::text).toList())) {
                    table.row(new ArrayList<>(values.values()));
                }
            }
        }
    }

    /** Writes a line as it is, in any format. */
    public void line(String text) {
        out.print(text);
        out.print('\n');
    }

    /**
     * Hands everything to the operating system.
     *
     * @throws OutputClosedException if nobody reads standard output any more
     */
    public void flush() {
        if (out.checkError()) {
            throw new OutputClosedException();
        }
    }

    /** The value as one JSON text without line breaks. */
    public static String json(@Nullable Object value) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(text)) {
            write(generator, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return TextEscapes.printable(text.toString());
    }

    private static void write(JsonGenerator generator, @Nullable Object value) throws IOException {
        if (value == null) {
            generator.writeNull();
        } else if (value instanceof BigDecimal decimal) {
            generator.writeString(decimal.toPlainString());
        } else if (value instanceof BigInteger integer) {
            generator.writeNumber(integer);
        } else if (value instanceof Long
                || value instanceof Integer
                || value instanceof Short
                || value instanceof Byte) {
            generator.writeNumber(((Number) value).longValue());
        } else if (value instanceof Double || value instanceof Float) {
            double number = ((Number) value).doubleValue();
            if (Double.isFinite(number)) {
                generator.writeNumber(number);
            } else {
                generator.writeString(value.toString());
            }
        } else if (value instanceof Boolean truth) {
            generator.writeBoolean(truth);
        } else if (value instanceof byte[] bytes) {
            generator.writeString(Base64.getEncoder().encodeToString(bytes));
        } else if (value instanceof RawJson raw) {
            generator.writeRawValue(raw.text());
        } else if (value instanceof Map<?, ?> map) {
            generator.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                generator.writeFieldName(String.valueOf(entry.getKey()));
                write(generator, entry.getValue());
            }
            generator.writeEndObject();
        } else if (value instanceof Collection<?> list) {
            generator.writeStartArray();
            for (Object element : list) {
                write(generator, element);
            }
            generator.writeEndArray();
        } else {
            generator.writeString(value.toString());
        }
    }

    private static String cell(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        if (value instanceof byte[] || value instanceof Map<?, ?> || value instanceof Collection<?>) {
            String text = json(value);
            return value instanceof byte[] ? text.substring(1, text.length() - 1) : text;
        }
        return value.toString();
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String pad(String text, int width, boolean alignRight) {
        String space = " ".repeat(Math.max(0, width - width(text)));
        return alignRight ? space + text : text + space;
    }

    /** JSON text that is written as it is; in a cell it stands as text. */
    public record RawJson(String text) {
        @Override
        public String toString() {
            return text;
        }
    }

    /** A result of many rows. */
    public final class Table implements AutoCloseable {
        private final List<Column> columns;
        private final int[] widths;
        private final List<String[]> buffer = new ArrayList<>();
        private final @Nullable CsvWriter csv;
        private boolean headed;

        private Table(List<Column> columns) {
            this.columns = List.copyOf(columns);
            this.widths = columns.stream().mapToInt(c -> width(c.name())).toArray();
            this.csv = format == OutputFormat.CSV
                    ? CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(new PrintStreamWriter(out))
                    : null;
            if (csv != null) {
                csv.writeRecord(columns.stream().map(Column::name).toList());
            }
        }

        /** Adds a row; the values stand in the order of the columns. */
        public void row(@Nullable Object... values) {
            row(Arrays.asList(values));
        }

        /** Adds a row; the values stand in the order of the columns. */
        public void row(List<? extends @Nullable Object> values) {
            if (values.size() != columns.size()) {
                throw new IllegalArgumentException(
                        "row must have " + columns.size() + " values, was " + values.size() + " (" + values + ")");
            }
            if (csv != null) {
                csv.writeRecord(values.stream().map(Output::cell).toArray(String[]::new));
            } else if (format == OutputFormat.JSON) {
                StringWriter text = new StringWriter();
                try (JsonGenerator generator = JSON.createGenerator(text)) {
                    generator.writeStartObject();
                    for (int i = 0; i < columns.size(); i++) {
                        generator.writeFieldName(columns.get(i).name());
                        write(generator, values.get(i));
                    }
                    generator.writeEndObject();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                line(TextEscapes.printable(text.toString()));
            } else {
                String[] cells = new String[widths.length];
                for (int i = 0; i < cells.length; i++) {
                    cells[i] = TextEscapes.printable(cell(values.get(i)));
                    widths[i] = Math.max(widths[i], width(cells[i]));
                }
                buffer.add(cells);
                if (buffer.size() >= TABLE_BUFFER_ROWS) {
                    flush();
                }
            }
        }

        /** Writes the rows so far; later rows of a table may be wider. */
        public void flush() {
            if (csv != null) {
                try {
                    csv.flush();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            if (format == OutputFormat.TABLE) {
                if (!headed) {
                    headed = true;
                    print(columns.stream().map(Column::name).toArray(String[]::new));
                }
                buffer.forEach(this::print);
                buffer.clear();
            }
            Output.this.flush();
        }

        @Override
        public void close() {
            flush();
        }

        private void print(String[] cells) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < cells.length; i++) {
                line.append(i == 0 ? "" : GAP)
                        .append(pad(cells[i], widths[i], columns.get(i).alignRight()));
            }
            line(line.toString().stripTrailing());
        }
    }
}
