package dev.candlewick.local.job;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.PortClaim;
import java.net.URI;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.executiongraph.AccessExecutionVertex;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.Reference;

/**
 * Flink in this process for as long as a command needs it: one mini cluster with REST endpoint and web UI.
 *
 * <p>Jobs are submitted through REST, as to any cluster. The local environment of Flink's own shuts its cluster down at
 * the moment the job ends, and a client that asks at that moment gets a cancelled future instead of the result.
 */
public final class LocalCluster implements AutoCloseable {
    private static final int FIRST_PORT = 8081;
    private static final int LAST_PORT = 8099;

    private final MiniCluster cluster;
    private final SharedMessaging messaging;
    private final URI address;

    private LocalCluster(MiniCluster cluster, SharedMessaging messaging, URI address) {
        this.cluster = cluster;
        this.messaging = messaging;
        this.address = address;
    }

    /** A cluster for bounded runs, its REST endpoint on any free port. */
    public static LocalCluster headless(int slots) throws Exception {
        return start(slots, "0");
    }

    /** A cluster with its web UI on a free port near 8081. */
    static LocalCluster withWebUi(int slots) throws Exception {
        // Another command may be about to listen on the first.
        Optional<PortClaim> first = PortClaim.of(FIRST_PORT);
        try {
            return start(slots, (first.isPresent() ? FIRST_PORT : FIRST_PORT + 1) + "-" + LAST_PORT);
        } finally {
            first.ifPresent(PortClaim::close);
        }
    }

    private static LocalCluster start(int slots, String ports) throws Exception {
        Configuration flink = new Configuration();
        flink.set(RestOptions.ADDRESS, "localhost");
        flink.set(RestOptions.BIND_ADDRESS, "localhost");
        flink.set(RestOptions.BIND_PORT, ports);
        flink.set(RestOptions.ENABLE_FLAMEGRAPH, true);
        flink.set(WebOptions.SUBMIT_ENABLE, false);
        flink.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
        flink.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.ofMebiBytes(128));
        flink.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.ofMebiBytes(128));
        MiniClusterConfiguration shape = new MiniClusterConfiguration.Builder()
                .setConfiguration(flink)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build();
        SharedMessaging messaging = SharedMessaging.acquire();
        MiniCluster cluster = new MiniCluster(shape, () -> Reference.borrowed(messaging.system()));
        try {
            cluster.start();
            return new LocalCluster(cluster, messaging, cluster.getRestAddress().get(30, TimeUnit.SECONDS));
        } catch (Exception e) {
            close(cluster, messaging);
            throw CommandFailure.environment(
                    "Flink must start in this process, failed: " + e.getMessage(),
                    "ports " + ports,
                    "free a port in this range",
                    e);
        }
    }

    /** Address of its REST endpoint, as text. */
    public String url() {
        return address.toString();
    }

    /** Address of the web UI. */
    URI address() {
        return address;
    }

    /** An environment that submits to this cluster. */
    public StreamExecutionEnvironment environment(Configuration job) {
        return StreamExecutionEnvironment.createRemoteEnvironment(address.getHost(), address.getPort(), job);
    }

    /** True while every task of the job runs, and not only the job is said to. */
    boolean runs(JobID job) {
        return graph(job)
                .filter(graph -> graph.getState() == JobStatus.RUNNING)
                .filter(graph -> {
                    for (AccessExecutionVertex task : graph.getAllExecutionVertices()) {
                        if (task.getExecutionState() != ExecutionState.RUNNING) {
                            return false;
                        }
                    }
                    return true;
                })
                .isPresent();
    }

    /** The first root cause of a failure that the job has had so far, as text. */
    Optional<String> failure(JobID job) {
        return graph(job)
                .map(AccessExecutionGraph::getFailureInfo)
                .map(failure -> LocalFlink.message(
                        failure.getException().deserializeError(ClassLoader.getSystemClassLoader())));
    }

    private Optional<AccessExecutionGraph> graph(JobID job) {
        try {
            return Optional.of(cluster.getExecutionGraph(job).get(5, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() throws Exception {
        close(cluster, messaging);
    }

    private static void close(MiniCluster cluster, SharedMessaging messaging) throws Exception {
        try {
            cluster.close();
        } finally {
            messaging.close();
        }
    }
}
