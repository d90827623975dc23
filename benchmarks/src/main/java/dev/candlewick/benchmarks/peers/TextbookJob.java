package dev.candlewick.benchmarks.peers;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.candlewick.benchmarks.run.JobClock;
import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.connectors.kafka.sink.TopicRecord;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.RecordType;
import dev.candlewick.jobs.operators.States;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The job as the textbooks write it: source → dedup by id in {@link MapState} → keyBy → three tumbling event-time window
 * operators (1s, 1m, 5m) with an {@link AggregateFunction} of OHLCV and VWAP sums → JSON → exactly-once Kafka sink.
 *
 * <p>It follows the documentation's advice: incremental aggregation into a POJO, timers coalesced to one second. It is
 * given Candlewick's deserializer, its serializers on the network and object reuse. Prices are compared as integers; sums
 * are {@link BigDecimal}, because they must be exact to be comparable. It does less: three intervals and not six, no
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
        DataStream<Bar> bars = windows(distinct, "1s", Duration.ofSeconds(1))
                .union(windows(distinct, "1m", Duration.ofMinutes(1)), windows(distinct, "5m", Duration.ofMinutes(5)));
        KafkaSink<TopicRecord> sink = KafkaSink.<TopicRecord>builder()
                .setBootstrapServers(request.bootstrapServers())
                .setKafkaProducerConfig(FlinkRun.producerConfig(request))
                .setRecordSerializer(new Serializer())
                .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
                .setTransactionalIdPrefix(request.outputPrefix())
                .build();
        bars.map(new ToJson(request.outputPrefix()), TypeInformation.of(TopicRecord.class))
                .name("json")
                .sinkTo(sink)
                .name(JobClock.SINK);
        FlinkRun.execute(environment, request);
    }

    private static SingleOutputStreamOperator<Bar> windows(DataStream<Trade> trades, String interval, Duration length) {
        return trades.keyBy(States.INSTRUMENT_KEY, Types.STRING)
                .window(TumblingEventTimeWindows.of(length))
                .allowedLateness(ALLOWED_LATENESS)
                .aggregate(
                        new Ohlcv(),
                        new ToBar(interval),
                        TypeInformation.of(Bar.class),
                        TypeInformation.of(Bar.class),
                        TypeInformation.of(Bar.class))
                .name("window " + interval);
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

    /** Accumulator and result of a window; a POJO as Flink wants it. */
    public static final class Bar {
        /** Published venue and symbol. */
        public String venue = "";
        /** Symbol. */
        public String symbol = "";
        /** Name of the window's length. */
        public String interval = "";
        /** Window start in milliseconds. */
        public long startMillis;
        /** Window end in milliseconds. */
        public long endMillis;
        /** Decimals of prices. */
        public int priceScale;
        /** Decimals of sizes. */
        public int sizeScale;
        /** First price by arrival. */
        public long open;
        /** Largest price. */
        public long high;
        /** Smallest price. */
        public long low;
        /** Last price by arrival. */
        public long close;
        /** Sum of sizes. */
        public BigDecimal volume = BigDecimal.ZERO;
        /** Sum of price times size, for the VWAP. */
        public BigDecimal notional = BigDecimal.ZERO;
        /** How many. */
        public long trades;

        /** For Flink. */
        public Bar() {}
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
            if (bar.trades == 0) {
                Instrument instrument = trade.instrument;
                bar.venue = instrument.publishedVenue();
                bar.symbol = instrument.symbol();
                bar.priceScale = instrument.priceScale();
                bar.sizeScale = instrument.sizeScale();
                bar.open = trade.priceScaled;
                bar.high = trade.priceScaled;
                bar.low = trade.priceScaled;
            } else {
                bar.high = Math.max(bar.high, trade.priceScaled);
                bar.low = Math.min(bar.low, trade.priceScaled);
            }
            bar.close = trade.priceScaled;
            BigDecimal size = BigDecimal.valueOf(trade.sizeScaled, bar.sizeScale);
            bar.volume = bar.volume.add(size);
            bar.notional = bar.notional.add(
                    BigDecimal.valueOf(trade.priceScaled, bar.priceScale).multiply(size));
            bar.trades++;
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

    /** Writes a bar as JSON. */
    private static final class ToJson extends RichMapFunction<Bar, TopicRecord> {
        private static final long serialVersionUID = 1L;

        private static final long NANOS_PER_MILLI = 1_000_000L;
        private static final JsonFactory JSON = new JsonFactory();

        private final String prefix;

        ToJson(String prefix) {
            this.prefix = prefix;
        }

        @Override
        public TopicRecord map(Bar bar) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
            try (JsonGenerator json = JSON.createGenerator(bytes)) {
                json.writeStartObject();
                json.writeStringField("venue", bar.venue);
                json.writeStringField("symbol", bar.symbol);
                json.writeStringField("interval", bar.interval);
                json.writeNumberField("start_ns", bar.startMillis * NANOS_PER_MILLI);
                json.writeNumberField("end_ns", bar.endMillis * NANOS_PER_MILLI);
                json.writeStringField("open", decimal(bar.open, bar.priceScale));
                json.writeStringField("high", decimal(bar.high, bar.priceScale));
                json.writeStringField("low", decimal(bar.low, bar.priceScale));
                json.writeStringField("close", decimal(bar.close, bar.priceScale));
                json.writeStringField("volume", bar.volume.stripTrailingZeros().toPlainString());
                json.writeStringField(
                        "notional", bar.notional.stripTrailingZeros().toPlainString());
                json.writeStringField(
                        "vwap",
                        bar.notional
                                .divide(bar.volume, bar.priceScale, RoundingMode.HALF_EVEN)
                                .stripTrailingZeros()
                                .toPlainString());
                json.writeNumberField("trades", bar.trades);
                json.writeEndObject();
            }
            String key = bar.venue + "|" + bar.symbol + "|" + bar.startMillis * NANOS_PER_MILLI;
            return new TopicRecord(
                    prefix + "candles." + bar.interval, key.getBytes(StandardCharsets.UTF_8), bytes.toByteArray());
        }

        private static String decimal(long scaled, int scale) {
            return BigDecimal.valueOf(scaled, scale).stripTrailingZeros().toPlainString();
        }
    }

    private static final class Serializer implements KafkaRecordSerializationSchema<TopicRecord> {
        private static final long serialVersionUID = 1L;

        @Override
        public ProducerRecord<byte[], byte[]> serialize(
                TopicRecord record, KafkaSinkContext context, @Nullable Long timestampMillis) {
            return new ProducerRecord<>(record.topic(), record.key(), record.value());
        }
    }
}
