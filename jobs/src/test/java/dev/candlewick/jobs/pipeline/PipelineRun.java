package dev.candlewick.jobs.pipeline;

import dev.candlewick.connectors.time.HighWaterWatermarks;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.testing.CommittedSink;
import dev.candlewick.jobs.testing.PartitionedSource;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * The product's graph between a source in memory and exactly-once sinks in memory; one instance may be submitted several
 * times in a row, its sinks hold what all of them committed.
 */
final class PipelineRun implements AutoCloseable {
    /** How one job runs. */
    record How(
            RuntimeExecutionMode mode,
            int parallelism,
            int sourceParallelism,
            boolean rocksdb,
            boolean objectReuse,
            Duration watermarkInterval,
            int watermarkEvery,
            String savepoint) {
        /** Draws what must not matter: speeds of clocks, backend, object reuse, parallelism of the source. */
        static How drawn(RuntimeExecutionMode mode, int parallelism, Random random) {
            return new How(
                    mode,
                    parallelism,
                    random.nextBoolean() ? 1 : parallelism,
                    mode == RuntimeExecutionMode.STREAMING && random.nextInt(3) == 0,
                    random.nextBoolean(),
                    Duration.ofMillis(1 + random.nextInt(300)),
                    1 + random.nextInt(40),
                    null);
        }

        How withParallelism(int both) {
            return new How(mode, both, both, rocksdb, objectReuse, watermarkInterval, watermarkEvery, savepoint);
        }

        How from(String path, boolean onRocksdb) {
            return new How(
                    mode,
                    parallelism,
                    sourceParallelism,
                    onRocksdb,
                    objectReuse,
                    watermarkInterval,
                    watermarkEvery,
                    path);
        }
    }

    final CommittedSink<Published> published = new CommittedSink<>(RecordType.PUBLISHED.createSerializer(null));
    final CommittedSink<Trade> archive = new CommittedSink<>(RecordType.TRADE.createSerializer(null));
    final CommittedSink<Rejected> rejected = new CommittedSink<>(RecordType.REJECTED.createSerializer(null));
    final CommittedSink<LedgerRow> ledger = new CommittedSink<>(RecordType.LEDGER_ROW.createSerializer(null));
    final PartitionedSource.Run source;
    private final PipelineSettings settings;

    PipelineRun(PipelineSettings settings, PartitionedSource.Run source) {
        this.settings = settings;
        this.source = source;
    }

    /** Speeds of the partitions, 1:100 at most. */
    static int[] weights(int partitions, Random random) {
        int[] weights = new int[partitions];
        for (int i = 0; i < partitions; i++) {
            weights[i] = 1 + random.nextInt(random.nextBoolean() ? 3 : 100);
        }
        return weights;
    }

    static Configuration configuration(How how, boolean checkpoints) {
        Configuration configuration = new Configuration();
        configuration.set(PipelineOptions.AUTO_GENERATE_UIDS, false);
        configuration.set(PipelineOptions.GENERIC_TYPES, false);
        configuration.set(PipelineOptions.OBJECT_REUSE, how.objectReuse());
        configuration.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, how.watermarkInterval());
        configuration.set(ExecutionOptions.RUNTIME_MODE, how.mode());
        configuration.set(StateBackendOptions.STATE_BACKEND, how.rocksdb() ? "rocksdb" : "hashmap");
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, checkpoints ? "fixed-delay" : "none");
        if (checkpoints) {
            configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 5);
            configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(1));
            configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(15));
            configuration.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 1_000);
        }
        if (how.savepoint() != null) {
            configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, how.savepoint());
        }
        return configuration;
    }

    /** An environment with the whole graph in it. */
    StreamExecutionEnvironment graph(How how, boolean checkpoints) {
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.getExecutionEnvironment(configuration(how, checkpoints));
        environment.setParallelism(how.parallelism());
        SingleOutputStreamOperator<Decoded> decoded = environment
                .fromSource(
                        new PartitionedSource(source),
                        new Eager(
                                HighWaterWatermarks.of(Duration.ofNanos(settings.outOfOrdernessNanos())),
                                how.watermarkEvery()),
                        "trades",
                        RecordType.DECODED)
                .uid(Uids.SOURCE)
                .setParallelism(how.sourceParallelism());
        PipelineOutputs outputs = MarketDataPipeline.build(decoded, settings);
        outputs.published().sinkTo(published).uid("published").name("published");
        outputs.archive().sinkTo(archive).uid("archive").name("archive");
        outputs.rejected().sinkTo(rejected).uid("rejected").name("rejected");
        outputs.ledger().sinkTo(ledger).uid("ledger-rows").name("ledger-rows").setParallelism(1);
        return environment;
    }

    /** Runs the job to its end. */
    PipelineRun execute(How how, boolean checkpoints) throws Exception {
        graph(how, checkpoints).execute();
        return this;
    }

    List<LedgerRow> ledgerRows() {
        return ledger.committed();
    }

    @Override
    public void close() {
        source.close();
        published.forget();
        archive.forget();
        rejected.forget();
        ledger.forget();
    }

    /** The product's watermarks, sent after every few messages as well, because a test's input is read in a moment. */
    private record Eager(HighWaterWatermarks strategy, int every) implements WatermarkStrategy<Decoded> {
        @Override
        public WatermarkGenerator<Decoded> createWatermarkGenerator(WatermarkGeneratorSupplier.Context context) {
            WatermarkGenerator<Decoded> generator = strategy.createWatermarkGenerator(context);
            return new WatermarkGenerator<>() {
                private int count;

                @Override
                public void onEvent(Decoded decoded, long timestamp, WatermarkOutput output) {
                    generator.onEvent(decoded, timestamp, output);
                    if (++count % every == 0) {
                        generator.onPeriodicEmit(output);
                    }
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
}
