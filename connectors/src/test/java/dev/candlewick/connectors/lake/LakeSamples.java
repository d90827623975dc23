package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.CandleFlag;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.RevisionReason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.LocalOutputFile;

/** Rows, writers and SQL for tests of the lake. */
public final class LakeSamples {
    public static final LakeScales SCALES = LakeScales.covering(12, 8);
    public static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2024-03-05T12:00:00Z"));
    public static final long KNOWN_AT = 1_709_640_000_000_000_123L;
    public static final List<String> SOURCES = List.of("trades", "folder/b'; drop.csv");

    /** 2024-03-04T23:59:59.999999999Z. */
    public static final long LAST_NANO_OF_MARCH_4 = 1_709_596_799_999_999_999L;

    public static final List<String> HOSTILE = List.of(
            "../../etc/passwd",
            "A/B",
            "it's",
            "say \"x\"",
            "two\nlines",
            "tab\tand\0nul",
            "🕯️",
            "%2e%2e",
            "C:\\x",
            "*",
            " ",
            "back\\slash");

    private LakeSamples() {}

    public static Trade trade(Instrument instrument, long eventTimeNanos, long priceScaled, long sizeScaled) {
        Trade trade = new Trade();
        trade.instrument = instrument;
        trade.eventTimeNanos = eventTimeNanos;
        trade.priceScaled = priceScaled;
        trade.sizeScaled = sizeScaled;
        return trade;
    }

    public static Candle candle(String symbol, long startNanos, int revision) {
        return new Candle(
                "X",
                symbol,
                Interval.parse("1m"),
                startNanos,
                12,
                8,
                1_500_000_000_000L,
                2_000_000_000_000L,
                1_000_000_000_000L,
                1_250_000_000_000L,
                Int128.of(300_000_000L),
                Int128.of(new BigInteger("400000000000000000000")),
                3,
                startNanos + 1,
                startNanos + 2,
                revision,
                revision == 0 ? RevisionReason.CLOSED : RevisionReason.LATE,
                true,
                new Int128(1, 2),
                CandleFlag.OUTLIER.bit() | CandleFlag.ID_CONFLICT.bit(),
                0);
    }

    public static VwapRow vwap(String symbol, long atNanos, int revision) {
        return new VwapRow(
                "X",
                symbol,
                atNanos,
                9,
                0,
                Int128.of(3),
                Int128.of(10_000_000_000L),
                2,
                revision,
                RevisionReason.CLOSED);
    }

    public static Rejected rejected(long event, long receive, long ingest, long offset) {
        return new Rejected(
                Reason.PRICE_NOT_POSITIVE,
                "price must be positive, was -1",
                new byte[] {0, (byte) 0xff, 'x'},
                event,
                receive,
                ingest,
                1,
                7,
                offset);
    }

    public static LakeTarget target(LakeRun run) {
        return run.target(SOURCES, "crypto@abc", () -> KNOWN_AT);
    }

    /** Writes one file of a table where the sinks would. */
    @SafeVarargs
    @SuppressWarnings("unchecked")
    public static <T> Path write(LakeRun run, LakeTable table, String partitionTail, T... rows) throws IOException {
        LakeTarget target = target(run);
        LakeWriteSupport<T> support = (LakeWriteSupport<T>)
                switch (table) {
                    case TRADES -> new TradeWriteSupport(target);
                    case CANDLES -> new CandleWriteSupport(target);
                    case VWAP -> new VwapWriteSupport(target);
                    case REJECTED -> new RejectedWriteSupport(target);
                    default -> throw new IllegalArgumentException(table.name());
                };
        Path directory =
                LakeRun.versionDirectory(run.root(), table, run.version()).resolve(partitionTail);
        Files.createDirectories(directory);
        int number = 0;
        while (Files.exists(directory.resolve("part-test-" + number + ".parquet"))) {
            number++;
        }
        Path file = directory.resolve("part-test-" + number + ".parquet");
        try (ParquetWriter<T> writer = LakeParquet.open(new LocalOutputFile(file), table, support)) {
            for (T row : rows) {
                writer.write(row);
            }
        }
        return file;
    }

    /** Leaves everything as a killed process would. */
    public static void abandon(LakeRun run) throws IOException {
        run.abandon();
    }

    public static RunReport report() {
        return new RunReport(
                Map.of("candlewick", "test"),
                Map.of("late", "accept"),
                SOURCES,
                Map.of("read", 5L),
                List.of(
                        new LedgerRow("partition", "trades/0", null, 5L, 1L, 1L, 1L, 0L, 2L, null, null, 0L),
                        new LedgerRow("interval", null, "1m", null, null, null, null, null, 2L, 2L, 0L, 0L)),
                Map.of());
    }

    /** The files of a catalog as a table function's argument. */
    public static String from(LakeCatalog catalog, LakeTable table) {
        String list = catalog.files(table).stream()
                .map(file -> "'" + file.path().toString().replace("'", "''") + "'")
                .collect(Collectors.joining(","));
        return "read_parquet([" + list + "], hive_partitioning=false)";
    }

    /** All rows; decimals as plain text, everything else as DuckDB's own text. */
    public static List<List<String>> rows(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
                    Object value = result.getObject(i);
                    row.add(
                            value == null
                                    ? null
                                    : value instanceof BigDecimal number ? number.toPlainString() : value.toString());
                }
                rows.add(row);
            }
            return rows;
        }
    }

    public static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
