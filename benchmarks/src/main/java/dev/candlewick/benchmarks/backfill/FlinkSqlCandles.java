package dev.candlewick.benchmarks.backfill;

import dev.candlewick.core.time.Interval;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.StatementSet;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;

/**
 * The same candles by Flink SQL in batch mode from the same files: distinct trades, one aggregation for each interval, one
 * job that shares the scan and the dedup; Parquet with zstd.
 *
 * <p>Windows are an integer division of the time, which is cheaper in batch than {@code TUMBLE}. Open and close are left
 * out: SQL has no smallest-by, and {@code FIRST_VALUE} would take any in batch mode.
 */
public final class FlinkSqlCandles {
    /** For sorting and hashing, beside the heap. */
    private static final MemorySize MANAGED_MEMORY = MemorySize.ofMebiBytes(1_024);

    private FlinkSqlCandles() {}

    /** What a process of its own runs: folder of trades, folder of candles, parallelism, intervals. */
    public static void main(String[] arguments) throws Exception {
        int code = 1;
        try {
            run(
                    Path.of(arguments[0]),
                    Path.of(arguments[1]),
                    Integer.parseInt(arguments[2]),
                    List.of(arguments[3].split(",")),
                    Long.parseLong(arguments[4]));
            code = 0;
        } catch (Throwable e) {
            // The parent reads the log; threads of Flink must not keep the process alive.
            e.printStackTrace();
        }
        System.exit(code);
    }

    private static void run(Path trades, Path output, int parallelism, List<String> intervals, long stored)
            throws Exception {
        Configuration config = new Configuration();
        config.set(RestOptions.BIND_PORT, "0");
        config.set(TaskManagerOptions.NUM_TASK_SLOTS, parallelism);
        config.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MANAGED_MEMORY);
        config.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(128));
        config.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(128));
        config.set(PipelineOptions.OBJECT_REUSE, true);
        config.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(parallelism, config);
        StreamTableEnvironment tables = StreamTableEnvironment.create(
                environment, EnvironmentSettings.newInstance().inBatchMode().build());
        tables.executeSql("CREATE TEMPORARY TABLE trades (event_time_ns BIGINT, venue STRING, symbol STRING, trade_id"
                + " STRING, price DECIMAL(38, 12), size DECIMAL(38, 8)) WITH ('connector' = 'filesystem', 'path' = '"
                + trades.toUri() + "', 'source.path.regex-pattern' = '.*[.]parquet', 'format' = 'parquet')");
        tables.executeSql("CREATE TEMPORARY VIEW once AS SELECT DISTINCT venue, symbol, event_time_ns, trade_id, price,"
                + " size FROM trades");
        StatementSet statements = tables.createStatementSet();
        for (String interval : intervals) {
            long nanos = Interval.parse(interval).nanos();
            tables.executeSql("CREATE TEMPORARY TABLE candles_" + interval + " (venue STRING, symbol STRING, start_ns"
                    + " BIGINT, high DECIMAL(38, 12), low DECIMAL(38, 12), volume DECIMAL(38, 8), trades BIGINT) WITH"
                    + " ('connector' = 'filesystem', 'path' = '"
                    + output.resolve(interval).toUri()
                    + "', 'format' = 'parquet', 'parquet.compression' = 'ZSTD')");
            statements.addInsertSql("INSERT INTO candles_" + interval + " SELECT venue, symbol, event_time_ns / "
                    + nanos
                    + " * " + nanos + ", MAX(price), MIN(price), SUM(size), COUNT(*) FROM once GROUP BY venue, symbol,"
                    + " event_time_ns / " + nanos);
        }
        long start = System.nanoTime();
        statements.execute().await();
        System.out.printf(Locale.ROOT, "%d trades read in %.3f s%n", stored, (System.nanoTime() - start) / 1e9);
    }
}
