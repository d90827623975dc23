package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CommandFailure;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.jspecify.annotations.Nullable;

/** Connects to a broker and turns Kafka's failures into messages for users. */
public final class KafkaClients {

    private static final int CONNECT_LIMIT_MILLIS = 10_000;
    private static final int REQUEST_LIMIT_MILLIS = 30_000;

    private KafkaClients() {}

    /**
     * An admin client of a broker that answers.
     *
     * @throws CommandFailure with exit code 4 if it does not answer within ten seconds
     */
    public static Admin connect(String bootstrapServers) {
        return connect(bootstrapServers, CONNECT_LIMIT_MILLIS);
    }

    static Admin connect(String bootstrapServers, int limitMillis) {
        Admin admin;
        try {
            admin = Admin.create(Map.of(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                    bootstrapServers,
                    AdminClientConfig.CLIENT_ID_CONFIG,
                    "candlewick",
                    AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                    REQUEST_LIMIT_MILLIS,
                    AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                    limitMillis));
        } catch (KafkaException e) {
            throw unreachable(bootstrapServers, e.getCause() == null ? e : e.getCause());
        }
        try {
            admin.describeCluster().nodes().get(limitMillis, TimeUnit.MILLISECONDS);
            return admin;
        } catch (ExecutionException | TimeoutException e) {
            admin.close(java.time.Duration.ZERO);
            throw unreachable(bootstrapServers, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            admin.close(java.time.Duration.ZERO);
            Thread.currentThread().interrupt();
            throw unreachable(bootstrapServers, e);
        }
    }

    /**
     * Waits for a request.
     *
     * @param what what is asked for, for the message
     * @throws CommandFailure with exit code 4 if Kafka refuses or does not answer; its cause is Kafka's exception
     */
    public static <T extends @Nullable Object> T get(KafkaFuture<T> future, String what) {
        try {
            return future.get(REQUEST_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw CommandFailure.environment(
                    what + " must succeed, was refused by Kafka: " + cause.getMessage(), null, null, cause);
        } catch (TimeoutException e) {
            throw CommandFailure.environment(
                    what + " must be answered within " + REQUEST_LIMIT_MILLIS / 1000 + " s, was not",
                    null,
                    "look at the broker's log",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw CommandFailure.environment(what + " was interrupted", null, null, e);
        }
    }

    private static CommandFailure unreachable(String bootstrapServers, Throwable cause) {
        String reason = cause.getMessage() == null ? "no answer" : cause.getMessage();
        return CommandFailure.environment(
                "the Kafka broker must answer, was silent: " + reason,
                bootstrapServers,
                "check the address (--kafka, CANDLEWICK_KAFKA) and that the broker runs (./candlewick kafka status)",
                cause);
    }
}
