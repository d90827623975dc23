package dev.candlewick.connectors.lake;

import dev.candlewick.connectors.lake.read.CandleFileReader;
import dev.candlewick.connectors.lake.read.ParquetInput;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.lake.read.TradeFileReader;
import dev.candlewick.connectors.lake.read.VwapFileReader;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.validate.FeedRules;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.io.LocalOutputFile;

/** Reads all rows of a published version and writes other files in their place, with manifests that fit or do not. */
public final class LakeTamper {
    private final LakeCatalog catalog;
    private final FeedRules rules;
    private final Map<Path, List<LakeFile>> manifests = new LinkedHashMap<>();

    /** Of the current version of a lake. */
    public LakeTamper(Path lake, FeedRules rules) {
        this.catalog = LakeCatalog.open(lake);
        this.rules = rules;
    }

    /** A published row with what the lake knows about it. */
    public record Row(Published value, String profile, long knownAtNanos) {}

    /** All archived trades, by their source, with read positions as archived. */
    public Map<String, List<Trade>> trades() {
        Map<String, List<Trade>> bySource = new TreeMap<>();
        for (LakeFile file : catalog.files(LakeTable.TRADES)) {
            try (TradeFileReader reader =
                    new TradeFileReader(ParquetInput.open(file.path()), 0, rules, TimeRange.ALL, true)) {
                for (Decoded row = reader.next(); row != null; row = reader.next()) {
                    Trade trade = row.trade().copy();
                    trade.readPartition = (int) reader.archivedPartition();
                    trade.readOffset = reader.archivedOffset();
                    bySource.computeIfAbsent(Objects.requireNonNull(reader.archivedSource()), key -> new ArrayList<>())
                            .add(trade);
                }
            }
        }
        return bySource;
    }

    /** All candles and VWAP rows. */
    public List<Row> published() {
        List<Row> rows = new ArrayList<>();
        for (LakeFile file : catalog.files(LakeTable.CANDLES)) {
            try (CandleFileReader reader = new CandleFileReader(ParquetInput.open(file.path()), rules, TimeRange.ALL)) {
                for (Candle row = reader.next(); row != null; row = reader.next()) {
                    rows.add(new Row(row, reader.profile(), reader.knownAtNanos()));
                }
            }
        }
        for (LakeFile file : catalog.files(LakeTable.VWAP)) {
            try (VwapFileReader reader = new VwapFileReader(ParquetInput.open(file.path()), rules, TimeRange.ALL)) {
                for (VwapRow row = reader.next(); row != null; row = reader.next()) {
                    rows.add(new Row(row, reader.profile(), reader.knownAtNanos()));
                }
            }
        }
        return rows;
    }

    /** Removes all files and manifests of a table. */
    public void clear(LakeTable table) {
        try {
            for (LakeManifest manifest : catalog.manifests(table)) {
                LakeRun.deleteTree(catalog.lake().resolve(manifest.partition()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes one source's trades as one file; it stands in the manifest of its partition from {@link #seal} on.
     *
     * @param dayOffset into which day's partition, counted from the right one
     */
    public Path addTrades(String source, List<Trade> trades, String name, int dayOffset) {
        List<Trade> rows = new ArrayList<>();
        for (Trade trade : trades) {
            Trade copy = trade.copy();
            copy.readSource = 0;
            rows.add(copy);
        }
        String partition = new LakePartitions(LakeTable.TRADES, catalog.version(), null)
                .at(trades.get(0).eventTimeNanos + dayOffset * LakePartitions.DAY_NANOS);
        LakeTarget target = target(List.of(source), "", NanosClock.ABSENT);
        return add(LakeTable.TRADES, partition, name, rows, new TradeWriteSupport(target));
    }

    /** Writes published rows, a file for each partition and profile. */
    public void addPublished(List<Row> rows) {
        Map<String, List<Row>> groups = new TreeMap<>();
        for (Row row : rows) {
            String partition = row.value() instanceof Candle candle
                    ? partition(candle.interval(), candle.startNanos())
                    : new LakePartitions(LakeTable.VWAP, catalog.version(), null).at(((VwapRow) row.value()).atNanos());
            groups.computeIfAbsent(partition + '|' + row.profile(), key -> new ArrayList<>())
                    .add(row);
        }
        int file = 0;
        for (Map.Entry<String, List<Row>> group : groups.entrySet()) {
            String partition = group.getKey().substring(0, group.getKey().indexOf('|'));
            List<Row> own = group.getValue();
            Iterator<Row> order = own.iterator();
            NanosClock known = () -> order.next().knownAtNanos();
            LakeTarget target = target(List.of(), own.get(0).profile(), known);
            String name = "part-tampered-" + file++ + ".parquet";
            if (own.get(0).value() instanceof Candle) {
                add(
                        LakeTable.CANDLES,
                        partition,
                        name,
                        own.stream().map(row -> (Candle) row.value()).toList(),
                        new CandleWriteSupport(target));
            } else {
                add(
                        LakeTable.VWAP,
                        partition,
                        name,
                        own.stream().map(row -> (VwapRow) row.value()).toList(),
                        new VwapWriteSupport(target));
            }
        }
    }

    private String partition(Interval interval, long startNanos) {
        return new LakePartitions(LakeTable.CANDLES, catalog.version(), interval.name()).at(startNanos);
    }

    private LakeTarget target(List<String> sources, String profile, NanosClock known) {
        return new LakeTarget(
                "file://" + catalog.lake(),
                catalog.version(),
                catalog.run(),
                1,
                catalog.scales(),
                sources,
                profile,
                known);
    }

    private <T> Path add(
            LakeTable table,
            String partition,
            String name,
            List<T> rows,
            org.apache.parquet.hadoop.api.WriteSupport<T> support) {
        Path file = catalog.lake().resolve(partition).resolve(name);
        try {
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            try (ParquetWriter<T> writer = LakeParquet.open(new LocalOutputFile(file), table, support)) {
                for (T row : rows) {
                    writer.write(row);
                }
            }
            name(table, file);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts a file into the manifest of the partition that it lies in. */
    public void name(LakeTable table, Path file) {
        try {
            manifests
                    .computeIfAbsent(file.getParent(), folder -> new ArrayList<>())
                    .add(LakeFiles.inspect(file, catalog.lake(), table, catalog.scales(), 1, catalog.run(), true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the manifests. */
    public void seal() {
        manifests.forEach((folder, files) -> {
            try {
                new LakeManifest(
                                files.get(0).table(),
                                files.get(0).partition(),
                                1,
                                catalog.run(),
                                "2026-01-01T00:00:00Z",
                                files)
                        .write(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** The lake's version. */
    public LakeCatalog catalog() {
        return catalog;
    }
}
