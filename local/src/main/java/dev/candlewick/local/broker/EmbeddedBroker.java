package dev.candlewick.local.broker;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;

/**
 * One real Kafka broker and its KRaft controller in this JVM, built from Kafka's production classes.
 *
 * <p>It listens on the loopback address only, has one node (replication factor 1, one in-sync replica, also for the
 * offset, transaction and share-group topics), starts consumer groups without a rebalance delay, never creates a topic
 * on first use, and never deletes data by age: trades and candles carry event times that may be years old.
 *
 * <p>The data directory outlives the broker: a later one on the same directory, also after the process was killed, has
 * all acknowledged data. A second broker on a directory in use is refused before it touches anything.
 *
 * <p>Instances may be used from any thread; {@link #close()} may be called more than once.
 */
public final class EmbeddedBroker implements AutoCloseable {

    /** Ask the operating system for a free port. */
    public static final int ANY_PORT = 0;

    private static final String HOST = "127.0.0.1";
    private static final int NODE_ID = 1;
    private static final int PORT_ATTEMPTS = 5;
    private static final int EXIT_ENVIRONMENT = 4;

    /** Brokers of this JVM that are starting or stopping: Kafka reports their failures as exceptions as well. */
    private static final AtomicInteger CHANGING = new AtomicInteger();

    static {
        // Kafka ends the JVM where it cannot go on. While a broker starts that would take the reason with it, which
        // arrives as an exception right behind; later there is nothing to return to, but the user must be told.
        Exit.setExitProcedure(EmbeddedBroker::onFatal);
        Exit.setHaltProcedure(EmbeddedBroker::onFatal);
    }

    private final KafkaRaftServer server;
    private final DirectoryLock lock;
    private final Path dataDirectory;
    private final int port;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedBroker(KafkaRaftServer server, DirectoryLock lock, Path dataDirectory, int port) {
        this.server = server;
        this.lock = lock;
        this.dataDirectory = dataDirectory;
        this.port = port;
    }

    /**
     * Starts a broker and returns when it accepts requests.
     *
     * @param dataDirectory where the log lives; created and formatted if it is not there yet
     * @param port the port to listen on, or {@link #ANY_PORT}
     * @throws BrokerStartException if the port is taken, the directory is in use or unusable, or Kafka refuses to start
     */
    public static EmbeddedBroker start(Path dataDirectory, int port) {
        return start(dataDirectory, port, Map.of());
    }

