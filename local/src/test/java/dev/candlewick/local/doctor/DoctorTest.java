package dev.candlewick.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeFiles;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.cli.MetricsOption;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.lake.LakeFixture;
import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault that can be made here is made, and found with its code and no other; a healthy system has none. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class DoctorTest {
    private static final String TOPIC = "healthy";

    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    private static GuardedBroker broker;
    private static Path lake;

    @BeforeAll
    static void setUp() throws Exception {
        broker = new GuardedBroker(Files.createDirectories(shared.resolve("broker")));
        broker.topic(TOPIC, 2, Map.of());
        for (String output : List.of(
                "candles.1s",
                "candles.10s",
                "candles.1m",
                "candles.3m",
                "candles.5m",
                "candles.15m",
                "vwap.5m",
                "quality.events",
                "quality.reports",
                "trades.rejected",
                "candles.live")) {
            broker.topic("doctor." + output, 1, Map.of());
        }
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            producer.send(new ProducerRecord<>(TOPIC, new byte[10])).get();
        }
        broker.admin()
                .alterConsumerGroupOffsets("candlewick", Map.of(new TopicPartition(TOPIC, 0), new OffsetAndMetadata(0)))
                .all()
                .get();
        lake = shared.resolve("lake");
        LakeFixture.sample().bounded(lake, "run-1");
    }

    @AfterAll
    static void tearDown() {
        broker.close();
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", broker.open());
        all.put("acks", "all");
        return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** Puts a fault into a healthy system; what it returns is closed behind the examination. */
    @FunctionalInterface
    private interface Fault {
        void into(SeededPatient patient, List<AutoCloseable> closed) throws Exception;
    }

    private record Seed(String name, Fault fault, Set<String> codes) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<Seed> SEEDS = new ArrayList<>();

    private static void seed(String name, Fault fault, Problem... problems) {
        SEEDS.add(new Seed(
                name,
                fault,
                Arrays.stream(problems).map(Problem::code).collect(Collectors.toCollection(TreeSet::new))));
    }

    private SeededPatient healthy(Path place) throws IOException {
        return new SeededPatient(Files.createDirectories(place), broker.open(), TOPIC, lake);
    }

    private static Doctor.Diagnosis examine(SeededPatient patient) throws IOException {
        return Doctor.examine(patient.patient(), Doctor.CHECKS, Duration.ofSeconds(60));
    }

    private static Set<String> codes(Doctor.Diagnosis diagnosis) {
        return diagnosis.findings().stream()
                .map(finding -> finding.problem().code())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aHealthySystemHasNoFindingAndEveryCheckHasLooked() throws Exception {
        try (SeededPatient patient = healthy(directory)) {
            Doctor.Diagnosis diagnosis = examine(patient);

            assertThat(diagnosis.findings()).isEmpty();
            // The ports belong to the cluster that runs.
            assertThat(diagnosis.results())
                    .filteredOn(result -> result.status() != Doctor.Status.OK)
                    .extracting(result -> result.check().name())
                    .containsExactly("host.ports");
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("seeds")
    void everySeededFaultIsFoundWithItsCodeAndNoOther(Seed seed) throws Exception {
        List<AutoCloseable> closed = new ArrayList<>();
        try (SeededPatient patient = healthy(directory)) {
            seed.fault().into(patient, closed);
            Doctor.Diagnosis diagnosis = examine(patient);
            assertThat(codes(diagnosis)).as(diagnosis.findings().toString()).isEqualTo(seed.codes());
            assertThat(diagnosis.findings()).allSatisfy(finding -> {
                assertThat(finding.what()).isNotBlank().doesNotContain("canary");
                assertThat(finding.where()).isNotBlank().doesNotContain("canary");
                assertThat(finding.fix()).isNotBlank();
            });
        } finally {
            for (AutoCloseable one : closed) {
                one.close();
            }
        }
    }

    @Test
    void theFaultsAreMoreThanSeventyOfMoreThanSixtyKinds() {
        assertThat(seeds()).hasSizeGreaterThan(70);
        Set<String> found =
                seeds().stream().flatMap(seed -> seed.codes().stream()).collect(Collectors.toSet());
        assertThat(found).hasSizeGreaterThan(60);
        // What no test can make here: several brokers; and what has tests of its own.
        assertThat(Arrays.stream(Problem.values()).map(Problem::code))
                .filteredOn(code -> !found.contains(code))
                .containsExactlyInAnyOrder(Problem.REPLICAS_SINGLE.code(), Problem.CHECK_UNANSWERED.code());
    }

    private static List<Seed> seeds() {
        SEEDS.clear();
        configuration();
        host();
        build();
        kafka();
        flink();
        lake();
        secrets();
        return List.copyOf(SEEDS);
    }

    private static void configuration() {
        seed(
                "an option that does not exist",
                (p, c) -> p.options.put("allowed-latenes", "1m"),
                Problem.CONFIGURATION_INVALID);
    }

    private static void host() {
        seed(
                "JAVA_HOME of a Java 11",
                (p, c) -> {
                    Path home = Files.createDirectories(p.directory.resolve("jdk-11"));
                    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"11.0.22\"\n");
                    p.environment.put("JAVA_HOME", home.toString());
                },
                Problem.JAVA_OLD);
        seed("env.java.opts.all replaced", (p, c) -> p.flink.put("env.java.opts.all", "-Xlog:gc"), Problem.JAVA_FLAGS);
        seed(
                "a TaskManager larger than the machine",
                (p, c) -> p.flink.put("taskmanager.memory.process.size", "64t"),
                Problem.MEMORY_SHORT);
        seed(
                "a process with 512 open files",
                (p, c) -> p.member = p.shell("ulimit -n 512 && read x", "dev.candlewick.local.Main"),
                Problem.FILE_LIMIT);
        seed(
                "less disk than asked for",
                (p, c) -> p.limits = new Patient.Limits(1L << 60, 0, 0, 1_000, 60_000, 60_000),
                Problem.DISK_SHORT);
        seed(
                "fewer inodes than asked for",
                (p, c) -> p.limits = new Patient.Limits(0, Long.MAX_VALUE, 0, 1_000, 60_000, 60_000),
                Problem.INODES_SHORT);
        seed(
                "a file in the place of the temporary directory",
                (p, c) -> {
                    Path file = Files.writeString(p.directory.resolve("file"), "");
                    p.flink.put("io.tmp.dirs", file.resolve("below").toString());
                },
                Problem.TEMPORARY_DIRECTORY);
        seed("no working directory", (p, c) -> p.flink.remove("process.working-dir"), Problem.TEMPORARY_CLEANED);
        seed(
                "a taken port",
                (p, c) -> {
                    ServerSocket socket = new ServerSocket();
                    c.add(socket);
                    socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
                    p.flink.put("rest.bind-port", Integer.toString(socket.getLocalPort()));
                    p.flink.put("jobmanager.rpc.port", "0");
                    p.withCluster = false;
                    p.withFlink = false;
                },
                Problem.PORT_TAKEN);
        seed(
                "a JobManager whose clock is an hour ahead",
                (p, c) -> p.rest.put(
                        "/job",
                        text -> text.replaceFirst(
                                "\"now\":[0-9]+", "\"now\":" + (System.currentTimeMillis() + 3_600_000))),
                Problem.CLOCK_SKEW);
        seed(
                "a broker whose clock is an hour ahead",
                (p, c) -> {
                    String topic = broker.topic(
                            "ahead",
                            1,
                            Map.of(
                                    "message.timestamp.type",
                                    "CreateTime",
                                    "message.timestamp.after.max.ms",
                                    "100000000"));
                    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
                        producer.send(new ProducerRecord<>(
                                        topic, 0, System.currentTimeMillis() + 3_600_000, null, new byte[1]))
                                .get();
                    }
                    set(topic, "message.timestamp.type", "LogAppendTime");
                    p.options.put("source.topic", topic);
                },
                Problem.CLOCK_SKEW);
    }

    private static void build() {
        seed(
                "a jar with Kafka client 4.3",
                (p, c) -> p.jars.set(0, p.jar("a.jar", "4.3.1", "2.3.0", "org/apache/hadoop/conf/Configuration.class")),
                Problem.KAFKA_CLIENT);
        seed("a jar without Hadoop", (p, c) -> p.jars.set(0, p.jar("a.jar", "4.2.2", "2.3.0")), Problem.HADOOP_CLASSES);
        seed(
                "a jar with Flink in it",
                (p, c) -> p.jars.set(
                        0,
                        p.jar(
                                "a.jar",
                                "4.2.2",
                                "2.3.0",
                                "org/apache/hadoop/conf/Configuration.class",
                                "org/apache/flink/streaming/api/environment/StreamExecutionEnvironment.class")),
                Problem.FLINK_IN_JAR);
        seed(
                "a jar with a logger in it",
                (p, c) -> p.jars.set(
                        0,
                        p.jar(
                                "a.jar",
                                "4.2.2",
                                "2.3.0",
                                "org/apache/hadoop/conf/Configuration.class",
                                "org/slf4j/Logger.class")),
                Problem.LOGGER_IN_JAR);
        seed(
                "two Flinks in lib",
                (p, c) -> {
                    for (Path node : p.nodes) {
                        SeededPatient.library(node, "flink-runtime-2.2.1.jar");
                    }
                },
                Problem.MIXED_FLINK);
        seed(
                "a jar for another Flink",
                (p, c) -> p.jars.set(0, p.jar("a.jar", "4.2.2", "2.1.0", "org/apache/hadoop/conf/Configuration.class")),
                Problem.FLINK_VERSION);
        seed(
                "Hadoop in lib",
                (p, c) -> {
                    for (Path node : p.nodes) {
                        SeededPatient.library(node, "hadoop-common-3.3.6.jar");
                    }
                },
                Problem.FOREIGN_HADOOP);
        seed(
                "another jar on one node",
                (p, c) -> Files.writeString(p.nodes.get(1).resolve("lib/flink-clients-2.3.0.jar"), "patched"),
                Problem.JARS_DIFFER);
        seed(
                "another configuration on one node",
                (p, c) -> Files.writeString(
                        p.nodes.get(1).resolve("conf/config.yaml"),
                        "rest.bind-address: 10.0.0.2\ntaskmanager.memory.process.size: 2g\n"),
                Problem.CONFIGURATIONS_DIFFER);
        seed(
                "config.yaml changed under a running process",
                (p, c) -> p.configurationAge = Duration.ofMinutes(-2),
                Problem.CONFIGURATION_STALE);
        seed(
                "a jar cut short",
                (p, c) -> {
                    byte[] whole = Files.readAllBytes(p.jars.get(0));
                    Files.write(p.jars.get(0), Arrays.copyOf(whole, whole.length / 2));
                },
                Problem.JAR_UNREADABLE);
    }

    private static void kafka() {
        seed("a broker that is not there", (p, c) -> p.kafka = broker.nobody(), Problem.KAFKA_UNREACHABLE);
        seed(
                "a wrong password",
                (p, c) -> {
                    p.kafka = broker.guarded();
                    p.client.putAll(broker.user("bob", "canary"));
                },
                Problem.KAFKA_CREDENTIALS);
        seed(
                "an expired certificate",
                (p, c) -> {
                    p.kafka = broker.tls();
                    p.client.putAll(broker.trust());
                },
                Problem.KAFKA_CERTIFICATE);
        seed(
                "a certificate of the job's own that expires soon",
                (p, c) -> p.client.putAll(broker.expiringKeyStore(p.directory)),
                Problem.CERTIFICATE_EXPIRES);
        seed(
                "a user without rights",
                (p, c) -> {
                    p.kafka = broker.guarded();
                    p.client.putAll(broker.user("bob", "bob-word"));
                },
                Problem.KAFKA_PERMISSION);
        seed(
                "TLS spoken to a listener without it",
                (p, c) -> {
                    p.client.putAll(broker.trust());
                },
                Problem.KAFKA_NO_ANSWER);
        seed("plain text spoken to a listener with TLS", (p, c) -> p.kafka = broker.tls(), Problem.KAFKA_NO_ANSWER);
        seed(
                "a trust store that is not there",
                (p, c) -> {
                    p.kafka = broker.tls();
                    p.client.putAll(broker.trust());
                    p.client.put("ssl.truststore.location", "/nowhere.p12");
                },
                Problem.KAFKA_CLIENT_PROPERTIES);
        seed(
                "an advertised address where nobody listens",
                (p, c) -> p.kafka = broker.lost(),
                Problem.ADVERTISED_LISTENER);
        seed(
                "a source topic that is not there",
                (p, c) -> p.options.put("source.topic", "helthy"),
                Problem.SOURCE_TOPIC_MISSING);
        seed(
                "CreateTime on a source topic",
                (p, c) -> source(p, "sender", "message.timestamp.type", "CreateTime"),
                Problem.SOURCE_TIMESTAMPS);
        seed(
                "retention shorter than a restart",
                (p, c) -> source(p, "short", "retention.ms", "60000"),
                Problem.RETENTION_SHORT);
        seed(
                "retention shorter than the age of the checkpoint",
                (p, c) -> {
                    source(
                            p,
                            "weekend",
                            "retention.ms",
                            Long.toString(Duration.ofDays(1).toMillis()));
                    Path metadata = p.directory.resolve("checkpoints/job/chk-7/_metadata");
                    Files.createDirectories(metadata.getParent());
                    Files.writeString(metadata, "");
                    Files.setLastModifiedTime(
                            metadata, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
                },
                Problem.RETENTION_SHORT);
        seed(
                "a position that the topic has forgotten",
                (p, c) -> {
                    source(p, "forgotten", "retention.ms", "-1");
                    TopicPartition partition = new TopicPartition("forgotten", 0);
                    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
                        for (int i = 0; i < 5; i++) {
                            producer.send(new ProducerRecord<>("forgotten", 0, null, new byte[1]))
                                    .get();
                        }
                    }
                    broker.admin()
                            .alterConsumerGroupOffsets("forgetful", Map.of(partition, new OffsetAndMetadata(1)))
                            .all()
                            .get();
                    broker.admin()
                            .deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
                            .all()
                            .get();
                    p.options.put("kafka.group.id", "forgetful");
                },
                Problem.POSITION_GONE);
        seed(
                "a compacted source topic",
                (p, c) -> source(p, "compacted", "cleanup.policy", "compact"),
                Problem.SOURCE_COMPACTED);
        seed(
                "more replicas in sync than there are",
                (p, c) -> source(p, "strict", "min.insync.replicas", "2"),
                Problem.REPLICAS_IMPOSSIBLE);
        output("candles that go after a week", "retention.ms", "604800000", Problem.CANDLES_FORGOTTEN);
        output("CreateTime on a topic of candles", "message.timestamp.type", "CreateTime", Problem.OUTPUT_TIMESTAMPS);
        output("small records on a topic of candles", "max.message.bytes", "1000", Problem.RECORD_SIZE);
        seed(
                "a deleted output topic of a running job",
                (p, c) -> p.options.put("intervals", "1s,10s,1m,3m,5m,15m,30m"),
                Problem.OUTPUT_TOPIC_MISSING);
        seed(
                "a transaction longer than the broker allows",
                (p, c) -> p.options.put("kafka.transaction.timeout", "2h"),
                Problem.TRANSACTION_MAXIMUM);
        seed(
                "a transaction shorter than the checkpoints",
                (p, c) -> p.options.put("kafka.transaction.timeout", "2m"),
                Problem.CONFIGURATION_INVALID);
        seed(
                "a transaction that nobody ends",
                (p, c) -> {
                    KafkaProducer<byte[], byte[]> producer = producer(
                            Map.of("transactional.id", "cw.candlewick~-0-1", "transaction.timeout.ms", "600000"));
                    c.add(() -> {
                        producer.abortTransaction();
                        producer.close();
                    });
                    producer.initTransactions();
                    producer.beginTransaction();
                    producer.send(new ProducerRecord<>("doctor.candles.1s", 0, new byte[1], new byte[1]));
                    producer.flush();
                    // Two hours later.
                    p.clock = () -> Instant.now().plus(Duration.ofHours(2));
                },
                Problem.TRANSACTION_OPEN,
                Problem.CLOCK_SKEW,
                Problem.CHECKPOINT_OLD);
        seed(
                "somebody else in the job's group",
                (p, c) -> {
                    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(
                            Map.of("bootstrap.servers", broker.open(), "group.id", "shared"),
                            new ByteArrayDeserializer(),
                            new ByteArrayDeserializer());
                    c.add(consumer);
                    consumer.subscribe(List.of(TOPIC));
                    Awaitility.await("a member").atMost(Duration.ofSeconds(60)).until(() -> {
                        consumer.poll(Duration.ofMillis(100));
                        return !consumer.assignment().isEmpty();
                    });
                    p.options.put("kafka.group.id", "shared");
                },
                Problem.GROUP_SHARED);
        seed(
                "a broker that makes topics on first use, of an old protocol",
                (p, c) -> {
                    EmbeddedBroker careless = EmbeddedBroker.start(
                            p.directory.resolve("careless"),
                            EmbeddedBroker.ANY_PORT,
                            Map.of("auto.create.topics.enable", "true"));
                    c.add(careless);
                    try (Admin admin = Admin.create(Map.of("bootstrap.servers", careless.bootstrapServers()))) {
                        admin.updateFeatures(
                                        Map.of(
                                                "transaction.version",
                                                new FeatureUpdate((short) 1, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                                        new UpdateFeaturesOptions())
                                .all()
                                .get(30, TimeUnit.SECONDS);
                    }
                    p.kafka = careless.bootstrapServers();
                },
                Problem.TOPICS_BY_TYPO,
                Problem.TRANSACTION_PROTOCOL,
                Problem.SOURCE_TOPIC_MISSING,
                Problem.OUTPUT_TOPIC_MISSING);
    }

    private static void source(SeededPatient patient, String topic, String key, String value) {
        broker.topic(topic, 1, Map.of(key, value));
        patient.options.put("source.topic", topic);
    }

    private static void output(String name, String key, String value, Problem problem) {
        seed(
                name,
                (p, c) -> {
                    set("doctor.candles.1s", key, value);
                    c.add(() -> unset("doctor.candles.1s", key));
                },
                problem);
    }

    private static void set(String topic, String key, String value) throws Exception {
        alter(topic, new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET), value);
    }

    private static void unset(String topic, String key) throws Exception {
        if (key.equals("message.timestamp.type")) {
            set(topic, key, "LogAppendTime");
        } else {
            alter(topic, new AlterConfigOp(new ConfigEntry(key, ""), AlterConfigOp.OpType.DELETE), null);
        }
    }

    private static void alter(String topic, AlterConfigOp operation, String expected) throws Exception {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        broker.admin()
                .incrementalAlterConfigs(Map.of(resource, List.of(operation)))
                .all()
                .get();
        String key = operation.configEntry().name();
        Awaitility.await(key + " of " + topic).atMost(Duration.ofSeconds(30)).until(() -> {
            ConfigEntry entry = broker.admin()
                    .describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .get(key);
            return expected == null
                    ? entry.isDefault() || entry.source() != ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG
                    : expected.equals(entry.value());
        });
    }

    private static void flink() {
        seed(
                "a JobManager that is not there",
                (p, c) -> p.address = "http://" + broker.nobody(),
                Problem.FLINK_UNREACHABLE);
        seed(
                "REST on every interface",
                (p, c) -> p.rest.put(
                        "/jobmanager/config",
                        text -> text.replace(
                                "{\"key\":\"rest.bind-address\",\"value\":\"localhost\"}",
                                "{\"key\":\"rest.bind-address\",\"value\":\"0.0.0.0\"}")),
                Problem.REST_OPEN);
        seed(
                "REST on every interface, in the file",
                (p, c) -> {
                    p.flink.put("rest.bind-address", "0.0.0.0");
                    p.withCluster = false;
                    p.withFlink = false;
                    freePorts(p);
                },
                Problem.REST_OPEN);
        seed(
                "uploads by the web UI",
                (p, c) -> p.rest.put(
                        "/jobmanager/config",
                        text -> text.replace(
                                "{\"key\":\"web.submit.enable\",\"value\":\"false\"}",
                                "{\"key\":\"web.submit.enable\",\"value\":\"true\"}")),
                Problem.WEB_SUBMIT);
        seed(
                "a file in the place of the checkpoint directory",
                (p, c) -> {
                    Path file = Files.writeString(p.directory.resolve("file"), "");
                    p.options.put("checkpoint.dir", file.resolve("checkpoints").toString());
                },
                Problem.CHECKPOINT_DIRECTORY);
        seed(
                "local checkpoints on two machines",
                (p, c) -> p.rest.put(
                        "/taskmanagers",
                        text -> second(text, "pekko.tcp://flink@10.0.0.1:1/user/rpc/taskmanager_0", "10.0.0.2")),
                Problem.CHECKPOINT_LOCAL);
        seed(
                "no checkpoint directory",
                (p, c) -> p.rest.put(
                        "/job/checkpoints/config",
                        text -> text.replace("FileSystemCheckpointStorage", "JobManagerCheckpointStorage")),
                Problem.CHECKPOINT_NONE);
        seed(
                "checkpoints that are deleted",
                (p, c) -> p.rest.put(
                        "/job/checkpoints/config",
                        text -> text.replace("\"delete_on_cancellation\":false", "\"delete_on_cancellation\":true")),
                Problem.CHECKPOINTS_DELETED);
        seed(
                "unaligned checkpoints",
                (p, c) -> p.rest.put(
                        "/job/checkpoints/config",
                        text -> text.replace("\"unaligned_checkpoints\":false", "\"unaligned_checkpoints\":true")),
                Problem.CHECKPOINTS_UNALIGNED);
        seed(
                "no checkpoint for a long time",
                (p, c) -> {
                    p.rest.put("/job/checkpoints", text -> text.replaceAll("1795263[0-9]{6}", "1795200000000"));
                    p.rest.put("/jobs/overview", text -> text.replaceAll("1795263[0-9]{6}", "1795200000000"));
                },
                Problem.CHECKPOINT_OLD);
        seed(
                "failed checkpoints behind the last one",
                (p, c) -> p.rest.put(
                        "/job/checkpoints",
                        text -> text.replace("\"history\":[", "\"history\":[{\"id\":999999,\"status\":\"FAILED\"},")),
                Problem.CHECKPOINT_FAILED);
        seed(
                "a job that failed for good",
                (p, c) -> {
                    p.rest.put(
                            "/jobs/overview",
                            text -> text.replace("\"RUNNING\",\"start", "\"FAILED\",\"start")
                                    .replace("\"state\":\"RUNNING\"", "\"state\":\"FAILED\""));
                    failed(p);
                },
                Problem.JOB_NOT_RUNNING);
        seed("a job that restarted", (p, c) -> failed(p), Problem.JOB_RESTARTED);
        seed(
                "a job that cannot keep up",
                (p, c) -> p.rest.put(
                        "/job/vertex/backpressure",
                        text -> text.replaceFirst("\"backpressureLevel\":\"ok\"", "\"backpressureLevel\":\"high\"")),
                Problem.BACKPRESSURE);
        seed(
                "a partition that lags an hour",
                (p, c) -> p.rest.put(
                        "/job/vertex/metrics?get",
                        text -> text.replaceFirst(
                                "(\"[0-9]+\\.Source__trades\\.split\\.trades-1\\.watermark\\.currentWatermark\",\"value\":\")[0-9]+",
                                "$1" + (System.currentTimeMillis() - 3_600_000))),
                Problem.WATERMARK_HELD);
        seed(
                "a partition that never had a trade",
                (p, c) -> p.rest.put(
                        "/job/vertex/metrics?get",
                        text -> text.replaceFirst(
                                "(\"[0-9]+\\.Source__trades\\.split\\.trades-1\\.watermark\\.currentWatermark\",\"value\":\")[0-9]+",
                                "$1" + Long.MIN_VALUE)),
                Problem.WATERMARK_HELD);
        seed(
                "all partitions silent",
                (p, c) -> p.rest.put(
                        "/job/vertex/metrics?get",
                        text -> text.replaceAll("(idleTimeMsPerSecond\",\"value\":\")[0-9.]+", "$11000")),
                Problem.SOURCES_SILENT);
        seed(
                "TaskManagers of different memory",
                (p, c) -> p.rest.put(
                        "/taskmanagers",
                        text -> second(text, "pekko.tcp://flink@127.0.0.1:1/user/rpc/taskmanager_0", "localhost")
                                .replaceFirst(
                                        "\"managedMemory\":268435456,\"jvmMetaspace\"",
                                        "\"managedMemory\":1,\"jvmMetaspace\"")),
                Problem.TASK_MANAGERS_DIFFER);
        seed("a process that was started three times", (p, c) -> p.starts = 3, Problem.PROCESS_UNSTABLE);
        seed("a local broker that was killed", (p, c) -> p.killBroker(), Problem.LOCAL_BROKER_GONE);
        seed("a supervisor that was killed", (p, c) -> p.killSupervisor(), Problem.SUPERVISOR_DEAD);
        seed(
                "a cluster that was killed as a whole",
                (p, c) -> {
                    p.killSupervisor();
                    p.member.destroyForcibly().waitFor();
                    p.withFlink = false;
                },
                Problem.CLUSTER_GONE);
        seed(
                "restarts without end",
                (p, c) -> p.flink.put("restart-strategy.type", "exponential-delay"),
                Problem.RESTARTS_UNBOUNDED);
        seed(
                "a TaskManager that survives its end",
                (p, c) -> p.flink.put("taskmanager.jvm-exit-on-oom", "false"),
                Problem.PROCESS_HALF_DEAD);
        seed(
                "one checkpoint kept",
                (p, c) -> p.flink.put("execution.checkpointing.num-retained", "1"),
                Problem.CHECKPOINT_STORAGE_FEW);
    }

    private static void freePorts(SeededPatient patient) throws IOException {
        List<Integer> ports = PortClaim.free(3);
        patient.flink.put("rest.bind-port", ports.get(0).toString());
        patient.flink.put("jobmanager.rpc.port", ports.get(1).toString());
        patient.flink.put("metrics.reporter.prom.port", ports.get(2).toString());
    }

    private static String second(String text, String first, String host) {
        String one = text.substring(text.indexOf('[') + 1, text.lastIndexOf(']'))
                .replace("pekko://flink/user/rpc/taskmanager_0", first);
        return "{\"taskmanagers\":[" + one + "," + one.replaceFirst("@[0-9.]+:", "@" + host + ":") + "]}";
    }

    private static void failed(SeededPatient patient) {
        patient.rest.put(
                "/job/exceptions",
                text -> "{\"exceptionHistory\":{\"entries\":[{\"exceptionName\":\"x\",\"stacktrace\":"
                        + "\"java.lang.RuntimeException: outer\\n\\tat a.b\\nCaused by: java.io.IOException: No space left\\n\","
                        + "\"timestamp\":1795263700000}],\"truncated\":false}}");
    }

    private static void lake() {
        seed(
                "a lake that is not there",
                (p, c) -> p.lakes.set(0, p.directory.resolve("no-lake")),
                Problem.LAKE_MISSING);
        seed(
                "a lake copied without lake.json",
                (p, c) -> Files.delete(copy(p).resolve("lake.json")),
                Problem.LAKE_WITHOUT_MANIFESTS);
        seed(
                "a lake copied without manifests",
                (p, c) -> {
                    for (Path file : find(copy(p), "_manifest-")) {
                        Files.delete(file);
                    }
                },
                Problem.LAKE_WITHOUT_MANIFESTS);
        seed("a file that is gone", (p, c) -> Files.delete(dataFile(copy(p))), Problem.LAKE_MISMATCH);
        seed(
                "a file that is shorter",
                (p, c) -> {
                    Path file = dataFile(copy(p));
                    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 100));
                },
                Problem.LAKE_MISMATCH);
        seed(
                "a manifest that is cut",
                (p, c) -> Files.writeString(find(copy(p), "_manifest-").get(0), "{\"table\":"),
                Problem.LAKE_MISMATCH);
        seed(
                "committed files that nobody publishes",
                (p, c) -> {
                    Path live = p.directory.resolve("live");
                    LakeFixture.sample().streaming(live, "job-1");
                    Path file = dataFile(live);
                    Path next = file.resolveSibling(
                            file.getFileName().toString().replaceFirst("-[0-9]+\\.parquet", "-77.parquet"));
                    Files.copy(file, next);
                    age(live);
                    p.lakes.set(0, live);
                },
                Problem.LAKE_UNPUBLISHED);
        seed(
                "a run that was killed",
                (p, c) -> {
                    Path staging = Files.createDirectories(copy(p).resolve(".staging-run-9"));
                    Files.writeString(staging.resolve(".lock"), "");
                    age(p.lakes.get(0));
                },
                Problem.LAKE_ABANDONED);
        seed(
                "many small files",
                (p, c) -> p.limits = new Patient.Limits(0, 0, 0, 0, 60_000, 60_000),
                Problem.LAKE_SMALL_FILES);
    }

    @Test
    void aRunThatWorksInALakeIsNotAbandoned() throws Exception {
        try (SeededPatient patient = healthy(directory)) {
            Path staging = Files.createDirectories(copy(patient).resolve(".staging-run-9"));
            Path lock = Files.writeString(staging.resolve(".lock"), "");
            age(patient.lakes.get(0));
            try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                    FileLock held = channel.lock()) {
                assertThat(held.isValid()).isTrue();
                assertThat(codes(examine(patient))).isEmpty();
            }
            assertThat(codes(examine(patient))).containsExactly(Problem.LAKE_ABANDONED.code());
        }
    }

    private static Path copy(SeededPatient patient) throws IOException {
        Path to = patient.directory.resolve("lake-copy");
        try (Stream<Path> files = Files.walk(lake)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, to.resolve(lake.relativize(file).toString()));
            }
        }
        age(to);
        patient.lakes.set(0, to);
        return to;
    }

    /** Makes everything look as if nothing had happened for an hour. */
    private static void age(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
            }
        }
    }

    private static List<Path> find(Path tree, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix))
                    .sorted()
                    .toList();
        }
    }

    private static Path dataFile(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            return files.filter(LakeFiles::isDataFile).sorted().findFirst().orElseThrow();
        }
    }

    private static void secrets() {
        seed(
                "a password in arguments",
                (p, c) -> p.process("dev.candlewick.local.Main", "--set", "kafka.properties.ssl.key.password=canary"),
                Problem.SECRET_IN_ARGUMENTS);
        seed(
                "a password in an address in arguments",
                (p, c) -> p.process(
                        "org.apache.flink.client.cli.CliFrontend", "--output.lake", "s3://user:canary@bucket/lake"),
                Problem.SECRET_IN_ARGUMENTS);
        seed(
                "a login in arguments",
                (p, c) -> p.process(
                        "dev.candlewick.local.Main",
                        "--set",
                        "kafka.properties.sasl.jaas.config=PlainLoginModule required password=\"canary\";"),
                Problem.SECRET_IN_ARGUMENTS);
        seed(
                "a readable file with a secret",
                (p, c) -> {
                    Path file = Files.writeString(
                            p.directory.resolve("job.yaml"), "kafka.properties.ssl.keystore.password: canary\n");
                    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
                    p.files.add(file);
                },
                Problem.SECRET_READABLE);
        seed(
                "a secret in run.json",
                (p, c) -> {
                    Path run = find(copy(p), "run.json").stream()
                            .filter(file -> file.toString().contains("/runs/"))
                            .findFirst()
                            .orElseThrow();
                    Files.writeString(
                            run,
                            Files.readString(run, StandardCharsets.UTF_8)
                                    .replaceFirst("\\{", "{\"kafka.properties.sasl.jaas.config\":\"canary\","));
                },
                Problem.SECRET_IN_RUN);
        seed(
                "a key in Flink's configuration",
                (p, c) -> p.rest.put(
                        "/jobmanager/config",
                        text -> text.replaceFirst("\\[", "[{\"key\":\"s3.secret-key\",\"value\":\"canary\"},")),
                Problem.SECRET_IN_REST);
        seed(
                "a password in the options of a job",
                (p, c) -> p.rest.put(
                        "/job/config",
                        text -> text.replaceFirst(
                                "\"user-config\":\\{",
                                "\"user-config\":{\"kafka.properties.ssl.key.password\":\"canary\",")),
                Problem.SECRET_IN_REST);
    }

    @Test
    void aFileWithASecretForItsOwnerOnlyIsFine() throws Exception {
        try (SeededPatient patient = healthy(directory)) {
            Path file = Files.writeString(
                    directory.resolve("job.yaml"), "kafka.properties.ssl.keystore.password: canary\n");
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            patient.files.add(file);
            assertThat(codes(examine(patient))).isEmpty();
        }
    }

    @Test
    void rightsThatAreGrantedAreEnough() throws Exception {
        broker.grant(AclOperation.READ, AclOperation.DESCRIBE);
        try (SeededPatient patient = healthy(directory)) {
            patient.kafka = broker.guarded();
            patient.client.putAll(broker.user("alice", "alice-word"));
            Doctor.Diagnosis diagnosis = examine(patient);
            assertThat(codes(diagnosis)).containsExactly(Problem.KAFKA_PERMISSION.code());
            assertThat(diagnosis.findings())
                    .anySatisfy(finding -> assertThat(finding.what()).contains("WRITE", "doctor.candles.1s"))
                    .noneSatisfy(finding -> assertThat(finding.what()).contains("READ topics"));
        }
    }

    // A job that cannot start

    @Test
    void fourWaysNotToReachABrokerAreFourMessagesOfTheJob() {
        Map<String, Cli.Result> results = new HashMap<>();
        results.put("CW-K01", run(broker.nobody(), Map.of()));
        results.put("CW-K02", run(broker.guarded(), broker.user("bob", "canary")));
        results.put("CW-K03", run(broker.tls(), broker.trust()));
        results.put("CW-K04", run(broker.guarded(), broker.user("bob", "bob-word")));

        results.forEach((code, result) -> {
            assertThat(result.code()).as(result.err()).isEqualTo(4);
            assertThat(result.err())
                    .contains("[" + code + "]", "Fix: ")
                    .doesNotContain("\tat ", "canary", "bob-word", "not-a-secret");
            results.keySet().stream()
                    .filter(other -> !other.equals(code))
                    .forEach(other -> assertThat(result.err()).doesNotContain(other));
        });
        assertThat(results.get("CW-K01").err()).contains(broker.nobody(), "connection refused");
        assertThat(results.get("CW-K02").err()).contains("user and password", "sasl.mechanism=PLAIN");
        assertThat(results.get("CW-K03").err()).contains("has expired");
        assertThat(results.get("CW-K04").err()).contains("allowed to", "private-trades", "config rights");
        assertThat(Problem.KAFKA_PERMISSION.fix()).contains("./candlewick config rights");
    }

    private Cli.Result run(String address, Map<String, String> client) {
        Cli cli = new Cli(directory);
        client.forEach((key, value) -> cli.with(
                "CANDLEWICK_KAFKA_PROPERTIES_" + key.toUpperCase(Locale.ROOT).replace('.', '_'), value));
        Instant start = Instant.now();
        Cli.Result result =
                cli.run("run", "--kafka", address, "--set", "source.topic=private-trades", "--set", "topic.prefix=x.");
        assertThat(Duration.between(start, Instant.now())).as(result.err()).isLessThan(Duration.ofSeconds(30));
        return result;
    }

    @Test
    void aReferenceToASecretIsNoSecret() {
        String key = "kafka.properties.sasl.jaas.config";
        String jaas =
                "'org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"%s\";'";
        assertThat(SecretChecks.isSecret(key, jaas.formatted("${dir:/run/secrets:kafka}")))
                .isFalse();
        assertThat(SecretChecks.isSecret(key, jaas.formatted("canary"))).isTrue();
        assertThat(SecretChecks.isSecret(key, jaas.formatted("${dir:/run/secrets:kafka}canary")))
                .isTrue();
        assertThat(SecretChecks.isSecret("kafka.properties.ssl.keystore.key", "${dir:/run/secrets:client.key}"))
                .isFalse();
        assertThat(SecretChecks.isSecret("kafka.properties.ssl.keystore.key", "MIGTAgEA"))
                .isTrue();
    }

    // The command

    @Test
    void theCommandPrintsTableAndJsonAndEndsByWhatItFound() throws Exception {
        Cli cli = new Cli(directory)
                .with("CANDLEWICK_HOME", directory.resolve("home").toString());
        Cli.Result table = cli.run("doctor", "--kafka", broker.nobody());
        assertThat(table.code()).isEqualTo(4);
        assertThat(table.out()).contains("CW-K01", "error", broker.nobody(), "connection refused");
        assertThat(table.err()).contains("checks in");

        Cli.Result json = cli.run("doctor", "--kafka", broker.nobody(), "-o", "json", "-q");
        assertThat(json.err()).isEmpty();
        assertThat(json.lines())
                .singleElement()
                .satisfies(
                        line -> assertThat(line).contains("\"code\":\"CW-K01\"", "\"severity\":\"error\"", "\"fix\":"));

        Cli.Result checks = cli.run("doctor", "--kafka", broker.open(), "--checks");
        assertThat(checks.code()).as(checks.out()).isZero();
        assertThat(checks.lines()).hasSize(Doctor.CHECKS.size() + 1);
        assertThat(checks.out()).contains("no job jar is known");
        assertThat(directory.resolve("home")).doesNotExist();
    }

    /** The broker's certificate was valid for ten days and has expired 30 days ago; a clock goes back to before that. */
    @Test
    void aBrokersCertificateIsSeenAndToldWhileThereIsTime() throws Exception {
        List<Check> check = Doctor.CHECKS.stream()
                .filter(one -> one.name().equals("kafka.certificates"))
                .toList();
        assertThat(check).hasSize(1);
        Instant now = Instant.now();
        try (SeededPatient patient = healthy(directory)) {
            patient.kafka = broker.tls();
            patient.client.putAll(broker.trust());

            patient.clock = () -> now.minus(Duration.ofDays(35));
            assertThat(Doctor.examine(patient.patient(), check, Doctor.LIMIT).findings())
                    .singleElement()
                    .satisfies(finding -> {
                        assertThat(finding.problem()).isEqualTo(Problem.CERTIFICATE_EXPIRES);
                        assertThat(finding.where()).isEqualTo(broker.tls());
                    });
            patient.clock = () -> now.minus(Duration.ofDays(65));
            assertThat(Doctor.examine(patient.patient(), check, Doctor.LIMIT).findings())
                    .isEmpty();

            // And as metrics, with what brings the alert to its bound
            MetricsOption.Text text = new MetricsOption.Text();
            DoctorMetrics.fill(text, examine(patient), patient.patient());
            assertThat(text.toString())
                    .contains(
                            "candlewick_doctor_findings{severity=\"ERROR\",code=\"CW-K03\"} 1\n",
                            "candlewick_doctor_findings{severity=\"NOTE\",code=\"\"} 0\n");
            Matcher end = Pattern.compile("candlewick_certificate_not_after_timestamp_seconds\\{where=\""
                            + Pattern.quote(broker.tls()) + "\"} ([0-9]+)\n")
                    .matcher(text.toString());
            assertThat(end.find()).as(text.toString()).isTrue();
            assertThat(Instant.ofEpochSecond(Long.parseLong(end.group(1))))
                    .isBetween(now.minus(Duration.ofDays(31)), now.minus(Duration.ofDays(29)));
            assertThat(text.toString()).contains("authority.p12 (ca)\"} ");
        }
    }

    @Test
    void codesAreExplainedAndUnknownOnesRefused() {
        Cli cli = new Cli(directory);
        Cli.Result known = cli.run("doctor", "--explain", "cw-k07");
        assertThat(known.code()).isZero();
        assertThat(known.out()).contains("CW-K07", "advertised");
        assertThat(cli.run("doctor", "--explain", "CW-X99").code()).isEqualTo(2);
        assertThat(cli.run("doctor", "--flink", "localhost").code()).isEqualTo(2);
        assertThat(cli.run("doctor", "--min-free", "much").code()).isEqualTo(2);
        assertThat(cli.run("doctor", "--flink-conf", "nowhere").code()).isEqualTo(2);
    }

    @Test
    void nothingThatHangsHoldsUpTheRest() throws Exception {
        try (SeededPatient patient = healthy(directory);
                // Takes connections and never says a word.
                ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
            patient.kafka = "127.0.0.1:" + silent.getLocalPort();
            patient.address = "http://127.0.0.1:" + silent.getLocalPort();
            Instant start = Instant.now();
            Doctor.Diagnosis diagnosis = Doctor.examine(patient.patient(), Doctor.CHECKS, Doctor.LIMIT);
            // The limit itself is what is promised; a busy machine may be late in noticing.
            assertThat(Doctor.LIMIT).isLessThan(Duration.ofSeconds(10));
            assertThat(Duration.between(start, Instant.now())).isLessThan(Doctor.LIMIT.plusSeconds(10));
            assertThat(codes(diagnosis))
                    .contains(Problem.FLINK_UNREACHABLE.code())
                    .containsAnyOf(Problem.KAFKA_NO_ANSWER.code(), Problem.CHECK_UNANSWERED.code());
        }
    }

    @Test
    void aCheckThatFailsOrHangsIsToldAndNoOther() throws Exception {
        Check fine = new Check("x.fine", "x", Set.of(), (patient, report) -> {});
        Check failing = new Check("x.failing", "x", Set.of(), (patient, report) -> {
            throw new IOException("broken");
        });
        Check hanging = new Check("x.hanging", "x", Set.of(), (patient, report) -> Thread.sleep(600_000));
        try (SeededPatient patient = healthy(directory)) {
            Doctor.Diagnosis diagnosis =
                    Doctor.examine(patient.patient(), List.of(fine, failing, hanging), Duration.ofMillis(500));
            assertThat(diagnosis.results())
                    .extracting(Doctor.Result::status)
                    .containsExactly(Doctor.Status.OK, Doctor.Status.UNANSWERED, Doctor.Status.UNANSWERED);
            assertThat(codes(diagnosis)).containsExactly(Problem.CHECK_UNANSWERED.code());
            assertThat(diagnosis.findings()).extracting(Finding::what).anyMatch(what -> what.contains("broken"));
        }
    }
}
