package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The jars of a cluster's processes: Flink's own and what they need, nothing of Candlewick, Kafka or Parquet, which a job
 * jar brings; and SLF4J 1.7 as in a Flink distribution, where this process lives on SLF4J 2.
 */
final class FlinkLibraries {
    /** The dependencies of Flink's modules, by artifact; a test compares them with what Flink's processes load. */
    static final List<String> ARTIFACTS = List.of(
            "RoaringBitmap",
            "async-profiler",
            "commons-cli",
            "commons-collections",
            "commons-compress",
            "commons-io",
            "commons-lang3",
            "commons-math3",
            "commons-text",
            "flink-annotations",
            "flink-clients",
            "flink-connector-base",
            "flink-connector-datagen",
            "flink-connector-files",
            "flink-core",
            "flink-core-api",
            "flink-datastream",
            "flink-datastream-api",
            "flink-file-sink-common",
            "flink-hadoop-fs",
            "flink-metrics-core",
            "flink-metrics-otel",
            "flink-metrics-prometheus",
            "flink-queryable-state-client-java",
            "flink-rpc-akka-loader",
            "flink-rpc-core",
            "flink-runtime",
            "flink-runtime-web",
            "flink-shaded-asm-9",
            "flink-shaded-guava",
            "flink-shaded-jackson",
            "flink-shaded-netty",
            "flink-shaded-zookeeper-3",
            "flink-statebackend-rocksdb",
            "flink-streaming-java",
            "frocksdbjni",
            "javassist",
            "jsr305",
            "kryo",
            "log4j-api",
            "log4j-core",
            "lz4-java",
            "minlog",
            "objenesis",
            "reflectasm",
            "snakeyaml-engine",
            "snappy-java");

    /** Not on this process's class path: it lives on SLF4J 2. */
    static final List<String> LOGGING = List.of("log4j-slf4j-impl", "slf4j-api");

    private FlinkLibraries() {}

    /** The jars, by artifact. */
    static Map<String, Path> find() {
        Map<String, Path> found = new TreeMap<>();
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .map(entry -> Path.of(entry).toAbsolutePath().normalize())
                .forEach(jar -> {
                    String artifact = artifact(jar);
                    // The same artifact with a classifier, such as Flink's test classes, stands beside the plain one.
                    if (ARTIFACTS.contains(artifact) && !jar.toString().endsWith("-tests.jar")) {
                        found.putIfAbsent(artifact, jar);
                    }
                });
        Path logging = Path.of(System.getProperty(CliContext.ROOT_PROPERTY, "."), "local", "target", "cluster-lib");
        if (Files.isDirectory(logging)) {
            try (Stream<Path> jars = Files.list(logging)) {
                jars.forEach(jar -> found.put(artifact(jar), jar));
            } catch (IOException e) {
                throw unusable(logging, e);
            }
        }
        List<String> missing = new ArrayList<>();
        Stream.concat(ARTIFACTS.stream(), LOGGING.stream())
                .filter(artifact -> !found.containsKey(artifact))
                .forEach(missing::add);
        if (!missing.isEmpty()) {
            throw CommandFailure.environment(
                    "the jars of a Flink cluster must be there, missing: " + String.join(", ", missing),
                    logging.toString(),
                    "build again: mvn -DskipTests package",
                    null);
        }
        return found;
    }

    /** Puts the jars into a directory of their own, so that a later build does not change them below a running cluster. */
    static void install(Path lib) {
        Map<String, Path> jars = find();
        try {
            if (Files.isDirectory(lib)) {
                try (Stream<Path> old = Files.walk(lib)) {
                    for (Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(path);
                    }
                }
            }
            Files.createDirectories(lib);
            for (Path jar : jars.values()) {
                Path place = lib.resolve(jar.getFileName());
                try {
                    Files.createLink(place, jar);
                } catch (IOException | UnsupportedOperationException e) {
                    Files.copy(jar, place);
                }
            }
        } catch (IOException e) {
            throw unusable(lib, e);
        }
    }

    private static CommandFailure unusable(Path directory, IOException e) {
        return CommandFailure.environment(
                "the cluster's directory must be usable, was refused: " + e,
                directory.toString(),
                "free or repair the disk, or set CANDLEWICK_HOME to another directory",
                e);
    }

    /** The known artifact that a jar is, empty for none; the longest one, since names end in numbers too. */
    private static String artifact(Path jar) {
        String name = jar.getFileName().toString();
        return Stream.concat(ARTIFACTS.stream(), LOGGING.stream())
                .filter(artifact -> name.startsWith(artifact + "-")
                        && name.length() > artifact.length() + 1
                        && Character.isDigit(name.charAt(artifact.length() + 1)))
                .max(Comparator.comparingInt(String::length))
                .orElse("");
    }
}
