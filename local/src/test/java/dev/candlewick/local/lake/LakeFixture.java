package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakePublisher;
import dev.candlewick.connectors.lake.LakeRun;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeSinks;
import dev.candlewick.connectors.lake.LakeTarget;
import dev.candlewick.connectors.lake.LedgerRow;
import dev.candlewick.connectors.lake.RunReport;
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
import java.io.Serial;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Writes small lakes through the real sinks and the real publisher. */
public final class LakeFixture {
    static final List<String> HOSTILE = List.of(
            "../../etc/passwd",
            "A/B",
            "it's",
            "say \"x\"",
            "two\nlines",
            "tab\tand\u0001",
            "🕯️",
            "C:\\x",
            "', drop",
            "XBT/USDT");
    static final long KNOWN_AT = 1_709_640_000_000_000_123L;

    /** 2024-03-04T23:59:59.999999999Z. */
    static final long LAST_NANO_OF_MARCH_4 = 1_709_596_799_999_999_999L;

    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2024-03-05T12:00:00Z"));
    private static final AtomicLong SETS = new AtomicLong();
    private static final Map<Long, List<?>> ROWS = new ConcurrentHashMap<>();

    final List<Trade> trades = new ArrayList<>();
    final List<Candle> candles = new ArrayList<>();
    final List<VwapRow> vwap = new ArrayList<>();
    final List<Rejected> rejected = new ArrayList<>();

    /** One of everything, with nulls, revisions and hostile text. */
    public static LakeFixture sample() {
        LakeFixture fixture = new LakeFixture();
        for (int i = 0; i < HOSTILE.size(); i++) {
            String text = HOSTILE.get(i);
            fixture.trades.add(trade(text, LAST_NANO_OF_MARCH_4 + i, i, 1_000_000_000_000L + i));
            fixture.candles.add(candle(text, 60_000_000_000L * i, 0, 5));
            fixture.vwap.add(vwap(text, 1_000_000_000L * i, 0));
        }
        fixture.candles.add(candle("A/B", 60_000_000_000L, 1, 6));
        fixture.candles.add(candle("A/B", 60_000_000_000L, 2, 7));
        fixture.candles.add(fill("A/B", 120_000_000_000L));
        fixture.vwap.add(vwap("A/B", 1_000_000_000L, 3));
        fixture.rejected.add(new Rejected(
                Reason.RANGE,
                "price must fit, was \"x\"\n",
                new byte[] {0, -1, '\''},
                -1,
                Trade.TIME_ABSENT,
                7,
                0,
                3,
                9));
        return fixture;
    }

    static Trade trade(String symbol, long eventTimeNanos, long offset, long priceScaled) {
        Trade trade = new Trade();
        trade.instrument = Instrument.ofVenue("V", symbol, 12, 8);
        trade.eventTimeNanos = eventTimeNanos;
        trade.priceScaled = priceScaled;
        trade.sizeScaled = 150_000_000;
        if (offset % 2 == 0) {
            trade.setId("id-" + symbol);
        }
        trade.readOffset = offset;
        trade.placePosition = offset;
        return trade;
    }

    static Candle candle(String symbol, long startNanos, int revision, long trades) {
        return new Candle(
                "V",
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
                Int128.product(4_000_000_000_000L, 100_000_000L),
                trades,
                startNanos + 1,
                startNanos + 2,
                revision,
                revision == 0 ? RevisionReason.CLOSED : RevisionReason.LATE,
                true,
                new Int128(1, 2),
                CandleFlag.OUTLIER.bit() | CandleFlag.ID_CONFLICT.bit(),
                0);
    }

    private static Candle fill(String symbol, long startNanos) {
        return new Candle(
                "V",
                symbol,
                Interval.parse("1m"),
                startNanos,
                12,
                8,
                1,
                1,
                1,
                1,
                Int128.ZERO,
                Int128.ZERO,
                0,
                Trade.TIME_ABSENT,
                Trade.TIME_ABSENT,
                0,
                RevisionReason.CLOSED,
                true,
                Int128.ZERO,
                0,
                0);
    }

    static VwapRow vwap(String symbol, long atNanos, int revision) {
        return new VwapRow(
                "V",
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

    static RunReport report() {
        return new RunReport(
                Map.of("candlewick", "test"),
                Map.of("late", "accept"),
                List.of("trades", "b'.csv"),
                Map.of(),
                List.of(
                        new LedgerRow("partition", "b'.csv", null, 5L, 1L, 1L, 1L, 0L, 2L, null, null, 0L),
                        new LedgerRow("interval", null, "1m", null, null, null, null, null, 2L, 2L, 0L, 0L)),
                Map.of());
    }

    /** Writes and publishes a bounded run. */
    public LakeCatalog bounded(Path lake, String name) throws Exception {
        try (LakeRun run = LakeRun.bounded(lake, name, LakeScales.covering(12, 8), CLOCK, note -> {})) {
            write(run);
            return LakePublisher.publish(run, report(), CanonicalDump::digests);
        }
    }

    /** Writes what a streaming job would have committed so far, and publishes it. */
    public LakeCatalog streaming(Path lake, String name) throws Exception {
        try (LakeRun run = LakeRun.streaming(lake, name, LakeScales.covering(12, 8), CLOCK, note -> {})) {
            write(run);
            LakePublisher.publishCommitted(run, report());
            return LakeCatalog.open(lake, run.version());
        }
    }

    private void write(LakeRun run) throws Exception {
        Configuration configuration = new Configuration();
        configuration.setString("restart-strategy.type", "none");
        StreamExecutionEnvironment environment = StreamExecutionEnvironment.createLocalEnvironment(1, configuration);
        environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
        environment.getConfig().enableObjectReuse();
        LakeTarget target = run.target(List.of("trades", "b'.csv"), "crypto@abc", () -> KNOWN_AT);
        attach(environment, trades, Trade.class, LakeSinks.trades(target));
        attach(environment, candles, Candle.class, LakeSinks.candles(target));
        attach(environment, vwap, VwapRow.class, LakeSinks.vwap(target));
        attach(environment, rejected, Rejected.class, LakeSinks.rejected(target, Long.MIN_VALUE, Long.MAX_VALUE));
        if (!trades.isEmpty() || !candles.isEmpty() || !vwap.isEmpty() || !rejected.isEmpty()) {
            environment.execute();
        }
    }

    private static <T> void attach(StreamExecutionEnvironment environment, List<T> rows, Class<T> type, Sink<T> sink) {
        if (rows.isEmpty()) {
            return;
        }
        long set = SETS.incrementAndGet();
        ROWS.put(set, List.copyOf(rows));
        environment
                .fromSource(
                        new NumberSequenceSource(0, rows.size() - 1),
                        WatermarkStrategy.noWatermarks(),
                        "rows of " + type)
                .map(new Pick<T>(set))
                .returns(TypeInformation.of(type))
                .sinkTo(sink)
                .uid("lake-" + type.getSimpleName());
    }

    private static final class Pick<T> implements MapFunction<Long, T> {
        @Serial
        private static final long serialVersionUID = 1L;

        private final long set;

        Pick(long set) {
            this.set = set;
        }

        @Override
        @SuppressWarnings("unchecked")
        public T map(Long index) {
            return (T) ROWS.get(set).get(index.intValue());
        }
    }
}
