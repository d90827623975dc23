package dev.candlewick.local.drill;

import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.JobManagerApi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.jspecify.annotations.Nullable;

/** Every fault that makes alerts, in an order in which one leaves the job fit for the next. */
final class AlertScenes {
    /** Alerts that no real fault makes here, and why; other tests rehearse them. */
    static final Map<String, String> RECORDED_ONLY = Map.of(
            "CandlewickCommitFailed",
            "no fault can make it with this Flink: a file of the lake that cannot be committed restarts the job"
                    + " (CandlewickRestartLoop), and every failed commit of the topics gets a verdict"
                    + " (CandlewickLostTransaction)",
            "CandlewickWatchdog",
            "it fires always; that it stays away is what a machine outside of the drill notices");

    private static final Duration LIMIT = Duration.ofMinutes(3);

    private AlertScenes() {}

    /** All of them, new for one use. */
    static List<AlertScene> all() {
        return List.of(
                new Neglect(),
                new DiskFilling(),
                // Before anything is late: what is late is a difference of its own.
                new ReconcileOverdue(),
                new LostTrade(),
                new LostTransaction(),
                new TooManyInstruments(),
                new FarTooManyInstruments(),
                new Hog(),
                new SlowReading(),
                new Silence(),
                new ProcessDown(),
                new FullDisk(),
                new StalledPartition(),
                new BadInput());
    }

    /**
     * Those that are about some of these alerts.
     *
     * @param only names; empty for all
     */
    static List<AlertScene> of(Set<String> only) {
        List<AlertScene> scenes = all().stream()
                .filter(scene -> only.isEmpty() || !Collections.disjoint(only, scene.alerts()))
                .toList();
        Set<String> known =
                all().stream().flatMap(scene -> scene.alerts().stream()).collect(Collectors.toSet());
        for (String name : only) {
            if (!known.contains(name)) {
                String reason = RECORDED_ONLY.get(name);
                throw CommandFailure.usage(
                        reason == null
                                ? "alert must have a drill, " + name + " has none"
                                : name + " is not drilled: " + reason,
                        "--only",
                        "one of " + known.stream().sorted().toList());
            }
        }
        return scenes;
    }

    /** Whether an alert is of the job, and not of what a scene runs beside it. */
    private static boolean ofJob(DrillPrometheus.Alert alert) {
        return alert.labels().getOrDefault("job_name", AlertStage.JOB_NAME).equals(AlertStage.JOB_NAME);
    }

    /** Ends a process of the drill as a crash would. */
    private static void kill(ProcessMark mark) {
        mark.find().ifPresent(ProcessHandle::destroyForcibly);
        if (!mark.awaitEnd(Duration.ofSeconds(20))) {
            throw new IllegalStateException("process " + mark.pid() + " must be dead, was not");
        }
    }

    private static long completed(AlertStage stage, String job) {
        return stage.api()
                .checkpoints(job)
                .map(JobManagerApi.Checkpoints::completed)
                .orElse(0L);
    }

    private static ClusterState.Member member(AlertStage stage, String name) {
        return stage.clusterState().member(name).orElseThrow();
    }

    /** A sender that repeats itself, cuts messages off and is two minutes late with others. */
    private static final class BadInput implements AlertScene {
        @Override
        public List<String> alerts() {
            return List.of("CandlewickRejectRatio", "CandlewickDuplicateRatio", "CandlewickLateRatio");
        }

        @Override
        public String fault() {
            return "every second trade comes twice, each fifth truncated and once more two minutes late";
        }

        @Override
        public void fail(AlertStage stage) {
            stage.feed().bad(true);
        }

        @Override
        public void mend(AlertStage stage) {
            stage.must("rejected", "--topic", "trades.rejected");
            stage.feed().bad(false);
        }
    }

    /** A producer that died. */
    private static final class Silence implements AlertScene {
        @Override
        public List<String> alerts() {
            return List.of("CandlewickNoTrades");
        }

        @Override
        public String fault() {
            return "the producer sends nothing";
        }

        @Override
        public Duration history() {
            return Duration.ofMinutes(5);
        }

        @Override
        public void fail(AlertStage stage) {
            stage.feed().silent(true);
        }

        @Override
        public void mend(AlertStage stage) {
            stage.command("doctor");
            stage.feed().silent(false);
            stage.must("tail", "trades", "--from", "latest", "--max", "1", "--with-metadata");
        }
    }

