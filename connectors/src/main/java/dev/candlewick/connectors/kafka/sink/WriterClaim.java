package dev.candlewick.connectors.kafka.sink;

import dev.candlewick.core.metric.LogField;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Tells that a job writes under a transactional id prefix, for as long as its writer lives: the membership of a consumer
 * group that reads nothing.
 *
 * <p>Two jobs with one prefix end each other's transactions, and both publish every candle (failure modes 4.5). The broker
 * already knows how to tell whether a process lives: group members send heartbeats, and leave, or are missed after
 * {@value #SESSION_MILLIS} ms. A start looks at the group first ({@code KafkaPreflight.awaitNoWriter}). Two starts within the
 * same seconds both find it empty; then both join, both learn of each other, and the later one gives way before it has
 * committed anything, since no checkpoint completes while its writer waits here.
 *
 * <p>Attempts of the same job carry the same token and replace each other at once (a static member). A process that hung
 * while its job went on elsewhere is told so by the broker, and its writer fails.
 *
 * <p>A client that may not use the group is warned and goes on unguarded. The thread belongs to this; {@link #check} may be
 * called by any.
 */
final class WriterClaim implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WriterClaim.class);

    /** After this time without a heartbeat the broker takes a member for dead: the least that brokers allow by default. */
    static final int SESSION_MILLIS = 6_000;

    private static final int HEARTBEAT_MILLIS = 1_500;
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(30);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Pattern NO_TOPIC = Pattern.compile("(?!)");

    private final String group;
    private final String token;
    private final Map<String, String> fields;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final CountDownLatch joined = new CountDownLatch(1);
    private volatile @Nullable IOException refusal;
    private volatile boolean closed;

    /**
     * Joins the group.
     *
     * @param clientConfig address and security of the brokers
     * @param group see {@link FinalTopicsSink#writerGroup}
     * @param token of the job: those of jobs that started earlier are smaller
     * @param operator which writes, for the log; the job is that of the calling thread
     */
    WriterClaim(Properties clientConfig, String group, String token, String operator) {
        this.group = group;
        this.token = token;
        Map<String, String> caller = MDC.getCopyOfContextMap();
        fields = new HashMap<>(caller == null ? Map.of() : caller);
        fields.put(LogField.OPERATOR.key(), operator);
        Map<String, Object> config = new HashMap<>();
        clientConfig.stringPropertyNames().forEach(name -> config.put(name, clientConfig.getProperty(name)));
        config.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        config.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        config.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, token);
        config.put(ConsumerConfig.CLIENT_ID_CONFIG, "candlewick-writer-" + token);
        config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, SESSION_MILLIS);
        config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, HEARTBEAT_MILLIS);
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        config.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, List.of(WriterClaimAssignor.class));
        config.put(WriterClaimAssignor.CLAIM, this);
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        thread = new Thread(this::run, "candlewick-writer-claim");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        MDC.setContextMap(fields);
        try {
            consumer.subscribe(NO_TOPIC);
            while (!closed) {
                consumer.poll(POLL);
            }
        } catch (WakeupException e) {
            // Closed.
        } catch (AuthorizationException e) {
            LOG.warn(
                    "whether another job writes with the same transactional id prefix cannot be seen: {}. Fix: let this"
                            + " client describe and read the consumer group {}",
                    e.getMessage(),
                    group);
        } catch (KafkaException e) {
            if (!closed) {
                refusal = new IOException(
                        "the claim on the transactional id prefix must be held while candles are written, was lost: "
                                + e.getMessage() + " (group=" + group + ")",
                        e);
            }
        } finally {
            joined.countDown();
            try {
                consumer.close(CloseOptions.timeout(CLOSE_LIMIT)
                        .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
            } catch (KafkaException e) {
                LOG.debug("the claim on {} ends by itself", group, e);
            }
        }
    }

    /** What goes to the member that decides. */
    byte[] token() {
        return token.getBytes(StandardCharsets.UTF_8);
    }

    /** The tokens of all members, as they are told to each. */
    void members(ByteBuffer tokens) {
        String all = StandardCharsets.UTF_8.decode(tokens).toString();
        for (String other : all.split("\n")) {
            if (other.compareTo(token) < 0) {
                refusal = new SecondWriterException(
                        "a transactional id prefix must belong to one job, was taken by an earlier"
                                + " one that runs (group=" + group
                                + "): this one gives way. Fix: stop the other job first, or give"
                                + " this one a kafka.group.id and a topic.prefix of its own");
            } else if (other.compareTo(token) > 0) {
                LOG.error(
                        "SECOND JOB: another job was started with the transactional id prefix of this one; it gives way"
                                + " (group={})",
                        group);
            }
        }
        joined.countDown();
    }

    /** Waits until the broker has told who else is there. */
    void await() throws IOException {
        try {
            if (!joined.await(JOIN_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the broker must take the claim on the transactional id prefix within "
                        + JOIN_LIMIT.toSeconds() + " s, did not (group=" + group + ")");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        check();
    }

    /** Throws where this writer must not go on. */
    void check() throws IOException {
        IOException why = refusal;
        if (why != null) {
            throw why;
        }
    }

    @Override
    public void close() {
        closed = true;
        consumer.wakeup();
        try {
            thread.join(CLOSE_LIMIT.multipliedBy(2).toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return group + " " + Arrays.toString(token());
    }
}
