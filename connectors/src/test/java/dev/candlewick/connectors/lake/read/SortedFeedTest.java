package dev.candlewick.connectors.lake.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.TradeValidator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of any order come out as one stream in the order of event time, each row once. */
final class SortedFeedTest {
    private static final long BASE = 1_700_000_000_000_000_000L;
    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message trades {
              optional int64 event_time_ns;
              required binary venue (STRING);
              required binary symbol (STRING);
              required binary price (STRING);
              required int32 size;
              required binary read_source (STRING);
              required int32 read_partition;
              required int64 read_offset;
            }
            """);
    private static final TradeValidator VALIDATOR =
            new TradeValidator(FeedRules.builder().build());

    @TempDir
    private Path folder;

    /** A row; a time below 0 stands for none. */
    private record Row(long time, long offset) {}

    /** Where a row came out. */
    private record Place(long time, int file, long row) {}

    private InputFile write(int ordinal, List<Row> rows) throws IOException {
        Path file = folder.resolve("part-" + ordinal + ".parquet");
        CompressionCodecName codec = CompressionCodecName.values()[ordinal % 3];
        try (var writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(SCHEMA)
                .withCompressionCodec(codec == CompressionCodecName.GZIP ? CompressionCodecName.ZSTD : codec)
                .withRowGroupSize(4_000L)
                .withPageRowCountLimit(37)
                .withDictionaryEncoding(ordinal % 2 == 0)
                .withPageWriteChecksumEnabled(true)
                .build()) {
            for (Row row : rows) {
                Group group = new SimpleGroup(SCHEMA)
                        .append("venue", "V")
                        .append("symbol", "S" + row.offset % 5)
                        .append("price", "1." + (1 + row.offset % 9))
                        .append("size", 3)
                        .append("read_source", "trades")
                        .append("read_partition", 0)
                        .append("read_offset", row.offset);
                if (row.time >= 0) {
                    group.append("event_time_ns", row.time);
                }
                writer.write(group);
            }
        }
        return new InputFile(
                ordinal, file.getFileName().toString(), file.toUri().toString(), Files.size(file));
    }

    private static List<Place> read(List<InputFile> files, TimeRange range, boolean once) {
        List<Place> places = new ArrayList<>();
        try (SortedFeed feed = new SortedFeed(files, VALIDATOR, range, once)) {
            for (Decoded row = feed.next(); row != null; row = feed.next()) {
                places.add(
                        new Place(row.isTrade() ? row.trade().eventTimeNanos : -1, row.readSource(), row.readOffset()));
            }
        }
        return places;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void rowsComeInTheOrderOfTheirTimes(long seed) throws Exception {
        Random random = new Random(seed);
        List<InputFile> files = new ArrayList<>();
        List<Place> expected = new ArrayList<>();
        int groups = 0;
        for (int i = 0; i < 5; i++) {
            List<Row> rows = new ArrayList<>();
            long time = BASE + random.nextInt(5_000);
            int disorder = i == 4 ? 1_000_000 : 1 + random.nextInt(60);
            for (int k = 0; k < 2_000 + random.nextInt(3_000); k++) {
                time += random.nextInt(4);
                // File 0 is in order: its row groups are not sorted in memory.
                long own = i == 0 ? time : time - random.nextInt(disorder);
                rows.add(new Row(own, k));
                expected.add(new Place(own, i, k));
            }
            InputFile file = write(i, rows);
            files.add(file);
            try (ParquetInput input = FileByFileFeed.open(file)) {
                groups += input.rowGroups().size();
            }
        }
        assertThat(groups).as("seed " + seed).isGreaterThan(20);
        expected.sort(Comparator.comparingLong(Place::time)
                .thenComparingInt(Place::file)
                .thenComparingLong(Place::row));
        assertThat(read(files, TimeRange.ALL, false)).as("seed " + seed).isEqualTo(expected);
        TimeRange range = new TimeRange(BASE + 2_000, BASE + 4_000);
        assertThat(read(files, range, false))
                .as("seed " + seed)
                .isNotEmpty()
                .isEqualTo(expected.stream()
                        .filter(place -> range.contains(place.time))
                        .toList());
    }

    @Test
    void rowsWithoutATimeAreRejectedAndInNoRange() throws Exception {
        List<InputFile> files = List.of(
                write(0, List.of(new Row(BASE + 5, 0), new Row(-1, 1), new Row(BASE + 4, 2))),
                write(1, List.of(new Row(BASE + 4, 0))));
        assertThat(read(files, TimeRange.ALL, false))
                .containsExactly(
                        new Place(-1, 0, 1),
                        new Place(BASE + 4, 0, 2),
                        new Place(BASE + 4, 1, 0),
                        new Place(BASE + 5, 0, 0));
        assertThat(read(files, new TimeRange(0, BASE + 5), false))
                .containsExactly(new Place(BASE + 4, 0, 2), new Place(BASE + 4, 1, 0));
    }

    @Test
    void aRowThatTwoFilesHaveComesOnce() throws Exception {
        // Trades of one message share its read position, in one file; a restored job writes the message again.
        List<Row> before = List.of(
                new Row(BASE, 1), new Row(BASE, 2), new Row(BASE, 2), new Row(BASE + 1, 2), new Row(BASE + 2, 3));
        List<Row> again = List.of(
                new Row(BASE, 2), new Row(BASE, 2), new Row(BASE + 1, 2), new Row(BASE + 2, 3), new Row(BASE + 2, 4));
        List<InputFile> files = List.of(write(0, before), write(1, again), write(2, again));
        assertThat(read(files, TimeRange.ALL, true))
                .containsExactly(
                        new Place(BASE, 0, 0),
                        new Place(BASE, 0, 1),
                        new Place(BASE, 0, 2),
                        new Place(BASE + 1, 0, 3),
                        new Place(BASE + 2, 0, 4),
                        new Place(BASE + 2, 1, 4));
        assertThat(read(files, TimeRange.ALL, false)).hasSize(15);
    }

    @Test
    void moreThanSoManyOverlappingFilesAreRefused() throws Exception {
        for (int i = 0; i < 257; i++) {
            write(i, List.of(new Row(BASE, 0), new Row(BASE + 10, 1)));
        }
        ParquetTradeSource.Builder builder =
                ParquetTradeSource.builder().input(new org.apache.flink.core.fs.Path(folder.toUri()));
        assertThatThrownBy(() -> builder.sortedByEventTime(true).build())
                .isInstanceOf(LakeException.class)
                .hasMessage(
                        "at most 256 Parquet files whose event-time ranges overlap must be merged, was 257; use --mode"
                                + " batch, which needs no merge, or run candlewick lake compact first");
        ParquetTradeSource any = builder.sortedByEventTime(false).build();
        assertThat(any.getBoundedness()).isEqualTo(Boundedness.BOUNDED);
        assertThat(any.parallelismMax()).isEqualTo(257);
        assertThat(builder.range(new TimeRange(BASE + 20, BASE + 30))
                        .sortedByEventTime(true)
                        .build()
                        .files())
                .hasSize(257);
    }

    @Test
    void splitsSurviveACheckpoint() throws Exception {
        InputFile file = write(3, List.of(new Row(BASE, 0)));
        ParquetSplit split = new ParquetSplit(7, List.of(file), true, true, new TimeRange(-5, 9), 11);
        ParquetSplitSerializer serializer = new ParquetSplitSerializer();
        assertThat(serializer.deserialize(serializer.getVersion(), serializer.serialize(split)))
                .isEqualTo(split);
        var pending = new ParquetSplitSerializer.Pending();
        assertThat(pending.deserialize(pending.getVersion(), pending.serialize(List.of(split, split))))
                .containsExactly(split, split);
        assertThatThrownBy(() -> serializer.deserialize(2, new byte[0]))
                .hasMessage("version of the Parquet source's state must be 1, was 2");
    }
}
