package dev.candlewick.connectors.format;

import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.core.validate.TradeField;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which column of a CSV line holds which field.
 *
 * <p>The canonical order is {@value #HEADER}, optionally followed by {@code sequence}. A file's own header may reorder
 * and omit columns; columns of other names are ignored.
 */
public final class CsvLayout {
    /** The canonical header without the optional last column. */
    public static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags";

    /** The canonical header with all columns, as written by {@link CsvEncoder}. */
    public static final String HEADER_WITH_SEQUENCE = HEADER + ",sequence";

    private static final byte[] MARK = "event_time_ns".getBytes(StandardCharsets.US_ASCII);

    private static final Set<TradeField> TEXTS = Set.copyOf(EnumSet.of(
            TradeField.VENUE,
            TradeField.SYMBOL,
            TradeField.TRADE_ID,
            TradeField.SIDE,
            TradeField.CONDITIONS,
            TradeField.FLAGS));

    private final @Nullable TradeField[] columns;
    private final int columnsMin;

    private CsvLayout(@Nullable TradeField[] columns, int columnsMin) {
        this.columns = columns;
        this.columnsMin = columnsMin;
    }

    /** The layout of messages and of files without a header. */
    public static CsvLayout canonical() {
        TradeField[] all = TradeField.values();
        return new CsvLayout(all, all.length - 1);
    }

    /** Whether a file's first line is its header: it contains {@code event_time_ns}. */
    public static boolean isHeader(byte[] buffer, int offset, int length) {
        for (int from = offset; from <= offset + length - MARK.length; from++) {
            int i = 0;
            while (i < MARK.length && buffer[from + i] == MARK[i]) {
                i++;
            }
            if (i == MARK.length) {
                return true;
            }
        }
        return false;
    }

    /**
     * The layout that a header line gives; names may be quoted, a byte order mark in front is skipped.
     *
     * @throws IllegalArgumentException where a field is named twice
     */
    public static CsvLayout ofHeader(byte[] buffer, int offset, int length) {
        String line = new String(buffer, offset, length, StandardCharsets.UTF_8);
        if (line.startsWith("\ufeff")) {
            line = line.substring(1);
        }
        List<@Nullable TradeField> columns = new ArrayList<>();
        EnumSet<TradeField> seen = EnumSet.noneOf(TradeField.class);
        for (String part : line.strip().split(",", -1)) {
            String name = part.strip();
            if (name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"")) {
                name = name.substring(1, name.length() - 1);
            }
            TradeField field = null;
            for (TradeField candidate : TradeField.values()) {
                if (candidate.columnName().equals(name)) {
                    field = candidate;
                }
            }
            if (field != null && !seen.add(field)) {
                throw new IllegalArgumentException(
                        "CSV header must name each column once, was " + TextEscapes.value(line.strip()));
            }
            columns.add(field);
        }
        return new CsvLayout(columns.toArray(new @Nullable TradeField[0]), columns.size());
    }

    /** Whether the first column cannot hold one of the trade's texts, so that a word there names a type of message. */
    boolean mayBeginWithType() {
        TradeField first = columns[0];
        return first == null || !TEXTS.contains(first);
    }

    /** The least number of columns of a line. */
    int columnsMin() {
        return columnsMin;
    }

    /** The most columns of a line. */
    int columnsMax() {
        return columns.length;
    }

    /** The field of a column, null for one that is ignored. */
    @Nullable
    TradeField field(int column) {
        return columns[column];
    }
}
