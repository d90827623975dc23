package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeTable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The comparable outputs of a lake version as text (design 4.12): one JSON object a line, sorted by key, the same bytes
 * for the same rows.
 *
 * <p>A line begins with {@code "table"} and then has every column of the table in file order without
 * {@code known_at_ns}, {@code run} and {@code generation}. Decimals are strings in plain form without trailing zeros,
 * whole numbers are numbers, bytes are Base64, an absent value is null. Rows are sorted by the table's key (text by
 * its bytes in UTF-8, null first) and then by the other columns. DuckDB sorts, on disk where memory does not suffice.
 */
public final class CanonicalDump {
    /** The tables that runs compare, in the order of a dump. */
    public static final List<LakeTable> TABLES =
            List.of(LakeTable.CANDLES, LakeTable.QUALITY, LakeTable.REJECTED, LakeTable.TRADES, LakeTable.VWAP);

    /** The tables that a dump may be asked for, in its order: a report repeats what events and trades say. */
    public static final List<LakeTable> DUMPABLE = List.of(
            LakeTable.CANDLES,
            LakeTable.QUALITY,
            LakeTable.REJECTED,
            LakeTable.REPORTS,
            LakeTable.TRADES,
            LakeTable.VWAP);

    /** Sorting spills beyond this. */
    private static final String MEMORY_LIMIT = "1GB";

    /** Columns that only arrival decides: where and when a log was read. */
    private static final Set<String> ARRIVAL =
            Set.of("late", "disorder_ns", "read_source", "read_partition", "read_offset", "ingest_time_ns");

    private static final Map<LakeTable, List<String>> KEYS = Map.of(
            LakeTable.CANDLES, List.of("venue", "symbol", "interval", "start_ns", "revision"),
            LakeTable.VWAP, List.of("venue", "symbol", "at_ns", "revision"),
            LakeTable.QUALITY, List.of("kind", "venue", "symbol", "event_time_ns"),
            LakeTable.REPORTS, List.of("venue", "symbol", "start_ns"),
            LakeTable.REJECTED,
                    List.of("read_source", "read_partition", "read_offset", "event_time_ns", "reason", "message"),
            LakeTable.TRADES,
                    List.of(
                            "venue",
                            "symbol",
                            "event_time_ns",
                            "sequence",
                            "trade_id",
                            "source_partition",
                            "source_position"));

    private CanonicalDump() {}

    /**
     * What of the outputs is compared.
     *
     * @param lastRevisions only the last revision per key of candles and VWAP, without {@code revision} and
     *     {@code reason}: how many revisions there are depends on timing
     * @param withArrival also what depends on the log that was read and not on the trades: {@code late},
     *     {@code disorder_ns}, the read position and {@code ingest_time_ns}
     */
    public record Options(boolean lastRevisions, boolean withArrival) {
        /** Everything, as the digests in {@code run.json} are taken. */
        public static final Options ALL = new Options(false, true);
    }

    /** Takes the lines without their line ends. */
    @FunctionalInterface
    public interface Lines {
        /** Takes one line. */
        void line(String line);
    }

    /** The columns that sort a table's lines, as far as they are among the compared columns. */
    static List<String> key(LakeTable table, Set<String> present) {
        return KEYS.getOrDefault(table, List.of()).stream()
                .filter(present::contains)
                .toList();
    }

    private static List<LakeTable.Column> columns(LakeTable table, Options options) {
        List<LakeTable.Column> columns = new ArrayList<>();
        boolean revised = table == LakeTable.CANDLES || table == LakeTable.VWAP;
        for (LakeTable.Column column : table.ownColumns()) {
            boolean dropped = options.lastRevisions()
                    && revised
                    && (column.name().equals("revision") || column.name().equals("reason"));
            // Only tables that archive the log itself know arrival; "late" elsewhere would be a count.
            boolean arrival = (table == LakeTable.TRADES || table == LakeTable.REJECTED)
                    && !options.withArrival()
                    && ARRIVAL.contains(column.name());
            if (!dropped && !arrival) {
                columns.add(column);
            }
        }
        return columns;
    }

