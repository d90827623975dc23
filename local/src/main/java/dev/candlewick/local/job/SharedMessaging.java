package dev.candlewick.local.job;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.jspecify.annotations.Nullable;

/**
 * One cluster's use of Flink's messaging (its {@code RpcSystem}), which is loaded once for all clusters of this process: it
 * comes in a jar of its own that is unpacked to the temporary directory, and thousands of classes are read from it and
 * compiled. A process that starts a cluster for each of many runs would do so for each.
 *
 * <p>The unpacked jar is removed as the process ends, by whoever is the last: a cluster that is still being closed then loads
 * classes from it. Safe for use by any thread.
 */
final class SharedMessaging implements AutoCloseable {
    private static @Nullable RpcSystem shared;
    private static int users;
    private static boolean ending;

    private final RpcSystem system;
    private boolean closed;

    private SharedMessaging(RpcSystem system) {
        this.system = system;
    }

    /** Messaging for one more cluster, to be closed after it. */
    static SharedMessaging acquire() {
        synchronized (SharedMessaging.class) {
            RpcSystem loaded = shared;
            if (loaded == null) {
                loaded = RpcSystem.load(new Configuration());
                Runtime.getRuntime().addShutdownHook(new Thread(SharedMessaging::end, "candlewick-messaging-end"));
                shared = loaded;
            }
            users++;
            return new SharedMessaging(loaded);
        }
    }

    /** What a cluster borrows and must not close. */
    RpcSystem system() {
        return system;
    }

    @Override
    public void close() {
        synchronized (SharedMessaging.class) {
            if (!closed) {
                closed = true;
                users--;
                closeAfterTheLast();
            }
        }
    }

    private static void end() {
        synchronized (SharedMessaging.class) {
            ending = true;
            closeAfterTheLast();
        }
    }

    private static void closeAfterTheLast() {
        if (ending && users == 0 && shared != null) {
            shared.close();
            shared = null;
        }
    }
}