    /** One of two partitions gets nothing that moves time. */
    private static final class StalledPartition implements AlertScene {
        @Override
        public List<String> alerts() {
            return List.of("CandlewickWatermarkStalled", "CandlewickOutputStalled", "CandlewickOpenCandlesOld");
        }

        @Override
        public String fault() {
            return "one partition of two gets trades of two minutes ago and no others";
        }

        @Override
        public void fail(AlertStage stage) {
            stage.feed().onlyOld(1);
        }

        @Override
        public void mend(AlertStage stage) {
            stage.command("doctor");
            stage.must("tail", "trades", "--from", "latest", "--max", "20", "--with-metadata");
            stage.must("rejected", "--topic", "trades.rejected");
            stage.feed().onlyOld(-1);
        }
    }

    /** A broker that gives out less than comes in. */
    private static final class SlowReading implements AlertScene {
        private static final double BYTES_PER_SECOND = 30_000;
        private static final int TIMES = 20;

        @Override
        public List<String> alerts() {
            return List.of("CandlewickLagGrowing");
        }

        @Override
        public String fault() {
            return "a quota of the broker lets 30 kB a second be read while 20 times the usual trades arrive";
        }

        @Override
        public void fail(AlertStage stage) {
            quota(stage, BYTES_PER_SECOND);
            stage.feed().times(TIMES);
        }

        @Override
        public void mend(AlertStage stage) {
            stage.command("doctor");
            quota(stage, null);
            stage.feed().times(1);
        }

        private static void quota(AlertStage stage, @Nullable Double bytesPerSecond) {
            try (Admin admin = KafkaClients.connect(stage.broker())) {
                KafkaClients.get(
                        admin.alterClientQuotas(List.of(new ClientQuotaAlteration(
                                        new ClientQuotaEntity(Collections.singletonMap("client-id", null)),
                                        List.of(new ClientQuotaAlteration.Op("consumer_byte_rate", bytesPerSecond)))))
                                .all(),
                        "altering a quota");
            }
        }
    }

    /** A machine that lost its TaskManager and who would start it again. */
    private static final class ProcessDown implements AlertScene {
        @Override
        public List<String> alerts() {
            return List.of("CandlewickTargetDown", "CandlewickJobMissing");
        }

        @Override
        public String fault() {
            return "TaskManager and supervisor killed with signal 9";
        }

        @Override
        public Duration history() {
            return Duration.ofMinutes(5);
        }

        @Override
        public void fail(AlertStage stage) {
            kill(stage.clusterState().supervisor());
            kill(member(stage, "taskmanager-1").mark());
        }

        @Override
        public void mend(AlertStage stage) {
            stage.command("doctor");
            stage.command("cluster", "status");
            stage.must(stage.clusterUp());
        }
    }

    /** The disk of the checkpoints is full to the last byte. */
    private static final class FullDisk implements AlertScene {
        private static final String FILLER = "filler";
        private @Nullable Path disk;

        @Override
        public List<String> alerts() {
            return List.of(
                    "CandlewickCheckpointsFailing",
                    "CandlewickCheckpointOld",
                    "CandlewickDiskFull",
                    "CandlewickLakeCommitOld");
        }

        @Override
        public String fault() {
            return "the disk of the checkpoints is full to the last byte";
        }

        @Override
        public boolean needsDisk() {
            return true;
        }

        @Override
        public boolean concerns(DrillPrometheus.Alert alert) {
            String mountPoint = alert.labels().get("mountpoint");
            return ofJob(alert) && (mountPoint == null || mountPoint.equals(String.valueOf(disk)));
        }

        @Override
        public void fail(AlertStage stage) throws IOException {
            disk = stage.disk().mountPoint();
            FullDiskFault.fill(disk.resolve(FILLER));
        }

        @Override
        public void keepUp(AlertStage stage) throws IOException {
            // What Flink deletes of its own makes room for a checkpoint more.
            Path more = stage.disk().mountPoint().resolve(FILLER + System.nanoTime());
            if (FullDiskFault.fill(more) == 0) {
                Files.deleteIfExists(more);
            }
        }

        @Override
        public void mend(AlertStage stage) throws IOException {
            stage.command("doctor", "--lake", "lake", "--min-free", "1m");
            try (var files = Files.list(stage.disk().mountPoint())) {
                for (Path file : files.filter(
                                path -> path.getFileName().toString().startsWith(FILLER))
                        .toList()) {
                    Files.delete(file);
                }
            }
            stage.must("lake", "publish", "--lake", "lake");
            stage.must("lake", "repair", "--lake", "lake");
        }
    }

