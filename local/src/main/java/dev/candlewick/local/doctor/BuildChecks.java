package dev.candlewick.local.doctor;

import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.FlinkConfigurationFiles;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/** Jars, class paths and configurations, of the job and of the nodes that run it. */
final class BuildChecks {
    private static final String KAFKA_LINE = "4.2.";
    private static final long START_TOLERANCE_MILLIS = 10_000;
    private static final Pattern JAR = Pattern.compile("(.+?)-([0-9][0-9A-Za-z.+-]*)\\.jar");

    /** Modules that come with one Flink; connectors and shaded libraries have versions of their own. */
    private static final Pattern FLINK_MODULE = Pattern.compile(
            "flink-(?:dist|core|core-api|runtime|runtime-web|clients"
                    + "|streaming-java|java|annotations|datastream|datastream-api|metrics-.+|statebackend-.+|rpc-.+|table-.+)");

    private static final Pattern FLINK_CLASS = Pattern.compile(
            "org/apache/flink/(?:runtime|streaming/api|api/common" + "|client/program|core/execution)/.+\\.class");
    private static final Pattern LOGGER_CLASS =
            Pattern.compile("(?:org/slf4j|ch/qos/logback|org/apache/logging/log4j|org/apache/log4j)/.+\\.class");

    /** Keys that say where a node is, and so differ. */
    private static final Pattern OWN_KEY = Pattern.compile(
            "taskmanager\\.(?:host|bind-host|resource-id|rpc\\.port)"
                    + "|jobmanager\\.bind-host|rest\\.(?:address|bind-address)|process\\.(?:jobmanager|taskmanager)\\.working-dir");

    static final List<Check> ALL = List.of(
            new Check("build.jars", "the job jars", Set.of(Problem.JAR_UNREADABLE), BuildChecks::readable),
            new Check(
                    "build.kafka-client",
                    "the Kafka client in the job jars and in the cluster's lib",
                    Set.of(Problem.KAFKA_CLIENT),
                    BuildChecks::kafkaClient),
            new Check(
                    "build.hadoop",
                    "classes of Hadoop in the job jars and in the cluster's lib",
                    Set.of(Problem.HADOOP_CLASSES, Problem.FOREIGN_HADOOP),
                    BuildChecks::hadoop),
            new Check(
                    "build.contents",
                    "classes in the job jars that belong to the cluster",
                    Set.of(Problem.FLINK_IN_JAR, Problem.LOGGER_IN_JAR),
                    BuildChecks::contents),
            new Check(
                    "build.versions",
                    "versions in the cluster's lib and in the manifests of the job jars",
                    Set.of(Problem.MIXED_FLINK, Problem.FLINK_VERSION),
                    BuildChecks::versions),
            new Check(
                    "build.nodes",
                    "lib, usrlib and conf of the nodes (--node)",
                    Set.of(Problem.JARS_DIFFER, Problem.CONFIGURATIONS_DIFFER),
                    BuildChecks::nodes),
            new Check(
                    "build.stale",
                    "the time of config.yaml and the start of the local cluster's processes",
                    Set.of(Problem.CONFIGURATION_STALE),
                    BuildChecks::stale));

    private BuildChecks() {}

    /** What matters of a jar. */
    private record Jar(
            Path path,
            @Nullable String kafka,
            @Nullable String flink,
            boolean hasParquet,
            boolean hasHadoop,
            @Nullable String flinkClass,
            @Nullable String loggerClass) {
        static Jar read(Path path) throws IOException {
            try (JarFile jar = new JarFile(path.toFile(), false)) {
                String flinkClass = null;
                String loggerClass = null;
                for (ZipEntry entry : (Iterable<ZipEntry>) jar.stream().map(ZipEntry.class::cast)::iterator) {
                    String name = entry.getName();
                    if (flinkClass == null && FLINK_CLASS.matcher(name).matches()) {
                        flinkClass = name;
                    }
                    if (loggerClass == null && LOGGER_CLASS.matcher(name).matches()) {
                        loggerClass = name;
                    }
                }
                Manifest manifest = jar.getManifest();
                return new Jar(
                        path,
                        version(jar),
                        manifest == null ? null : manifest.getMainAttributes().getValue("Flink-Version"),
                        jar.getEntry("org/apache/parquet/hadoop/ParquetWriter.class") != null,
                        jar.getEntry("org/apache/hadoop/conf/Configuration.class") != null,
                        flinkClass,
                        loggerClass);
            }
        }

        private static @Nullable String version(JarFile jar) throws IOException {
            ZipEntry entry = jar.getEntry("kafka/kafka-version.properties");
            if (entry == null) {
                return null;
            }
            Properties properties = new Properties();
            try (InputStream in = jar.getInputStream(entry)) {
                properties.load(in);
            }
            return properties.getProperty("version");
        }
    }

