package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.candlewick.connectors.schema.Samples;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lakes of earlier versions stay readable: {@code golden/v1} holds one that version 0.1.0 wrote, and its rows as text.
 * Written once by {@code -Dcandlewick.golden.write=true}, which touches nothing that is already there.
 */
class GoldenLakeTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("candlewick.root"), "connectors/src/test/resources/golden/v1");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    @BeforeAll
    static void write() throws Exception {
        if (Boolean.getBoolean("candlewick.golden.write") && !Files.exists(GOLDEN.resolve("lake"))) {
            writeLake(GOLDEN.resolve("lake"));
            LakeCatalog catalog = LakeCatalog.open(GOLDEN.resolve("lake"));
            Files.createDirectories(GOLDEN.resolve("tables"));
            for (LakeTable table : LakeTable.values()) {
                Files.write(expected(table.directory()), rows(catalog, table));
            }
            Files.write(expected("ledger"), ledger(catalog));
        }
    }

    private static Path expected(String table) {
        return GOLDEN.resolve("tables").resolve(table + ".jsonl");
    }

    private static void writeLake(Path lake) throws Exception {
        try (LakeRun run = LakeRun.bounded(lake, "golden", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {})) {
            LakeTarget target = run.target(Samples.SOURCES, Samples.PROFILE, () -> LakeSamples.KNOWN_AT);
            write(run, LakeTable.TRADES, new TradeWriteSupport(target), Samples.trades(), row -> row.eventTimeNanos);
            Map<String, List<Candle>> byInterval = new TreeMap<>();
            for (Candle candle : Samples.candles()) {
                byInterval
                        .computeIfAbsent(candle.interval().name(), name -> new ArrayList<>())
                        .add(candle);
            }
            for (List<Candle> candles : byInterval.values()) {
                write(run, LakeTable.CANDLES, new CandleWriteSupport(target), candles, Candle::startNanos);
            }
            write(run, LakeTable.VWAP, new VwapWriteSupport(target), Samples.vwaps(), VwapRow::atNanos);
            write(
                    run,
                    LakeTable.QUALITY,
                    new QualityWriteSupport(target),
                    Samples.events(),
                    QualityEvent::eventTimeNanos);
            write(run, LakeTable.REPORTS, new ReportWriteSupport(target), Samples.reports(), MinuteReport::startNanos);
            write(
                    run,
                    LakeTable.REJECTED,
                    new RejectedWriteSupport(target),
                    Samples.rejected(),
                    row -> row.eventTimeNanos() == Trade.TIME_ABSENT ? 0 : row.eventTimeNanos());
            writeDaily(run);
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
    }

    private static <T> void write(
            LakeRun run, LakeTable table, LakeWriteSupport<T> support, List<T> rows, ToLongFunction<T> time)
            throws IOException {
        Map<String, List<T>> partitions = new TreeMap<>();
        for (T row : rows) {
            String interval = row instanceof Candle candle ? candle.interval().name() : null;
            partitions
                    .computeIfAbsent(
                            new LakePartitions(table, run.version(), interval).at(time.applyAsLong(row)),
                            name -> new ArrayList<>())
                    .add(row);
        }
        for (Map.Entry<String, List<T>> partition : partitions.entrySet()) {
            Path directory = run.root().resolve(partition.getKey());
            Files.createDirectories(directory);
            try (ParquetWriter<T> writer =
                    LakeParquet.open(new LocalOutputFile(directory.resolve("part-golden-0.parquet")), table, support)) {
                for (T row : partition.getValue()) {
                    writer.write(row);
                }
            }
        }
    }

    /** Nothing writes this table yet, but its columns are published. */
    private static void writeDaily(LakeRun run) throws IOException {
        MessageType schema = LakeTable.DAILY.parquetSchema(LakeSamples.SCALES);
        long day = Math.floorDiv(Samples.MINUTE, 86_400_000_000_000L) * 86_400_000_000_000L;
        SimpleGroup row = new SimpleGroup(schema);
        row.add("venue", "binance");
        row.add("symbol", "XBT/USDT");
        row.add("start_ns", day);
        row.add("end_ns", day + 86_400_000_000_000L);
        row.add("first", decimal("42000.5", 12));
        row.add("last", decimal("42000.000000000001", 12));
        row.add("high", decimal("42001", 12));
        row.add("low", decimal("0.0000038465", 12));
        row.add("volume", decimal("0", 8));
        row.add("notional", decimal("99999999999999999.00000000000000000001", 20));
        row.add("trades", 5L);
        row.add("rejects", 4L);
        row.add("gaps", 3L);
        row.add("late", 2L);
        row.add("profile", Samples.PROFILE);
        row.add("run", run.run());
        Path directory = run.root().resolve(new LakePartitions(LakeTable.DAILY, run.version(), null).at(day));
        Files.createDirectories(directory);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(
                        new LocalOutputFile(directory.resolve("part-golden-0.parquet")))
                .withType(schema)
                .withCompressionCodec(CompressionCodecName.ZSTD)
                .build()) {
            writer.write(row);
        }
    }

    private static Binary decimal(String text, int scale) {
        byte[] bytes = new BigDecimal(text).setScale(scale).unscaledValue().toByteArray();
        byte[] wide = new byte[16];
        System.arraycopy(bytes, 0, wide, 16 - bytes.length, bytes.length);
        return Binary.fromConstantByteArray(wide);
    }

    /** The rows of a table as {@code candlewick query -o json} prints them, read by Parquet's own reader. */
    private static List<String> rows(LakeCatalog catalog, LakeTable table) throws IOException {
        List<String> rows = new ArrayList<>();
        for (LakeFile file : catalog.files(table)) {
            try (ParquetReader<Group> reader = new GroupReader(new LocalInputFile(file.path())).build()) {
                for (Group group = reader.read(); group != null; group = reader.read()) {
                    ObjectNode row = JSON.createObjectNode();
                    for (LakeTable.Column column : table.columns()) {
                        put(row, column, group, catalog.scales());
                    }
                    rows.add(row.toString());
                }
            }
        }
        return rows;
    }

    private static void put(ObjectNode row, LakeTable.Column column, Group group, LakeScales scales) {
        String name = column.name();
        // A column of a later version is absent in the file of an earlier one.
        if (!group.getType().containsField(name) || group.getFieldRepetitionCount(name) == 0) {
            row.putNull(name);
            return;
        }
        switch (column.type()) {
            case BIGINT -> row.put(name, group.getLong(name, 0));
            case INTEGER -> row.put(name, group.getInteger(name, 0));
            case BOOLEAN -> row.put(name, group.getBoolean(name, 0));
            case VARCHAR -> row.put(name, group.getString(name, 0));
            case BLOB ->
                row.put(
                        name,
                        Base64.getEncoder()
                                .encodeToString(group.getBinary(name, 0).getBytes()));
            case VARCHAR_LIST -> {
                ArrayNode list = row.putArray(name);
                Group items = group.getGroup(name, 0);
                for (int i = 0; i < items.getFieldRepetitionCount("list"); i++) {
                    list.add(items.getGroup("list", i).getString("element", 0));
                }
            }
            case PRICE -> row.put(name, decimal(group.getBinary(name, 0), scales.priceScale()));
            case SIZE -> row.put(name, decimal(group.getBinary(name, 0), scales.sizeScale()));
            case NOTIONAL -> row.put(name, decimal(group.getBinary(name, 0), scales.notionalScale()));
        }
    }

    private static String decimal(Binary value, int scale) {
        return new BigDecimal(new BigInteger(value.getBytes()), scale).toPlainString();
    }

    private static List<String> ledger(LakeCatalog catalog) throws IOException {
        List<String> rows = new ArrayList<>();
        for (LedgerRow row : catalog.ledger()) {
            Map<String, Object> values = new LinkedHashMap<>();
            values.put("scope", row.scope());
            values.put("read_partition", row.readPartition());
            values.put("interval", row.interval());
            values.put("read", row.read());
            values.put("filtered", row.filtered());
            values.put("rejected", row.rejected());
            values.put("duplicate", row.duplicate());
            values.put("late", row.late());
            values.put("accepted", row.accepted());
            values.put("published", row.published());
            values.put("open", row.open());
            values.put("residual", row.residual());
            rows.add(JSON.writeValueAsString(values));
        }
        return rows;
    }

    private static final class GroupReader extends ParquetReader.Builder<Group> {
        GroupReader(InputFile file) {
            super(file);
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }

    @Test
    void everyRowOfTheGoldenLakeIsReadAsItWas() throws Exception {
        LakeCatalog catalog = LakeCatalog.open(GOLDEN.resolve("lake"));
        for (LakeTable table : LakeTable.values()) {
            List<String> expected = Files.readAllLines(expected(table.directory()));
            assertThat(expected).as(table.directory()).isNotEmpty();
            assertThat(rows(catalog, table)).as(table.directory()).isEqualTo(expected);
        }
        assertThat(ledger(catalog)).isNotEmpty().isEqualTo(Files.readAllLines(expected("ledger")));
    }

    /** The files that tell what is there are as they were written, and their figures are those of the files. */
    @Test
    void theManifestsOfTheGoldenLakeHold() throws Exception {
        LakeCatalog catalog = LakeCatalog.open(GOLDEN.resolve("lake"));
        int files = 0;
        for (LakeTable table : LakeTable.values()) {
            for (LakeFile file : catalog.files(table)) {
                assertThat(file.sha256()).as("%s", file.path()).isEqualTo(LakeFiles.sha256(file.path()));
                assertThat(file.bytes()).isEqualTo(Files.size(file.path()));
                files++;
            }
        }
        assertThat(files).isGreaterThanOrEqualTo(LakeTable.values().length);
        assertThat(catalog.run()).isEqualTo("golden");
        assertThat(catalog.scales()).isEqualTo(LakeSamples.SCALES);
    }

    /** What is written today from the same values is read to the same rows. */
    @Test
    void theLakeOfTodayHoldsTheSameRows() throws Exception {
        writeLake(folder.resolve("lake"));
        LakeCatalog catalog = LakeCatalog.open(folder.resolve("lake"));
        for (LakeTable table : LakeTable.values()) {
            List<String> today = rows(catalog, table);
            List<String> golden = Files.readAllLines(expected(table.directory()));
            assertThat(today).as(table.directory()).hasSameSizeAs(golden);
            for (int i = 0; i < today.size(); i++) {
                ObjectNode row = (ObjectNode) JSON.readTree(today.get(i));
                ObjectNode before = (ObjectNode) JSON.readTree(golden.get(i));
                assertThat(row.retain(names(before))).as(table.directory()).isEqualTo(before);
            }
        }
    }

    private static List<String> names(ObjectNode row) {
        List<String> names = new ArrayList<>();
        row.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** A reader that saw nothing wrong in a broken file would prove nothing. */
    @Test
    void aBrokenGoldenFileIsSeen() throws Exception {
        Path copy = folder.resolve("copy");
        try (Stream<Path> walk = Files.walk(GOLDEN.resolve("lake"))) {
            for (Path path : (Iterable<Path>) walk::iterator) {
                Files.copy(
                        path,
                        copy.resolve(GOLDEN.resolve("lake").relativize(path).toString()));
            }
        }
        LakeCatalog catalog = LakeCatalog.open(copy);
        Path file = catalog.files(LakeTable.CANDLES).get(0).path();
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 4; i < bytes.length / 2; i++) {
            bytes[i] ^= 0x55;
        }
        Files.write(file, bytes);
        assertThat(LakeFiles.sha256(file))
                .isNotEqualTo(catalog.files(LakeTable.CANDLES).get(0).sha256());
        assertThatThrownBy(() -> rows(catalog, LakeTable.CANDLES))
                .isInstanceOfAny(IOException.class, RuntimeException.class);
    }
}