    /** A disk that somebody fills slowly. */
    private static final class DiskFilling implements AlertScene {
        private static final int MEBIBYTES = 32;
        private static final int AT_FIRST = 20 << 20;
        private static final int AT_ONCE = 8 << 10;
        private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
        private @Nullable LoopDisk disk;
        private long lastNanos;

        @Override
        public List<String> alerts() {
            return List.of("CandlewickDiskFilling");
        }

        @Override
        public String fault() {
            return "a disk that is two thirds full gets 8 KiB a second more";
        }

        @Override
        public boolean isAside() {
            return true;
        }

        @Override
        public Duration slowest() {
            return Duration.ofHours(3);
        }

        @Override
        public boolean concerns(DrillPrometheus.Alert alert) {
            return disk != null
                    && disk.mountPoint().toString().equals(alert.labels().get("mountpoint"));
        }

        @Override
        public void fail(AlertStage stage) throws Exception {
            disk = LoopDisk.mount(
                    stage.directory().resolve("filling.img"), stage.directory().resolve("filling"), MEBIBYTES);
            stage.closeWith(disk);
            stage.prometheus().watchDisk(disk.mountPoint());
            Files.write(disk.mountPoint().resolve("old"), new byte[AT_FIRST]);
        }

        @Override
        public void keepUp(AlertStage stage) throws IOException {
            long now = System.nanoTime();
            if (disk != null && now - lastNanos > EVERY_NANOS) {
                Files.write(disk.mountPoint().resolve("new-" + now), new byte[AT_ONCE]);
                lastNanos = now;
            }
        }

        @Override
        public void mend(AlertStage stage) throws IOException {
            if (disk != null) {
                Files.delete(disk.mountPoint().resolve("old"));
            }
        }
    }

    /** A night without a broker. */
    private static final class ReconcileOverdue implements AlertScene {
        @Override
        public List<String> alerts() {
            return List.of("CandlewickReconcileOverdue");
        }

        @Override
        public String fault() {
            return "the nightly reconciliation does not reach the broker";
        }

        @Override
        public void fail(AlertStage stage) {
            stage.must("lake", "publish", "--lake", "lake");
            AlertStage.Result result = Reconciliation.of(stage, "127.0.0.1:1", Reconciliation.settled());
            if (result.code() == 0 || result.code() == 3) {
                throw new IllegalStateException("without a broker it must fail, ended with " + result.code());
            }
        }

        @Override
        public void mend(AlertStage stage) {
            stage.command("doctor", "--lake", "lake");
            Instant until = Reconciliation.settled();
            Reconciliation.awaitSettled(stage, until);
            stage.must("lake", "publish", "--lake", "lake");
            AlertStage.Result result = Reconciliation.of(stage, "local", until);
            if (result.code() != 0) {
                throw CommandFailure.dataMismatch(
                        "an undisturbed job must have no difference, ended with " + result.code(),
                        "commands.log",
                        null);
            }
        }
    }

    /** Symbols that somebody makes up. */
    private static final class TooManyInstruments implements AlertScene {
        static final int MOST = 120;

        @Override
        public List<String> alerts() {
            return List.of("CandlewickInstrumentsAlarm");
        }

        @Override
        public String fault() {
            return "45 new symbols come where 60 instruments are allowed and 8 are there";
        }

        @Override
        public void fail(AlertStage stage) {
            stage.feed().list("N", 45);
        }

        @Override
        public void mend(AlertStage stage) {
            stage.must("lake", "publish", "--lake", "lake");
            stage.must(
                    "query",
                    "--lake",
                    "lake",
                    "SELECT venue, count(DISTINCT symbol) AS symbols, min(symbol), max(symbol) FROM trades GROUP BY venue");
            stage.must("upgrade", "--set", "instruments.max=" + MOST);
        }
    }

    /** More symbols than the job may hold. */
    private static final class FarTooManyInstruments implements AlertScene {
        @Override
        public List<String> alerts() {
            return List.of("CandlewickRestartLoop");
        }

        @Override
        public String fault() {
            return "200 new symbols, more than instruments.max: the job stops with that message each time";
        }

        @Override
        public void fail(AlertStage stage) {
            stage.feed().list("M", 200);
        }

