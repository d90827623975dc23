package dev.candlewick.connectors.lake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.time.Interval;
import java.io.Serial;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The sinks in a real mini cluster, in both runtime modes, with a failure in between. */
class LakeSinksTest {
    private static final long ROWS = 3_000;
    private static final long DAY_NANOS = 86_400_000_000_000L;

    @TempDir
    Path folder;

    private static StreamExecutionEnvironment environment(RuntimeExecutionMode mode) {
        Configuration configuration = new Configuration();
        configuration.setString("restart-strategy.type", "fixed-delay");
        configuration.setString("restart-strategy.fixed-delay.attempts", "3");
        configuration.setString("restart-strategy.fixed-delay.delay", "10 ms");
        if (mode == RuntimeExecutionMode.STREAMING) {
            configuration.setString("execution.checkpointing.interval", "100 ms");
        } else {
            configuration.setString("restart-strategy.type", "none");
        }
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(2, configuration);
        environment.setRuntimeMode(mode);
        environment.getConfig().enableObjectReuse();
        return environment;
    }

    /** Fills one carrier again and again, as the decoders do. */
    static final class Trades implements MapFunction<Long, Trade> {
        @Serial
        private static final long serialVersionUID = 1L;

        private transient Trade carrier;

        @Override
        public Trade map(Long n) {
            if (carrier == null) {
                carrier = new Trade();
            }
            String hostile = LakeSamples.HOSTILE.get((int) (n % LakeSamples.HOSTILE.size()));
            carrier.instrument = Instrument.ofVenue("V", hostile, 12, 8);
            carrier.eventTimeNanos = n % 3 * DAY_NANOS - 1;
            carrier.priceScaled = n + 1;
            carrier.sizeScaled = n;
            carrier.setIdNumber(n);
            carrier.readSource = (int) (n % 2);
            carrier.readOffset = n;
            return carrier;
        }
    }

    /** Fails once, after a checkpoint has been completed in the middle of the input. */
    static final class FailOnce extends RichMapFunction<Long, Long> implements CheckpointListener {
        @Serial
        private static final long serialVersionUID = 1L;

        /** How often this JVM has failed on purpose. */
        static final AtomicInteger FAILURES = new AtomicInteger();

        private transient boolean checkpointed;

        @Override
        public Long map(Long n) throws Exception {
            if (getRuntimeContext().getTaskInfo().getAttemptNumber() == 0) {
                // Slow enough that checkpoints fall into the input; a failure ends the attempt.
                Thread.onSpinWait();
                long until = System.nanoTime() + 300_000;
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                if (checkpointed) {
                    FAILURES.incrementAndGet();
                    throw new IllegalStateException("failure on purpose");
                }
            }
            return n;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            checkpointed = true;
        }
    }

    private static <T> DataStream<T> rows(
            StreamExecutionEnvironment environment, MapFunction<Long, T> map, Class<T> type) {
        DataStream<Long> numbers = environment.fromSource(
                new NumberSequenceSource(0, ROWS - 1), WatermarkStrategy.noWatermarks(), "numbers");
        if (environment.getConfiguration().get(org.apache.flink.configuration.ExecutionOptions.RUNTIME_MODE)
                == RuntimeExecutionMode.STREAMING) {
            numbers = numbers.map(new FailOnce());
        }
        return numbers.map(map).returns(TypeInformation.of(type));
    }

