package dev.candlewick.local.produce;

import dev.candlewick.local.cli.CommandFailure;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Sends a stream of trades to a topic on a thread of its own. */
public final class TopicFeed implements AutoCloseable {

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);

    private final KafkaProducer<byte[], byte[]> producer;
    private final Thread thread;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean stopped;
    private volatile boolean ended;

    /** A feed that has not started yet. */
    public TopicFeed(String bootstrapServers, String topic, int partitions, TradeStream stream) {
        producer = new KafkaProducer<>(
                Map.of(
                        ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        bootstrapServers,
                        ProducerConfig.CLIENT_ID_CONFIG,
                        "candlewick-feed",
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.LINGER_MS_CONFIG,
                        2),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        thread = new Thread(() -> send(topic, partitions, stream), "candlewick-feed");
        thread.setDaemon(true);
    }

    /** Begins to send. */
    public void start() {
        thread.start();
    }

    /** Messages of the topic that the broker has taken so far. */
    public long sent() {
        return sent.get();
    }

    /** True when the stream is at its end and everything is sent. */
    public boolean ended() {
        return ended;
    }

    /** Throws what stopped the feed, if anything did. */
    public void check() {
        Throwable cause = failure.get();
        if (cause instanceof CommandFailure known) {
            throw known;
        }
        if (cause != null) {
            throw CommandFailure.environment(
                    "every trade must be taken by Kafka, one was refused after " + sent.get() + ": "
                            + cause.getMessage(),
                    null,
                    null,
                    cause);
        }
    }

    /** Waits until all is sent, at most so long. */
    public void awaitEnd(long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(String topic, int partitions, TradeStream stream) {
        try {
            stream.run(
                    topic,
                    partitions,
                    record -> producer.send(record, (metadata, exception) -> {
                        if (exception == null) {
                            sent.addAndGet(record.topic().equals(topic) ? 1 : 0);
                        } else {
                            failure.compareAndSet(null, exception);
                        }
                    }),
                    () -> stopped || failure.get() != null);
            producer.flush();
            ended = !stopped;
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
        }
    }

    @Override
    public void close() {
        stopped = true;
        try {
            thread.join(CLOSE_LIMIT.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        producer.close(CLOSE_LIMIT);
    }
}