    /** The statement that gives a table's lines in order. */
    static String sql(LakeTable table, Options options) {
        List<LakeTable.Column> columns = columns(table, options);
        StringBuilder line = new StringBuilder("'{\"table\":\"" + table.directory() + "\"'");
        for (LakeTable.Column column : columns) {
            line.append(" || ',\"").append(column.name()).append("\":' || ").append(expression(column));
        }
        line.append(" || '}'");
        List<String> names = columns.stream().map(LakeTable.Column::name).toList();
        Set<String> order = new LinkedHashSet<>(key(table, Set.copyOf(names)));
        order.addAll(names);
        String view = switch (table) {
            case CANDLES -> options.lastRevisions() ? "candles" : "candle_revisions";
            case VWAP -> options.lastRevisions() ? "vwap" : "vwap_revisions";
            default -> table.directory();
        };
        // Sorted first and written as text afterwards: the text is several times as long as what it is made of. A
        // projection keeps the order of the rows below it.
        return "SELECT " + line + " FROM (SELECT "
                + names.stream().map(LakeDatabase::name).collect(Collectors.joining(", ")) + " FROM " + view
                + " ORDER BY "
                + order.stream()
                        .map(name -> LakeDatabase.name(name) + " ASC NULLS FIRST")
                        .collect(Collectors.joining(", "))
                + ")";
    }

    private static String expression(LakeTable.Column column) {
        String name = LakeDatabase.name(column.name());
        String text = switch (column.type()) {
            case BIGINT, INTEGER, BOOLEAN -> "CAST(" + name + " AS VARCHAR)";
            case VARCHAR, VARCHAR_LIST -> "CAST(to_json(" + name + ") AS VARCHAR)";
            case BLOB -> "'\"' || to_base64(" + name + ") || '\"'";
            // Every decimal of a lake has decimals, so zeros are only cut behind the point.
            case PRICE, SIZE, NOTIONAL -> "'\"' || rtrim(rtrim(CAST(" + name + " AS VARCHAR), '0'), '.') || '\"'";
        };
        return column.nullable() ? "coalesce(" + text + ", 'null')" : text;
    }

    /** Hands over the lines of the given tables, table by table in the order of {@link #DUMPABLE}. */
    public static void write(LakeCatalog catalog, Collection<LakeTable> tables, Options options, Lines lines) {
        try (LakeDatabase database = LakeDatabase.open(catalog, MEMORY_LIMIT)) {
            for (LakeTable table : DUMPABLE) {
                if (tables.contains(table)) {
                    write(database, table, options, lines);
                }
            }
        }
    }

    private static void write(LakeDatabase database, LakeTable table, Options options, Lines lines) {
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(sql(table, options))) {
            while (result.next()) {
                lines.line(result.getString(1));
            }
        } catch (SQLException e) {
            throw new QueryException("cannot read table " + table.directory() + ": " + e.getMessage(), false, e);
        }
    }

    /**
     * Rows and digest of one table.
     *
     * @param rows how many lines
     * @param sha256 digest of the lines, each with a line feed, in hexadecimal: what {@code sha256sum} says of the dump
     */
    public record TableDigest(long rows, String sha256) {}

    /** Rows and digests of the given tables, by table. */
    public static Map<LakeTable, TableDigest> digests(
            LakeCatalog catalog, Collection<LakeTable> tables, Options options) {
        Map<LakeTable, TableDigest> digests = new LinkedHashMap<>();
        try (LakeDatabase database = LakeDatabase.open(catalog, MEMORY_LIMIT)) {
            for (LakeTable table : DUMPABLE) {
                if (tables.contains(table)) {
                    MessageDigest digest = sha256();
                    long[] rows = {0};
                    write(database, table, options, line -> {
                        digest.update(line.getBytes(StandardCharsets.UTF_8));
                        digest.update((byte) '\n');
                        rows[0]++;
                    });
                    digests.put(table, new TableDigest(rows[0], HexFormat.of().formatHex(digest.digest())));
                }
            }
        }
        return digests;
    }

    /** The digests that go into {@code run.json}, by table name; a {@code LakePublisher.Digester}. */
    public static Map<String, String> digests(LakeCatalog catalog) {
        Map<String, String> digests = new LinkedHashMap<>();
        digests(catalog, TABLES, Options.ALL)
                .forEach((table, digest) -> digests.put(table.directory(), digest.sha256()));
        return digests;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 must be part of every Java runtime", e);
        }
    }
}