        @Override
        public void mend(AlertStage stage) {
            AlertStage.Result found = stage.command("doctor", "--flink", stage.webUi());
            if (!(found.out() + found.err()).contains("instruments.max")) {
                throw CommandFailure.dataMismatch(
                        "the doctor must name instruments.max as the cause, did not", "commands.log", null);
            }
            String from = stage.cancel();
            stage.submit(stage.options().jar(), Map.of("instruments.max", "10000"), from);
        }
    }

    /** What takes place beside the job and has to do with files and configuration alone. */
    private static final class Neglect implements AlertScene {
        private static final String MISSPELT = "trade";
        private static final String NO_SUCH_TOPIC = "CW-K08";

        @Override
        public List<String> alerts() {
            return List.of(
                    "CandlewickDoctorFindsErrors", "CandlewickCertificateExpiresNow", "CandlewickCertificateExpires");
        }

        @Override
        public String fault() {
            return "a configuration with a topic that is not there and a certificate that ends in two days";
        }

        @Override
        public boolean concerns(DrillPrometheus.Alert alert) {
            return alert.labels().getOrDefault("code", NO_SUCH_TOPIC).equals(NO_SUCH_TOPIC);
        }

        @Override
        public boolean isAside() {
            return true;
        }

        @Override
        public Duration slowest() {
            return Duration.ofHours(2);
        }

        @Override
        public void fail(AlertStage stage) throws Exception {
            look(stage, MISSPELT, 2);
        }

        @Override
        public void mend(AlertStage stage) throws Exception {
            look(stage, AlertFeed.TOPIC, 365);
        }

        private static void look(AlertStage stage, String topic, int days) throws Exception {
            Path directory = Files.createDirectories(stage.directory().resolve("neglect"));
            Path store = directory.resolve("client.p12");
            Path certificate = directory.resolve("client.pem");
            Files.deleteIfExists(store);
            keytool(
                    "-genkeypair",
                    "-keystore",
                    store.toString(),
                    "-storetype",
                    "PKCS12",
                    "-storepass",
                    "of-the-drill",
                    "-alias",
                    "client",
                    "-keyalg",
                    "RSA",
                    "-dname",
                    "CN=client",
                    "-validity",
                    Integer.toString(days));
            Files.deleteIfExists(certificate);
            keytool(
                    "-exportcert",
                    "-rfc",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    "of-the-drill",
                    "-alias",
                    "client",
                    "-file",
                    certificate.toString());
            Path config = directory.resolve("candlewick.yaml");
            Files.writeString(
                    config,
                    "source.topic: " + topic + "\nintervals: 1s,10s,1m\nkafka.bootstrap.servers: " + stage.broker()
                            + "\nkafka.properties.ssl.truststore.type: PEM\nkafka.properties.ssl.truststore.location: "
                            + certificate + "\n",
                    StandardCharsets.UTF_8);
            stage.command(
                    "doctor",
                    "--config",
                    config.toString(),
                    "--metrics",
                    stage.prometheus().textfile("candlewick-doctor").toString());
        }

        private static void keytool(String... arguments) throws IOException, InterruptedException {
            String[] command = new String[arguments.length + 1];
            command[0] =
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
            System.arraycopy(arguments, 0, command, 1, arguments.length);
            String said = FullDiskFault.call(command);
            if (!said.isEmpty()) {
                throw CommandFailure.environment("keytool must succeed, said " + said, null, null, null);
            }
        }
    }

    /** Another job on the cluster takes all memory of its TaskManager. */
    private static final class Hog implements AlertScene {
        private static final int NUMBER = 2;
        private @Nullable ProcessMark process;
        private String instance = "";

        @Override
        public List<String> alerts() {
            return List.of("CandlewickHeapFull", "CandlewickGarbageCollection", "CandlewickMetaspaceFull");
        }

        @Override
        public String fault() {
            return "another job fills heap and metaspace of a TaskManager of its own to 93 % and makes garbage";
        }

        @Override
        public boolean concerns(DrillPrometheus.Alert alert) {
            return instance.equals(alert.labels().get("instance"));
        }

        @Override
        public void fail(AlertStage stage) throws Exception {
            stage.closeWith(this::end);
            process = stage.cluster().addTaskManager(NUMBER);
            instance = "127.0.0.1:" + stage.metricsPorts().get(2);
            awaitManagers(stage, 2);
            stage.prometheus().scrape(stage.metricsPorts());
            Path jar = DrillJar.of(stage.directory().resolve("hog.jar"), HogJob.class);
            stage.must("flink", "run", "-d", jar.toString());
        }