    @ParameterizedTest
    @EnumSource(
            value = RuntimeExecutionMode.class,
            names = {"BATCH", "STREAMING"})
    void tradesOfABoundedRunArriveOnceEach(RuntimeExecutionMode mode) throws Exception {
        Path lake = folder.resolve("lake");
        try (LakeRun run = LakeRun.bounded(lake, "run", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {})) {
            StreamExecutionEnvironment environment = environment(mode);
            rows(environment, new Trades(), Trade.class)
                    .sinkTo(LakeSinks.trades(LakeSamples.target(run)))
                    .uid("lake-trades");
            int failures = FailOnce.FAILURES.get();
            environment.execute();
            assertThat(FailOnce.FAILURES.get() > failures).isEqualTo(mode == RuntimeExecutionMode.STREAMING);
            assertThat(Files.exists(lake.resolve("trades"))).isFalse();
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(LakeSamples.rows("SELECT count(*), count(DISTINCT read_offset), count(DISTINCT trade_id),"
                        + " sum(size * 100000000)::BIGINT, count(DISTINCT symbol) FROM "
                        + LakeSamples.from(catalog, LakeTable.TRADES)))
                .containsExactly(List.of(
                        "3000",
                        "3000",
                        "3000",
                        Long.toString(ROWS * (ROWS - 1) / 2),
                        Integer.toString(LakeSamples.HOSTILE.size())));
        assertThat(catalog.manifests(LakeTable.TRADES).stream()
                        .map(LakeManifest::partition)
                        .toList())
                .containsExactly(
                        "trades/version=1/year=1969/month=12/day=31",
                        "trades/version=1/year=1970/month=01/day=01",
                        "trades/version=1/year=1970/month=01/day=02");
        try (Stream<Path> walk = Files.walk(folder)) {
            assertThat(new TreeSet<>(
                            walk.map(path -> folder.relativize(path).toString()).toList()))
                    .allMatch(name -> name.isEmpty()
                            || name.matches("lake(/(\\.lock|lake\\.json|run\\.json|runs(/run(/run\\.json)?)?"
                                    + "|trades(/version=1(/year=\\d{4}(/month=\\d\\d(/day=\\d\\d"
                                    + "(/(part-[0-9a-f-]+-\\d+\\.parquet|_manifest-\\d{6}\\.json))?)?)?)?)?))?"));
        }
    }

    /** As {@link Trades}, with many more days than files may be open, in no order. */
    static final class ManyDays implements MapFunction<Long, Trade> {
        @Serial
        private static final long serialVersionUID = 1L;

        private final Trades trades = new Trades();

        @Override
        public Trade map(Long n) {
            Trade trade = trades.map(n);
            trade.eventTimeNanos = n * 37 % 100 * DAY_NANOS + n;
            return trade;
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = RuntimeExecutionMode.class,
            names = {"BATCH", "STREAMING"})
    void moreDaysThanOpenFilesArriveOnceEach(RuntimeExecutionMode mode) throws Exception {
        Path lake = folder.resolve("lake");
        try (LakeRun run = LakeRun.bounded(lake, "run", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {})) {
            StreamExecutionEnvironment environment = environment(mode);
            rows(environment, new ManyDays(), Trade.class)
                    .sinkTo(LakeSinks.trades(LakeSamples.target(run), 1))
                    .uid("lake-trades");
            int failures = FailOnce.FAILURES.get();
            environment.execute();
            assertThat(FailOnce.FAILURES.get() > failures).isEqualTo(mode == RuntimeExecutionMode.STREAMING);
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(LakeSamples.rows("SELECT count(*), count(DISTINCT read_offset), count(DISTINCT event_time_ns)"
                        + " FROM " + LakeSamples.from(catalog, LakeTable.TRADES)))
                .containsExactly(List.of("3000", "3000", "3000"));
        assertThat(catalog.manifests(LakeTable.TRADES)).hasSize(100);
        assertThat(catalog.files(LakeTable.TRADES))
                .as("days were closed and opened again")
                .hasSizeGreaterThan(200);
    }

    @Test
    void streamingJobCommitsIntoTheLakeItself() throws Exception {
        Path lake = folder.resolve("lake");
        try (LakeRun run = LakeRun.streaming(lake, "live", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {})) {
            StreamExecutionEnvironment environment = environment(RuntimeExecutionMode.STREAMING);
            rows(environment, n -> candle(n), Candle.class)
                    .sinkTo(LakeSinks.candles(LakeSamples.target(run)))
                    .uid("lake-candles");
            environment.execute();
            assertThat(LakePublisher.publishCommitted(run, LakeSamples.report()))
                    .isPositive();
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(LakeSamples.rows("SELECT count(*), count(DISTINCT start_ns) FROM "
                        + LakeSamples.from(catalog, LakeTable.CANDLES)))
                .containsExactly(List.of("3000", "3000"));
        assertThat(catalog.manifests(LakeTable.CANDLES).stream()
                        .map(LakeManifest::partition)
                        .toList())
                .contains(
                        "candles/version=1/interval=10s/year=1970/month=01/day=01",
                        "candles/version=1/interval=1m/year=1970/month=01/day=02");
    }

    private static Candle candle(long n) {
        Candle sample = LakeSamples.candle("S", n * 60_000_000_000L, 0);
        return n % 2 == 0
                ? sample
                : new Candle(
                        sample.venue(),
                        sample.symbol(),
                        new Interval("10s", 10_000_000_000L),
                        sample.startNanos(),
                        sample.priceScale(),
                        sample.sizeScale(),
                        sample.openScaled(),
                        sample.highScaled(),
                        sample.lowScaled(),
                        sample.closeScaled(),
                        sample.volume(),
                        sample.notional(),
                        sample.trades(),
                        sample.firstTradeNanos(),
                        sample.lastTradeNanos(),
                        sample.revision(),
                        sample.reason(),
                        sample.isFinal(),
                        sample.digest(),
                        sample.flags(),
                        sample.previousTrades());
    }

    @Test
    void vwapAndRejectedGoByTheirOwnDays() throws Exception {
        Path lake = folder.resolve("lake");
        long min = -DAY_NANOS;
        long max = 10 * DAY_NANOS;
        try (LakeRun run = LakeRun.bounded(lake, "run", LakeSamples.SCALES, LakeSamples.CLOCK, note -> {})) {
            StreamExecutionEnvironment environment = environment(RuntimeExecutionMode.BATCH);
            rows(environment, n -> LakeSamples.vwap("S", n % 2 * DAY_NANOS, 0), VwapRow.class)
                    .sinkTo(LakeSinks.vwap(LakeSamples.target(run)))
                    .uid("lake-vwap");
            rows(environment, n -> rejected(n, max), Rejected.class)
                    .sinkTo(LakeSinks.rejected(LakeSamples.target(run), min, max))
                    .uid("lake-rejected");
            environment.execute();
            LakePublisher.publish(run, LakeSamples.report(), LakePublisher.Digester.NONE);
        }
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.manifests(LakeTable.VWAP).stream()
                        .map(manifest -> manifest.partition() + " " + manifest.rows())
                        .toList())
                .containsExactly(
                        "vwap/version=1/year=1970/month=01/day=01 1500",
                        "vwap/version=1/year=1970/month=01/day=02 1500");
        assertThat(catalog.manifests(LakeTable.REJECTED).stream()
                        .map(manifest -> manifest.partition() + " " + manifest.rows())
                        .toList())
                .containsExactly(
                        "rejected/version=1/year=1970/month=01/day=01 750",
                        "rejected/version=1/year=1970/month=01/day=03 750",
                        "rejected/version=1/year=1970/month=01/day=04 750",
                        "rejected/version=1/year=1970/month=01/day=05 750");
    }

    private static Rejected rejected(long n, long max) {
        long absent = Trade.TIME_ABSENT;
        return switch ((int) (n % 4)) {
            case 0 -> LakeSamples.rejected(2 * DAY_NANOS, 3 * DAY_NANOS, 4 * DAY_NANOS, n);
            case 1 -> LakeSamples.rejected(max + 1, 3 * DAY_NANOS, 4 * DAY_NANOS, n);
            case 2 -> LakeSamples.rejected(absent, absent, 4 * DAY_NANOS, n);
            default -> LakeSamples.rejected(-DAY_NANOS - 1, absent, absent, n);
        };
    }
}
