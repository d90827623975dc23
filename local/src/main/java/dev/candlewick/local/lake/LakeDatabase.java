package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LedgerRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One lake version as SQL views in a DuckDB of its own in memory; for one thread, to be closed.
 *
 * <p>Views (design section 5): {@code trades, candles, vwap, quality, reports, rejected, daily, ledger,
 * candle_revisions, vwap_revisions}. {@code candles} and {@code vwap} hold the last revision per key, the
 * {@code _revisions} views all. Every view has all its columns, also where the table has no file. In a version that a
 * streaming job wrote, rows that a restored job wrote a second time are left out: trades and rejected messages are told
 * apart by their read position, candles and VWAP by key and revision, quality events and reports by all they say; and {@code generation}, which such a job, or one
 * that appends, does not know when it writes, comes from the manifests. The same goes for a version that lies over one
 * of a streaming job.
 *
 * <p>What users write is one reading statement and can reach nothing but the files that the manifests name: statements
 * are checked by DuckDB's own parser, and underneath, external access is off and the configuration locked.
 */
public final class LakeDatabase implements AutoCloseable {
    /** The file of a row, inside views only. */
    private static final String FILE = "row_file";

    /** The day of a row's partition: conditions on these columns decide which files are opened. */
    private static final List<String> DAY_COLUMNS = List.of("year", "month", "day");

    /** Equal rows always lie in one day; saying so lets conditions on the day reach the files below a window. */
    private static final String DAY =
            DAY_COLUMNS.stream().map(LakeDatabase::name).collect(Collectors.joining(", "));

