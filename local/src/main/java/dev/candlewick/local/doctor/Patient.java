package dev.candlewick.local.doctor;

import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is looked at; what was not given or does not run is null or empty.
 *
 * @param home where this installation keeps its files
 * @param environment environment variables
 * @param configuration of the job
 * @param configurationProblem why there is no usable configuration, though one was given
 * @param files configuration files that were given, which may hold secrets
 * @param kafka the broker
 * @param flink the REST endpoint
 * @param cluster the local cluster as its supervisor has last told; its processes may be dead
 * @param flinkConfiguration Flink's configuration as it stands in a file
 * @param root the repository or installation
 * @param lakes lakes
 * @param jars job jars
 * @param nodes homes of Flink on other nodes, or copies of them
 * @param processes those of this machine that may be looked at
 * @param limits what is too little
 * @param clock the time
 */
record Patient(
        Path home,
        Map<String, String> environment,
        @Nullable ResolvedConfiguration configuration,
        @Nullable String configurationProblem,
        List<Path> files,
        @Nullable Kafka kafka,
        @Nullable Flink flink,
        @Nullable ClusterState cluster,
        @Nullable FlinkFile flinkConfiguration,
        @Nullable Path root,
        List<Path> lakes,
        List<Path> jars,
        List<Path> nodes,
        Supplier<List<ProcessHandle>> processes,
        Limits limits,
        InstantSource clock) {

    /**
     * Flink's configuration in a file.
     *
     * @param file where
     * @param values flat
     */
    record FlinkFile(Path file, Map<String, String> values) {
        /** A value, or what Flink takes without one. */
        String get(String key, String otherwise) {
            return values.getOrDefault(key, otherwise);
        }
    }

    /**
     * What is too little.
     *
     * @param freeBytes of a disk
     * @param freeInodes of a file system
     * @param openFiles of a process
     * @param filesOfPartition of a partition of a lake, where more are too many
     * @param checkpointAgeMillis of the newest checkpoint, which is never too old below it
     * @param transactionAgeMillis of an open transaction, which is never too old below it
     */
    record Limits(
            long freeBytes,
            long freeInodes,
            long openFiles,
            int filesOfPartition,
            long checkpointAgeMillis,
            long transactionAgeMillis) {
        static final Limits DEFAULT = new Limits(1L << 30, 10_000, 4_096, 1_000, 60_000, 60_000);
    }

    ResolvedConfiguration requireConfiguration() {
        if (configuration == null) {
            throw new NotApplicable(
                    configurationProblem == null
                            ? "no configuration of a job is known (--config, --set)"
                            : "the job's configuration cannot be used (" + Problem.CONFIGURATION_INVALID.code() + ")");
        }
        return configuration;
    }

    Kafka requireKafka() {
        if (kafka == null) {
            throw new NotApplicable("no Kafka broker is known (--kafka, CANDLEWICK_KAFKA, or ./candlewick kafka up)");
        }
        return kafka;
    }

    Flink requireFlink() {
        if (flink == null && cluster != null) {
            throw new NotApplicable("the local cluster's JobManager is gone (" + Problem.CLUSTER_GONE.code() + ")");
        }
        if (flink == null) {
            throw new NotApplicable("no Flink cluster is known (--flink URL, or ./candlewick cluster up)");
        }
        if (flink.problem().isPresent()) {
            throw new NotApplicable(
                    "Flink at " + flink.address() + " does not answer (" + Problem.FLINK_UNREACHABLE.code() + ")");
        }
        return flink;
    }

    FlinkFile requireFlinkFile() {
        if (flinkConfiguration == null) {
            throw new NotApplicable(
                    "no Flink configuration is known (--flink-conf DIR, FLINK_CONF_DIR, or a local" + " cluster)");
        }
        return flinkConfiguration;
    }
}
