package dev.candlewick.savepoints;

import static org.awaitility.Awaitility.await;

import dev.candlewick.connectors.state.SnapshotStructure;
import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Interval;
import dev.candlewick.jobs.operators.FeedSettings;
import dev.candlewick.jobs.operators.LiveSettings;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.MarketDataPipeline;
import dev.candlewick.jobs.pipeline.PipelineOutputs;
import dev.candlewick.jobs.pipeline.PipelineSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiter;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.connector.datagen.source.GeneratorFunction;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The product's graph over trades that are made of their numbers, with a gate in front of the source: a job can be stopped
 * with a savepoint at any trade, and go on elsewhere.
 *
 * <p>Trades of two partitions and some symbols, with duplicates and disorder, over about two minutes of event time.
 */
final class TestJob implements AutoCloseable {
    static final int TRADES = 2_400;
    static final int SYMBOLS = 7;
    static final int PARTITIONS = 2;
    static final long START_NANOS = 1_710_158_400_000_000_000L; // 2024-03-11T12:00:00Z

    private static final Map<String, Gate> GATES = new ConcurrentHashMap<>();
    private static final Map<String, List<Published>> OUTPUTS = new ConcurrentHashMap<>();

    /** Lets a number of trades through, and no more until it is opened. */
    static final class Gate {
        private long left;
        private boolean open;
        private CompletableFuture<Void> waiting;

        private synchronized CompletionStage<Void> pass() {
            if (open || left > 0) {
                left--;
                return CompletableFuture.completedFuture(null);
            }
            waiting = new CompletableFuture<>();
            return waiting;
        }

        private synchronized Gate forNewReader() {
            waiting = null;
            return this;
        }

        synchronized void allow(long trades) {
            left = trades;
            open = false;
        }

        synchronized void open() {
            open = true;
            if (waiting != null) {
                waiting.complete(null);
                waiting = null;
            }
        }

        /** Whether the reader stands in front of it, so that everything that was let through is under way. */
        synchronized boolean isShut() {
            return waiting != null;
        }
    }

    /** How one run of the job differs from others. */
    record How(
            int parallelism,
            int maxParallelism,
            boolean rocksDb,
            boolean incremental,
            String savepoint,
            EngineSettings engine,
            UnaryOperator<StreamExecutionEnvironment> change) {
        static How heap(int parallelism) {
            return new How(parallelism, 128, false, false, null, engineOf(), UnaryOperator.identity());
        }

        static How rocksDb(int parallelism) {
            return new How(parallelism, 128, true, false, null, engineOf(), UnaryOperator.identity());
        }

        How from(String path) {
            return new How(parallelism, maxParallelism, rocksDb, incremental, path, engine, change);
        }

        How with(EngineSettings settings) {
            return new How(parallelism, maxParallelism, rocksDb, incremental, savepoint, settings, change);
        }

        How max(int max) {
            return new How(parallelism, max, rocksDb, incremental, savepoint, engine, change);
        }

        How changed(UnaryOperator<StreamExecutionEnvironment> graph) {
            return new How(parallelism, maxParallelism, rocksDb, incremental, savepoint, engine, graph);
        }
    }

    private final String id = "job-" + System.identityHashCode(this);
    final Gate gate = new Gate();
    boolean consolidated;
    String feed = Uids.DEFAULT_SOURCE;

    TestJob() {
        GATES.put(id, gate);
        OUTPUTS.put(id, Collections.synchronizedList(new ArrayList<>()));
    }

    static EngineSettings engineOf() {
        return EngineSettings.defaults()
                .withAllowedLatenessNanos(5 * Interval.SECOND_NANOS)
                .withQuality(QualitySettings.defaults());
    }

    List<Published> output() {
        return OUTPUTS.get(id);
    }

