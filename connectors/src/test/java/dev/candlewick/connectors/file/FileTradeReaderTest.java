package dev.candlewick.connectors.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.format.CsvLayout;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.format.preset.Preset;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.TradeValidator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceEvent;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.metrics.groups.SourceReaderMetricGroup;
import org.apache.flink.metrics.groups.UnregisteredMetricsGroup;
import org.apache.flink.util.UserCodeClassLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileTradeReaderTest {
    private static final long T0 = 1_570_752_000_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final FeedRules RULES = FeedRules.builder().build();

    @TempDir
    private Path folder;

    /** Collects what the reader emits, and checks that it uses the output of the right split. */
    static final class Output implements ReaderOutput<Decoded> {
        final List<String> emitted = new ArrayList<>();
        final Set<String> registered = new HashSet<>();
        final Set<String> idle = new HashSet<>();
        final List<String> released = new ArrayList<>();

        @Override
        public SourceOutput<Decoded> createOutputForSplit(String splitId) {
            registered.add(splitId);
            return new SourceOutput<>() {
                @Override
                public void collect(Decoded decoded) {
                    assertThat(decoded.isTrade()).isFalse();
                    add(decoded);
                }

                @Override
                public void collect(Decoded decoded, long timestamp) {
                    assertThat(timestamp).isEqualTo(Math.floorDiv(decoded.trade().eventTimeNanos, 1_000_000L));
                    add(decoded);
                }

                private void add(Decoded decoded) {
                    assertThat(splitId).isEqualTo("file-" + decoded.readSource());
                    assertThat(registered).contains(splitId);
                    assertThat(idle).doesNotContain(splitId);
                    emitted.add(describe(decoded));
                }

                @Override
                public void emitWatermark(Watermark watermark) {
                    throw new AssertionError("watermarks are the generator's");
                }

                @Override
                public void markIdle() {
                    idle.add(splitId);
                }

                @Override
                public void markActive() {
                    idle.remove(splitId);
                }
            };
        }

        @Override
        public void releaseOutputForSplit(String splitId) {
            assertThat(registered.remove(splitId)).isTrue();
            released.add(splitId);
        }

        @Override
        public void collect(Decoded decoded) {
            throw new AssertionError("each file has its own output");
        }

        @Override
        public void collect(Decoded decoded, long timestamp) {
            throw new AssertionError("each file has its own output");
        }

        @Override
        public void emitWatermark(Watermark watermark) {
            throw new AssertionError("watermarks are the generator's");
        }

        @Override
        public void markIdle() {
            throw new AssertionError("each file has its own output");
        }

        @Override
        public void markActive() {
            throw new AssertionError("each file has its own output");
        }
    }

    static String describe(Decoded decoded) {
        String position = decoded.readSource() + ":" + decoded.readPartition() + ":" + decoded.readOffset();
        return switch (decoded.kind()) {
            case TRADE ->
                position + " " + (decoded.trade().eventTimeNanos - T0) / SECOND + " "
                        + decoded.trade().id() + " " + decoded.trade().placePartition + "/"
                        + decoded.trade().placePosition;
            case REJECTED -> position + " " + decoded.rejected().reason();
            case FILTERED -> position + " filtered";
        };
    }

    /** What the reader asks its task; nothing but split requests is used. */
    static final class Context implements SourceReaderContext {
        int requests;

        @Override
        public void sendSplitRequest() {
            requests++;
        }

        @Override
        public SourceReaderMetricGroup metricGroup() {
            return UnregisteredMetricsGroup.createSourceReaderMetricGroup();
        }

        @Override
        public Configuration getConfiguration() {
            return new Configuration();
        }

        @Override
        public String getLocalHostName() {
            return "localhost";
        }

        @Override
        public int getIndexOfSubtask() {
            return 0;
        }

        @Override
        public void sendSourceEventToCoordinator(SourceEvent event) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UserCodeClassLoader getUserCodeClassLoader() {
            throw new UnsupportedOperationException();
        }
    }

    private static String row(long second, String id) {
        return ",," + (T0 + second * SECOND) + ",v,S," + id + ",1.5,2,,,";
    }

    private void write(String name, String... lines) throws IOException {
        write(name, String.join("\n", lines) + "\n");
    }

    private void write(String name, String text) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        try (OutputStream file = Files.newOutputStream(path);
                OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(file) : file) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private List<FileSplit> splits() throws IOException {
        return InputFiles.list(new org.apache.flink.core.fs.Path(folder.toUri())).stream()
                .map(FileSplit::new)
                .toList();
    }

    private static FileTradeReader reader(WireFormat format, FeedRules rules, List<FileSplit> splits) {
        return reader(TradeFormat.of(format), rules, splits);
    }

    private static FileTradeReader reader(TradeFormat format, FeedRules rules, List<FileSplit> splits) {
        FileTradeReader reader = new FileTradeReader(new Context(), format, rules, true);
        reader.start();
        reader.addSplits(splits);
        reader.notifyNoMoreSplits();
        return reader;
    }

    private List<String> readAll(WireFormat format) throws Exception {
        return readAll(format, RULES, splits());
    }

    private static List<String> readAll(WireFormat format, FeedRules rules, List<FileSplit> splits) throws Exception {
        return readAll(TradeFormat.of(format), rules, splits);
    }

    private static List<String> readAll(TradeFormat format, FeedRules rules, List<FileSplit> splits) throws Exception {
        Output output = new Output();
        try (FileTradeReader reader = reader(format, rules, splits)) {
            while (reader.pollNext(output) != InputStatus.END_OF_INPUT) {
                assertThat(reader.isAvailable()).isDone();
            }
        }
        assertThat(output.registered).isEmpty();
        return output.emitted;
    }

    @Test
    void mergesByEventTimeAndKeepsEachFilesOrder() throws Exception {
        write("a.csv", CsvLayout.HEADER, row(1, "a0"), row(5, "a1"), row(4, "a2"), row(9, "a3"));
        write("b.csv.gz", CsvLayout.HEADER, row(2, "b0"), "junk", row(5, "b2"));
        write("sub/c.csv", row(0, "c0"), row(8, "c1"), row(20, "c2").substring(0, 20));
        assertThat(readAll(WireFormat.CSV))
                .containsExactly(
                        "2:0:0 0 c0 2/0",
                        "0:0:0 1 a0 0/0",
                        "1:0:0 2 b0 1/0",
                        "1:0:1 UNPARSABLE",
                        "0:0:1 5 a1 0/1",
                        "0:0:2 4 a2 0/2",
                        "1:0:2 5 b2 1/2",
                        "2:0:1 8 c1 2/1",
                        "2:0:2 UNPARSABLE",
                        "0:0:3 9 a3 0/3");
    }

    @Test
    void opensFilesOnlyWhenTheirTimeComes() throws Exception {
        // Three times as many files as may be open at once, one after the other in time.
        for (int i = 0; i < 768; i++) {
            write(String.format("f%04d.csv", i), row(10 * i, "x"), row(10 * i + 9, "y"));
        }
        List<FileSplit> splits = splits();
        assertThat(readAll(WireFormat.CSV, RULES, splits)).hasSize(2 * 768);
        List<InputFile> files = splits.stream().map(FileSplit::file).toList();
        assertThat(InputFiles.largestOverlap(files, TradeFormat.of(WireFormat.CSV), RULES))
                .isEqualTo(1);
        assertThat(FileTradeSource.builder().files(files).build().files()).hasSize(768);
    }

    @Test
    void refusesTooManyOverlappingFiles() throws Exception {
        for (int i = 0; i < 257; i++) {
            write(String.format("f%04d.csv", i), row(i, "x"), row(257, "y"));
        }
        List<FileSplit> splits = splits();
        assertThatThrownBy(() -> readAll(WireFormat.CSV, RULES, splits)).hasMessageContaining("--mode batch");
        List<InputFile> files = splits.stream().map(FileSplit::file).toList();
        assertThatThrownBy(() -> FileTradeSource.builder().files(files).build())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("at most 256 files")
                .hasMessageContaining("--mode batch");
        assertThat(FileTradeSource.builder()
                        .files(files)
                        .mergedByEventTime(false)
                        .build()
                        .files())
                .hasSize(257);
        Files.delete(folder.resolve("f0000.csv"));
        assertThat(readAll(WireFormat.CSV)).hasSize(512);
    }

    @Test
    void marksFilesIdleUntilTheyOpen() throws Exception {
        write("a.csv", row(1, "a0"), row(2, "a1"));
        write("b.csv", row(10, "b0"));
        write("c.csv", "");
        Output output = new Output();
        try (FileTradeReader reader = reader(WireFormat.CSV, RULES, splits())) {
            reader.pollNext(output);
        }
        assertThat(output.emitted).hasSize(3);
        assertThat(output.released).containsExactly("file-2", "file-0", "file-1");
    }

    @Test
    void readsEveryHeaderAndNone() throws Exception {
        String time = Long.toString(T0);
        write(
                "1.csv",
                "\ufeffsize,price,symbol,venue,event_time_ns,extra",
                "1,2,S,v," + time + ",zzz",
                "1,2,S,v," + time);
        write("2.csv", "\ufeff" + row(0, "x"));
        write("3.csv", "\"event_time_ns\",\"venue\",\"symbol\",\"price\",\"size\"\r", time + ",v,\"a\nb\",1,1\r", "");
        write("4.csv", CsvLayout.HEADER_WITH_SEQUENCE, row(0, "y") + ",77", row(0, "y"));
        write("5.csv", CsvLayout.HEADER + "\n");
        write("6.csv", row(0, "no line end"));
        assertThat(readAll(WireFormat.CSV))
                .containsExactly(
                        "0:0:0 0 null 0/0",
                        "0:0:1 UNPARSABLE",
                        "1:0:0 0 x 1/0",
                        "2:0:0 0 null 2/0",
                        "2:0:1 UNPARSABLE",
                        "3:0:0 0 y 3/0",
                        "3:0:1 UNPARSABLE",
                        "5:0:0 0 no line end 5/0");
    }

    @Test
    void refusesAHeaderThatNamesAColumnTwice() throws Exception {
        write("a.csv", "event_time_ns,price,price", "1,2,3");
        assertThatThrownBy(() -> readAll(WireFormat.CSV))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("each column once")
                .hasMessageContaining("a.csv");
    }

    @Test
    void readsJsonLinesAndBinary() throws Exception {
        write(
                "a.json",
                "{\"event_time_ns\":" + T0 + ",\"venue\":\"v\",\"symbol\":\"S\",\"price\":1,\"size\":1,\"row\":7}",
                "{\"type\":\"heartbeat\"}",
                "{\"event_time_ns\":",
                "{\"event_time_ns\":" + (T0 + SECOND) + ",\"venue\":\"v\",\"symbol\":\"S\",\"price\":1,\"size\":1}");
        assertThat(readAll(WireFormat.JSON))
                .containsExactly("0:0:0 0 null 0/7", "0:0:1 filtered", "0:0:2 UNPARSABLE", "0:0:3 1 null 0/3");
        Files.delete(folder.resolve("a.json"));

        TradeValidator validator = new TradeValidator(RULES);
        ByteArrayOutputStream binary = new ByteArrayOutputStream();
        for (int i = 0; i < 3; i++) {
            Trade trade = new Trade();
            trade.instrument = validator.directory().intern("v", "S");
            trade.eventTimeNanos = T0 + i * SECOND;
            trade.priceScaled = 1;
            trade.sizeScaled = 1;
            trade.setIdNumber(i);
            trade.placePartition = 9;
            trade.placePosition = 100 + i;
            binary.write(WireFormat.BINARY.newEncoder().encode(trade));
        }
        byte[] bytes = binary.toByteArray();
        Files.write(folder.resolve("a.bin"), Arrays.copyOf(bytes, bytes.length - 1));
        assertThat(readAll(WireFormat.BINARY))
                .containsExactly("0:0:0 0 0 9/100", "0:0:1 1 1 9/101", "0:0:2 UNPARSABLE");
    }

    /** A message with several trades: each is one verdict at the read position of the message. */
    @Test
    void readsAllTradesOfAMessage() throws Exception {
        write(
                "a.json",
                "[0,[[\"1\",\"1\",\"1600000000.5\",\"s\"],[\"0\",\"1\",\"1600000000.6\",\"s\"],"
                        + "[\"3\",\"1\",\"1600000000.7\",\"b\"]],\"trade\",\"A/B\"]",
                "{\"event\":\"heartbeat\"}",
                "[0,[[\"1\",\"1\",\"1600000001\",\"s\"]],\"trade\",\"A/B\"]");
        assertThat(readAll(TradeFormat.of(Preset.KRAKEN), RULES, splits()))
                .hasSize(5)
                .satisfies(lines -> {
                    assertThat(lines.get(0)).startsWith("0:0:0 ");
                    assertThat(lines.get(1)).isEqualTo("0:0:0 PRICE_NOT_POSITIVE");
                    assertThat(lines.get(2)).startsWith("0:0:0 ");
                    assertThat(lines.get(3)).isEqualTo("0:0:1 filtered");
                    assertThat(lines.get(4)).startsWith("0:0:2 ");
                });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void goesOnWhereACheckpointStood(long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        for (String name : List.of("a.csv", "b.csv.gz", "c.csv", "d.csv", "e.csv")) {
            List<String> lines = new ArrayList<>();
            if (random.nextBoolean()) {
                lines.add(CsvLayout.HEADER);
            }
            long second = random.nextInt(300);
            for (int i = 0; i < 200 + random.nextInt(400); i++) {
                second += random.nextInt(3);
                int kind = random.nextInt(20);
                lines.add(
                        kind == 0
                                ? "junk"
                                : kind == 1
                                        ? row(second, "\"two\nlines\"")
                                        : row(second - random.nextInt(3), name + i));
            }
            write(name, lines.toArray(new String[0]));
        }
        List<String> whole = readAll(WireFormat.CSV);
        assertThat(whole).hasSizeGreaterThan(900);

        FileSplitSerializer serializer = new FileSplitSerializer();
        Output output = new Output();
        List<FileSplit> state = splits();
        boolean more = true;
        int restores = 0;
        while (more) {
            Output attempt = new Output();
            try (FileTradeReader reader = reader(WireFormat.CSV, RULES, state)) {
                int polls = random.nextInt(5);
                for (int i = 0; i < polls && more; i++) {
                    more = reader.pollNext(attempt) != InputStatus.END_OF_INPUT;
                }
                List<FileSplit> restored = new ArrayList<>();
                for (FileSplit split : reader.snapshotState(1)) {
                    restored.add(serializer.deserialize(serializer.getVersion(), serializer.serialize(split)));
                }
                state = restored;
                output.emitted.addAll(attempt.emitted);
                // What is emitted behind the checkpoint is lost with the failure.
                reader.pollNext(attempt);
            }
            restores++;
        }
        assertThat(restores).isGreaterThan(5);
        assertThat(output.emitted).as("seed " + seed).isEqualTo(whole);
        assertThat(state).isEmpty();
    }

    @Test
    void keepsTheMarkForJumpsOverACheckpoint() throws Exception {
        long jump = 400L * 86_400;
        write("a.csv", row(0, "a"), row(jump, "b"), row(1, "c"), row(jump, "d"), row(366L * 86_400 + 1, "e"));
        assertThat(readAll(WireFormat.CSV))
                .containsExactly(
                        "0:0:0 0 a 0/0",
                        "0:0:1 TIME_JUMP",
                        "0:0:2 1 c 0/2",
                        "0:0:3 TIME_JUMP",
                        "0:0:4 " + (366L * 86_400 + 1) + " e 0/4");
        FileSplit fresh = splits().get(0);
        FileSplit later = new FileSplit(fresh.file(), 3, position(3), T0 + SECOND);
        assertThat(readAll(WireFormat.CSV, RULES, List.of(later)).get(0)).isEqualTo("0:0:3 TIME_JUMP");
    }

    private long position(int lines) throws IOException {
        return Files.readAllLines(folder.resolve("a.csv")).stream()
                .limit(lines)
                .mapToLong(line -> line.length() + 1)
                .sum();
    }

    @Test
    void failsOnFilesThatCannotBeRead() throws Exception {
        write("a.csv.gz", "x".repeat(10), row(0, "a"), row(1, "b"));
        Path path = folder.resolve("a.csv.gz");
        byte[] bytes = Files.readAllBytes(path);
        Files.write(path, Arrays.copyOf(bytes, bytes.length / 2));
        assertThatThrownBy(() -> readAll(WireFormat.CSV))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a.csv.gz")
                .hasMessageContaining("must be readable to its end");
        List<FileSplit> splits = splits();
        Files.delete(path);
        assertThatThrownBy(() -> readAll(WireFormat.CSV, RULES, splits))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a.csv.gz");
    }

    @Test
    void refusesZipBombs() throws Exception {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(folder.resolve("bomb.csv.gz")))) {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 80; i++) {
                out.write(zeros);
            }
        }
        assertThatThrownBy(() -> readAll(WireFormat.CSV)).hasMessageContaining("inflate");
    }

    @Test
    void listsByBytesAndSkipsHiddenNames() throws Exception {
        for (String name : List.of(
                "b.csv",
                "a/z.csv",
                "a.csv",
                "_skip.csv",
                ".hidden",
                "a/_tmp/x.csv",
                "B.csv",
                "é.csv",
                "😀.csv",
                "\uff21.csv")) {
            write(name, row(0, "x"));
        }
        org.apache.flink.core.fs.Path root = new org.apache.flink.core.fs.Path(folder.toUri());
        assertThat(InputFiles.list(root))
                .extracting(InputFile::relativePath)
                .containsExactly("B.csv", "a.csv", "a/z.csv", "b.csv", "é.csv", "\uff21.csv", "😀.csv");
        assertThat(InputFiles.list(root)).extracting(InputFile::ordinal).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(InputFiles.list(new org.apache.flink.core.fs.Path(root, "_skip.csv")))
                .extracting(InputFile::relativePath)
                .containsExactly("_skip.csv");
        assertThatThrownBy(() -> InputFiles.list(new org.apache.flink.core.fs.Path(root, "missing")))
                .hasMessageContaining("must exist");
        Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> InputFiles.list(new org.apache.flink.core.fs.Path(root, "empty")))
                .hasMessageContaining("at least one file");
        assertThat(readAll(WireFormat.CSV)).hasSize(7);
    }

    @Test
    void asksForOneSplitAfterTheOtherWhereFilesAreShared() throws Exception {
        write("a.csv", row(0, "a"));
        write("b.csv", "");
        write("c.csv", row(0, "c"));
        Context context = new Context();
        Output output = new Output();
        List<FileSplit> splits = splits();
        try (FileTradeReader reader = new FileTradeReader(context, TradeFormat.of(WireFormat.CSV), RULES, false)) {
            reader.start();
            assertThat(context.requests).isEqualTo(1);
            assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
            assertThat(reader.isAvailable()).isNotDone();
            for (int i = 0; i < 3; i++) {
                assertThat(context.requests).isEqualTo(i + 1);
                reader.addSplits(List.of(splits.get(i)));
                assertThat(reader.isAvailable()).isDone();
                assertThat(reader.pollNext(output)).isEqualTo(InputStatus.NOTHING_AVAILABLE);
            }
            assertThat(context.requests).isEqualTo(4);
            reader.notifyNoMoreSplits();
            assertThat(reader.isAvailable()).isDone();
            assertThat(reader.pollNext(output)).isEqualTo(InputStatus.END_OF_INPUT);
        }
        assertThat(output.emitted).containsExactly("0:0:0 0 a 0/0", "2:0:0 0 c 2/0");
    }

    @Test
    void rejectsALineBeyondTheLimit() throws Exception {
        write("a.csv", row(0, "a"), "x".repeat(3 << 20), row(1, "b"));
        Output output = new Output();
        assertThat(readAll(WireFormat.CSV))
                .containsExactly("0:0:0 0 a 0/0", "0:0:1 " + Reason.UNPARSABLE, "0:0:2 1 b 0/2");
    }
}
