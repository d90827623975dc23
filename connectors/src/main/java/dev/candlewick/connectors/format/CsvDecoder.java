package dev.candlewick.connectors.format;

import dev.candlewick.core.validate.TradeField;
import dev.candlewick.core.validate.TradeValidator;
import java.util.List;

/**
 * Decodes one CSV line: commas, quotes by RFC 4180, UTF-8; one line end behind it is allowed.
 *
 * <p>A quoted field may hold commas, line ends and doubled quotes; an empty one, quoted or not, is absent. Unparsable
 * are: another number of columns than the layout has, a quote inside an unquoted field, text behind a closing quote, an
 * unpaired quote, a line end outside of quotes.
 *
 * <p>Filtered is a line whose first column is one of the words {@code add}, {@code modify}, {@code cancel},
 * {@code execute}, {@code quote}, {@code heartbeat}, {@code status}, {@code subscription}, unless a header says that the
 * first column holds a text (a symbol may be called so).
 */
public final class CsvDecoder extends TextDecoder {
    /** What a line of another type begins with. */
    private static final List<String> OTHER_TYPES =
            List.of("add", "modify", "cancel", "execute", "quote", "heartbeat", "status", "subscription");

    private static final int TYPE_LENGTH_MAX = "subscription".length();

    private CsvLayout layout = CsvLayout.canonical();
    private int quotedFrom;

    /** A decoder of the canonical columns. */
    public CsvDecoder(TradeValidator validator) {
        super(validator);
    }

    /** Decodes the next lines by a file's own header. */
    public void setLayout(CsvLayout newLayout) {
        layout = newLayout;
    }

    /** A first column with a word that names another type decides, whatever stands behind it. */
    @Override
    protected boolean isOtherTypeByHead(byte[] buffer, int offset, int length) {
        byte first = buffer[offset];
        if (first < 'a' || first > 's' || !layout.mayBeginWithType()) {
            return false;
        }
        int end = offset + Math.min(length, TYPE_LENGTH_MAX + 1);
        int at = offset;
        while (at < end && buffer[at] >= 'a' && buffer[at] <= 'z') {
            at++;
        }
        boolean whole = at == offset + length || (at < end && isEndOfField(buffer[at]));
        if (whole) {
            for (String type : OTHER_TYPES) {
                if (JsonReader.isAscii(buffer, offset, at - offset, type)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isEndOfField(byte b) {
        return b == ',' || b == '\n' || b == '\r';
    }

    @Override
    protected boolean isOtherType() {
        return false;
    }

    @Override
    protected boolean scan() {
        if (data[end - 1] == '\n') {
            end--;
        }
        if (end > position && data[end - 1] == '\r') {
            end--;
        }
        if (end == position) {
            return fail("message must not be empty, was a line end");
        }
        int columns = layout.columnsMax();
        int column = 0;
        while (true) {
            if (column == columns) {
                return fail("CSV line must have " + describeColumns() + ", was more");
            }
            int from;
            int length;
            if (position < end && data[position] == '"') {
                position++;
                from = position;
                length = quoted();
                if (length < 0) {
                    return fail("CSV quotes must be paired and enclose a whole field, was unpaired in column "
                            + (column + 1));
                }
                // The scratch copy may have moved the slice.
                from = quotedFrom;
            } else {
                from = position;
                byte[] bytes = data;
                int at = position;
                int last = end;
                byte b;
                while (at < last && (b = bytes[at]) != ',') {
                    if (b <= '"' && (b == '"' || b == '\n' || b == '\r')) {
                        return fail("CSV field must not hold a quote or a line end outside of quotes, was so in column "
                                + (column + 1));
                    }
                    at++;
                }
                position = at;
                length = at - from;
            }
            TradeField field = layout.field(column);
            if (field != null) {
                raw.setText(field, from, length);
            }
            column++;
            if (position == end) {
                break;
            }
            position++;
        }
        if (column < layout.columnsMin()) {
            return fail("CSV line must have " + describeColumns() + ", was " + column);
        }
        return true;
    }

    private String describeColumns() {
        return layout.columnsMin() == layout.columnsMax()
                ? layout.columnsMax() + " columns"
                : layout.columnsMin() + " or " + layout.columnsMax() + " columns";
    }

    /** Reads behind an opening quote up to the comma or end behind the closing one; the length, or −1. */
    private int quoted() {
        quotedFrom = position;
        while (position < end && data[position] != '"') {
            position++;
        }
        int write = position;
        while (position < end) {
            byte b = data[position++];
            if (b != '"') {
                data[write++] = b;
            } else if (position < end && data[position] == '"') {
                // Only from here on is anything overwritten, and the caller's buffer must not be.
                int before = position;
                useScratch();
                quotedFrom += position - before;
                write += position - before;
                data[write++] = '"';
                position++;
            } else {
                return position == end || data[position] == ',' ? write - quotedFrom : -1;
            }
        }
        return -1;
    }
}
