package dev.candlewick.connectors.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.format.CsvLayout;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.model.Decoded;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The source in a mini cluster. */
class FileTradeSourceTest {
    private static final long T0 = 1_570_752_000_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final long OUT_OF_ORDERNESS = 2;

    @TempDir
    private Path folder;

    /** Emits the watermark behind every event and not by the clock, so that a test can say what it must be. */
    private record EveryEvent(HighWaterWatermarks strategy) implements WatermarkStrategy<Decoded> {
        @Override
        public WatermarkGenerator<Decoded> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
            WatermarkGenerator<Decoded> generator = strategy.createWatermarkGenerator(context);
            return new WatermarkGenerator<>() {
                @Override
                public void onEvent(Decoded decoded, long timestamp, WatermarkOutput output) {
                    generator.onEvent(decoded, timestamp, output);
                    generator.onPeriodicEmit(output);
                }

                @Override
                public void onPeriodicEmit(WatermarkOutput output) {
                    generator.onPeriodicEmit(output);
                }
            };
        }

        @Override
        public TimestampAssigner<Decoded> createTimestampAssigner(TimestampAssignerSupplier.Context context) {
            return strategy.createTimestampAssigner(context);
        }
    }

    /** Position, second, and the watermark in front of the element as a second. */
    private static final class Describe extends ProcessFunction<Decoded, String> {
        @Override
        public void processElement(Decoded decoded, Context context, Collector<String> out) {
            long watermark = context.timerService().currentWatermark();
            out.collect(FileTradeReaderTest.describe(decoded) + " @ "
                    + (watermark == Long.MIN_VALUE ? "-" : (watermark + 1 - T0 / 1_000_000) / 1000));
        }
    }

    private void write(String name, String... lines) throws IOException {
        Path path = folder.resolve(name);
        try (OutputStream file = Files.newOutputStream(path);
                OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(file) : file) {
            out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String row(long second, String id) {
        return ",," + (T0 + second * SECOND) + ",v,S," + id + ",1.5,2,,,";
    }

    private List<String> run(RuntimeExecutionMode mode, int parallelism) throws Exception {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.OBJECT_REUSE, true);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(parallelism, configuration);
        environment.setRuntimeMode(mode);
        FileTradeSource source = FileTradeSource.builder()
                .input(new org.apache.flink.core.fs.Path(folder.toUri()))
                .mergedByEventTime(mode == RuntimeExecutionMode.STREAMING)
                .build();
        List<String> results = new ArrayList<>();
        try (CloseableIterator<String> iterator = environment
                .fromSource(
                        source,
                        new EveryEvent(HighWaterWatermarks.of(Duration.ofSeconds(OUT_OF_ORDERNESS))),
                        "trades",
                        TypeInformation.of(Decoded.class))
                .process(new Describe())
                .executeAndCollect()) {
            iterator.forEachRemaining(results::add);
        }
        return results;
    }

    @Test
    void streamingMergesAndTheWatermarkWaitsForWhatIsOpen() throws Exception {
        // b overlaps a; c begins long behind both, and must neither hold them back nor be overtaken.
        write("a.csv", CsvLayout.HEADER, row(0, "a0"), row(10, "a1"), row(20, "a2"), row(30, "a3"));
        write("b.csv.gz", row(5, "b0"), "junk", row(25, "b2"));
        write("c.csv", row(1000, "c0"), row(1001, "c1"));
        assertThat(run(RuntimeExecutionMode.STREAMING, 1))
                .containsExactly(
                        "0:0:0 0 a0 0/0 @ -",
                        // Only a is open: its mark less the out-of-orderness.
                        "1:0:0 5 b0 1/0 @ -2",
                        "1:0:1 UNPARSABLE @ -2",
                        "0:0:1 10 a1 0/1 @ -2",
                        "0:0:2 20 a2 0/2 @ 3",
                        "1:0:2 25 b2 1/2 @ 3",
                        // b has ended, and only a holds.
                        "0:0:3 30 a3 0/3 @ 18",
                        // Both have ended, c was not open: the watermark stands at the last of a.
                        "2:0:0 1000 c0 2/0 @ 28",
                        "2:0:1 1001 c1 2/1 @ 998");
    }

    @Test
    void streamingNeverPassesAFileThatIsNotOpenYet() throws Exception {
        for (int i = 0; i < 20; i++) {
            List<String> lines = new ArrayList<>();
            for (int j = 0; j < 50; j++) {
                // Disorder of up to 3 s within the file.
                lines.add(row(40L * i + j - (j * 7) % 4, i + "-" + j));
            }
            write(String.format("f%02d.csv", i), lines.toArray(new String[0]));
        }
        List<String> results = run(RuntimeExecutionMode.STREAMING, 1);
        assertThat(results).hasSize(1000);
        Map<String, Long> marks = new HashMap<>();
        long latest = Long.MIN_VALUE;
        int advanced = 0;
        for (String result : results) {
            String[] parts = result.split(" ");
            String file = parts[0].substring(0, parts[0].indexOf(':'));
            long second = Long.parseLong(parts[1]);
            long mark = Math.max(second, marks.getOrDefault(file, Long.MIN_VALUE));
            marks.put(file, mark);
            if (!parts[5].equals("-")) {
                long watermark = Long.parseLong(parts[5]);
                assertThat(watermark)
                        .as(result)
                        .isLessThanOrEqualTo(mark - OUT_OF_ORDERNESS)
                        .isGreaterThanOrEqualTo(latest);
                advanced += watermark > latest ? 1 : 0;
                latest = watermark;
            }
        }
        assertThat(advanced).isGreaterThan(300);
    }

    @Test
    void batchReadsEachFileOnceInOrder() throws Exception {
        for (int i = 0; i < 7; i++) {
            List<String> lines = new ArrayList<>();
            for (int j = 0; j < 300; j++) {
                lines.add(j % 50 == 49 ? "junk" : row(j, i + "-" + j));
            }
            write("f" + i + (i % 2 == 0 ? ".csv" : ".csv.gz"), lines.toArray(new String[0]));
        }
        write("f7.csv", CsvLayout.HEADER);
        List<String> results = run(RuntimeExecutionMode.BATCH, 2);
        assertThat(results).hasSize(2100).doesNotHaveDuplicates();
        Map<String, Long> next = new HashMap<>();
        for (String result : results) {
            String[] position = result.split(" ")[0].split(":");
            assertThat(Long.parseLong(position[2])).isEqualTo(next.merge(position[0], 1L, Long::sum) - 1);
        }
        assertThat(next).hasSize(7).containsEntry("6", 300L);
    }

    /** Fails once, at the first element behind a completed checkpoint. */
    private static final class FailsOnce extends ProcessFunction<Decoded, String> implements CheckpointListener {
        static final AtomicBoolean FAILED = new AtomicBoolean();
        private boolean checkpointed;

        @Override
        public void notifyCheckpointComplete(long checkpoint) {
            checkpointed = true;
        }

        @Override
        public void processElement(Decoded decoded, Context context, Collector<String> out) {
            if (checkpointed && FAILED.compareAndSet(false, true)) {
                throw new IllegalStateException("a failure as planned");
            }
            out.collect(FileTradeReaderTest.describe(decoded));
        }
    }

    @Test
    void eachLineCountsOnceOverAFailure() throws Exception {
        int rows = 60_000;
        for (int i = 0; i < 3; i++) {
            String[] lines = new String[rows];
            for (int j = 0; j < rows; j++) {
                lines[j] = row((i == 2 ? rows / 2 : 0) + j, i + "-" + j);
            }
            write("f" + i + (i == 1 ? ".csv.gz" : ".csv"), lines);
        }
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.OBJECT_REUSE, true);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 1);
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        environment.enableCheckpointing(20);
        FileTradeSource source = FileTradeSource.builder()
                .input(new org.apache.flink.core.fs.Path(folder.toUri()))
                .build();
        FailsOnce.FAILED.set(false);
        List<String> results = new ArrayList<>();
        try (CloseableIterator<String> iterator = environment
                .fromSource(
                        source,
                        HighWaterWatermarks.of(Duration.ofSeconds(OUT_OF_ORDERNESS)),
                        "trades",
                        TypeInformation.of(Decoded.class))
                .process(new FailsOnce())
                .executeAndCollect()) {
            iterator.forEachRemaining(results::add);
        }
        assertThat(FailsOnce.FAILED).isTrue();
        assertThat(results).hasSize(3 * rows).doesNotHaveDuplicates();
    }

    @Test
    void streamingReadsAllAtAnyParallelism() throws Exception {
        write("a.csv", row(0, "a0"), row(1, "a1"));
        write("b.csv", row(0, "b0"));
        assertThat(run(RuntimeExecutionMode.STREAMING, 3)).hasSize(3);
    }
}