        @Override
        public void mend(AlertStage stage) throws Exception {
            stage.command("flink", "list");
            for (JobManagerApi.Job job : stage.api().jobs().orElse(List.of())) {
                if (job.name().equals(HogJob.NAME) && !job.isOver()) {
                    stage.command("flink", "cancel", job.id());
                }
            }
            end();
            stage.prometheus().scrape(stage.metricsPorts().subList(0, 2));
            awaitManagers(stage, 1);
            process = stage.cluster().addTaskManager(NUMBER);
            awaitManagers(stage, 2);
            stage.prometheus().scrape(stage.metricsPorts());
            long low = System.nanoTime();
            stage.await(
                    "a heap of the new TaskManager that is told",
                    LIMIT,
                    () -> System.nanoTime() > low
                            && !stage.prometheus()
                                    .ask("flink_taskmanager_Status_JVM_Memory_Heap_Used{instance=\"" + instance + "\"}")
                                    .isEmpty());
            stage.prometheus().scrape(stage.metricsPorts().subList(0, 2));
            end();
        }

        private static void awaitManagers(AlertStage stage, int count) {
            stage.await(
                    count + " TaskManagers",
                    LIMIT,
                    () -> stage.api()
                            .overview()
                            .filter(overview -> overview.taskManagers() == count)
                            .isPresent());
        }

        private void end() {
            if (process != null) {
                kill(process);
                process = null;
            }
        }
    }

    /** A version of the job that forgets a trade on its way. */
    private static final class LostTrade implements AlertScene {
        private String before = "";
        private Instant lost = Instant.EPOCH;

        @Override
        public List<String> alerts() {
            return List.of("CandlewickLedgerResidual", "CandlewickDriftUnexplained", "CandlewickDrift");
        }

        @Override
        public String fault() {
            return "a version of the job drops one batch of trades between two stages; then a reconciliation";
        }

        @Override
        public void fail(AlertStage stage) throws Exception {
            Path jar = DrillJar.around(
                    stage.options().jar(), stage.directory().resolve("forgetful.jar"), ForgetfulJob.class);
            before = stage.cancel();
            stage.submit(jar, Map.of(), before);
            stage.await(
                    "a residual",
                    LIMIT,
                    () ->
                            stage
                                    .prometheus()
                                    .ask("flink_taskmanager_job_task_operator_candlewick_ledgerResidual")
                                    .stream()
                                    .anyMatch(residual -> residual != 0));
            lost = Instant.now();
            AlertStage.Result result = reconcile(stage);
            if (result.code() != 3) {
                throw CommandFailure.dataMismatch(
                        "a trade that was lost must be an unexplained difference, ended with " + result.code(),
                        "commands.log",
                        null);
            }
        }

        @Override
        public void mend(AlertStage stage) {
            stage.must("flink", "list");
            stage.cancel();
            // Its state has the residual for good: back to the state from before it.
            stage.submit(stage.options().jar(), Map.of(), before);
            stage.awaitHealthy("the return to the state from before", LIMIT);
            AlertStage.Result result = reconcile(stage);
            if (result.code() != 0) {
                throw CommandFailure.dataMismatch(
                        "nothing unexplained must be left, ended with " + result.code(), "commands.log", null);
            }
        }

        private AlertStage.Result reconcile(AlertStage stage) {
            Instant until = lost.truncatedTo(ChronoUnit.MINUTES).plus(1, ChronoUnit.MINUTES);
            Reconciliation.awaitSettled(stage, until);
            stage.must("lake", "publish", "--lake", "lake");
            return Reconciliation.of(stage, "local", until);
        }
    }

    /** The job is down for longer than its transactions live. */
    private static final class LostTransaction implements AlertScene {
        private static final Map<String, String> IMPATIENT = Map.of(
                "checkpoint.interval", "10s",
                "checkpoint.timeout", "5s",
                "checkpoint.tolerable-failures", "0",
                "kafka.transaction.timeout", "75s");

        @Override
        public List<String> alerts() {
            return List.of("CandlewickLostTransaction");
        }

        @Override
        public String fault() {
            return "the job dies behind a savepoint and is down for longer than kafka.transaction.timeout (75 s)";
        }

        @Override
        public Duration slowest() {
            return Duration.ofHours(2);
        }

