package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunClock;
import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.connectors.kafka.TradeRecordDeserializer;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The limit of what one core can do: one thread that takes decoded trades from memory, leaves copies out, adds them up to
 * candles and writes these to Kafka. No framework, no state that survives, no late trades, no transactions.
 *
 * <p>Reading and decoding happen before the clock starts. Open and close are by arrival, the VWAP is that of each candle.
 */
final class PlainLoop {
    private static final Duration POLL = Duration.ofSeconds(10);
    private static final int CHUNK = 1 << 16;
    /** A power of two. */
    private static final int TOLD_EVERY = 1 << 10;

    private PlainLoop() {}

    /** Decoded trades in columns, in the order of reading. */
    private static final class Chunk {
        private final Symbol[] symbols = new Symbol[CHUNK];
        private final long[] timeNanos = new long[CHUNK];
        private final long[] id = new long[CHUNK];
        private final long[] priceScaled = new long[CHUNK];
        private final long[] sizeScaled = new long[CHUNK];
        private int size;
    }

    /** One candle in the making. */
    private static final class Window {
        private long startNanos;
        private long open;
        private long high;
        private long low;
        private long close;
        private long volumeHigh;
        private long volumeLow;
        private long notionalHigh;
        private long notionalLow;
        private long trades;
        /** Ids with one added, so that 0 is free; only in the finest interval. */
        private long[] ids = {};

        private boolean isNew(long id) {
            if (2 * trades >= ids.length) {
                long[] old = ids;
                ids = new long[Math.max(16, 4 * old.length)];
                for (long key : old) {
                    if (key != 0) {
                        place(key);
                    }
                }
            }
            return place(id + 1);
        }

        private boolean place(long key) {
            int mask = ids.length - 1;
            int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 33) & mask;
            while (ids[slot] != 0) {
                if (ids[slot] == key) {
                    return false;
                }
                slot = slot + 1 & mask;
            }
            ids[slot] = key;
            return true;
        }

        private void add(long price, long size) {
            if (trades++ == 0) {
                open = price;
                high = price;
                low = price;
            } else {
                high = Math.max(high, price);
                low = Math.min(low, price);
            }
            close = price;
            addVolume(0, size);
            addNotional(Math.multiplyHigh(price, size), price * size);
        }

        private void merge(Window finer) {
            if (trades == 0) {
                open = finer.open;
                high = finer.high;
                low = finer.low;
            } else {
                high = Math.max(high, finer.high);
                low = Math.min(low, finer.low);
            }
            close = finer.close;
            trades += finer.trades;
            addVolume(finer.volumeHigh, finer.volumeLow);
            addNotional(finer.notionalHigh, finer.notionalLow);
        }

        private void addVolume(long upper, long lower) {
            volumeLow += lower;
            volumeHigh += upper + (Long.compareUnsigned(volumeLow, lower) < 0 ? 1 : 0);
        }

