package dev.candlewick.local.doctor;

import dev.candlewick.connectors.kafka.preflight.KafkaTrouble;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.ApiVersions;
import org.apache.kafka.clients.ClientResponse;
import org.apache.kafka.clients.ClientUtils;
import org.apache.kafka.clients.ManualMetadataUpdater;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.NetworkClient;
import org.apache.kafka.clients.NetworkClientUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.network.ChannelBuilder;
import org.apache.kafka.common.network.Selector;
import org.apache.kafka.common.requests.MetadataRequest;
import org.apache.kafka.common.requests.MetadataResponse;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka cluster as a client finds it: connected once, when the first check asks. Safe for threads.
 *
 * <p>The first question goes over a connection to the bootstrap address and to nothing else. Kafka's own clients leave that
 * address as soon as they know the advertised ones, and where those cannot be reached they wait, and cannot say for whom.
 */
final class Kafka implements AutoCloseable {
    private static final int CONNECT_MILLIS = 4_000;
    private static final int ANSWER_MILLIS = 4_000;
    private static final int WAIT_MILLIS = 8_000;
    private static final int BUFFER = 64 << 10;

    private final Map<String, Object> client;
    private @Nullable CompletableFuture<Connection> connection;

    /**
     * A cluster.
     *
     * @param servers host:port, several separated by commas
     * @param properties of the client, such as those for TLS and SASL
     */
    Kafka(String servers, Map<String, String> properties) {
        client = new HashMap<>(properties);
        client.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        client.put(AdminClientConfig.CLIENT_ID_CONFIG, "candlewick-doctor");
        client.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        client.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, ANSWER_MILLIS);
        client.put(AdminClientConfig.METADATA_RECOVERY_STRATEGY_CONFIG, "none");
    }

    /**
     * What became of the connection.
     *
     * @param trouble why there is none; null where there is one
     * @param nodes the brokers as they advertise themselves
     * @param refusals why a broker cannot be reached at its advertised address, by broker
     * @param admin null where no broker can be reached
     */
    record Connection(
            @Nullable KafkaTrouble trouble,
            List<Node> nodes,
            Map<Node, String> refusals,
            @Nullable Admin admin) {}

    /** The bootstrap address. */
    String servers() {
        return String.valueOf(client.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG));
    }

    /** Connects, or waits for what came of it. */
    Connection connection() throws TimeoutException, InterruptedException {
        CompletableFuture<Connection> made = start();
        try {
            return made.get(WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private synchronized CompletableFuture<Connection> start() {
        if (connection == null) {
            CompletableFuture<Connection> made = new CompletableFuture<>();
            connection = made;
            // Of its own, so that no check that gives up takes it along.
            Thread thread = new Thread(
                    () -> {
                        try {
                            made.complete(connect());
                        } catch (RuntimeException e) {
                            made.completeExceptionally(e);
                        }
                    },
                    "doctor-kafka");
            thread.setDaemon(true);
            thread.start();
        }
        return connection;
    }

    /**
     * The client.
     *
     * @throws NotApplicable where there is no connection, which another check tells
     */
    Admin admin() throws InterruptedException {
        Connection made;
        try {
            made = connection();
        } catch (TimeoutException e) {
            throw new NotApplicable("the broker at " + servers() + " has not answered yet");
        }
        if (made.admin() == null) {
            throw new NotApplicable("the broker at " + servers() + " cannot be asked ("
                    + (made.trouble() == null
                            ? Problem.ADVERTISED_LISTENER.code()
                            : made.trouble().kind().code())
                    + ")");
        }
        return made.admin();
    }

    /**
     * Waits for an answer.
     *
     * @throws Refused where Kafka refuses
     * @throws TimeoutException where it does not answer
     */
    <T> T ask(String what, KafkaFuture<T> answer) throws TimeoutException, InterruptedException {
        try {
            return answer.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new Refused(KafkaTrouble.of(what, cause, client), cause);
        }
    }

    /** Kafka refused what was asked. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient KafkaTrouble trouble;

        Refused(KafkaTrouble trouble, Throwable cause) {
            super(trouble.what(), cause);
            this.trouble = trouble;
        }

        /** Why. */
        KafkaTrouble trouble() {
            return trouble;
        }
    }

    private Connection connect() {
        KafkaTrouble unreachable = KafkaTrouble.probe(servers());
        if (unreachable != null) {
            return new Connection(unreachable, List.of(), Map.of(), null);
        }
        List<Node> nodes;
        try {
            nodes = List.copyOf(advertised());
        } catch (Exception e) {
            return new Connection(KafkaTrouble.of("describe the cluster", e, client), List.of(), Map.of(), null);
        }
        Map<Node, String> refusals = new HashMap<>();
        for (Node node : nodes) {
            String refusal = KafkaTrouble.refusal(
                    (node.host().contains(":") ? "[" + node.host() + "]" : node.host()) + ":" + node.port());
            if (refusal != null) {
                refusals.put(node, refusal);
            }
        }
        if (refusals.size() == nodes.size()) {
            return new Connection(null, nodes, refusals, null);
        }
        try {
            return new Connection(null, nodes, refusals, Admin.create(client));
        } catch (KafkaException e) {
            return new Connection(KafkaTrouble.of("create a client", e, client), nodes, refusals, null);
        }
    }

    /** The brokers' advertised addresses, asked for at the first bootstrap address that answers. */
    private Collection<Node> advertised() throws Exception {
        AdminClientConfig config = new AdminClientConfig(client);
        Time time = Time.SYSTEM;
        LogContext log = new LogContext();
        List<Node> bootstrap = new ArrayList<>();
        for (String address : servers().split(",", -1)) {
            int colon = address.lastIndexOf(':');
            String host = address.substring(0, colon).strip().replaceAll("[\\[\\]]", "");
            bootstrap.add(new Node(
                    -1 - bootstrap.size(),
                    host,
                    Integer.parseInt(address.substring(colon + 1).strip())));
        }
        ChannelBuilder channels = ClientUtils.createChannelBuilder(config, time, log);
        try (Metrics metrics = new Metrics();
                NetworkClient network = new NetworkClient(
                        new Selector(CONNECT_MILLIS * 4L, metrics, time, "doctor", channels, log),
                        new ManualMetadataUpdater(bootstrap),
                        "candlewick-doctor",
                        1,
                        0,
                        0,
                        BUFFER,
                        BUFFER,
                        ANSWER_MILLIS,
                        CONNECT_MILLIS,
                        CONNECT_MILLIS,
                        time,
                        true,
                        new ApiVersions(),
                        log,
                        MetadataRecoveryStrategy.NONE)) {
            Exception last = null;
            for (Node node : bootstrap) {
                try {
                    if (!NetworkClientUtils.awaitReady(network, node, time, CONNECT_MILLIS)) {
                        throw new TimeoutException("no answer from " + node);
                    }
                    ClientResponse response = NetworkClientUtils.sendAndReceive(
                            network,
                            network.newClientRequest(
                                    node.idString(),
                                    new MetadataRequest.Builder(List.of(), false),
                                    time.milliseconds(),
                                    true),
                            time);
                    return ((MetadataResponse) response.responseBody()).brokers();
                } catch (Exception e) {
                    last = e;
                }
            }
            throw last == null ? new TimeoutException("no address") : last;
        }
    }

    @Override
    public synchronized void close() {
        Connection made = connection == null || connection.isCompletedExceptionally() ? null : connection.getNow(null);
        if (made != null && made.admin() != null) {
            made.admin().close(Duration.ZERO);
        }
    }
}
