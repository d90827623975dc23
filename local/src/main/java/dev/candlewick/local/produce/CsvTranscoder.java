package dev.candlewick.local.produce;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * CSV by RFC 4180 in UTF-8, one record a line: a stray quote spoils its own line and not the rest of the file.
 *
 * <p>A file may begin with a header, which may reorder and omit columns and name others, which are ignored; a first line
 * without {@code event_time_ns} is data in the canonical order, with or without {@code sequence}. On topics there is no
 * header, and all columns in the canonical order.
 */
final class CsvTranscoder implements MessageTranscoder {

    private static final List<TradeField> CANONICAL = List.of(TradeField.values());

    /** Quotes that enclose whole fields: the parser would also take one in the middle of a field, readers do not. */
    private static final Pattern QUOTED_LINE =
            Pattern.compile("(?:\"(?:[^\"]|\"\")*+\"|[^\",\r\n]*+)(?:,(?:\"(?:[^\"]|\"\")*+\"|[^\",\r\n]*+))*+");

    private static final CsvReader.CsvReaderBuilder PARSER = CsvReader.builder().skipEmptyLines(false);

    @Override
    public String name() {
        return "csv";
    }

    @Override
    public boolean ownsFileName(String name) {
        return name.endsWith(".csv");
    }

    @Override
    public boolean isSelfContained() {
        return false;
    }

    @Override
    public Reader open(InputStream in, String source) throws IOException {
        LineReader lines = new LineReader(in, source);
        byte[] first = withoutMark(lines.next());
        String text = first == null ? null : text(first);
        List<@Nullable TradeField> header = text == null ? null : header(text, source);
        return new Reader() {
            /** A first line that was no header. */
            private byte @Nullable [] pending = header == null ? first : null;

            @Override
            public @Nullable InputMessage next() throws IOException {
                byte[] line = pending == null ? lines.next() : pending;
                pending = null;
                return line == null ? null : message(line, header);
            }

            @Override
            public void close() throws IOException {
                in.close();
            }
        };
    }

    @Override
    public byte[] encode(TradeFields fields) {
        StringBuilder line = new StringBuilder(128);
        for (TradeField field : CANONICAL) {
            if (field.ordinal() > 0) {
                line.append(',');
            }
            String value = fields.get(field);
            if (mustQuote(value)) {
                line.append('"').append(value.replace("\"", "\"\"")).append('"');
            } else {
                line.append(value);
            }
        }
        return line.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The line as it is, unless it lacks or exceeds its own header's columns and has by chance as many as a message on
     * a topic: then its fields would be taken for others, and commas are added until no reader takes it.
     */
    @Override
    public byte[] encodeUnreadable(byte[] raw) {
        String text = text(raw);
        String[] fields = text == null ? null : split(text);
        if (fields == null || (fields.length != CANONICAL.size() && fields.length != CANONICAL.size() - 1)) {
            return raw;
        }
        byte[] longer = Arrays.copyOf(raw, raw.length + CANONICAL.size() + 1 - fields.length);
        Arrays.fill(longer, raw.length, longer.length, (byte) ',');
        return longer;
    }

    /** The line without the byte order mark that a file may begin with. */
    private static byte @Nullable [] withoutMark(byte @Nullable [] line) {
        boolean marked = line != null
                && line.length >= 3
                && line[0] == (byte) 0xEF
                && line[1] == (byte) 0xBB
                && line[2] == (byte) 0xBF;
        return marked && line != null ? Arrays.copyOfRange(line, 3, line.length) : line;
    }

    private static InputMessage message(byte[] line, @Nullable List<@Nullable TradeField> header) {
        String text = text(line);
        String[] values = text == null || text.isEmpty() ? null : split(text);
        if (values == null || !hasRightLength(values.length, header)) {
            return InputMessage.unreadable(line);
        }
        TradeFields fields = new TradeFields();
        for (int i = 0; i < values.length; i++) {
            TradeField field = header == null ? CANONICAL.get(i) : header.get(i);
            if (field != null) {
                fields.set(field, values[i]);
            }
        }
        return new InputMessage(line, fields, true);
    }

    private static boolean hasRightLength(int columns, @Nullable List<@Nullable TradeField> header) {
        return header == null
                ? columns == CANONICAL.size() || columns == CANONICAL.size() - 1
                : columns == header.size();
    }

    /** The columns of a header line, null for those to be ignored; or null if the line is data. */
    private static @Nullable List<@Nullable TradeField> header(String line, String source) {
        String[] names = split(line);
        if (names == null) {
            return null;
        }
        List<@Nullable TradeField> columns = new ArrayList<>();
        EnumSet<TradeField> known = EnumSet.noneOf(TradeField.class);
        for (String name : names) {
            TradeField field = CANONICAL.stream()
                    .filter(candidate -> candidate.columnName().equals(name.strip()))
                    .findFirst()
                    .orElse(null);
            if (field != null && !known.add(field)) {
                throw CommandFailure.usage(
                        "CSV header must name each column once, was twice: " + field.columnName(), source, null);
            }
            columns.add(field);
        }
        if (known.contains(TradeField.EVENT_TIME_NS)) {
            return columns;
        }
        if (known.size() >= 2) {
            throw CommandFailure.usage(
                    "CSV header of a file of trades must name event_time_ns, was: " + line,
                    source,
                    "the canonical header is "
                            + Stream.of(TradeField.values())
                                    .map(TradeField::columnName)
                                    .collect(Collectors.joining(",")));
        }
        return null;
    }

    /** The fields of a line, or null if it is not well formed. */
    private static String @Nullable [] split(String line) {
        if (line.indexOf('"') < 0) {
            return line.indexOf('\r') >= 0 ? null : line.split(",", -1);
        }
        if (!QUOTED_LINE.matcher(line).matches()) {
            return null;
        }
        try {
            return PARSER.ofSingleCsvRecord(line).getFields().toArray(new String[0]);
        } catch (CsvParseException e) {
            return null;
        }
    }

    private static boolean mustQuote(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == ',' || c == '"' || c == '\n' || c == '\r') {
                return true;
            }
        }
        return false;
    }

    /** The bytes as text, or null if they are not UTF-8: a replacement character would change the record. */
    private static @Nullable String text(byte[] bytes) {
        for (byte b : bytes) {
            if (b < 0) {
                try {
                    return StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes))
                            .toString();
                } catch (CharacterCodingException e) {
                    return null;
                }
            }
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
