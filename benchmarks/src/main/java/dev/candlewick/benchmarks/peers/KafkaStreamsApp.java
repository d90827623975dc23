package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunClock;
import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.benchmarks.workload.TopicFiller;
import dev.candlewick.connectors.format.MessageDecoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.core.validate.ReadContext;
import dev.candlewick.core.validate.TradeValidator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorSupplier;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;
import org.apache.kafka.streams.state.WindowStore;
import org.jspecify.annotations.Nullable;

/**
 * The job in Kafka Streams as its guide writes it: dedup in a window store, a windowed aggregation for each interval,
 * {@code suppress} until the window closes, exactly once.
 *
 * <p>It is given: Candlewick's decoder, as many threads as slots, commits as often as Flink's checkpoints, a record cache
 * of {@value #CACHE_MEBIBYTES} MiB (without it every trade is written to a changelog six times), stores in memory (RocksDB
 * where asked), the topic's partitions by symbol, so that nothing is repartitioned, and a look-up of copies at their own
 * time and not over a range. Time is that of each partition. Its clock stops behind the commit that follows the last
 * record, because windows leave the cache with a commit.
 *
 * <p>What it cannot do without code of one's own: open and close by event time, revisions of late trades after
 * {@code suppress}.
 */
final class KafkaStreamsApp {
    private static final int CACHE_MEBIBYTES = 512;
    private static final Duration DEDUP_RETENTION = Duration.ofSeconds(30);
    private static final Duration PUNCTUATION = Duration.ofMillis(10);
    private static final long WAIT_MILLIS = 5;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);
    private static final String SEEN = "seen";

    private KafkaStreamsApp() {}

    /** @param logged whether state is kept in changelogs, without which nothing survives a crash */
    static void run(RunRequest request, boolean logged) throws Exception {
        LongAdder read = new LongAdder();
        AtomicInteger open = new AtomicInteger(request.partitions());
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        StreamsBuilder builder = new StreamsBuilder();
        Serde<Trade> trades = Serdes.serdeFrom(new NoSerializer(), new TradeDeserializer(request.format()));
        Serde<Bar> bars = Serdes.serdeFrom(new BarSerializer(), new BarDeserializer());
        KStream<String, Trade> distinct = builder.stream(
                        request.topic(),
                        Consumed.with(Serdes.String(), trades)
                                .withTimestampExtractor((record, partitionMillis) ->
                                        Math.floorDiv(((Trade) record.value()).eventTimeNanos, Interval.MILLI_NANOS)))
                .processValues(new DropCopies(request, logged, read, open));
        KGroupedStream<String, Trade> bySymbol = distinct.groupByKey(Grouped.with(Serdes.String(), trades));
        for (String name : request.intervals()) {
            Interval interval = Interval.parse(name);
            Duration size = Duration.ofNanos(interval.nanos());
            Duration retention = size.plus(CandlewickJob.OUT_OF_ORDERNESS).plus(DEDUP_RETENTION);
            Materialized<String, Bar, WindowStore<org.apache.kafka.common.utils.Bytes, byte[]>> store =
                    Materialized.<String, Bar>as(store(request, "bars-" + name, retention, size))
                            .withKeySerde(Serdes.String())
                            .withValueSerde(bars)
                            .withCachingEnabled();
            Suppressed.StrictBufferConfig buffer = Suppressed.BufferConfig.unbounded();
            bySymbol.windowedBy(TimeWindows.ofSizeAndGrace(size, CandlewickJob.OUT_OF_ORDERNESS))
                    .aggregate(
                            Bar::new,
                            (symbol, trade, bar) -> {
                                bar.add(trade);
                                return bar;
                            },
                            logged ? store.withLoggingEnabled(Map.of()) : store.withLoggingDisabled())
                    .suppress(Suppressed.untilWindowCloses(logged ? buffer : buffer.withLoggingDisabled()))
                    .toStream()
                    .map((window, bar) -> {
                        bar.interval = name;
                        bar.startMillis = window.window().start();
                        bar.endMillis = window.window().end();
                        return KeyValue.pair(BarJson.key(bar), BarJson.value(bar));
                    })
                    .to(
                            request.outputPrefix() + "candles." + name,
                            Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));
        }
        try (KafkaStreams streams = new KafkaStreams(builder.build(), config(request))) {
            streams.setUncaughtExceptionHandler(e -> {
                failure.compareAndSet(null, e);
                return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
            });
            streams.start();
            while (!RunClock.await(WAIT_MILLIS)) {
                RunClock.read(read.sum());
                Throwable cause = failure.get();
                if (cause != null) {
                    throw new IllegalStateException("application must run until everything is processed", cause);
                }
            }
            streams.close(CLOSE_LIMIT);
        }
        if (read.sum() != request.records()) {
            throw new IllegalStateException(
                    "application must read " + request.records() + " records, was " + read.sum());
        }
        deleteInternalTopics(request);
    }

    private static WindowBytesStoreSupplier store(RunRequest request, String name, Duration retention, Duration size) {
        return request.backend().equals("rocksdb")
                ? Stores.persistentWindowStore(name, retention, size, false)
                : Stores.inMemoryWindowStore(name, retention, size, false);
    }

    private static Properties config(RunRequest request) {
        Properties config = new Properties();
        config.put(StreamsConfig.APPLICATION_ID_CONFIG, request.outputPrefix() + "app");
        config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, request.bootstrapServers());
        config.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, request.parallelism());
        config.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        config.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, request.checkpointIntervalMillis());
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, (long) CACHE_MEBIBYTES << 20);
        config.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
        config.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        config.put(
                StreamsConfig.STATE_DIR_CONFIG,
                request.directory().resolve("state").toString());
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        config.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 5_000);
        FlinkRun.producerConfig(request)
                .forEach((key, value) -> config.put(StreamsConfig.producerPrefix((String) key), value));
        config.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 600_000);
        return config;
    }

    private static void deleteInternalTopics(RunRequest request) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", request.bootstrapServers()))) {
            String prefix = request.outputPrefix() + "app-";
            List<String> own = admin.listTopics().names().get().stream()
                    .filter(topic -> topic.startsWith(prefix))
                    .toList();
            admin.deleteTopics(own).all().get();
        }
    }

    /** Lets the first trade of each id through. */
    private static final class DropCopies implements FixedKeyProcessorSupplier<String, Trade, Trade> {
        private final RunRequest request;
        private final boolean logged;
        private final LongAdder read;
        private final AtomicInteger open;

        private DropCopies(RunRequest request, boolean logged, LongAdder read, AtomicInteger open) {
            this.request = request;
            this.logged = logged;
            this.read = read;
            this.open = open;
        }

        @Override
        public Set<StoreBuilder<?>> stores() {
            StoreBuilder<WindowStore<byte[], byte[]>> builder = Stores.windowStoreBuilder(
                    store(request, SEEN, DEDUP_RETENTION, Duration.ofSeconds(1)),
                    Serdes.ByteArray(),
                    Serdes.ByteArray());
            return Set.of(logged ? builder.withLoggingEnabled(Map.of()) : builder.withLoggingDisabled());
        }

        @Override
        public FixedKeyProcessor<String, Trade, Trade> get() {
            return new Worker(read, open);
        }
    }

    private static final class Worker implements FixedKeyProcessor<String, Trade, Trade> {
        private static final byte[] PRESENT = {1};

        private final LongAdder read;
        private final AtomicInteger open;
        private @Nullable FixedKeyProcessorContext<String, Trade> context;
        private @Nullable WindowStore<byte[], byte[]> seen;
        private int punctuationsAfterMarker = -1;

        private Worker(LongAdder read, AtomicInteger open) {
            this.read = read;
            this.open = open;
        }

        @Override
        public void init(FixedKeyProcessorContext<String, Trade> given) {
            context = given;
            seen = given.getStateStore(SEEN);
            given.schedule(PUNCTUATION, PunctuationType.WALL_CLOCK_TIME, this::punctuate);
        }

        @Override
        public void process(FixedKeyRecord<String, Trade> record) {
            FixedKeyProcessorContext<String, Trade> given = context;
            WindowStore<byte[], byte[]> store = seen;
            if (given == null || store == null) {
                throw new IllegalStateException("processor must be initialised before its first record, was not");
            }
            Trade trade = record.value();
            byte[] symbol = trade.instrument.symbolUtf8();
            byte[] id = ByteBuffer.allocate(symbol.length + Long.BYTES)
                    .put(symbol)
                    .putLong(trade.idNumber)
                    .array();
            if (store.fetch(id, record.timestamp()) == null) {
                store.put(id, PRESENT, record.timestamp());
                given.forward(record);
            }
            read.increment();
            if (trade.instrument.symbol().startsWith(TopicFiller.MARKER_SYMBOL)) {
                given.commit();
                punctuationsAfterMarker = 0;
            }
        }

        /** A thread punctuates, then commits what asked for it: at the second time after the marker that has happened. */
        private void punctuate(long millis) {
            if (punctuationsAfterMarker >= 0 && ++punctuationsAfterMarker == 2 && open.decrementAndGet() == 0) {
                RunClock.read(read.sum());
                RunClock.processedAll();
            }
        }
    }

    private static final class TradeDeserializer implements Deserializer<Trade> {
        private final String format;
        private final ThreadLocal<MessageDecoder> decoders = ThreadLocal.withInitial(this::decoder);

        private TradeDeserializer(String format) {
            this.format = format;
        }

        private MessageDecoder decoder() {
            return WireFormat.ofOption(format)
                    .newDecoder(new TradeValidator(FeedRules.builder().build()));
        }

        @Override
        public Trade deserialize(String topic, byte[] data) {
            Decoded decoded = new Decoded();
            decoders.get().decode(data, 0, data.length, new ReadContext().readFromLog(0, 0, 0), decoded);
            if (!decoded.isTrade()) {
                throw new IllegalStateException("message must be a trade, was " + decoded.kind());
            }
            return decoded.trade();
        }
    }

    /** Trades are never written, because nothing is repartitioned. */
    private static final class NoSerializer implements Serializer<Trade> {
        @Override
        public byte[] serialize(String topic, Trade data) {
            throw new UnsupportedOperationException("trades must not be repartitioned");
        }
    }

    private static final class BarSerializer implements Serializer<Bar> {
        @Override
        public byte[] serialize(String topic, Bar bar) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
            try (DataOutputStream out = new DataOutputStream(bytes)) {
                out.writeUTF(bar.venue);
                out.writeUTF(bar.symbol);
                out.writeByte(bar.priceScale);
                out.writeByte(bar.sizeScale);
                out.writeLong(bar.open);
                out.writeLong(bar.high);
                out.writeLong(bar.low);
                out.writeLong(bar.close);
                write(bar.volume, out);
                write(bar.notional, out);
                out.writeLong(bar.trades);
            } catch (IOException e) {
                throw new UncheckedIOException("writing to memory must succeed, did not", e);
            }
            return bytes.toByteArray();
        }

        private static void write(BigDecimal value, DataOutputStream out) throws IOException {
            byte[] unscaled = value.unscaledValue().toByteArray();
            out.writeByte(value.scale());
            out.writeByte(unscaled.length);
            out.write(unscaled);
        }
    }

    private static final class BarDeserializer implements Deserializer<Bar> {
        @Override
        public @Nullable Bar deserialize(String topic, byte @Nullable [] data) {
            if (data == null) {
                return null;
            }
            try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(data))) {
                Bar bar = new Bar();
                bar.venue = in.readUTF();
                bar.symbol = in.readUTF();
                bar.priceScale = in.readByte();
                bar.sizeScale = in.readByte();
                bar.open = in.readLong();
                bar.high = in.readLong();
                bar.low = in.readLong();
                bar.close = in.readLong();
                bar.volume = read(in);
                bar.notional = read(in);
                bar.trades = in.readLong();
                return bar;
            } catch (IOException e) {
                throw new UncheckedIOException("a bar must be readable as it was written, was not", e);
            }
        }

        private static BigDecimal read(DataInputStream in) throws IOException {
            int scale = in.readByte();
            byte[] unscaled = new byte[in.readByte()];
            in.readFully(unscaled);
            return new BigDecimal(new BigInteger(unscaled), scale);
        }
    }
}
