package dev.candlewick.benchmarks.system;

import dev.candlewick.connectors.format.MessageEncoder;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes trades to a topic at a steady rate, each when its event time has come; one thread, results are read after its end.
 *
 * <p>Trade {@code i} has event time {@code start + i · step} and belongs to symbol {@code i mod symbols}, so that its
 * number is known from either. The broker's append time of every {@value #SAMPLED}th round of symbols is kept.
 */
final class LiveFeed {
    /** Every so many rounds through the symbols, append times are kept. */
    static final int SAMPLED = 16;

    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long PAUSE_NANOS = 500_000;

    private final long startNanos;
    private final long stepNanos;
    private final long trades;
    private final int symbols;
    private final int partitions;
    private final long[] appendMillis;

    /** A feed that starts at an instant, in nanoseconds since 1970. */
    LiveFeed(long startNanos, long rate, int seconds, int symbols, int partitions) {
        this.startNanos = startNanos;
        this.stepNanos = 1_000_000_000L / rate;
        this.trades = rate * seconds;
        this.symbols = symbols;
        this.partitions = partitions;
        appendMillis = new long[Math.toIntExact(trades / SAMPLED) + symbols + 1];
        Arrays.fill(appendMillis, -1);
    }

    long trades() {
        return trades;
    }

    /** The event time of the last trade. */
    long endNanos() {
        return startNanos + (trades - 1) * stepNanos;
    }

    static String symbol(int index) {
        return "L" + index + "USDT";
    }

    private boolean isSampled(long trade) {
        return trade / symbols % SAMPLED == 0;
    }

    private int slot(long trade) {
        return Math.toIntExact(trade / symbols / SAMPLED * symbols + trade % symbols);
    }

    /** Takes the kept trades of a symbol in order: number and append time. */
    void forEachSampled(int symbol, SampleConsumer consumer) {
        for (long trade = symbol; trade < trades; trade += (long) symbols * SAMPLED) {
            long millis = appendMillis[slot(trade)];
            if (millis >= 0) {
                consumer.accept(startNanos + trade * stepNanos, millis);
            }
        }
    }

    /**
     * When the log held everything of an earlier event time, to some milliseconds and never too late: the latest append,
     * over the partitions, of the last kept trade of each with an earlier event time. At least {@value #SAMPLED} rounds must
     * lie in front.
     */
    long appendedBeforeMillis(long eventTimeNanos) {
        long last = (eventTimeNanos - startNanos - 1) / stepNanos;
        long latest = Long.MIN_VALUE;
        for (int symbol = 0; symbol < Math.min(partitions, symbols); symbol++) {
            long trade = last / symbols / SAMPLED * SAMPLED * symbols + symbol;
            long kept = trade <= last ? trade : trade - (long) SAMPLED * symbols;
            latest = Math.max(latest, appendMillis[slot(kept)]);
        }
        return latest;
    }

    /** Takes event time and append time. */
    interface SampleConsumer {
        void accept(long eventTimeNanos, long appendMillis);
    }

    /** Writes all trades. */
    void run(String bootstrapServers, String topic) {
        Map<String, Object> config = new HashMap<>();
        config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
        config.put(ProducerConfig.LINGER_MS_CONFIG, 2);
        config.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
        MessageEncoder encoder = WireFormat.BINARY.newEncoder();
        Instrument[] instruments = new Instrument[symbols];
        long[] priceTicks = new long[symbols];
        for (int i = 0; i < symbols; i++) {
            instruments[i] = Instrument.ofVenue("SIM", symbol(i), 12, 8);
            priceTicks[i] = 1_000_000L + i;
        }
        SplittableRandom random = new SplittableRandom(1);
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        Trade trade = new Trade();
        try (KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            for (long i = 0; i < trades; i++) {
                long eventTimeNanos = startNanos + i * stepNanos;
                // A wall clock and not System.nanoTime(): event times are compared with the broker's.
                while (nowNanos() < eventTimeNanos) {
                    if (Thread.currentThread().isInterrupted()) {
                        return;
                    }
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
                int symbol = (int) (i % symbols);
                priceTicks[symbol] = Math.max(1_000, priceTicks[symbol] + random.nextInt(5) - 2);
                trade.instrument = instruments[symbol];
                trade.eventTimeNanos = eventTimeNanos;
                trade.receiveTimeNanos = eventTimeNanos;
                trade.setIdNumber(i / symbols + 1);
                trade.priceScaled = priceTicks[symbol] * 10_000_000L;
                trade.sizeScaled = (1L + random.nextInt(100_000)) * 10_000;
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                        topic, symbol % partitions, trade.instrument.symbolUtf8(), encoder.encode(trade));
                if (isSampled(i)) {
                    int slot = slot(i);
                    producer.send(record, (metadata, error) -> {
                        if (error == null) {
                            appendMillis[slot] = metadata.timestamp();
                        } else {
                            failure.compareAndSet(null, error);
                        }
                    });
                } else {
                    producer.send(record);
                }
            }
            producer.flush();
        }
        Exception cause = failure.get();
        if (cause != null) {
            throw new IllegalStateException("trades must be written, were refused", cause);
        }
    }

    private static long nowNanos() {
        return System.currentTimeMillis() * NANOS_PER_MILLI;
    }
}
