package dev.candlewick.local.doctor;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.FlinkConfigurationFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** A healthy system of real files, processes and brokers, into which a test puts one fault. */
final class SeededPatient implements AutoCloseable {
    final Path directory;
    final Map<String, String> environment = new HashMap<>();
    final Map<String, String> options = new LinkedHashMap<>();
    final List<Path> files = new ArrayList<>();
    final List<Path> lakes = new ArrayList<>();
    final List<Path> jars = new ArrayList<>();
    final List<Path> nodes = new ArrayList<>();
    final Map<String, String> flink = new TreeMap<>();
    final Map<String, UnaryOperator<String>> rest = new HashMap<>();
    final List<Process> processes = new ArrayList<>();
    final Map<String, String> client = new HashMap<>();
    Patient.Limits limits = Patient.Limits.DEFAULT;
    InstantSource clock = InstantSource.system();
    String kafka;
    boolean withCluster = true;
    boolean withFlink = true;
    int starts = 1;
    Duration configurationAge = Duration.ofMinutes(1);
    Process member;
    ProcessMark supervisor = ProcessMark.of(ProcessHandle.current());
    ProcessMark broker = ProcessMark.of(ProcessHandle.current());
    String address;
    private RecordedJobManager jobManager;
    private Kafka connection;

    /** A healthy system. */
    SeededPatient(Path directory, String kafka, String topic, Path lake) throws IOException {
        this.directory = directory;
        this.kafka = kafka;
        lakes.add(lake);
        options.put("source.topic", topic);
        options.put("checkpoint.dir", directory.resolve("checkpoints").toString());
        options.put("topic.prefix", "doctor.");
        Path root = Path.of(System.getProperty("candlewick.root"));
        flink.putAll(FlinkConfigurationFiles.flat(root.resolve("conf/config.yaml")));
        flink.putAll(FlinkConfigurationFiles.flat(root.resolve("conf/profiles/local.yaml")));
        flink.put("io.tmp.dirs", directory.resolve("work").toString());
        flink.put("process.working-dir", directory.resolve("work/process").toString());
        jars.add(jar("job.jar", "4.2.2", "2.3.0", "org/apache/hadoop/conf/Configuration.class"));
        for (String name : List.of("node-1", "node-2")) {
            Path node = directory.resolve(name);
            Files.createDirectories(node.resolve("conf"));
            Files.createDirectories(node.resolve("lib"));
            library(node, "flink-runtime-2.3.0.jar");
            library(node, "flink-clients-2.3.0.jar");
            library(node, "flink-shaded-guava-33.4.0-jre-20.0.jar");
            Files.writeString(node.resolve("conf/config.yaml"), "rest.bind-address: localhost\n");
            nodes.add(node);
        }
        member = process("dev.candlewick.local.Main", "--set", "fill=omit");
    }

    /** A process that does nothing but have arguments; it ends with this JVM's patience. */
    Process process(String... arguments) throws IOException {
        return shell("read x", arguments);
    }

    Process shell(String script, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).start();
        processes.add(process);
        return process;
    }

    /** Puts another process into the supervisor's place, and kills it. */
    void killSupervisor() throws IOException, InterruptedException {
        supervisor = killed("dev.candlewick.local.cluster.ClusterSupervisor");
    }

    /** Puts another process into the local broker's place, and kills it. */
    void killBroker() throws IOException, InterruptedException {
        broker = killed("dev.candlewick.local.broker.BrokerMain");
    }

    private ProcessMark killed(String main) throws IOException, InterruptedException {
        Process process = process(main);
        ProcessMark mark = ProcessMark.of(process.toHandle());
        process.destroyForcibly().waitFor();
        return mark;
    }

    static void library(Path node, String name) throws IOException {
        Files.writeString(node.resolve("lib").resolve(name), name);
    }

    /** A job jar with what matters of one. */
    Path jar(String name, String kafkaVersion, String flinkVersion, String... classes) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Flink-Version", flinkVersion);
        Path path = directory.resolve(name);
        try (OutputStream out = Files.newOutputStream(path);
                JarOutputStream jar = new JarOutputStream(out, manifest)) {
            entry(jar, "kafka/kafka-version.properties", "version=" + kafkaVersion + "\n");
            entry(jar, "org/apache/parquet/hadoop/ParquetWriter.class", "");
            entry(jar, "org/apache/flink/streaming/connectors/kafka/Some.class", "");
            for (String one : classes) {
                entry(jar, one, "");
            }
        }
        return path;
    }

    private static void entry(JarOutputStream jar, String name, String text) throws IOException {
        jar.putNextEntry(new JarEntry(name));
        jar.write(text.getBytes(StandardCharsets.UTF_8));
        jar.closeEntry();
    }

    /** The patient as the command would make it. */
    Patient patient() throws IOException {
        Path cluster = directory.resolve("cluster");
        Files.createDirectories(cluster.resolve("conf"));
        Path config = cluster.resolve("conf/config.yaml");
        Files.writeString(config, "a: b\n");
        Files.setLastModifiedTime(
                config,
                java.nio.file.attribute.FileTime.fromMillis(System.currentTimeMillis() - configurationAge.toMillis()));
        if (withFlink && address == null) {
            jobManager = new RecordedJobManager(rest);
            address = jobManager.address();
        }
        List<String> arguments = new ArrayList<>();
        options.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        Map<String, String> variables = new TreeMap<>();
        client.forEach((key, value) -> variables.put(
                "CANDLEWICK_KAFKA_PROPERTIES_" + key.toUpperCase(Locale.ROOT).replace('.', '_'), value));
        ResolvedConfiguration resolved = null;
        String problem = null;
        try {
            resolved = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                    .commandLine(CommandLineArguments.parse(arguments.toArray(String[]::new)))
                    .environment(variables)
                    .build());
        } catch (ConfigurationException e) {
            problem = e.getMessage();
        }
        connection = new Kafka(kafka, client);
        ClusterState state = new ClusterState(
                supervisor,
                String.valueOf(address),
                "none",
                cluster,
                List.of(new ClusterState.Member(
                        "taskmanager-1",
                        ProcessMark.of(member.toHandle()),
                        starts,
                        ClusterState.Health.RUNNING,
                        directory.resolve("taskmanager-1.log"))));
        Path home = directory.resolve("home");
        new BrokerState(
                        kafka,
                        broker.pid(),
                        broker.startMillis(),
                        BrokerState.OWNER_KAFKA_UP,
                        home.resolve("kafka/data"),
                        home.resolve("kafka/broker.log").toString())
                .publish(new CandlewickHome(home));
        return new Patient(
                home,
                environment,
                resolved,
                problem,
                files,
                connection,
                withFlink ? new Flink(address, Optional.empty()) : null,
                withCluster ? state : null,
                new Patient.FlinkFile(directory.resolve("flink/config.yaml"), flink),
                Path.of(System.getProperty("candlewick.root")),
                lakes,
                jars,
                nodes,
                () -> processes.stream().map(Process::toHandle).toList(),
                limits,
                clock);
    }

    @Override
    public void close() {
        processes.forEach(Process::destroyForcibly);
        if (jobManager != null) {
            jobManager.close();
        }
        if (connection != null) {
            connection.close();
        }
    }
}
