package dev.candlewick.benchmarks.run;

import java.io.File;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The class path of a process that is started.
 *
 * <p>Flink and Kafka Streams bring each a build of RocksDB with classes of the same names; a process gets one of them.
 */
public final class ClassPath {
    private static final String OF_FLINK = "frocksdbjni-";
    private static final String OF_KAFKA_STREAMS = "rocksdbjni-";

    private ClassPath() {}

    /** That of this process with the RocksDB of Flink. */
    public static String ofFlink() {
        return without(OF_KAFKA_STREAMS);
    }

    /** That of this process with the RocksDB of Kafka Streams. */
    public static String ofKafkaStreams() {
        return without(OF_FLINK);
    }

    private static String without(String library) {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(File::new)
                .filter(file -> !file.getName().startsWith(library))
                .map(File::getAbsolutePath)
                .collect(Collectors.joining(File.pathSeparator));
    }
}
