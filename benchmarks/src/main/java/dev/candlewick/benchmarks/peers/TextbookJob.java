package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.States;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * The job as the textbooks write it: source → dedup by id in {@link MapState} → keyBy → a tumbling event-time window
 * operator for each interval with an {@link AggregateFunction} of OHLCV and VWAP sums → JSON → exactly-once Kafka sink.
 *
 * <p>It follows the documentation's advice: incremental aggregation into a POJO, timers coalesced to one second. It is
 * given Candlewick's deserializer, its serializers on the network and object reuse. Prices are compared as integers; sums
 * are {@link BigDecimal}, because they must be exact to be comparable. It does less: no
 * rolling VWAP, no live candles, open and close by arrival, no double entry, no lateness by the log.
 */
final class TextbookJob {
    /** Allowed lateness of both jobs. */
    private static final Duration ALLOWED_LATENESS =
            Duration.ofNanos(EngineSettings.defaults().allowedLatenessNanos());

    private TextbookJob() {}

    static void run(RunRequest request) throws Exception {
        StreamExecutionEnvironment environment = FlinkRun.environment(new Configuration(), request);
        WatermarkStrategy<Decoded> watermarks = WatermarkStrategy.<Decoded>forBoundedOutOfOrderness(
                        CandlewickJob.OUT_OF_ORDERNESS)
                .withTimestampAssigner(
                        (decoded, recordMillis) -> Math.floorDiv(decoded.trade().eventTimeNanos, 1_000_000L));
        SingleOutputStreamOperator<Trade> distinct = environment
                .fromSource(TradeInput.source(request), watermarks, "trades")
                .filter(Decoded::isTrade)
                .map(Decoded::trade, RecordType.TRADE)
                .keyBy(States.INSTRUMENT_KEY, Types.STRING)
                .process(new DropCopies(), RecordType.TRADE)
                .name("dedup");
        @Nullable DataStream<Bar> bars = null;
        for (String name : request.intervals()) {
            DataStream<Bar> ofInterval = windows(distinct, Interval.parse(name));
            bars = bars == null ? ofInterval : bars.union(ofInterval);
        }
        BarSink.add(Objects.requireNonNull(bars, "intervals"), request);
        FlinkRun.execute(environment, request);
    }

    private static SingleOutputStreamOperator<Bar> windows(DataStream<Trade> trades, Interval interval) {
        return trades.keyBy(States.INSTRUMENT_KEY, Types.STRING)
                .window(TumblingEventTimeWindows.of(Duration.ofNanos(interval.nanos())))
                .allowedLateness(ALLOWED_LATENESS)
                .aggregate(
                        new Ohlcv(),
                        new ToBar(interval.name()),
                        TypeInformation.of(Bar.class),
                        TypeInformation.of(Bar.class),
                        TypeInformation.of(Bar.class))
                .name("window " + interval.name());
    }

    /** Lets the first trade of each id through; forgets ids when no copy can be taken any more. */
    private static final class DropCopies extends KeyedProcessFunction<String, Trade, Trade> {
        private static final long serialVersionUID = 1L;

        private static final long KEEP_MILLIS =
                ALLOWED_LATENESS.plus(CandlewickJob.OUT_OF_ORDERNESS).toMillis();
        private static final long TIMER_MILLIS = 1_000;

        private transient @Nullable MapState<Long, Long> seen;

        @Override
        public void open(OpenContext context) {
            seen = getRuntimeContext().getMapState(new MapStateDescriptor<>("seen", Types.LONG, Types.LONG));
        }

        @Override
        public void processElement(Trade trade, Context context, Collector<Trade> out) throws Exception {
            if (state().contains(trade.idNumber)) {
                return;
            }
            long millis = Math.floorDiv(trade.eventTimeNanos, 1_000_000L);
            state().put(trade.idNumber, millis);
            context.timerService()
                    .registerEventTimeTimer(
                            Math.floorDiv(millis + KEEP_MILLIS, TIMER_MILLIS) * TIMER_MILLIS + TIMER_MILLIS);
            out.collect(trade);
        }

        @Override
        public void onTimer(long millis, OnTimerContext context, Collector<Trade> out) throws Exception {
            for (Iterator<Map.Entry<Long, Long>> it = state().entries().iterator(); it.hasNext(); ) {
                if (it.next().getValue() + KEEP_MILLIS < millis) {
                    it.remove();
                }
            }
        }

        private MapState<Long, Long> state() {
            MapState<Long, Long> opened = seen;
            if (opened == null) {
                throw new IllegalStateException("function must be opened before its first element, was not");
            }
            return opened;
        }
    }

    /** Adds trades up. */
    private static final class Ohlcv implements AggregateFunction<Trade, Bar, Bar> {
        private static final long serialVersionUID = 1L;

        @Override
        public Bar createAccumulator() {
            return new Bar();
        }

        @Override
        public Bar add(Trade trade, Bar bar) {
            bar.add(trade);
            return bar;
        }

        @Override
        public Bar getResult(Bar bar) {
            return bar;
        }

        @Override
        public Bar merge(Bar left, Bar right) {
            throw new UnsupportedOperationException("tumbling windows must not be merged");
        }
    }

    /** Adds what only the window knows. */
    private static final class ToBar extends ProcessWindowFunction<Bar, Bar, String, TimeWindow> {
        private static final long serialVersionUID = 1L;

        private final String interval;

        ToBar(String interval) {
            this.interval = interval;
        }

        @Override
        public void process(String key, Context context, Iterable<Bar> bars, Collector<Bar> out) {
            Bar bar = bars.iterator().next();
            bar.interval = interval;
            bar.startMillis = context.window().getStart();
            bar.endMillis = context.window().getEnd();
            out.collect(bar);
        }
    }
}
