package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.candlewick.connectors.kafka.preflight.PreflightException;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.RequiredRights;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.RestTls;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.JobJar;
import dev.candlewick.local.testing.TestAuthority;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job as it is shipped on a cluster with the values of production, whose processes and REST endpoint ask for certificates,
 * through a listener with TLS on both sides, SASL and rights granted one by one: what it may, what it tells, what it keeps to
 * itself.
 *
 * <p>One run, at whose end everything that an outsider could read has been collected; the tests look at it.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class SecuredClusterTest {
    private static final String USER = "User:candlewick";
    /** A streaming job's run has the name of its consumer group. */
    private static final String RUN = "desk";

    private static final String PASSWORD = "canary-of-kafka-4711";
    private static final Pattern JOB_ID = Pattern.compile("JobID ([0-9a-f]{32})");
    private static final long START = 1_704_067_200_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int TRADES = 40;

    private Path directory;
    private Path home;
    private Cli cli;
    private TestAuthority authority;
    private EmbeddedBroker broker;
    private Admin admin;
    private String open;
    private ResolvedConfiguration config;

    /** What must be seen nowhere, by what it is. */
    private final Map<String, String> canaries = new LinkedHashMap<>();

    /** Everything that was told, by where. */
    private final Map<String, String> told = new TreeMap<>();

    private List<String> candles = List.of();
    private List<String> logLines = List.of();
    private String jobId = "";
    private String configuration = "";
    private final Map<String, Integer> uploads = new TreeMap<>();
    private final Set<String> listening = new HashSet<>();

    /** What a client with the certificate of the cluster speaks with, and one that only trusts the authority. */
    private HttpClient client;

    private SSLContext stranger;

    /** Who was let in, by what it tried. */
    private final Map<String, String> letIn = new TreeMap<>();

    private Cli.Result list;
    private Cli.Result status;
    private Cli.Result doctor;
    private String refusal = "";
    private String failure = "";

    @BeforeAll
    void run(@TempDir Path folder) throws Exception {
        directory = folder;
        Path jar = JobJar.require();
        home = directory.resolve("home");
        cli = new Cli(directory).with("CANDLEWICK_HOME", home.toString()).with("CANDLEWICK_LOG", "json");
        Path job = startBroker();
        grant(RequiredRights.of(config));
        Cli.Result up = cli.run(
                "cluster",
                "up",
                "--profile",
                flinkProfile().toString(),
                "--port",
                "0",
                "-D",
                "jobmanager.memory.process.size=900m",
                "-D",
                "taskmanager.memory.process.size=1200m");
        assertThat(up.code()).as(up.err()).isZero();
        ClusterState cluster = ClusterState.running(new CandlewickHome(home)).orElseThrow();
        JobManagerApi api = JobManagerApi.of(cluster);
        client = HttpClient.newBuilder()
                .sslContext(RestTls.context(cluster.directory().resolve("conf")).orElseThrow())
                .build();

        // A healthy run: start, checkpoints, results, stop with a savepoint. One message is no trade, which is told.
        send(0, TRADES);
        sendText("no trade");
        String id = submit(jar, job);
        jobId = id;
        await("committed candles", () -> Topic.committed(open, "md.candles.1s").size() >= TRADES - 15);
        candles = Topic.committed(open, "md.candles.1s");
        look(cluster, api, id);
        configuration = get(cluster.webUi() + "/jobs/" + id + "/config").body();
        collectFiles();
        list = cli.run("flink", "list");
        status = cli.run("cluster", "status", "-o", "json");
        doctor = cli.run("doctor", "--config", job.toString(), "-v");
        Cli.Result stop =
                cli.run("flink", "stop", "-p", directory.resolve("savepoints").toString(), id);
        assertThat(stop.code())
                .as(() -> stop.out() + api.failure(id).orElse("no failure") + api.job(id))
                .isZero();
        cli.runTo(0, "lake", "publish", "--lake", directory.resolve("lake").toString());
        logLines = logs().values().stream().flatMap(String::lines).toList();
        // Behind that, since Flink tells of everybody whom it turns away.
        knock(cluster);

        uploads.put("an upload", upload(cluster, jar));
        uploads.put("the list of uploads", get(cluster.webUi() + "/jars").statusCode());
        uploads.put(
                "a run of one",
                post(cluster.webUi() + "/jars/x.jar/run", "application/json", "{}".getBytes(StandardCharsets.UTF_8)));

        // Without the right on transactional ids it does not start.
        List<RequiredRights.Right> rights = RequiredRights.of(config);
        List<RequiredRights.Right> transactions = rights.stream()
                .filter(right -> right.resource() == RequiredRights.Resource.TRANSACTIONAL_ID)
                .toList();
        assertThat(transactions).hasSize(1);
        revoke(transactions.get(0));
        Cli.Result refused = cli.run("run", "--config", job.toString(), "--fresh");
        assertThat(refused.code()).as(refused.err()).isEqualTo(4);
        refusal = refused.err();
        told.put("a refused start", refused.err() + refused.out());
        // With the right to see them only, it fails where it begins to write.
        grant(List.of(seen(transactions.get(0))));
        String second = submit(jar, job);
        await(
                "the failure",
                () -> api.job(second).filter(JobManagerApi.Job::isOver).isPresent());
        failure = get(cluster.webUi() + "/jobs/" + second + "/exceptions").body();
        look(cluster, api, second);
        collectFiles();
    }

    @AfterAll
    void tearDown() {
        if (cli != null) {
            told.put("cluster down", cli.run("cluster", "down").err());
        }
        if (admin != null) {
            admin.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    @Test
    void whatIsListedIsEnoughForExactlyOnce() {
        // Every closed second once, none twice, read back with read_committed.
        List<Long> starts = candles.stream().map(SecuredClusterTest::start).toList();
        assertThat(starts).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(TRADES - 15);
        assertThat(starts.stream().sorted().toList().get(0)).isEqualTo(START);
    }

    @Test
    void aMissingRightOnTransactionalIdsIsToldBeforeTheStartAndAtTheLatestWhenItWrites() {
        assertThat(refusal)
                .contains("[CW-K04]", "transactional ids that begin with cw.desk~", "Fix: ")
                .doesNotContain("\tat ", "Exception");
        assertThat(failure)
                .contains(
                        "this client must be allowed to WRITE with transactional ids that begin with cw.desk~",
                        "Fix: ");
    }

    @Test
    void everyRightOnTopicsTransactionsAndTheClusterIsAskedForBeforeTheStart() throws Exception {
        List<RequiredRights.Right> rights = RequiredRights.of(config);
        grant(rights);
        await("all rights", () -> missing().isEmpty());
        int asked = 0;
        for (RequiredRights.Right right : rights) {
            if (right.resource() == RequiredRights.Resource.GROUP) {
                // The job runs without, and warns.
                continue;
            }
            revoke(right);
            if (right.resource() == RequiredRights.Resource.TRANSACTIONAL_ID) {
                // Left by the run, which tries what that alone comes to.
                revoke(seen(right));
            }
            await("a message for " + right, () -> {
                String message = missing();
                return message.contains("[CW-K04]") && message.contains(right.name());
            });
            grant(List.of(right));
            asked++;
        }
        assertThat(asked).isGreaterThan(8);
        await("nothing missing", () -> missing().isEmpty());
    }

    /** What the start says is missing. */
    private String missing() {
        try {
            StreamingStart.preflight(config);
            return "";
        } catch (PreflightException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static RequiredRights.Right seen(RequiredRights.Right right) {
        return new RequiredRights.Right(right.resource(), right.name(), right.prefixed(), List.of("DESCRIBE"), "");
    }

    @Test
    void noSecretIsSeenAnywhere() throws IOException {
        List<String> found = new ArrayList<>();
        told.forEach((where, text) -> canaries.forEach((what, secret) -> {
            if (text.contains(secret)) {
                found.add(what + " in " + where);
            }
        }));
        assertThat(found).isEmpty();
        // It was worth looking: each kind of place was there, and a secret would have been found.
        assertThat(told.keySet())
                .as("places looked at")
                .anyMatch(place -> place.endsWith("/jobmanager/config"))
                .anyMatch(place -> place.matches(".*/jobs/[0-9a-f]{32}/config"))
                .anyMatch(place -> place.matches(".*/jobs/[0-9a-f]{32}/exceptions"))
                .anyMatch(place -> place.startsWith("metrics at "))
                .anyMatch(place -> place.startsWith("arguments of process "))
                .anyMatch(place -> place.endsWith("/run.json"))
                .anyMatch(place -> place.matches(".*savepoint-.*/_metadata"))
                .anyMatch(place -> place.matches(".*/chk-[0-9]+/_metadata"))
                .anyMatch(place -> place.endsWith("taskmanager-1.log"))
                .hasSizeGreaterThan(60);
        assertThat(told.values()).as("the job's options, by reference").anyMatch(text -> text.contains("${dir:"));
        assertThat(Files.readString(directory.resolve("secrets/kafka-password")))
                .contains(PASSWORD);
        // Flink's configuration holds the passwords of its stores: its owner reads it and nobody else.
        Path flink = home.resolve("cluster/conf/config.yaml");
        assertThat(Files.readString(flink)).contains(TestAuthority.STORE_PASSWORD);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(flink)))
                .isEqualTo("rw-------");
    }

    @Test
    void nobodyUploadsCodeOverRest() {
        assertThat(uploads.values()).as(uploads.toString()).hasSize(3).allMatch(code -> code >= 400 && code < 500);
    }

    @Test
    void nothingButMetricsListensOutsideLoopback() {
        assertThat(listening).as("sockets of the cluster's processes").hasSizeGreaterThan(3);
        assertThat(listening.stream().filter(socket -> !socket.startsWith("127.") && !socket.startsWith("::1")))
                .as("outside loopback")
                .allMatch(socket -> {
                    int port = Integer.parseInt(socket.substring(socket.lastIndexOf(' ') + 1));
                    return port >= 9249 && port <= 9299;
                });
    }

    @Test
    void flinkLetsNobodyInWithoutACertificate() {
        // REST, RPC and metrics of both processes, blobs, and data between tasks.
        assertThat(letIn.keySet().stream().filter(what -> what.startsWith("a stranger at ")))
                .as("sockets of Flink's processes")
                .hasSizeGreaterThanOrEqualTo(6);
        assertThat(letIn)
                .allSatisfy((what, told) -> {
                    if (what.startsWith("a member ")) {
                        assertThat(told).as(what).isEqualTo("let in");
                    } else {
                        assertThat(told).as(what).doesNotContain("let in");
                    }
                })
                .containsKeys("a member over REST", "a stranger over REST", "plain text over REST");
    }

    @Test
    void commandsShowTheCertificateOfTheCluster() {
        assertThat(list.code()).as(list.err()).isZero();
        assertThat(list.out()).contains(jobId, "(RUNNING)");
        assertThat(status.code()).as(status.err()).isZero();
        assertThat(status.out()).contains("\"answers\":true", jobId, "https://127.0.0.1:");
        assertThat(doctor.out() + doctor.err())
                .as("the doctor reaches Flink, and asks it")
                .doesNotContain("CW-F01", "CW-F02", "does not answer");
    }

    @Test
    void everyLineOfTheLogIsOneJsonObject() throws IOException {
        assertThat(logLines).hasSizeGreaterThan(100);
        Set<String> jobs = new HashSet<>();
        for (String line : logLines) {
            Map<String, String> fields = json(line);
            assertThat(fields.keySet())
                    .as(line)
                    .containsExactly(
                            "time",
                            "level",
                            "logger",
                            "thread",
                            "pid",
                            "job_id",
                            "run",
                            "operator",
                            "feed",
                            "source",
                            "partition",
                            "offset",
                            "message",
                            "exception");
            assertThat(fields.get("time")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
            jobs.add(fields.get("job_id"));
        }
        assertThat(jobs).anyMatch(job -> job.matches("[0-9a-f]{32}"));
    }

    @Test
    void aLineSaysWhichOperatorAndPartitionItIsAbout() throws IOException {
        Set<String> operators = new HashSet<>();
        for (String line : logLines) {
            Map<String, String> fields = json(line);
            operators.add(fields.get("operator"));
            if (fields.get("message").contains("UNPARSABLE")) {
                assertThat(fields)
                        .containsEntry("job_id", jobId)
                        .containsEntry("operator", "Source: trades")
                        .containsEntry("feed", "crypto")
                        .containsEntry("source", "trades")
                        .containsEntry("partition", "0")
                        .containsEntry("offset", Integer.toString(TRADES));
            } else {
                assertThat(fields)
                        .as(line)
                        .containsEntry("feed", "")
                        .containsEntry("partition", "")
                        .containsEntry("offset", "");
            }
        }
        // Flink's own lines of tasks name the operators of the task; those of no task name none.
        assertThat(operators)
                .contains("", "Source: trades")
                .anyMatch(operator -> operator.startsWith("market-data -> (outlet -> "));
    }

    @Test
    void aLineSaysWhichRunItBelongsTo() throws IOException {
        int ofTheJob = 0;
        Set<String> threads = new HashSet<>();
        for (String line : logLines) {
            Map<String, String> fields = json(line);
            if (fields.get("logger").startsWith("dev.candlewick.")) {
                ofTheJob++;
                assertThat(fields).as(line).containsEntry("run", RUN);
            }
            assertThat(fields.get("run")).as(line).isIn("", RUN);
            if (!fields.get("run").isEmpty()) {
                threads.add(fields.get("thread"));
                // Whoever finds a line of the run finds Flink's id of its job, and with that Flink's other lines.
                assertThat(fields.get("job_id")).as(line).isIn("", jobId);
            }
        }
        assertThat(ofTheJob).isPositive();
        assertThat(threads)
                .as("threads of each task and of the source's coordinator")
                .anyMatch(thread -> thread.contains("]Source: trades"))
                .anyMatch(thread -> thread.contains("]market-data"))
                .anyMatch(thread -> thread.contains("]final-topics"))
                .anyMatch(thread -> thread.contains("]ledger"))
                .anyMatch(thread -> thread.contains("]silence"))
                .anyMatch(thread -> thread.startsWith("SourceCoordinator"));
        assertThat(configuration).contains("\"user-config\":{").contains("\"run\":\"" + RUN + "\"");
    }

    @Test
    void aHealthyRunHasNoWarning() throws IOException {
        List<String> warnings = new ArrayList<>();
        for (String line : logLines) {
            // Flink tells of a checkpoint that is under way when the job stops as of one that failed.
            if (!json(line).get("level").equals("INFO") && !line.contains("Checkpoint Coordinator is suspending")) {
                warnings.add(line);
            }
        }
        // But the one about the message that is no trade.
        assertThat(warnings).hasSize(1);
        assertThat(json(warnings.get(0)).get("message"))
                .startsWith("messages must be valid trades, was UNPARSABLE since the last line: 1,");
    }

    // The run

    /** The profile of production and what the page on security adds to it. */
    private Path flinkProfile() throws Exception {
        // Flink's own list of ciphers is for RSA keys.
        Path store = authority.keyStore("flink", "RSA", "-1d", 30);
        stranger = SSLContext.getInstance("TLS");
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(authority.trustStore().toFile(), TestAuthority.STORE_PASSWORD.toCharArray()));
        stranger.init(null, trust.getTrustManagers(), null);
        Path profile = directory.resolve("flink.yaml");
        Files.createFile(profile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        StringBuilder text = new StringBuilder(
                Files.readString(Path.of(System.getProperty("candlewick.root"), "conf/profiles/prod.yaml")));
        text.append("security:\n  ssl:\n");
        for (String part : List.of("internal", "rest")) {
            text.append("""
                        %s:
                          enabled: true
                          keystore: %s
                          keystore-password: %s
                          key-password: %s
                          truststore: %s
                          truststore-password: %s
                    """.formatted(
                            part,
                            store,
                            TestAuthority.STORE_PASSWORD,
                            TestAuthority.STORE_PASSWORD,
                            authority.trustStore(),
                            TestAuthority.STORE_PASSWORD));
        }
        text.append("      authentication-enabled: true\n");
        return Files.writeString(profile, text);
    }

    /** Tries to get in, with the certificate and without. */
    private void knock(ClusterState cluster) throws Exception {
        letIn.put(
                "a member over REST",
                tried(() -> get(cluster.webUi() + "/overview").statusCode()));
        HttpClient trusting = HttpClient.newBuilder().sslContext(stranger).build();
        letIn.put("a stranger over REST", tried(() -> send(trusting, cluster.webUi() + "/overview")));
        letIn.put(
                "plain text over REST",
                tried(() ->
                        send(HttpClient.newHttpClient(), cluster.webUi().replace("https:", "http:") + "/overview")));
        for (String socket : listening) {
            int port = Integer.parseInt(socket.substring(socket.lastIndexOf(' ') + 1));
            if (port < 9249 || port > 9299) {
                letIn.put("a stranger at " + socket, tried(() -> handshake(port)));
            }
        }
    }

    private static int send(HttpClient client, String address) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(address))
                                .timeout(Duration.ofSeconds(20))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    /** Speaks TLS as far as it gets. */
    private int handshake(int port) throws Exception {
        try (SSLSocket socket = (SSLSocket) stranger.getSocketFactory().createSocket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.startHandshake();
            // A server that refuses the client may say so only here.
            socket.getOutputStream().write(new byte[] {0, 0, 0, 1, 0});
            return socket.getInputStream().read() < 0 ? 0 : 200;
        }
    }

    private static String tried(java.util.concurrent.Callable<Integer> attempt) throws Exception {
        try {
            int code = attempt.call();
            return code == 200 ? "let in" : "answered " + code;
        } catch (IOException e) {
            return String.valueOf(e);
        }
    }

    /** Starts the broker, and writes the job's options. */
    private Path startBroker() throws Exception {
        authority = new TestAuthority(directory.resolve("authority"));
        Path brokerStore = authority.keyStore("broker", "-1d", 30);
        Path clientStore = authority.keyStore("client", "-1d", 30);
        List<Integer> ports = PortClaim.free(3);
        String here = "127.0.0.1:";
        Map<String, String> settings = new TreeMap<>();
        settings.put("controller.quorum.voters", "1@" + here + ports.get(2));
        settings.put(
                "listeners",
                "PLAINTEXT://" + here + ports.get(0) + ",SECURE://" + here + ports.get(1) + ",CONTROLLER://" + here
                        + ports.get(2));
        settings.put("advertised.listeners", "PLAINTEXT://" + here + ports.get(0) + ",SECURE://" + here + ports.get(1));
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put(
                "listener.name.secure.plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_candlewick=\"" + PASSWORD
                        + "\";");
        settings.put("listener.name.secure.ssl.keystore.location", brokerStore.toString());
        settings.put("listener.name.secure.ssl.keystore.type", "PKCS12");
        settings.put("listener.name.secure.ssl.keystore.password", TestAuthority.STORE_PASSWORD);
        settings.put(
                "listener.name.secure.ssl.truststore.location",
                authority.trustStore().toString());
        settings.put("listener.name.secure.ssl.truststore.type", "PKCS12");
        settings.put("listener.name.secure.ssl.truststore.password", TestAuthority.STORE_PASSWORD);
        settings.put("listener.name.secure.ssl.client.auth", "required");
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("super.users", "User:ANONYMOUS");
        broker = EmbeddedBroker.start(directory.resolve("broker"), ports.get(0), settings);
        open = here + ports.get(0);
        admin = Admin.create(Map.of("bootstrap.servers", open));
        Topics.ensure(admin, "trades", 1, Topics.INPUT_CONFIGS);

        Path secrets = Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("kafka-password"), PASSWORD);
        String key = TestAuthority.privateKey(clientStore, "client");
        Files.writeString(secrets.resolve("client.key"), key);
        Files.writeString(secrets.resolve("client.crt"), TestAuthority.chain(clientStore, "client"));
        canaries.put("the password of Kafka", PASSWORD);
        canaries.put(
                "the client's key",
                key.lines().skip(1).findFirst().orElseThrow().substring(8, 48));
        canaries.put("the store's password", TestAuthority.STORE_PASSWORD);
        Path job = directory.resolve("job.yaml");
        // Given as it is, which is allowed in a file that only its owner may read.
        Files.createFile(job, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(job, """
                kafka.bootstrap.servers: 127.0.0.1:%d
                source.topic: trades
                topic.prefix: md.
                kafka.group.id: %s
                checkpoint.interval: 500ms
                restart.attempts: 0
                parallelism: 1
                intervals: [1s, 1m]
                output.lake: %s
                kafka.properties:
                  security.protocol: SASL_SSL
                  sasl.mechanism: PLAIN
                  sasl.jaas.config: 'org.apache.kafka.common.security.plain.PlainLoginModule required username="candlewick" password="${dir:%s:kafka-password}";'
                  ssl.keystore.type: PEM
                  ssl.keystore.key: ${dir:%s:client.key}
                  ssl.keystore.certificate.chain: ${dir:%s:client.crt}
                  ssl.truststore.type: PKCS12
                  ssl.truststore.location: %s
                  ssl.truststore.password: %s
                """.formatted(
                        ports.get(1),
                        RUN,
                        directory.resolve("lake"),
                        secrets,
                        secrets,
                        secrets,
                        authority.trustStore(),
                        TestAuthority.STORE_PASSWORD));
        config = StreamingJob.resolve(CommandLineArguments.parse("--config", job.toString()), Map.of());
        return job;
    }

    private void grant(List<RequiredRights.Right> rights) throws Exception {
        admin.createAcls(rights.stream().flatMap(SecuredClusterTest::bindings).toList())
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    private void revoke(RequiredRights.Right right) throws Exception {
        List<AclBindingFilter> filters =
                bindings(right).map(AclBinding::toFilter).toList();
        assertThat(admin.deleteAcls(filters).all().get(30, TimeUnit.SECONDS)).hasSize(filters.size());
    }

    private static Stream<AclBinding> bindings(RequiredRights.Right right) {
        ResourceType type = ResourceType.valueOf(right.resource().name());
        ResourcePattern pattern = new ResourcePattern(
                type,
                type == ResourceType.CLUSTER ? "kafka-cluster" : right.name(),
                right.prefixed() ? PatternType.PREFIXED : PatternType.LITERAL);
        return right.operations().stream()
                .map(operation -> new AclBinding(
                        pattern,
                        new AccessControlEntry(USER, "*", AclOperation.valueOf(operation), AclPermissionType.ALLOW)));
    }

    private void sendText(String message) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", open, "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>("trades", 0, null, message.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private void send(int from, int to) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", open, "acks", "all"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(
                                "trades",
                                0,
                                null,
                                LiveBroker.trade(i, START + i * SECOND, "10").getBytes(StandardCharsets.UTF_8)))
                        .get();
            }
        }
    }

    private String submit(Path jar, Path job) {
        Cli.Result result = cli.run("flink", "run", "-d", jar.toString(), "--config", job.toString(), "--fresh");
        told.put("flink run " + told.size(), result.out() + result.err());
        Matcher id = JOB_ID.matcher(result.out());
        assertThat(id.find()).as(result.out() + result.err()).isTrue();
        return id.group(1);
    }

    private static void await(String what, java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(200))
                .until(condition);
    }

    // What others can see

    private void look(ClusterState cluster, JobManagerApi api, String id) throws Exception {
        List<String> paths = new ArrayList<>(List.of(
                "/config",
                "/overview",
                "/jobmanager/config",
                "/jobmanager/environment",
                "/jobmanager/metrics",
                "/jobmanager/logs",
                "/jobmanager/log",
                "/jobmanager/stdout",
                "/jobmanager/thread-dump",
                "/jobs/overview",
                "/taskmanagers"));
        for (String path : List.of(
                "",
                "/config",
                "/plan",
                "/exceptions",
                "/accumulators",
                "/checkpoints",
                "/checkpoints/config",
                "/jobmanager/config",
                "/jobmanager/environment",
                "/metrics")) {
            paths.add("/jobs/" + id + path);
        }
        for (JobManagerApi.TaskManager task : api.taskManagers().orElse(List.of())) {
            for (String path : List.of("", "/metrics", "/log", "/logs", "/stdout", "/thread-dump")) {
                paths.add("/taskmanagers/" + task.id() + path);
            }
        }
        for (String path : paths) {
            told.merge(cluster.webUi() + path, get(cluster.webUi() + path).body(), String::concat);
        }
        Set<Long> ours = new LinkedHashSet<>();
        ours.add(cluster.supervisor().pid());
        cluster.processes().forEach(member -> ours.add(member.mark().pid()));
        for (long pid : ours) {
            listening.addAll(sockets(pid));
        }
        for (String socket : List.copyOf(listening)) {
            int port = Integer.parseInt(socket.substring(socket.lastIndexOf(' ') + 1));
            if (port >= 9249 && port <= 9299) {
                told.merge(
                        "metrics at " + port,
                        get("http://127.0.0.1:" + port + "/metrics").body(),
                        String::concat);
            }
        }
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes
                    .filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .toList()) {
                try {
                    String line = Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
                    // Others of this machine are theirs to judge.
                    if (line.contains(directory.toString())) {
                        told.put("arguments of process " + process.getFileName(), line);
                    }
                } catch (IOException e) {
                    // It has ended.
                }
            }
        }
    }

    /** Everything that the run has in files; what goes away meanwhile is taken as it comes. */
    private void collectFiles() throws IOException {
        for (Path root : List.of(home, directory.resolve("lake"), directory.resolve("savepoints"))) {
            if (!Files.exists(root)) {
                continue;
            }
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    try {
                        // What only its owner may read is the place for secrets.
                        if (attributes.isRegularFile()
                                && !file.toString().endsWith(".jar")
                                && Files.getPosixFilePermissions(file).stream()
                                        .anyMatch(right -> right.name().startsWith("OTHERS_")
                                                || right.name().startsWith("GROUP_"))) {
                            told.put(file.toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
                        }
                    } catch (NoSuchFileException e) {
                        // Of a checkpoint that has been replaced.
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) {
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) {
                    return FileVisitResult.CONTINUE;
                }
            });
        }
    }

    private Map<String, String> logs() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("cluster/logs"))) {
            Map<String, String> logs = new TreeMap<>();
            for (Path file : files.filter(
                            path -> path.getFileName().toString().matches("(jobmanager|taskmanager|flink-cli).*\\.log"))
                    .toList()) {
                logs.put(file.toString(), Files.readString(file));
            }
            return logs;
        }
    }

    private HttpResponse<String> get(String address) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(address))
                        .timeout(Duration.ofSeconds(20))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private int upload(ClusterState cluster, Path jar) throws Exception {
        String boundary = "candlewick";
        String head = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"jarfile\"; filename=\"x.jar\"\r\n"
                + "Content-Type: application/x-java-archive\r\n\r\n";
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        body.write(Files.readAllBytes(jar), 0, 1024);
        body.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return post(cluster.webUi() + "/jars/upload", "multipart/form-data; boundary=" + boundary, body.toByteArray());
    }

    private int post(String address, String type, byte[] body) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create(address))
                                .header("Content-Type", type)
                                .timeout(Duration.ofSeconds(20))
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    /** What a process listens on, as the system tells: address and port. */
    private static Set<String> sockets(long pid) throws IOException {
        Set<String> inodes = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(target.substring(8, target.length() - 1));
                    }
                } catch (IOException e) {
                    // It has been closed.
                }
            }
        }
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("tcp", "tcp6")) {
            Path file = Path.of("/proc", Long.toString(pid), "net", table);
            if (!Files.isReadable(file)) {
                continue;
            }
            for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
                String[] fields = line.strip().split("\\s+");
                // State 0A: it listens.
                if (fields[3].equals("0A") && inodes.contains(fields[9])) {
                    String[] place = fields[1].split(":");
                    sockets.add(address(place[0]) + " " + Integer.parseInt(place[1], 16));
                }
            }
        }
        return sockets;
    }

    /** Words of four bytes, each the lowest first. */
    private static String address(String hex) throws IOException {
        byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i / 4 * 4 + 3 - i % 4] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return InetAddress.getByAddress(bytes).getHostAddress().replace("0:0:0:0:0:0:0:1", "::1");
    }

    private static long start(String candle) {
        Matcher start = Pattern.compile("\"start_ns\":(\\d+)").matcher(candle);
        assertThat(start.find()).as(candle).isTrue();
        return Long.parseLong(start.group(1));
    }

    private static Map<String, String> json(String line) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(line)) {
            assertThat(parser.nextToken()).as(line).isEqualTo(JsonToken.START_OBJECT);
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, parser.getText());
            }
            assertThat(parser.nextToken()).as(line).isNull();
        }
        return fields;
    }
}