    private static List<Jar> jobJars(Patient patient) {
        if (patient.jars().isEmpty()) {
            throw new NotApplicable("no job jar is known (--jar)");
        }
        List<Jar> jars = new ArrayList<>();
        for (Path path : patient.jars()) {
            try {
                jars.add(Jar.read(path));
            } catch (IOException e) {
                // Told by the check of the jars themselves.
            }
        }
        return jars;
    }

    /** Directories with the cluster's own jars. */
    private static List<Path> libraries(Patient patient) {
        List<Path> libraries = new ArrayList<>();
        if (patient.cluster() != null) {
            libraries.add(patient.cluster().directory().resolve("lib"));
        }
        patient.nodes().forEach(node -> libraries.add(node.resolve("lib")));
        return libraries.stream().filter(Files::isDirectory).toList();
    }

    private static List<Path> jarsIn(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .toList();
        }
    }

    private static void readable(Patient patient, Report report) {
        if (patient.jars().isEmpty()) {
            throw new NotApplicable("no job jar is known (--jar)");
        }
        for (Path path : patient.jars()) {
            try {
                Jar.read(path);
            } catch (IOException e) {
                report.add(
                        Problem.JAR_UNREADABLE,
                        "a job jar must be a jar, was refused: " + e.getMessage(),
                        path.toString());
            }
        }
    }

    private static void kafkaClient(Patient patient, Report report) throws IOException {
        List<Jar> jars = new ArrayList<>(jobJars(patient));
        for (Path library : libraries(patient)) {
            for (Path path : jarsIn(library)) {
                if (path.getFileName().toString().startsWith("kafka-clients-")) {
                    jars.add(Jar.read(path));
                }
            }
        }
        for (Jar jar : jars) {
            if (jar.kafka() != null && !jar.kafka().startsWith(KAFKA_LINE)) {
                report.add(
                        Problem.KAFKA_CLIENT,
                        "the Kafka client must be 4.2.x, was " + jar.kafka(),
                        jar.path().toString());
            }
        }
    }

    private static void hadoop(Patient patient, Report report) throws IOException {
        List<Path> own = new ArrayList<>();
        for (Path library : libraries(patient)) {
            for (Path path : jarsIn(library)) {
                String name = path.getFileName().toString();
                if (name.startsWith("hadoop-") || name.startsWith("flink-shaded-hadoop")) {
                    own.add(path);
                }
            }
        }
        boolean brought = !own.isEmpty()
                || !patient.environment().getOrDefault("HADOOP_CLASSPATH", "").isBlank();
        if (brought) {
            report.add(
                    Problem.FOREIGN_HADOOP,
                    "the cluster's Hadoop wins over that of the job jar",
                    own.isEmpty() ? "HADOOP_CLASSPATH" : own.get(0).toString());
        }
        for (Jar jar : jobJars(patient)) {
            if (jar.hasParquet() && !jar.hasHadoop() && !brought) {
                report.add(
                        Problem.HADOOP_CLASSES,
                        "the job jar must have org.apache.hadoop.conf.Configuration, since it has Parquet and the cluster"
                                + " has no Hadoop; it lacked it",
                        jar.path().toString());
            }
        }
    }

    private static void contents(Patient patient, Report report) {
        for (Jar jar : jobJars(patient)) {
            if (jar.flinkClass() != null) {
                report.add(
                        Problem.FLINK_IN_JAR,
                        "the job jar must leave Flink's core to the cluster, had " + jar.flinkClass(),
                        jar.path().toString());
            }
            if (jar.loggerClass() != null) {
                report.add(
                        Problem.LOGGER_IN_JAR,
                        "the job jar must leave logging to the cluster, had " + jar.loggerClass(),
                        jar.path().toString());
            }
        }
    }

    private static void versions(Patient patient, Report report) throws IOException {
        List<Path> libraries = libraries(patient);
        if (libraries.isEmpty()) {
            throw new NotApplicable("no lib of a cluster is known (--node DIR, or a local cluster)");
        }
        for (Path library : libraries) {
            Map<String, Set<String>> byArtifact = new TreeMap<>();
            Set<String> flink = new TreeSet<>();
            for (Path path : jarsIn(library)) {
                Matcher matcher = JAR.matcher(path.getFileName().toString());
                if (matcher.matches()) {
                    byArtifact
                            .computeIfAbsent(matcher.group(1), name -> new TreeSet<>())
                            .add(matcher.group(2));
                    if (FLINK_MODULE.matcher(matcher.group(1)).matches()) {
                        flink.add(matcher.group(2));
                    }
                }
            }
            byArtifact.values().removeIf(versions -> versions.size() < 2);
            if (!byArtifact.isEmpty() || flink.size() > 1) {
                report.add(
                        Problem.MIXED_FLINK,
                        "lib must have one version of each jar, had "
                                + (byArtifact.isEmpty() ? "Flink " + flink : byArtifact),
                        library.toString());
                continue;
            }
            if (flink.isEmpty() || patient.jars().isEmpty()) {
                continue;
            }
            String running = flink.iterator().next();
            for (Jar jar : jobJars(patient)) {
                if (jar.flink() != null && !line(jar.flink()).equals(line(running))) {
                    report.add(
                            Problem.FLINK_VERSION,
                            "the cluster's Flink must be of the line " + line(jar.flink()) + " that " + jar.path()
                                    + " was built for, was " + running,
                            library.toString());
                }
            }
        }
    }

    /** Major and minor version. */
    private static String line(String version) {
        String[] parts = version.split("\\.", -1);
        return parts.length < 2 ? version : parts[0] + "." + parts[1];
    }

    private static void nodes(Patient patient, Report report) throws IOException {
        List<Path> homes = patient.nodes();
        if (homes.size() < 2) {
            throw new NotApplicable("fewer than two nodes are known (--node DIR, once for each)");
        }
        Map<String, String> firstJars = jars(homes.get(0));
        Map<String, String> firstConfiguration = configuration(homes.get(0));
        for (Path home : homes.subList(1, homes.size())) {
            Map<String, String> jars = jars(home);
            List<String> different = different(firstJars, jars);
            if (!different.isEmpty()) {
                report.add(
                        Problem.JARS_DIFFER,
                        "jars must be the same as in " + homes.get(0) + ", differ: " + shown(different),
                        home + ": "
                                + shown(different.stream()
                                        .map(name -> name + " SHA-256 "
                                                + Objects.requireNonNullElse(jars.get(name), "missing"))
                                        .toList()));
            }
            List<String> keys = different(firstConfiguration, configuration(home));
            if (!keys.isEmpty()) {
                report.add(
                        Problem.CONFIGURATIONS_DIFFER,
                        "config.yaml must say the same as in " + homes.get(0) + ", differs in " + shown(keys),
                        home.resolve("conf").resolve("config.yaml").toString());
            }
        }
    }

    private static String shown(List<String> names) {
        return names.size() <= 3
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, 3)) + " and " + (names.size() - 3) + " more";
    }

    private static List<String> different(Map<String, String> left, Map<String, String> right) {
        Set<String> names = new TreeSet<>(left.keySet());
        names.addAll(right.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(left.get(name), right.get(name)))
                .toList();
    }

    private static Map<String, String> configuration(Path home) {
        Path file = home.resolve("conf").resolve("config.yaml");
        Map<String, String> values =
                Files.isRegularFile(file) ? new TreeMap<>(FlinkConfigurationFiles.flat(file)) : new TreeMap<>();
        values.keySet().removeIf(key -> OWN_KEY.matcher(key).matches());
        return values;
    }

    private static Map<String, String> jars(Path home) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        for (String directory : List.of("lib", "usrlib")) {
            for (Path jar : jarsIn(home.resolve(directory))) {
                digests.put(directory + "/" + jar.getFileName(), sha256(jar));
            }
        }
        return digests;
    }

    private static String sha256(Path file) throws IOException {
        try (DigestInputStream in =
                new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest()).substring(0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 must exist on every Java platform", e);
        }
    }

    private static void stale(Patient patient, Report report) throws IOException {
        ClusterState cluster = patient.cluster();
        if (cluster == null) {
            throw new NotApplicable("no local cluster runs");
        }
        Path file = cluster.directory().resolve("conf").resolve("config.yaml");
        if (!Files.isRegularFile(file)) {
            throw new NotApplicable("the local cluster has no " + file);
        }
        long written = Files.getLastModifiedTime(file).toMillis();
        for (ClusterState.Member member : cluster.processes()) {
            if (member.mark().isAlive() && written > member.mark().startMillis() + START_TOLERANCE_MILLIS) {
                report.add(
                        Problem.CONFIGURATION_STALE,
                        "config.yaml must be as it was when " + member.name() + " started, was changed "
                                + (written - member.mark().startMillis()) / 1000 + " s later",
                        file + ", process " + member.mark().pid());
            }
        }
    }
}
