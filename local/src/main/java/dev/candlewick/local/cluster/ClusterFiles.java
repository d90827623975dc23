package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickHome;
import java.nio.file.Path;

/**
 * Where a local cluster keeps what.
 *
 * @param root absolute; everything lies below it
 */
record ClusterFiles(Path root) {
    /** The files of a home's cluster. */
    static ClusterFiles of(CandlewickHome home) {
        return new ClusterFiles(home.clusterDirectory().toAbsolutePath().normalize());
    }

    /** Flink's configuration as its processes read it. */
    Path conf() {
        return root.resolve("conf");
    }

    /** The jars of JobManager, TaskManagers and command line: what a distribution has in its lib. */
    Path lib() {
        return root.resolve("lib");
    }

    /** Plugins of Flink's, each in a directory of its own: empty unless somebody puts some there. */
    Path plugins() {
        return root.resolve("plugins");
    }

    /** What every process writes. */
    Path logs() {
        return root.resolve("logs");
    }

    /** Checkpoints of jobs that name no directory of their own. */
    Path checkpoints() {
        return root.resolve("checkpoints");
    }

    /** Savepoints that name no directory of their own. */
    Path savepoints() {
        return root.resolve("savepoints");
    }

    /** What only lives as long as the processes. */
    Path work() {
        return root.resolve("work");
    }

    /** What Flink's high availability keeps outside ZooKeeper. */
    Path highAvailability() {
        return root.resolve("ha");
    }

    /** Data of the cluster's own ZooKeeper. */
    Path zooKeeper() {
        return root.resolve("zookeeper");
    }

    /** Which jobs were submitted, one file each. */
    Path jobs() {
        return root.resolve("jobs");
    }

    /** The jars that jobs were submitted with, by their content: what a user builds anew stays what it was here. */
    Path jars() {
        return root.resolve("jars");
    }

    /** What the supervisor is to start. */
    Path plan() {
        return root.resolve("plan.json");
    }

    /** Held while a command starts or stops the cluster. */
    Path lock() {
        return root.resolve("start.lock");
    }
}
