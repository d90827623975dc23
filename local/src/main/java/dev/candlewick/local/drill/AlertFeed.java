package dev.candlewick.local.drill;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A producer of live trades, which may be made to misbehave while it runs: event times are those of the clock, every symbol
 * of {@value #SYMBOLS} has a partition of its own in turn. Sends on a thread of its own; its settings may be changed by any
 * other.
 */
final class AlertFeed implements AutoCloseable {
    static final String TOPIC = "trades";
    static final int PARTITIONS = 2;
    static final int SYMBOLS = 4;

    private static final int VENUES = 2;
    private static final long STEP_MILLIS = 50;
    private static final int USUAL_PER_STEP = 10;
    private static final long LATE_NANOS = Duration.ofMinutes(2).toNanos();
    private static final int LARGEST_BACKLOG_STEPS = 20;

    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    private final Random random;
    private final FeedFailure failure = new FeedFailure();
    private volatile boolean stopped;
    private volatile boolean silent;
    private volatile boolean bad;
    private volatile int onlyOldPartition = -1;
    private volatile int perStep = USUAL_PER_STEP;
    private long id;
    private long sentNanos;

    AlertFeed(String bootstrapServers, long seed) {
        random = new Random(seed);
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "drill-alerts",
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        5,
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        600_000),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        thread = new Thread(this::run, "drill-alerts-feed");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            long start = System.nanoTime();
            long step = 0;
            while (!stopped && !failure.isSet()) {
                if (!silent) {
                    step();
                }
                step++;
                long due = start + TimeUnit.MILLISECONDS.toNanos(step * STEP_MILLIS);
                long ahead = due - System.nanoTime();
                if (ahead > 0) {
                    LockSupport.parkNanos(ahead);
                } else if (-ahead > TimeUnit.MILLISECONDS.toNanos(LARGEST_BACKLOG_STEPS * STEP_MILLIS)) {
                    // A machine that stood still for a while owes nothing: live trades are of now.
                    step += -ahead / TimeUnit.MILLISECONDS.toNanos(STEP_MILLIS);
                }
            }
        } catch (RuntimeException e) {
            failure.set(e);
        }
    }

    private void step() {
        long now = Math.max(sentNanos + 1, TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
        int count = perStep;
        long oldNanos = now - LATE_NANOS;
        for (int i = 0; i < count; i++) {
            int symbol = i % SYMBOLS;
            int partition = symbol % PARTITIONS;
            if (partition == onlyOldPartition) {
                send(partition, "S" + symbol, trade(oldNanos + i, "venue-0", "S" + symbol, ++id));
                continue;
            }
            String venue = "venue-" + random.nextInt(VENUES);
            String trade = trade(now + i, venue, "S" + symbol, ++id);
            send(partition, "S" + symbol, trade);
            if (bad) {
                if (i % 2 == 0) {
                    // The copy that a producer without idempotence sends.
                    send(partition, "S" + symbol, trade);
                }
                if (i % 5 == 0) {
                    send(partition, "S" + symbol, trade.substring(0, trade.length() / 2));
                    send(partition, "S" + symbol, trade(now - LATE_NANOS, venue, "S" + symbol, ++id));
                }
            }
        }
        sentNanos = now + count;
    }

    private String trade(long eventTimeNanos, String venue, String symbol, long tradeId) {
        return "{\"event_time_ns\":" + eventTimeNanos + ",\"venue\":\"" + venue + "\",\"symbol\":\"" + symbol
                + "\",\"trade_id\":\"" + tradeId + "\",\"price\":\"" + (100 + random.nextInt(10)) + "."
                + random.nextInt(100) + "\",\"size\":\"1\"}";
    }

    private void send(int partition, String key, String value) {
        producer.send(
                new ProducerRecord<>(
                        TOPIC, partition, key.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8)),
                (metadata, exception) -> {
                    if (exception != null && !stopped) {
                        failure.set(exception);
                    }
                });
    }

    /** Sends one trade of each of so many symbols that were not there before. */
    void list(String prefix, int symbols) {
        for (int i = 0; i < symbols; i++) {
            String symbol = prefix + i;
            long now = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
            send(
                    i % PARTITIONS,
                    symbol,
                    "{\"event_time_ns\":" + now + ",\"venue\":\"venue-0\",\"symbol\":\"" + symbol
                            + "\",\"trade_id\":\"1\",\"price\":\"1\",\"size\":\"1\"}");
        }
        producer.flush();
    }

    /** Whether anything is sent. */
    void silent(boolean yes) {
        silent = yes;
    }

    /** Whether every second trade comes twice, and to each fifth a truncated one and one that is two minutes late. */
    void bad(boolean yes) {
        bad = yes;
    }

    /** A partition that gets trades of two minutes ago in place of those of now; −1 for none. */
    void onlyOld(int partition) {
        onlyOldPartition = partition;
    }

    /** How many times the usual trades are sent. */
    void times(int factor) {
        perStep = USUAL_PER_STEP * factor;
    }

    /** Throws what stopped the feed, if anything did. */
    void check() {
        failure.check();
    }

    @Override
    public void close() {
        stopped = true;
        producer.close(Duration.ofSeconds(2));
    }
}