    /**
     * Starts a broker with further broker properties, which win over the single-node defaults.
     *
     * @param dataDirectory where the log lives; created and formatted if it is not there yet
     * @param port the port to listen on, or {@link #ANY_PORT}
     * @param overrides Kafka broker properties by name
     * @throws BrokerStartException if the port is taken, the directory is in use or unusable, or Kafka refuses to start
     */
    public static EmbeddedBroker start(Path dataDirectory, int port, Map<String, String> overrides) {
        Path directory = dataDirectory.toAbsolutePath().normalize();
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            for (int attempt = 1; ; attempt++) {
                int[] ports = freePorts(port);
                try {
                    KafkaRaftServer server = startServer(directory, ports[0], ports[1], overrides);
                    return new EmbeddedBroker(server, lock, directory, ports[0]);
                } catch (BrokerStartException e) {
                    // Between choosing a port and binding it another process may take it. A port that was asked for by
                    // number is tried again too, because the controller's port was chosen as well.
                    if (attempt >= PORT_ATTEMPTS || !hasCause(e, BindException.class)) {
                        throw e;
                    }
                }
            }
        } catch (Throwable e) {
            lock.close();
            throw e;
        }
    }

    /** The address that clients connect to, as {@code host:port}. */
    public String bootstrapServers() {
        return HOST + ":" + port;
    }

    /** The port that clients connect to. */
    public int port() {
        return port;
    }

    /** The absolute path of the data directory. */
    public Path dataDirectory() {
        return dataDirectory;
    }

    /** Blocks until the broker has stopped. */
    public void awaitShutdown() {
        server.awaitShutdown();
    }

    /** Stops the broker in good order; returns when its files are closed and its port is free. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            try {
                stop(server);
            } finally {
                lock.close();
            }
        }
    }

    private static KafkaRaftServer startServer(
            Path directory, int port, int controllerPort, Map<String, String> overrides) {
        CHANGING.incrementAndGet();
        KafkaRaftServer server = null;
        try {
            KafkaConfig config = new KafkaConfig(properties(directory, port, controllerPort, overrides));
            format(directory);
            server = new KafkaRaftServer(config, Time.SYSTEM);
            server.startup();
            return server;
        } catch (Throwable e) {
            if (server != null) {
                try {
                    stop(server);
                } catch (Throwable further) {
                    e.addSuppressed(further);
                }
            }
            throw new BrokerStartException(
                    "Kafka broker must start, was refused: " + rootMessage(e) + " (" + HOST + ":" + port + ", "
                            + directory + ")",
                    e);
        } finally {
            CHANGING.decrementAndGet();
        }
    }

    private static void stop(KafkaRaftServer server) {
        CHANGING.incrementAndGet();
        try {
            server.shutdown();
            server.awaitShutdown();
        } finally {
            CHANGING.decrementAndGet();
        }
    }

    private static void format(Path directory) throws Exception {
        if (Files.exists(directory.resolve("meta.properties"))) {
            return;
        }
        new Formatter()
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
                .setNodeId(NODE_ID)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(directory.toString())
                .addDirectory(directory.toString())
                .run();
    }

    private static Properties properties(Path directory, int port, int controllerPort, Map<String, String> overrides) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("node.id", Integer.toString(NODE_ID));
        settings.put("process.roles", "broker,controller");
        settings.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + controllerPort);
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("listeners", "PLAINTEXT://" + HOST + ":" + port + ",CONTROLLER://" + HOST + ":" + controllerPort);
        settings.put("advertised.listeners", "PLAINTEXT://" + HOST + ":" + port);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("log.dirs", directory.toString());
        settings.put("auto.create.topics.enable", "false");
        settings.put("default.replication.factor", "1");
        settings.put("min.insync.replicas", "1");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        // A killed broker may register again only when the session of its former life is over: 9 s by default, of no
        // use to a single node.
        settings.put("broker.session.timeout.ms", "4000");
        settings.put("broker.heartbeat.interval.ms", "1000");
        // Messages may carry event times of years ago: retention by age would delete them as soon as a segment closes.
        settings.put("log.retention.ms", "-1");
        // 128 MB of heap by default, allocated at start.
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        settings.putAll(overrides);
        Properties properties = new Properties();
        properties.putAll(settings);
        return properties;
    }

    private static int[] freePorts(int wanted) {
        try (ServerSocket first = new ServerSocket();
                ServerSocket second = new ServerSocket()) {
            first.bind(new InetSocketAddress(HOST, wanted));
            second.bind(new InetSocketAddress(HOST, ANY_PORT));
            return new int[] {first.getLocalPort(), second.getLocalPort()};
        } catch (BindException e) {
            // Without the cause, so that nobody tries again: this port will not become free by itself.
            throw new BrokerStartException("port must be free, was taken (" + HOST + ":" + wanted + ")", null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void onFatal(int code, @Nullable String message) {
        if (CHANGING.get() > 0) {
            return;
        }
        System.err.println("error: the Kafka broker of this process cannot go on"
                + (message == null ? "" : ": " + message) + System.lineSeparator()
                + "  fix: look for the first ERROR in its log, often a full disk");
        Runtime.getRuntime().halt(code == 0 ? 0 : EXIT_ENVIRONMENT);
    }

    private static boolean hasCause(Throwable error, Class<? extends Throwable> type) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private static String rootMessage(Throwable error) {
        Throwable root = error;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    /**
     * Keeps a second broker off a directory.
     *
     * <p>Kafka has a lock of its own, but takes it only after it has opened, and may have cut, the metadata log.
     */
    private record DirectoryLock(FileChannel channel, FileLock lock) implements AutoCloseable {

        static DirectoryLock acquire(Path directory) {
            try {
                Files.createDirectories(directory);
                FileChannel channel = FileChannel.open(
                        directory.resolve(".candlewick.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock;
                try {
                    lock = channel.tryLock();
                } catch (OverlappingFileLockException e) {
                    lock = null;
                }
                if (lock == null) {
                    channel.close();
                    throw new BrokerStartException(
                            "data directory must have one broker, was in use by another (" + directory + ")", null);
                }
                return new DirectoryLock(channel, lock);
            } catch (IOException e) {
                throw new BrokerStartException(
                        "data directory must be writable, was refused: " + e.getMessage() + " (" + directory + ")", e);
            }
        }

        @Override
        public void close() {
            try {
                lock.release();
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
