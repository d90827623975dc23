package dev.candlewick.local.lake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The difference of two canonical dumps, found in one pass over both; memory is bounded by the rows of one key.
 *
 * <p>Rows are matched by the table's key. Rows of one key that differ are paired and reported as changed, with each
 * column that differs; what is left over is on one side only.
 */
public final class LakeDiff {
    /** How rows differ. */
    public enum Kind {
        /** The row is on the left side only. */
        ONLY_LEFT,
        /** The row is on the right side only. */
        ONLY_RIGHT,
        /** Both sides have a row of this key, and a column differs. */
        CHANGED
    }

    /**
     * One difference.
     *
     * @param table the table's name
     * @param kind how the rows differ
     * @param key the key's columns and values
     * @param column the column that differs; null where the row is on one side only
     * @param left JSON text of the left value, or of the whole row where it is on the left only
     * @param right JSON text of the right value, or of the whole row where it is on the right only
     */
    public record Difference(
            String table,
            Kind kind,
            String key,
            @Nullable String column,
            @Nullable String left,
            @Nullable String right) {}

    /** Counts of rows of one table. */
    public static final class Counts {
        private long equal;
        private long onlyLeft;
        private long onlyRight;
        private long changed;

        /** Rows that are the same on both sides. */
        public long equal() {
            return equal;
        }

        /** Rows on the left side only. */
        public long onlyLeft() {
            return onlyLeft;
        }

        /** Rows on the right side only. */
        public long onlyRight() {
            return onlyRight;
        }

        /** Rows of the same key that differ. */
        public long changed() {
            return changed;
        }

        /** Whether no row differs. */
        public boolean isEqual() {
            return onlyLeft == 0 && onlyRight == 0 && changed == 0;
        }
    }

    /** Takes the first differences of each table. */
    @FunctionalInterface
    public interface Differences {
        /** Takes one difference. */
        void difference(Difference difference);
    }

    private static final JsonFactory JSON = new JsonFactory();

    private final Side left;
    private final Side right;
    private final long limitPerTable;
    private final Differences differences;
    private final Map<String, Counts> counts = new TreeMap<>();

    private LakeDiff(DumpSource left, DumpSource right, long limitPerTable, Differences differences) {
        this.left = new Side(left, "left");
        this.right = new Side(right, "right");
        this.limitPerTable = limitPerTable;
        this.differences = differences;
    }

    /**
     * Compares two dumps to their ends.
     *
     * @param limitPerTable how many rows that differ are reported for each table; all are counted
     * @return counts by table, for every table that has a row
     * @throws QueryException where a line is not one of a canonical dump or is out of order
     */
    static Map<String, Counts> compare(DumpSource left, DumpSource right, long limitPerTable, Differences differences) {
        LakeDiff diff = new LakeDiff(left, right, limitPerTable, differences);
        diff.run();
        return diff.counts;
    }

    /**
     * Compares the comparable outputs of two lakes.
     *
     * @param lastRevisions only the last revision per key of candles and VWAP, as for runs with revising trades
     * @return counts by table, for every table that has a row
     */
    public static Map<String, Counts> compareLakes(
            LakeCatalog left, LakeCatalog right, boolean lastRevisions, long limitPerTable, Differences differences) {
        CanonicalDump.Options options = new CanonicalDump.Options(lastRevisions, true);
        try (DumpSource leftSource = DumpSource.of(left, CanonicalDump.TABLES, options);
                DumpSource rightSource = DumpSource.of(right, CanonicalDump.TABLES, options)) {
            return compare(leftSource, rightSource, limitPerTable, differences);
        }
    }

    private void run() {
        while (left.line != null || right.line != null) {
            if (left.line != null && left.line.equals(right.line)) {
                countsOf(left.line).equal++;
                left.advance();
                right.advance();
                continue;
            }
            int order =
                    left.line == null ? 1 : right.line == null ? -1 : left.row().compareKey(right.row());
            if (order < 0) {
                only(left.take(), Kind.ONLY_LEFT);
            } else if (order > 0) {
                only(right.take(), Kind.ONLY_RIGHT);
            } else {
                sameKey();
            }
        }
    }

    private void sameKey() {
        Row key = left.row();
        List<Row> leftRows = left.takeAll(key);
        List<Row> rightRows = right.takeAll(key);
        for (int i = leftRows.size() - 1; i >= 0; i--) {
            Row row = leftRows.get(i);
            for (int j = 0; j < rightRows.size(); j++) {
                if (rightRows.get(j).line.equals(row.line)) {
                    countsOf(row.line).equal++;
                    rightRows.remove(j);
                    leftRows.remove(i);
                    break;
                }
            }
        }
        int pairs = Math.min(leftRows.size(), rightRows.size());
        for (int i = 0; i < pairs; i++) {
            changed(leftRows.get(i), rightRows.get(i));
        }
        for (Row row : leftRows.subList(pairs, leftRows.size())) {
            only(row, Kind.ONLY_LEFT);
        }
        for (Row row : rightRows.subList(pairs, rightRows.size())) {
            only(row, Kind.ONLY_RIGHT);
        }
    }

    private void only(Row row, Kind kind) {
        Counts count = counts.computeIfAbsent(row.table.directory(), name -> new Counts());
        if (reported(count)) {
            boolean isLeft = kind == Kind.ONLY_LEFT;
            differences.difference(new Difference(
                    row.table.directory(),
                    kind,
                    row.keyText(),
                    null,
                    isLeft ? row.line : null,
                    isLeft ? null : row.line));
        }
        if (kind == Kind.ONLY_LEFT) {
            count.onlyLeft++;
        } else {
            count.onlyRight++;
        }
    }

