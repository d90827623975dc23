package dev.candlewick.benchmarks.backfill;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The same candles by DuckDB from the same files, and whether they are the same. */
final class DuckDbCandles implements AutoCloseable {
    private final Connection database;

    DuckDbCandles(int threads, String memory, Path spill) throws SQLException {
        database = DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = database.createStatement()) {
            statement.execute("SET threads = " + threads);
            statement.execute("SET memory_limit = '" + memory + "'");
            statement.execute("SET temp_directory = '" + spill + "'");
            statement.execute("SET preserve_insertion_order = false");
        }
    }

    private static String files(LakeCatalog catalog, LakeTable table) {
        return catalog.files(table).stream()
                .map(LakeFile::path)
                .map(path -> "'" + path.toString().replace("'", "''") + "'")
                .collect(Collectors.joining(", ", "read_parquet([", "], hive_partitioning = true)"));
    }

    /** Leaves copies out and writes one Parquet file for each interval; how long that took, in nanoseconds. */
    long compute(LakeCatalog trades, List<String> intervals, Path folder) throws SQLException {
        long start = System.nanoTime();
        try (Statement statement = database.createStatement()) {
            statement.execute(
                    "CREATE OR REPLACE TEMP TABLE once AS SELECT venue, symbol, event_time_ns, trade_id, price, size"
                            + " FROM " + files(trades, LakeTable.TRADES) + " GROUP BY ALL");
            for (String interval : intervals) {
                statement.execute("COPY (" + sql(interval) + ") TO '" + folder.resolve(interval + ".parquet")
                        + "' (FORMAT parquet, COMPRESSION zstd)");
            }
        }
        return System.nanoTime() - start;
    }

    private static String sql(String interval) {
        long nanos = nanos(interval);
        // The order of open and close: event time, then the number that the id is.
        String order = "(event_time_ns, CAST(trade_id AS BIGINT))";
        return "SELECT venue, symbol, event_time_ns // " + nanos + " * " + nanos + " AS start_ns, arg_min(price, "
                + order
                + ") AS open, max(price) AS high, min(price) AS low, arg_max(price, " + order
                + ") AS close, sum(CAST(size AS DECIMAL(28, 8))) AS volume, count(*) AS trades FROM once GROUP BY ALL";
    }

    private static long nanos(String interval) {
        long number = Long.parseLong(interval.substring(0, interval.length() - 1));
        return number
                * (interval.endsWith("s")
                        ? 1_000_000_000L
                        : interval.endsWith("m") ? 60_000_000_000L : 3_600_000_000_000L);
    }

    /** How many candles of these intervals are not the same in both, in either direction. */
    long differences(LakeCatalog candles, List<String> intervals, Path folder) throws SQLException {
        return differences(
                interval -> files(candles, LakeTable.CANDLES) + " WHERE interval = '" + interval + "'",
                "venue, symbol, start_ns, open, high, low, close, volume, trades",
                intervals,
                folder);
    }

    /** The same for candles without open and close in a folder for each interval. */
    long differencesOfSql(Path candles, List<String> intervals, Path folder) throws SQLException {
        return differences(
                interval -> "read_parquet('" + candles.resolve(interval) + "/*')",
                "venue, symbol, start_ns, high, low, volume, trades",
                intervals,
                folder);
    }

    private long differences(UnaryOperator<String> from, String names, List<String> intervals, Path folder)
            throws SQLException {
        long differences = 0;
        for (String interval : intervals) {
            String own = "SELECT " + names + " FROM " + from.apply(interval);
            String other = "SELECT " + names + " FROM '" + folder.resolve(interval + ".parquet") + "'";
            List<String> both = new ArrayList<>(List.of(
                    "SELECT count(*) FROM ((" + own + ") EXCEPT ALL (" + other + "))",
                    "SELECT count(*) FROM ((" + other + ") EXCEPT ALL (" + own + "))"));
            for (String query : both) {
                try (Statement statement = database.createStatement();
                        ResultSet result = statement.executeQuery(query)) {
                    result.next();
                    differences += result.getLong(1);
                }
            }
        }
        return differences;
    }

    @Override
    public void close() throws SQLException {
        database.close();
    }
}