        @Override
        public void fail(AlertStage stage) throws Exception {
            String from = stage.cancel();
            stage.submit(stage.options().jar(), IMPATIENT, from);
            stage.awaitHealthy("the start with short transactions", LIMIT);
            String job = stage.job();
            // Behind a checkpoint, so that there is time before the next one commits what the savepoint holds.
            long completed = completed(stage, job);
            stage.await("a checkpoint", LIMIT, () -> completed(stage, job) > completed);
            String trigger = JobManagerApi.newTrigger();
            Optional<String> refused = stage.api()
                    .savepoint(job, stage.cluster().savepoints().toUri().toString(), trigger, false);
            if (refused.isPresent()) {
                throw new IllegalStateException("a savepoint must be taken, was refused: " + refused.get());
            }
            stage.await(
                    "a savepoint",
                    LIMIT,
                    () -> stage.api()
                            .savepointState(job, trigger)
                            .filter(state -> !state.inProgress())
                            .isPresent());
            String savepoint =
                    stage.api().savepointState(job, trigger).orElseThrow().path();
            kill(member(stage, "taskmanager-1").mark());
            stage.api().cancel(job);
            stage.await(
                    "the end of the job",
                    LIMIT,
                    () -> stage.api().job(job).filter(JobManagerApi.Job::isOver).isPresent());
            stage.await("the end of its transactions", LIMIT, () -> open(stage) == 0);
            stage.submit(stage.options().jar(), IMPATIENT, savepoint);
        }

        private static int open(AlertStage stage) {
            try (Admin admin = KafkaClients.connect(stage.broker())) {
                return KafkaClients.get(
                                admin.listTransactions(new ListTransactionsOptions()
                                                .filterStates(List.of(
                                                        TransactionState.ONGOING, TransactionState.PREPARE_ABORT)))
                                        .all(),
                                "listing transactions")
                        .size();
            }
        }

        @Override
        public void mend(AlertStage stage) {
            Instant until = Reconciliation.settled();
            Reconciliation.awaitSettled(stage, until);
            stage.must("lake", "publish", "--lake", "lake");
            Reconciliation.of(stage, "local", until);
            stage.must(
                    "heal",
                    "--lake",
                    "lake",
                    "--kafka",
                    "local",
                    "--from",
                    Reconciliation.FROM,
                    "--to",
                    until.toString(),
                    "--max-share",
                    "100%",
                    "--yes");
            AlertStage.Result again = Reconciliation.of(stage, "local", until);
            if (again.code() != 0 || again.out().contains("MISSING")) {
                throw CommandFailure.dataMismatch(
                        "what was lost must be healed, a reconciliation ended with " + again.code(),
                        "commands.log",
                        null);
            }
            // The count is of the process: it falls with the next restart.
            stage.must(
                    "upgrade",
                    "--set",
                    "checkpoint.interval=1s",
                    "--set",
                    "checkpoint.timeout=10s",
                    "--set",
                    "checkpoint.tolerable-failures=70",
                    "--set",
                    "kafka.transaction.timeout=15m");
        }
    }

    /** Reconciliations beside a job that runs: up to an instant that it has settled. */
    private static final class Reconciliation {
        static final String FROM = "2026-01-01T00:00:00Z";
        /** Out-of-orderness, lateness and the longest interval of the drill's job, roughly. */
        private static final Duration LATENESS = Duration.ofSeconds(15);

        private Reconciliation() {}

        /** The newest full minute. */
        static Instant settled() {
            return Instant.now().truncatedTo(ChronoUnit.MINUTES);
        }

        /** Waits until event time has passed an instant and what is late for it, and what closed by then is committed. */
        static void awaitSettled(AlertStage stage, Instant until) {
            double bound = until.plus(LATENESS).getEpochSecond();
            stage.await(
                    "event time behind " + until,
                    LIMIT,
                    () ->
                            stage
                                    .prometheus()
                                    .ask("candlewick:watermark_seconds{job_name=\"" + AlertStage.JOB_NAME + "\"}")
                                    .stream()
                                    .anyMatch(seconds -> seconds > bound));
            // The next one may have begun before; the one behind it commits what is closed by now.
            String job = stage.job();
            long completed = completed(stage, job);
            stage.await("two checkpoints more", LIMIT, () -> completed(stage, job) >= completed + 2);
        }

        static AlertStage.Result of(AlertStage stage, String kafka, Instant until) {
            return stage.command(
                    "reconcile",
                    "--lake",
                    "lake",
                    "--kafka",
                    kafka,
                    "--from",
                    FROM,
                    "--to",
                    until.toString(),
                    "--metrics",
                    stage.prometheus().textfile("candlewick-reconcile").toString());
        }
    }
}
