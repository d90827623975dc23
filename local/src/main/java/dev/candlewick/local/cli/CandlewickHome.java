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
}
