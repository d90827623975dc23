package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CandlewickHome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Where a local cluster keeps what.
 *
 * @param root absolute; everything lies below it, but perhaps {@link #rocksDb}
 */
record ClusterFiles(Path root) {
    /**
     * RocksDB names its log by the whole path of a database, in one name of 255 bytes at most, and Flink puts some 170 behind
     * the directory that it is given. It looks at the length itself, but not where a job restores an incremental
     * checkpoint at another parallelism (FLINK-31743): that start fails.
     */
    static final int LONGEST_ROCKSDB = 80;

    /** Survives where the usual temporary directory is memory. */
    private static final Path ELSEWHERE = Path.of("/var/tmp");

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

    /** RocksDB's databases, which live as long as the processes too: outside the root where its path is too long for them. */
    Path rocksDb() {
        Path usual = work().resolve("d");
        if (usual.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_ROCKSDB) {
            return usual;
        }
        Path parent = Files.isWritable(ELSEWHERE) ? ELSEWHERE : Path.of(System.getProperty("java.io.tmpdir"));
        String name = UUID.nameUUIDFromBytes(root.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
        return parent.resolve("candlewick-" + name);
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