    private void changed(Row leftRow, Row rightRow) {
        Counts count = counts.computeIfAbsent(leftRow.table.directory(), name -> new Counts());
        if (reported(count)) {
            Map<String, String> all = new LinkedHashMap<>(leftRow.values);
            rightRow.values.forEach(all::putIfAbsent);
            for (String column : all.keySet()) {
                String leftValue = leftRow.values.get(column);
                String rightValue = rightRow.values.get(column);
                if (!Objects.equals(leftValue, rightValue)) {
                    differences.difference(new Difference(
                            leftRow.table.directory(), Kind.CHANGED, leftRow.keyText(), column, leftValue, rightValue));
                }
            }
        }
        count.changed++;
    }

    private boolean reported(Counts count) {
        return count.onlyLeft + count.onlyRight + count.changed < limitPerTable;
    }

    private Counts countsOf(String line) {
        int start = "{\"table\":\"".length();
        int end = line.indexOf('"', start);
        String table = line.startsWith("{\"table\":\"") && end > 0 ? line.substring(start, end) : "";
        if (LakeTable.byName(table) == null) {
            throw new QueryException("line must be one of a canonical dump, was '" + shortened(line) + "'");
        }
        return counts.computeIfAbsent(table, name -> new Counts());
    }

    private static String shortened(String line) {
        return line.length() <= 80 ? line : line.substring(0, 80) + "…";
    }

    private static final class Side {
        private final DumpSource source;
        private final String name;
        private @Nullable String line;
        private @Nullable Row row;

        Side(DumpSource source, String name) {
            this.source = source;
            this.name = name;
            this.line = source.next();
        }

        void advance() {
            line = source.next();
            row = null;
        }

        Row row() {
            Row parsed = row;
            if (parsed == null) {
                parsed = Row.parse(Objects.requireNonNull(line));
                row = parsed;
            }
            return parsed;
        }

        Row take() {
            Row taken = row();
            advance();
            if (line != null && row().compareKey(taken) < 0) {
                throw new QueryException("lines of a dump must be sorted by key, was '" + shortened(line) + "' behind '"
                        + shortened(taken.line) + "' (" + name + " side)");
            }
            return taken;
        }

        List<Row> takeAll(Row key) {
            List<Row> rows = new ArrayList<>();
            while (line != null && row().compareKey(key) == 0) {
                rows.add(take());
            }
            return rows;
        }
    }

    /** A line taken apart: JSON texts by column, numbers with every digit. */
    private record Row(LakeTable table, String line, Map<String, String> values, List<String> keyColumns) {
        static Row parse(String line) {
            Map<String, String> values = new LinkedHashMap<>();
            String tableName = null;
            try (JsonParser parser = JSON.createParser(line)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw malformed(line, null);
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String column = parser.currentName();
                    parser.nextToken();
                    if (column.equals("table")) {
                        tableName = parser.getText();
                    } else {
                        values.put(column, text(parser));
                    }
                }
            } catch (IOException e) {
                throw malformed(line, e);
            }
            LakeTable table = tableName == null ? null : LakeTable.byName(tableName);
            if (table == null) {
                throw malformed(line, null);
            }
            return new Row(table, line, values, CanonicalDump.key(table, values.keySet()));
        }

        private static QueryException malformed(String line, @Nullable Throwable cause) {
            String message = "line must be one of a canonical dump, was '" + shortened(line) + "'";
            return cause == null ? new QueryException(message) : new QueryException(message, true, cause);
        }

        private static String text(JsonParser parser) throws IOException {
            StringWriter text = new StringWriter();
            try (var generator = JSON.createGenerator(text)) {
                if (parser.currentToken().isNumeric()) {
                    generator.writeNumber(parser.getText());
                } else {
                    generator.copyCurrentStructure(parser);
                }
            }
            return text.toString();
        }

        String keyText() {
            StringBuilder text = new StringBuilder();
            for (String column : keyColumns) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(column)
                        .append('=')
                        .append(values.get(column));
            }
            return text.toString();
        }

        /** As the dump is sorted: by table, then by the key's columns, null first. */
        int compareKey(Row other) {
            int order = table.directory().compareTo(other.table.directory());
            if (order != 0) {
                return order;
            }
            if (!keyColumns.equals(other.keyColumns)) {
                throw new QueryException("dumps must be made with the same options, was key " + keyColumns
                        + " on the left and " + other.keyColumns + " on the right (table=" + table.directory() + ")");
            }
            for (String column : keyColumns) {
                order = compareValues(
                        Objects.requireNonNull(values.get(column)), Objects.requireNonNull(other.values.get(column)));
                if (order != 0) {
                    return order;
                }
            }
            return 0;
        }

        private static int compareValues(String left, String right) {
            if (left.equals(right)) {
                return 0;
            }
            if (left.equals("null") || right.equals("null")) {
                return left.equals("null") ? -1 : 1;
            }
            if (left.startsWith("\"")) {
                return Arrays.compareUnsigned(bytes(left), bytes(right));
            }
            return new BigInteger(left).compareTo(new BigInteger(right));
        }

        private static byte[] bytes(String json) {
            try (JsonParser parser = JSON.createParser(json)) {
                parser.nextToken();
                return parser.getText().getBytes(StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new IllegalStateException("a value that was just written must be readable", e);
            }
        }
    }
}
