package dev.candlewick.local.cli;

import java.nio.file.Path;

/**
 * Where an installation keeps its state: environment variable {@code CANDLEWICK_HOME}, else {@code .candlewick} beside
 * the launcher, else in the working directory.
 *
 * @param directory absolute; need not exist yet
 */
public record CandlewickHome(Path directory) {

    /** Says which local broker runs. */
    public Path kafkaStateFile() {
        return directory.resolve("kafka.json");
    }

    /** The local broker's files. */
    public Path kafkaDirectory() {
        return directory.resolve("kafka");
    }

    /** Says which local Flink cluster runs. */
    public Path clusterStateFile() {
        return directory.resolve("cluster.json");
    }

    /** The local Flink cluster's files. */
    public Path clusterDirectory() {
        return directory.resolve("cluster");
    }
}
