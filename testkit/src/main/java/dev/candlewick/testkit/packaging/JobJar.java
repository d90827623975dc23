package dev.candlewick.testkit.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import java.util.zip.ZipFile;

/**
 * A finished job jar as {@code flink run} gets it: names of its entries in order, size in bytes, manifest.
 *
 * <p>Immutable; read once by {@link #read}. {@link #problems} applies the rules for every job jar.
 *
 * @param path the file that was read
 * @param sizeBytes its length
 * @param entries the names of all entries, in order, repeated where the jar repeats them
 * @param manifest the main attributes
 */
public record JobJar(Path path, long sizeBytes, List<String> entries, Attributes manifest) {
    /** Largest size that is still quick to upload to a session cluster. */
    public static final long MAX_SIZE_BYTES = 45_000_000;

    /** The cluster has these; a second copy, loaded child-first, breaks in ways that are hard to read. */
    private static final Pattern CLUSTER_CLASS = Pattern.compile(
            "(META-INF/versions/\\d+/)?(org/apache/flink/(runtime|streaming/(api|runtime)|api/common|core|configuration)/"
                    + "|org/slf4j/|ch/qos/|org/apache/logging/|org/apache/log4j/|org/apache/commons/logging/).*");

    /** Test libraries and libraries of the local process. */
    private static final Pattern FOREIGN_CLASS = Pattern.compile(
            "(org/junit/|org/assertj/|dev/candlewick/(testkit|local|benchmarks)/|kafka/server/|scala/|org/duckdb/|picocli/"
                    + "|org/openjdk/jmh/).*");

    /** Versions of these collide with what Flink brings, so ours carry another package name. */
    private static final Pattern NOT_RELOCATED = Pattern.compile(
            "(META-INF/versions/\\d+/)?(com/fasterxml/jackson/|de/siegmar/fastcsv/|org/snakeyaml/|org/roaringbitmap/).*");

    private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|DSA|RSA|EC)");
    private static final Pattern MODULE_INFO = Pattern.compile("(META-INF/versions/\\d+/)?module-info\\.class");
    private static final Pattern LOGGING_CONFIGURATION =
            Pattern.compile("(log4j|logback)[^/]*\\.(properties|xml|yaml|json)");

    /** Reads the jar; throws {@link IOException} if it is missing or no jar. */
    public static JobJar read(Path path) throws IOException {
        List<String> names = new ArrayList<>();
        Attributes attributes;
        try (var zip = new ZipFile(path.toFile())) {
            zip.stream().forEach(entry -> names.add(entry.getName()));
        }
        try (var jar = new JarInputStream(Files.newInputStream(path))) {
            Manifest found = jar.getManifest();
            attributes = found == null ? new Attributes() : found.getMainAttributes();
        }
        return new JobJar(path, Files.size(path), List.copyOf(names), attributes);
    }

    /**
     * Every rule that this jar breaks, one message each; empty for a good jar.
     *
     * @param mainClass the class that the manifest must name and the jar must contain
     */
    public List<String> problems(String mainClass) {
        List<String> problems = new ArrayList<>();
        if (sizeBytes > MAX_SIZE_BYTES) {
            problems.add("size must be at most %,d bytes, was %,d (%s)".formatted(MAX_SIZE_BYTES, sizeBytes, path));
        }
        String named = manifest.getValue(Attributes.Name.MAIN_CLASS);
        if (!Objects.equals(named, mainClass)) {
            problems.add("Main-Class must be %s, was %s (%s)".formatted(mainClass, named, path));
        }
        if (!entries.contains(mainClass.replace('.', '/') + ".class")) {
            problems.add("the jar must contain its Main-Class %s, was without it (%s)".formatted(mainClass, path));
        }
        for (String attribute : List.of("Implementation-Version", "Git-Commit", "Flink-Version")) {
            String value = manifest.getValue(attribute);
            if (value == null || value.isBlank() || value.contains("${")) {
                problems.add("%s must be set, was %s (manifest of %s)".formatted(attribute, value, path));
            }
        }
        Set<String> seen = new HashSet<>();
        for (String entry : entries) {
            if (!seen.add(entry)) {
                problems.add("an entry must occur once, was repeated: " + entry);
            }
            refuse(problems, entry, CLUSTER_CLASS, "belongs to the cluster");
            refuse(problems, entry, FOREIGN_CLASS, "belongs to tests or to the local process");
            refuse(problems, entry, NOT_RELOCATED, "must be relocated");
            refuse(problems, entry, SIGNATURE, "is a signature of another jar");
            refuse(problems, entry, MODULE_INFO, "describes another module");
            refuse(problems, entry, LOGGING_CONFIGURATION, "would replace the cluster's logging");
        }
        return problems;
    }

    private static void refuse(List<String> problems, String entry, Pattern pattern, String why) {
        if (!entry.endsWith("/") && pattern.matcher(entry).matches()) {
            problems.add("the jar must not contain %s: it %s".formatted(entry, why));
        }
    }

    /** Whether an entry of this exact name exists. */
    public boolean contains(String entry) {
        return entries.contains(entry);
    }

    /** The text of one entry; throws {@link IOException} if there is none. */
    public String text(String entry) throws IOException {
        try (var zip = new ZipFile(path.toFile())) {
            var found = zip.getEntry(entry);
            if (found == null) {
                throw new IOException("the jar must contain %s (%s)".formatted(entry, path));
            }
            try (var stream = zip.getInputStream(new JarEntry(found))) {
                return new String(stream.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            }
        }
    }
}
