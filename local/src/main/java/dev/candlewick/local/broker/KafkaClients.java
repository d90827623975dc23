package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
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
        // A client would try a dead address for seconds, with a warning for every attempt.
        probe(bootstrapServers, limitMillis);
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
                    limitMillis,
                    // The default begins anew for every refused connection, hundreds of times a second.
                    AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG,
                    "none"));
        } catch (KafkaException e) {
            throw unreachable(bootstrapServers, e.getCause() == null ? e : e.getCause());
        }
        try {
            admin.describeCluster().nodes().get(limitMillis, TimeUnit.MILLISECONDS);
            return admin;
        } catch (ExecutionException | TimeoutException e) {
            admin.close(Duration.ZERO);
            throw unreachable(bootstrapServers, e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            admin.close(Duration.ZERO);
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

    /** Finds out whether anybody listens at one of the addresses. */
    private static void probe(String bootstrapServers, int limitMillis) {
        IOException last = null;
        for (String address : bootstrapServers.split(",", -1)) {
            int colon = address.lastIndexOf(':');
            String host = address.substring(0, Math.max(0, colon)).strip();
            try (Socket socket = new Socket()) {
                int port = Integer.parseInt(address.substring(colon + 1).strip());
                socket.connect(new InetSocketAddress(host, port), limitMillis);
                return;
            } catch (UnknownHostException e) {
                last = new IOException("host is not known: " + host, e);
            } catch (IOException e) {
                last = e;
            } catch (IllegalArgumentException e) {
                last = new IOException("not HOST:PORT: " + address, e);
            }
        }
        throw unreachable(bootstrapServers, last == null ? new IOException("no address") : last);
    }

    private static CommandFailure unreachable(String bootstrapServers, Throwable cause) {
        String reason = cause.getMessage() == null ? "no answer" : cause.getMessage();
        return CommandFailure.environment(
                "the Kafka broker must answer, did not: " + reason,
                bootstrapServers,
                "check the address (--kafka, CANDLEWICK_KAFKA) and that the broker runs (./candlewick kafka status)",
                cause);
    }
}