    private static final Pattern EXPLAIN =
            Pattern.compile("\\s*EXPLAIN(\\s+ANALYZE)?\\s+(.*)", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /** All that the driver says where the first rows of a streamed result cannot be made. */
    private static final String HIDDEN_ERROR = "Invalid result set";

    private static final List<String> LEDGER_NUMBERS =
            List.of("read", "filtered", "rejected", "duplicate", "late", "accepted", "published", "open", "residual");

    private final LakeCatalog catalog;
    private final @Nullable String memoryLimit;
    private final Connection connection;
    private final Path temporary;

    private LakeDatabase(LakeCatalog catalog, @Nullable String memoryLimit, Connection connection, Path temporary) {
        this.catalog = catalog;
        this.memoryLimit = memoryLimit;
        this.connection = connection;
        this.temporary = temporary;
    }

    /**
     * Opens the views of a version, hardened for statements of users.
     *
     * @param memoryLimit what DuckDB may use before it spills to the temporary directory, for example {@code 1GB}; null
     *     for DuckDB's default
     */
    public static LakeDatabase open(LakeCatalog catalog, @Nullable String memoryLimit) {
        return open(catalog, memoryLimit, true);
    }

    private static LakeDatabase open(LakeCatalog catalog, @Nullable String memoryLimit, boolean streamed) {
        Properties properties = new Properties();
        properties.setProperty("jdbc_stream_results", Boolean.toString(streamed));
        Path temporary = null;
        Connection connection = null;
        try {
            temporary = Files.createTempDirectory("candlewick-query");
            connection = DriverManager.getConnection("jdbc:duckdb:", properties);
            prepare(connection, catalog, temporary, memoryLimit);
            return new LakeDatabase(catalog, memoryLimit, connection, temporary);
        } catch (SQLException e) {
            close(connection, temporary);
            throw new QueryException("cannot open the lake " + catalog.lake() + ": " + e.getMessage(), false, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void prepare(
            Connection connection, LakeCatalog catalog, Path temporary, @Nullable String memoryLimit)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TimeZone = 'UTC'");
            statement.execute("SET temp_directory = " + literal(temporary.toString()));
            if (memoryLimit != null) {
                statement.execute("SET memory_limit = " + literal(memoryLimit));
            }
            statement.execute("SET autoinstall_known_extensions = false");
            statement.execute("SET autoload_known_extensions = false");
            statement.execute("SET allow_community_extensions = false");
            statement.execute("SET allow_persistent_secrets = false");
            List<String> paths = new ArrayList<>();
            for (LakeTable table : LakeTable.values()) {
                for (LakeFile file : catalog.files(table)) {
                    paths.add(literal(file.path().toString()));
                }
            }
            if (!paths.isEmpty()) {
                statement.execute("SET allowed_paths = [" + String.join(",", paths) + "]");
            }
            statement.execute("SET enable_external_access = false");
            for (LakeTable table : LakeTable.values()) {
                createViews(statement, catalog, table);
            }
            statement.execute(ledger(catalog.ledger()));
            statement.execute("SET lock_configuration = true");
        }
    }

    private static void createViews(Statement statement, LakeCatalog catalog, LakeTable table) throws SQLException {
        String rows = rows(catalog, table);
        switch (table) {
            case CANDLES ->
                createRevisions(
                        statement,
                        catalog,
                        "candle_revisions",
                        "candles",
                        rows,
                        "venue, symbol, \"interval\", start_ns");
            case VWAP -> createRevisions(statement, catalog, "vwap_revisions", "vwap", rows, "venue, symbol, at_ns");
            case TRADES ->
                statement.execute("CREATE OR REPLACE VIEW " + table.directory() + " AS "
                        + fromOneFile(
                                catalog,
                                "read_source, read_partition, read_offset, venue, symbol, trade_id, \"sequence\","
                                        + " event_time_ns, price, size, side, conditions, flags",
                                rows));
            case REJECTED ->
                statement.execute("CREATE OR REPLACE VIEW " + table.directory() + " AS "
                        + fromOneFile(catalog, "read_source, read_partition, read_offset, reason, message, raw", rows));
            case QUALITY, REPORTS ->
                statement.execute("CREATE OR REPLACE VIEW " + table.directory() + " AS "
                        + once(
                                catalog,
                                table.ownColumns().stream()
                                        .map(LakeDatabase::name)
                                        .collect(Collectors.joining(", ")),
                                rows));
            case DAILY ->
                // A day that was computed again has another row.
                statement.execute("CREATE OR REPLACE VIEW daily AS SELECT * FROM (" + rows
                        + ") QUALIFY row_number() OVER (PARTITION BY " + DAY + ", venue, symbol, start_ns ORDER BY"
                        + " known_at_ns DESC NULLS LAST) = 1");
            default -> statement.execute("CREATE OR REPLACE VIEW " + table.directory() + " AS " + rows);
        }
    }

    private static void createRevisions(
            Statement statement, LakeCatalog catalog, String all, String last, String rows, String key)
            throws SQLException {
        statement.execute("CREATE OR REPLACE VIEW " + all + " AS " + once(catalog, key + ", revision", rows));
        statement.execute("CREATE OR REPLACE VIEW " + last + " AS SELECT * FROM " + all
                + " QUALIFY row_number() OVER (PARTITION BY " + DAY + ", " + key
                + " ORDER BY revision DESC, known_at_ns DESC NULLS LAST) = 1");
    }

    /** Keeps the first of the rows that only a restored streaming job writes more than once. */
    private static String once(LakeCatalog catalog, String identity, String rows) {
        return catalog.isStreaming()
                ? "SELECT * FROM (" + rows + ") QUALIFY row_number() OVER (PARTITION BY " + DAY + ", " + identity
                        + " ORDER BY generation, known_at_ns NULLS LAST) = 1"
                : rows;
    }

    /**
     * Keeps of equal rows those of the first file: a restored job writes a message's rows again into another file, while
     * several rows of one file with the same read position are trades of one message.
     */
    private static String fromOneFile(LakeCatalog catalog, String identity, String rows) {
        return catalog.isStreaming() && rows.contains(FILE)
                ? "SELECT * EXCLUDE (" + FILE + ") FROM (" + rows + ") QUALIFY " + FILE + " = first_value(" + FILE
                        + ") OVER (PARTITION BY " + DAY + ", " + identity
                        + " ORDER BY generation, known_at_ns NULLS LAST, " + FILE
                        + ")"
                : rows;
    }

    private static String rows(LakeCatalog catalog, LakeTable table) {
        List<LakeFile> files = catalog.files(table);
        StringJoiner columns = new StringJoiner(", ");
        if (files.isEmpty()) {
            for (LakeTable.Column column : table.columns()) {
                columns.add("CAST(NULL AS " + column.type().sqlType(catalog.scales()) + ") AS " + name(column));
            }
            DAY_COLUMNS.forEach(column -> columns.add("CAST(NULL AS INTEGER) AS " + name(column)));
            return "SELECT " + columns + " WHERE false";
        }
        // Rows of jobs that do not know their generation when they write: streaming ones, and those that append.
        // A lake below a folder such as venue=x would give its rows that venue.
        boolean hive = catalog.lake().toString().indexOf('=') < 0;
        boolean byFile = !hive || catalog.isStreaming() || files.stream().anyMatch(file -> file.generation() > 1);
        String source = "read_parquet(["
                + files.stream().map(file -> literal(file.path().toString())).collect(Collectors.joining(","))
                + "], filename = " + byFile
                + (hive
                        ? ", hive_partitioning = true, hive_types = {'year': INTEGER, 'month': INTEGER, 'day': INTEGER})"
                        : ", hive_partitioning = false)");
        if (!byFile) {
            table.columns().forEach(column -> columns.add(name(column)));
            DAY_COLUMNS.forEach(column -> columns.add(name(column)));
            return "SELECT " + columns + " FROM " + source;
        }
        for (LakeTable.Column column : table.columns()) {
            columns.add(
                    column.name().equals(LakeTable.GENERATION)
                            ? "coalesce(f.generation, m.published_generation) AS generation"
                            : "f." + name(column));
        }
        for (String column : DAY_COLUMNS) {
            columns.add(
                    hive
                            ? "f." + name(column)
                            : "CAST(regexp_extract(f.filename, '.*/" + column + "=([0-9]+)/', 1) AS INTEGER) AS "
                                    + name(column));
        }
        if (catalog.isStreaming() && (table == LakeTable.TRADES || table == LakeTable.REJECTED)) {
            columns.add("f.filename AS " + FILE);
        }
        return "SELECT " + columns + " FROM " + source + " AS f LEFT JOIN (VALUES "
                + files.stream()
                        .map(file -> "(" + literal(file.path().toString()) + "," + file.generation() + "::BIGINT)")
                        .collect(Collectors.joining(","))
                + ") AS m(path, published_generation) ON f.filename = m.path";
    }

    private static String ledger(List<LedgerRow> rows) {
        StringBuilder sql =
                new StringBuilder("CREATE OR REPLACE VIEW ledger AS SELECT scope, read_partition, \"interval\"");
        for (String number : LEDGER_NUMBERS) {
            sql.append(", ").append(name(number));
        }
        sql.append(" FROM (VALUES ");
        StringJoiner values = new StringJoiner(",");
        values.add(ledgerValues(new LedgerRow("", null, null, null, null, null, null, null, null, null, null, null)));
        rows.forEach(row -> values.add(ledgerValues(row)));
        sql.append(values).append(") AS l(scope, read_partition, \"interval\"");
        for (String number : LEDGER_NUMBERS) {
            sql.append(", ").append(name(number));
        }
        // The first row is there to give the columns their types.
        return sql.append(") WHERE scope <> ''").toString();
    }

    private static String ledgerValues(LedgerRow row) {
        StringJoiner values = new StringJoiner(",", "(", ")");
        values.add(text(row.scope())).add(text(row.readPartition())).add(text(row.interval()));
        for (Long number : Arrays.asList(
                row.read(),
                row.filtered(),
                row.rejected(),
                row.duplicate(),
                row.late(),
                row.accepted(),
                row.published(),
                row.open(),
                row.residual())) {
            values.add("CAST(" + number + " AS BIGINT)");
        }
        return values.toString();
    }

    /** A text, or null, as a literal of SQL. */
    public static String text(@Nullable String value) {
        return value == null ? "CAST(NULL AS VARCHAR)" : literal(value);
    }

    static String literal(String value) {
        return "'" + value.replace("'", "''") + "'";
    }

    private static String name(LakeTable.Column column) {
        return name(column.name());
    }

    static String name(String column) {
        return "\"" + column + "\"";
    }

    /** Takes the rows of a query one by one. */
    public interface Rows {
        /**
         * Takes the columns before the first row.
         *
         * @param names names as the statement gives them
         * @param numeric which of them hold numbers
         */
        void columns(List<String> names, List<Boolean> numeric);

        /**
         * Takes one row.
         *
         * @param values Long, Integer, Short and Byte, BigInteger, BigDecimal, Double, Boolean, byte[], List of these, or
         *     String for everything else; null where null
         */
        void row(List<? extends @Nullable Object> values);
    }

    /**
     * Runs a statement of a user and hands over its rows as they come.
     *
     * @throws QueryException where the statement is wrong or does more than read
     */
    public void query(String sql, Rows rows) {
        checkReadsOnly(sql);
        run(sql, rows);
    }

    private void run(String sql, Rows rows) {
        try (Statement statement = connection.createStatement()) {
            ResultSet result;
            try {
                result = statement.executeQuery(sql);
            } catch (SQLException e) {
                if (!String.valueOf(e.getMessage()).contains(HIDDEN_ERROR)) {
                    throw e;
                }
                // Once more where the driver tells what is wrong: without streaming.
                try (LakeDatabase plain = open(catalog, memoryLimit, false)) {
                    plain.run(sql, rows);
                }
                return;
            }
            try (result) {
                handOver(result, rows);
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static void handOver(ResultSet result, Rows rows) throws SQLException {
        ResultSetMetaData meta = result.getMetaData();
        int count = meta.getColumnCount();
        List<String> names = new ArrayList<>();
        List<Boolean> numeric = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            names.add(meta.getColumnName(i));
            numeric.add(isNumeric(meta.getColumnTypeName(i)));
        }
        rows.columns(names, numeric);
        while (result.next()) {
            List<@Nullable Object> values = new ArrayList<>(count);
            for (int i = 1; i <= count; i++) {
                values.add(plain(result.getObject(i)));
            }
            rows.row(values);
        }
    }

    private static QueryException failed(SQLException e) {
        String message = String.valueOf(e.getMessage());
        boolean environment = message.startsWith("IO Error")
                || message.startsWith("Out of Memory Error")
                || message.startsWith("INTERNAL Error")
                || message.startsWith("FATAL Error");
        return new QueryException(message, !environment, e);
    }

    private static boolean isNumeric(String type) {
        String upper = type.toUpperCase(Locale.ROOT);
        return (upper.endsWith("INT") || upper.equals("INTEGER") || upper.equals("UINTEGER"))
                || upper.startsWith("DECIMAL") && !upper.endsWith("]")
                || upper.equals("DOUBLE")
                || upper.equals("FLOAT");
    }

    private static @Nullable Object plain(@Nullable Object value) throws SQLException {
        if (value == null || value instanceof Number || value instanceof Boolean || value instanceof byte[]) {
            return value;
        }
        if (value instanceof Blob blob) {
            return blob.getBytes(1, Math.toIntExact(blob.length()));
        }
        if (value instanceof Array array) {
            List<@Nullable Object> list = new ArrayList<>();
            for (Object item : (Object[]) array.getArray()) {
                list.add(plain(item));
            }
            return list;
        }
        return value.toString();
    }

    /**
     * Refuses everything but one statement that reads. Switching external access off is not enough: DuckDB lets a
     * statement write to every file that it lets read.
     */
    private void checkReadsOnly(String sql) {
        Matcher explain = EXPLAIN.matcher(sql);
        String reads = explain.matches() ? explain.group(2) : sql;
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT tree->>'$.error', tree->>'$.error_type', tree->>'$.error_message', tree->>'$.position',"
                        + " json_array_length(tree, '$.statements')"
                        + " FROM (SELECT json_serialize_sql(CAST(? AS VARCHAR)) AS tree)")) {
            statement.setString(1, reads);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                if (Boolean.parseBoolean(result.getString(1))) {
                    if ("not implemented".equals(result.getString(2))) {
                        throw new QueryException(
                                "sql must only read (SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN), was '"
                                        + shortened(sql) + "'");
                    }
                    String position = result.getString(4);
                    throw new QueryException(
                            result.getString(3) + (position == null ? "" : near(reads, Integer.parseInt(position))));
                }
                if (result.getInt(5) != 1) {
                    throw new QueryException(
                            "sql must be one statement, was " + result.getInt(5) + " ('" + shortened(sql) + "')");
                }
            }
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /** The place of an error as DuckDB's own messages show it; positions count bytes, which is near enough here. */
    private static String near(String sql, int position) {
        int at = Math.max(0, Math.min(position, sql.length()));
        int start = Math.max(0, at - 30);
        return " (here: '" + shortened(sql.substring(start)).strip() + "')";
    }

    private static String shortened(String sql) {
        String line = sql.replaceAll("\\s+", " ").strip();
        return line.length() <= 60 ? line : line.substring(0, 60) + "…";
    }

    /**
     * Lets the views show only a part of the version's files, until the next call.
     *
     * @param part the version restricted to some of the files that it was opened with
     */
    public void narrow(LakeCatalog part) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (LakeTable table : LakeTable.values()) {
                createViews(statement, part, table);
            }
        }
    }

    /** The connection, for statements that no user wrote. */
    public Connection connection() {
        return connection;
    }

    @Override
    public void close() {
        close(connection, temporary);
    }

    private static void close(@Nullable Connection connection, @Nullable Path temporary) {
        try {
            if (connection != null) {
                connection.close();
            }
            if (temporary != null && Files.exists(temporary)) {
                try (Stream<Path> walk = Files.walk(temporary)) {
                    for (Path path : (Iterable<Path>) walk.sorted(Comparator.reverseOrder())::iterator) {
                        Files.deleteIfExists(path);
                    }
                }
            }
        } catch (SQLException | IOException e) {
            // The process is done with it; what is left lies in the system's temporary directory.
        }
    }
}