    Configuration configuration(How how) {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        configuration.set(PipelineOptions.OBJECT_REUSE, true);
        configuration.set(StateBackendOptions.STATE_BACKEND, how.rocksDb() ? "rocksdb" : "hashmap");
        configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, how.incremental());
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
        configuration.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                Path.of(System.getProperty("java.io.tmpdir"), "checkpoints")
                        .toUri()
                        .toString());
        // Else so little state stands in the metadata itself.
        configuration.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.parse("2kb"));
        if (how.savepoint() != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, how.savepoint());
        }
        return configuration;
    }

    StreamExecutionEnvironment graph(How how) {
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration(how));
        environment.setParallelism(how.parallelism());
        environment.setMaxParallelism(how.maxParallelism());
        PipelineSettings settings = new PipelineSettings(
                List.of(new FeedSettings(feed, how.engine())),
                2 * Interval.SECOND_NANOS,
                List.of("trades"),
                false,
                LiveSettings.OFF,
                1_000,
                how.maxParallelism());
        SingleOutputStreamOperator<Decoded> decoded = environment
                .fromSource(
                        new CheckedSource<>(new DataGeneratorSource<>(
                                new Trades(consolidated), TRADES, new Limited(id), RecordType.DECODED)),
                        new Eager(HighWaterWatermarks.of(Duration.ofSeconds(2))),
                        "trades",
                        RecordType.DECODED)
                .uid(Uids.SOURCE)
                .setParallelism(1);
        PipelineOutputs outputs = MarketDataPipeline.build(decoded, settings);
        outputs.published().sinkTo(new Collected(id)).uid("published").name("published");
        outputs.rejected()
                .sinkTo(new org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink<>())
                .uid("rejected")
                .name("rejected");
        return how.change().apply(environment);
    }

    /** Runs from the beginning to a trade and stops with a savepoint there. */
    String stoppedAt(long trades, How how, Path directory, SavepointFormatType format) throws Exception {
        gate.allow(trades);
        JobClient job = graph(how).executeAsync();
        awaitShut(job);
        String savepoint = FirstSavepoint.take(
                job, () -> job.stopWithSavepoint(false, directory.toUri().toString(), format));
        job.getJobExecutionResult().get();
        return savepoint;
    }

    /** Takes a savepoint of a running job that goes on. */
    String savepoint(JobClient job, Path directory) throws Exception {
        return FirstSavepoint.take(
                job, () -> job.triggerSavepoint(directory.toUri().toString(), SavepointFormatType.CANONICAL));
    }

    /** Runs to the end. */
    void finish(How how) throws Exception {
        if (how.savepoint() != null) {
            // As the product's own mains do before they hand the graph to Flink.
            SnapshotStructure.check(how.savepoint());
        }
        gate.open();
        graph(how).executeAsync().getJobExecutionResult().get();
    }

    void awaitShut(JobClient job) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> gate.isShut() || job.getJobStatus().get().isTerminalState());
    }

    @Override
    public void close() {
        gate.open();
        GATES.remove(id);
        OUTPUTS.remove(id);
    }

    /** Trade number n: partition n mod 2, a copy of an earlier one now and then, disorder of up to a second. */
    private record Trades(boolean consolidated) implements GeneratorFunction<Long, Decoded> {
        @Override
        public Decoded map(Long number) {
            long n = number;
            boolean copy = n >= 20 && n % 13 == 0;
            long of = copy ? n - 2 * SYMBOLS : n;
            Decoded decoded = new Decoded();
            Trade trade = decoded.trade();
            String symbol = "S" + of % SYMBOLS;
            trade.instrument = consolidated
                    ? Instrument.consolidated("alpha", symbol, 12, 8)
                    : Instrument.ofVenue("alpha", symbol, 12, 8);
            trade.eventTimeNanos = START_NANOS + of * 50_000_000L - of % 5 * 150_000_000L;
            trade.priceScaled = (100_000 + of * 7919 % 1000) * 1_000_000_000L;
            trade.sizeScaled = 1_000_000L * (1 + of % 9);
            trade.setId(Long.toString(of));
            trade.readPartition = (int) (n % PARTITIONS);
            trade.readOffset = n / PARTITIONS;
            trade.placePartition = trade.readPartition;
            trade.placePosition = trade.readOffset;
            return decoded.setTrade();
        }
    }

    /** The product's watermarks after every few trades, because a test's input is read in a moment. */
    private record Eager(HighWaterWatermarks strategy) implements WatermarkStrategy<Decoded> {
        @Override
        public WatermarkGenerator<Decoded> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
            WatermarkGenerator<Decoded> generator = strategy.createWatermarkGenerator(context);
            return new WatermarkGenerator<>() {
                private int count;

                @Override
                public void onEvent(Decoded decoded, long timestamp, WatermarkOutput output) {
                    generator.onEvent(decoded, timestamp, output);
                    if (++count % 10 == 0) {
                        generator.onPeriodicEmit(output);
                    }
                }

                @Override
                public void onPeriodicEmit(WatermarkOutput output) {}
            };
        }

        @Override
        public TimestampAssigner<Decoded> createTimestampAssigner(TimestampAssignerSupplier.Context context) {
            return strategy.createTimestampAssigner(context);
        }
    }

    private record Limited(String id) implements RateLimiterStrategy<NumberSequenceSource.NumberSequenceSplit> {
        @Override
        public RateLimiter<NumberSequenceSource.NumberSequenceSplit> createRateLimiter(int parallelism) {
            Gate gate = GATES.get(id).forNewReader();
            return records -> gate.pass();
        }
    }

    private record Collected(String id) implements Sink<Published> {
        @Override
        public SinkWriter<Published> createWriter(WriterInitContext context) {
            List<Published> output = OUTPUTS.get(id);
            return new SinkWriter<>() {
                @Override
                public void write(Published published, Context written) {
                    output.add(published);
                }

                @Override
                public void flush(boolean end) {}

                @Override
                public void close() {}
            };
        }
    }
}
