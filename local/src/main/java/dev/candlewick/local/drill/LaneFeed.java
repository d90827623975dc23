package dev.candlewick.local.drill;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.produce.SimulatedStream;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends a lane's trades on a thread of its own, never more than is allowed so far; an idempotent producer that outlasts the
 * broker's death, so that every trade stands in the log once.
 */
final class LaneFeed implements AutoCloseable {
    private static final long WAIT_NANOS = Duration.ofMillis(2).toNanos();

    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    private final long messages;
    private final AtomicLong allowed = new AtomicLong();
    private final AtomicLong handed = new AtomicLong();
    private final FeedFailure failure = new FeedFailure();
    private volatile boolean stopped;

    LaneFeed(String bootstrapServers, Lane lane, long seed, long messages) {
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "drill-" + lane.label(),
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        5,
                        // A broker that was killed comes back within seconds; nothing may be given up meanwhile.
                        ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                        600_000),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        this.messages = messages;
        // Without an end of its own: there the busier partition ends first, and time stands still behind it.
        SimulatedStream stream =
                new SimulatedStream(() -> lane.market(seed), WireFormat.JSON, 0, Long.MAX_VALUE, "max");
        thread = new Thread(() -> run(stream, lane), "drill-feed-" + lane.label());
        thread.setDaemon(true);
        thread.start();
    }

    private void run(SimulatedStream stream, Lane lane) {
        try {
            stream.run(
                    lane.topic(),
                    Lane.PARTITIONS,
                    record -> {
                        // What is wrong with which trade goes to a topic that nobody reads here.
                        if (!record.topic().equals(lane.topic())) {
                            return;
                        }
                        while (handed.get() >= allowed.get() && !stopped) {
                            LockSupport.parkNanos(WAIT_NANOS);
                        }
                        if (!stopped) {
                            handed.incrementAndGet();
                            producer.send(record, (metadata, exception) -> {
                                if (exception != null) {
                                    failure.set(exception);
                                }
                            });
                        }
                    },
                    () -> stopped || failure.isSet() || handed.get() >= messages);
            producer.flush();
        } catch (RuntimeException e) {
            failure.set(e);
        }
    }

    /** Lets trades up to this one go. */
    void allow(long upTo) {
        allow(upTo, allowed.get());
    }

    private void allow(long upTo, long atLeast) {
        allowed.set(Math.min(messages, Math.max(upTo, atLeast)));
    }

    /** Lets everything go and waits until the broker has it. */
    void finish(Duration limit) throws InterruptedException {
        allow(Long.MAX_VALUE);
        thread.join(limit.toMillis());
        check();
        if (thread.isAlive()) {
            throw CommandFailure.environment(
                    "the broker must take all trades within " + limit.toSeconds() + " s, did not", null, null, null);
        }
    }

    /** How many messages were handed to the producer. */
    long handed() {
        return handed.get();
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