        private void addNotional(long upper, long lower) {
            notionalLow += lower;
            notionalHigh += upper + (Long.compareUnsigned(notionalLow, lower) < 0 ? 1 : 0);
        }
    }

    /** An instrument with its open windows, by interval. */
    private static final class Symbol {
        private final Instrument instrument;
        private final Partition partition;
        private final List<ArrayList<Window>> open = new ArrayList<>();

        private Symbol(Instrument instrument, Partition partition, int intervals) {
            this.instrument = instrument;
            this.partition = partition;
            for (int i = 0; i < intervals; i++) {
                open.add(new ArrayList<>());
            }
        }

        private Window window(int interval, long startNanos) {
            ArrayList<Window> windows = open.get(interval);
            for (int i = windows.size() - 1; i >= 0; i--) {
                if (windows.get(i).startNanos == startNanos) {
                    return windows.get(i);
                }
            }
            Window window = new Window();
            window.startNanos = startNanos;
            windows.add(window);
            return window;
        }
    }

    /** A partition with its time. */
    private static final class Partition {
        private final List<Symbol> symbols = new ArrayList<>();
        private long closedSeconds = Long.MIN_VALUE;
        private long latestNanos = Long.MIN_VALUE;
    }

    static void run(RunRequest request) {
        Intervals intervals = Intervals.parse(String.join(",", request.intervals()));
        List<Chunk> chunks = read(request, intervals.count());
        Properties config = FlinkRun.producerConfig(request);
        config.remove("transaction.timeout.ms");
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            long done = 0;
            for (Chunk chunk : chunks) {
                for (int i = 0; i < chunk.size; i++) {
                    if ((i & TOLD_EVERY - 1) == 0) {
                        RunClock.read(done + i);
                    }
                    take(chunk, i, intervals, request, producer);
                }
                done += chunk.size;
            }
            producer.flush();
            RunClock.processedAll();
        }
    }

    private static void take(
            Chunk chunk, int i, Intervals intervals, RunRequest request, KafkaProducer<byte[], byte[]> producer) {
        Symbol symbol = chunk.symbols[i];
        Partition partition = symbol.partition;
        long timeNanos = chunk.timeNanos[i];
        Window window = symbol.window(0, intervals.finest().startOf(timeNanos));
        if (window.isNew(chunk.id[i])) {
            window.add(chunk.priceScaled[i], chunk.sizeScaled[i]);
        }
        if (timeNanos > partition.latestNanos) {
            partition.latestNanos = timeNanos;
            long watermarkNanos = timeNanos - CandlewickJob.OUT_OF_ORDERNESS.toNanos();
            long seconds = watermarkNanos / Interval.SECOND_NANOS;
            if (seconds > partition.closedSeconds) {
                partition.closedSeconds = seconds;
                for (Symbol each : partition.symbols) {
                    close(each, watermarkNanos, intervals, request, producer);
                }
            }
        }
    }

    private static void close(
            Symbol symbol,
            long watermarkNanos,
            Intervals intervals,
            RunRequest request,
            KafkaProducer<byte[], byte[]> producer) {
        for (int interval = 0; interval < intervals.count(); interval++) {
            ArrayList<Window> windows = symbol.open.get(interval);
            for (int i = 0; i < windows.size(); i++) {
                Window window = windows.get(i);
                if (window.startNanos + intervals.get(interval).nanos() <= watermarkNanos) {
                    windows.remove(i--);
                    for (int parent : intervals.parents(interval)) {
                        symbol.window(parent, intervals.get(parent).startOf(window.startNanos))
                                .merge(window);
                    }
                    Bar bar = bar(symbol.instrument, intervals.get(interval), window);
                    // A candle that is refused is missing when the candles are read back.
                    producer.send(new ProducerRecord<>(
                            request.outputPrefix() + "candles." + bar.interval, BarJson.key(bar), BarJson.value(bar)));
                }
            }
        }
    }

    private static Bar bar(Instrument instrument, Interval interval, Window window) {
        Bar bar = new Bar();
        bar.venue = instrument.publishedVenue();
        bar.symbol = instrument.symbol();
        bar.interval = interval.name();
        bar.startMillis = window.startNanos / Interval.MILLI_NANOS;
        bar.endMillis = bar.startMillis + interval.nanos() / Interval.MILLI_NANOS;
        bar.priceScale = instrument.priceScale();
        bar.sizeScale = instrument.sizeScale();
        bar.open = window.open;
        bar.high = window.high;
        bar.low = window.low;
        bar.close = window.close;
        bar.volume =
                new BigDecimal(new Int128(window.volumeHigh, window.volumeLow).toBigInteger(), instrument.sizeScale());
        bar.notional = new BigDecimal(
                new Int128(window.notionalHigh, window.notionalLow).toBigInteger(),
                instrument.priceScale() + instrument.sizeScale());
        bar.trades = window.trades;
        return bar;
    }

    private static List<Chunk> read(RunRequest request, int intervals) {
        Properties config = TradeInput.consumerConfig();
        config.setProperty(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, request.bootstrapServers());
        TradeRecordDeserializer deserializer = TradeInput.deserializer(request);
        Columns columns = new Columns(request.partitions(), intervals);
        long read = 0;
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.assign(request.topicPartitions());
            consumer.seekToBeginning(request.topicPartitions());
            while (read < request.records()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                if (records.isEmpty()) {
                    throw new IllegalStateException(
                            "topic must hold " + request.records() + " records, gave no more after " + read);
                }
                read += records.count();
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    columns.partition = record.partition();
                    deserializer.deserialize(record, columns);
                }
            }
        }
        return columns.chunks;
    }

    /** Takes decoded trades. */
    private static final class Columns implements Collector<Decoded> {
        private final List<Chunk> chunks = new ArrayList<>();
        private final Map<String, Symbol> symbols = new HashMap<>();
        private final Partition[] partitions;
        private final int intervals;
        private int partition;

        private Columns(int partitions, int intervals) {
            this.partitions = new Partition[partitions];
            Arrays.setAll(this.partitions, p -> new Partition());
            this.intervals = intervals;
        }

        @Override
        public void collect(Decoded decoded) {
            Trade trade = decoded.trade();
            Symbol symbol = symbols.computeIfAbsent(trade.instrument.key(), key -> {
                Symbol made = new Symbol(trade.instrument, partitions[partition], intervals);
                partitions[partition].symbols.add(made);
                return made;
            });
            if (chunks.isEmpty() || chunks.get(chunks.size() - 1).size == CHUNK) {
                chunks.add(new Chunk());
            }
            Chunk chunk = chunks.get(chunks.size() - 1);
            int at = chunk.size++;
            chunk.symbols[at] = symbol;
            chunk.timeNanos[at] = trade.eventTimeNanos;
            chunk.id[at] = trade.idNumber;
            chunk.priceScaled[at] = trade.priceScaled;
            chunk.sizeScaled[at] = trade.sizeScaled;
        }

        @Override
        public void close() {}
    }
}
