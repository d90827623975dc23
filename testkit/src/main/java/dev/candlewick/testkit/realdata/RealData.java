package dev.candlewick.testkit.realdata;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * One real data set: trades in delivery order and the bars that a third party made.
 *
 * <p>The sets lie in the folder of the system property {@code candlewick.data}, else in {@code ../shared/data} beside
 * the repository ({@code candlewick.root}, else the nearest folder upwards with {@code .mvn}). They are never part of
 * the repository; where they are absent, {@link #require} skips the test.
 */
public final class RealData {
    /** Binance XRP/ETH aggregate trades of 2019 with 1m and 5m bars. */
    public static final String BINANCE = "binance-xrpeth-aggtrades-2019";

    /** COMEX gold futures of 2013 with 1m bars. */
    public static final String COMEX = "comex-gold-futures-2013";

    /** IBM on the US consolidated tape of 2013 with 1s and 1m bars. */
    public static final String IBM = "us-equity-ibm-2013";

    private final Path folder;

    private RealData(Path folder) {
        this.folder = folder;
    }

    /**
     * Returns a data set, or skips the test by a JUnit assumption that names the folder looked for.
     *
     * @param name folder name of the set, such as {@link #BINANCE}
     */
    public static RealData require(String name) {
        Path folder = root().resolve(name);
        Assumptions.assumeTrue(
                Files.isReadable(folder.resolve("trades.csv.gz")),
                () -> "skipped: real data set " + name + " not found at " + folder
                        + " (set -Dcandlewick.data to the folder that holds it)");
        return new RealData(folder);
    }

    /** Returns the folder of all data sets, whether it exists or not. */
    public static Path root() {
        String data = System.getProperty("candlewick.data");
        if (data != null && !data.isBlank()) {
            return Path.of(data).toAbsolutePath().normalize();
        }
        return repository().resolve("../shared/data").normalize();
    }

    private static Path repository() {
        String root = System.getProperty("candlewick.root");
        Path working = Path.of(root == null || root.isBlank() ? "" : root).toAbsolutePath();
        if (root == null || root.isBlank()) {
            for (Path folder = working; folder != null; folder = folder.getParent()) {
                if (Files.isDirectory(folder.resolve(".mvn"))) {
                    return folder;
                }
            }
        }
        return working;
    }

    /** Returns the folder of this set. */
    public Path folder() {
        return folder;
    }

    /** Returns the file of the trades: canonical CSV, gzipped. */
    public Path tradesFile() {
        return folder.resolve("trades.csv.gz");
    }

    /**
     * Returns all trades as one partition in delivery order: place is (0, row), read position is (0, ordinal).
     *
     * @throws UncheckedIOException if the file cannot be read
     */
    public List<OracleTrade> trades() {
        List<OracleTrade> trades = new ArrayList<>();
        forEachRecord(tradesFile(), record -> {
            trades.add(new OracleTrade(
                    record.getField("venue"),
                    record.getField("symbol"),
                    text(record, "trade_id"),
                    Long.parseLong(record.getField("event_time_ns")),
                    optional(record, "recv_time_ns", Long::valueOf),
                    new BigDecimal(record.getField("price")),
                    new BigDecimal(record.getField("size")),
                    text(record, "side"),
                    text(record, "conditions"),
                    null,
                    0,
                    Long.parseLong(record.getField("row")),
                    0,
                    trades.size()));
        });
        return trades;
    }

    /**
     * Returns the third party's bars of one period, sorted by start.
     *
     * @param period the period in the file's name, such as {@code 1m}
     * @throws UncheckedIOException if the file cannot be read
     */
    public List<RealBar> bars(String period) {
        List<RealBar> bars = new ArrayList<>();
        forEachRecord(
                folder.resolve("bars-" + period + ".csv.gz"),
                record -> bars.add(new RealBar(
                        record.getField("venue"),
                        record.getField("symbol"),
                        Long.parseLong(record.getField("start_ns")),
                        Long.parseLong(record.getField("period_s")),
                        new BigDecimal(record.getField("open")),
                        new BigDecimal(record.getField("high")),
                        new BigDecimal(record.getField("low")),
                        new BigDecimal(record.getField("close")),
                        new BigDecimal(record.getField("volume")),
                        optional(record, "quote_volume", BigDecimal::new),
                        optional(record, "vwap", BigDecimal::new),
                        optional(record, "trades", Long::valueOf))));
        return bars;
    }

    private interface RecordReader {
        void read(NamedCsvRecord record);
    }

    private static void forEachRecord(Path file, RecordReader reader) {
        try (CsvReader<NamedCsvRecord> csv = CsvReader.builder()
                .ofNamedCsvRecord(new BufferedReader(new InputStreamReader(
                        new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8)))) {
            csv.forEach(reader::read);
        } catch (IOException e) {
            throw new UncheckedIOException("real data must be readable, was not (" + file + ")", e);
        }
    }

    private static @Nullable String text(NamedCsvRecord record, String field) {
        return optional(record, field, Function.identity());
    }

    private static <T> @Nullable T optional(NamedCsvRecord record, String field, Function<String, T> parse) {
        String text = record.getField(field);
        return text.isEmpty() ? null : parse.apply(text);
    }
}
