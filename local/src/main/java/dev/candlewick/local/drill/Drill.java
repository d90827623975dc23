package dev.candlewick.local.drill;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.core.ledger.Ledger;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.LedgerFunction;
import dev.candlewick.jobs.streaming.OutputTopics;
import dev.candlewick.local.broker.BrokerProcess;
import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.ProcessMark;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.FlinkCommandLine;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.LocalFlinkCluster;
import dev.candlewick.local.lake.LakeDiff;
import dev.candlewick.local.tail.CommittedMessages;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestOptions;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The frame of a drill: broker and cluster of its own, the real job jar on each lane, disturbances while trades flow, the end
 * of the input, an undisturbed run over the same log, the comparison. One thread, one use.
 */
abstract class Drill implements AutoCloseable {
    static final String DISTURBED = "disturbed";
    static final String QUIET = "quiet";

    /** An undisturbed run over {@link #cleanTopic}. */
    static final String CLEAN = "clean";

    private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();
    private static final long SHORT_NANOS = Duration.ofNanos(500_000).toNanos();
    private static final long SOON_NANOS = Duration.ofSeconds(5).toNanos();
    private static final Duration RECOVERY_LIMIT = Duration.ofMinutes(5);
    private static final Duration END_LIMIT = Duration.ofMinutes(5);
    private static final int FEED_STEPS = 20;
    private static final long FEED_PART_MILLIS = 200;
    private static final int ROWS_SHOWN = 3;
    private static final Duration NO_LIMIT = Duration.ofDays(365);

    /**
     * How a drill is done.
     *
     * @param times how many disturbances
     * @param seed of market, moments and victims
     * @param lanes which inputs
     * @param messagesPerStep of each lane, between two disturbances
     * @param backend {@code hashmap} or {@code rocksdb}
     * @param zooKeeper null for none; {@code own} for one that is started with the cluster; or a quorum
     * @param checkpointMillis between two checkpoints
     * @param jar the job jar
     * @param directory of broker, cluster and lakes; must not hold a drill's files yet
     * @param root the directory of the launcher
     * @param sabotage what is spoilt before the comparison; null for nothing
     * @param limit after which no further disturbance begins
     */
    record Options(
            int times,
            long seed,
            List<Lane> lanes,
            int messagesPerStep,
            String backend,
            @Nullable String zooKeeper,
            int checkpointMillis,
            Path jar,
            Path directory,
            @Nullable Path root,
            @Nullable Sabotage sabotage,
            Duration limit) {
        /** Without a limit. */
        Options(
                int times,
                long seed,
                List<Lane> lanes,
                int messagesPerStep,
                String backend,
                @Nullable String zooKeeper,
                int checkpointMillis,
                Path jar,
                Path directory,
                @Nullable Path root,
                @Nullable Sabotage sabotage) {
            this(
                    times,
                    seed,
                    lanes,
                    messagesPerStep,
                    backend,
                    zooKeeper,
                    checkpointMillis,
                    jar,
                    directory,
                    root,
                    sabotage,
                    NO_LIMIT);
        }
    }

    protected final Options options;
    protected final Random random;
    protected final CandlewickHome home;
    protected final LocalFlinkCluster cluster;
    protected final Map<Lane, String> jobs = new EnumMap<>(Lane.class);
    private final Map<Lane, LaneFeed> feeds = new EnumMap<>(Lane.class);
    private final Map<Lane, Path> jars = new EnumMap<>(Lane.class);
    private final Map<Lane, List<String>> changes = new EnumMap<>(Lane.class);
    private final Consumer<String> notes;
    private final Interruption interruption;
    private final Map<String, String> environment;
    private String broker = "";
    private JobManagerApi api = new JobManagerApi("http://127.0.0.1:0");

    protected Drill(Options options, Consumer<String> notes) {
        this.options = options;
        this.notes = notes;
        this.random = new Random(options.seed());
        this.home = new CandlewickHome(options.directory());
        this.cluster = new LocalFlinkCluster(home, options.root());
        this.environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        this.interruption = Interruption.watch(this::close);
    }

    /** TaskManagers and slots that this kind of drill needs. */
    protected abstract int slots();

    /** Parallelism of the jobs at first. */
    protected abstract int parallelism();

    /** Keys of Flink's configuration that this kind of drill needs. */
    protected Map<String, String> clusterSettings() {
        return Map.of();
    }

    /** The REST endpoint of the drill's cluster. */
    protected final JobManagerApi api() {
        return api;
    }

    /** Makes ready what must stand before broker and cluster are started. */
    protected void prepare() throws Exception {}

    /** Called for each lane when broker and cluster run, before the first trade is sent. */
    protected void begin(Lane lane) throws Exception {}

    /** Disturbs the jobs once; returns when what it did is done, not yet recovered. */
    protected abstract Done disturb(int number) throws Exception;

    /** What must be true of a lane at the end beside the comparison of all outputs. */
    protected List<Finding> verify(Lane lane) throws Exception {
        return List.of();
    }

    /** Over what time trades flow while the jobs are disturbed. */
    protected Duration flow() {
        return Duration.ofMillis(options.checkpointMillis() / 5L * (FEED_STEPS / 2 + 1));
    }

    /** Whether what has not flowed by then goes at once when the disturbance is over. */
    protected boolean flowEndsWithDisturbance() {
        return false;
    }

    /**
     * What was done.
     *
     * @param kind the same text for all of a kind
     * @param what was done, and to whom
     * @param when at which moment
     * @param startNanos when it began, of {@code System.nanoTime}
     */
    protected record Done(String kind, String what, String when, long startNanos) {
        /** Where all of a kind are told alike. */
        protected Done(String what, String when, long startNanos) {
            this(what, what, when, startNanos);
        }
    }

    /** Runs the drill to its end. */
    final DrillReport run() throws Exception {
        if (!Files.isRegularFile(options.jar())) {
            throw CommandFailure.environment(
                    "the job jar must exist, was missing", options.jar().toString(), "mvn -DskipTests package", null);
        }
        long start = System.nanoTime();
        up();
        long steps = options.times() + 1L;
        for (Lane lane : options.lanes()) {
            jars.put(lane, options.jar());
            changes.put(lane, List.of());
            begin(lane);
            feeds.put(lane, new LaneFeed(broker, lane, options.seed(), steps * options.messagesPerStep()));
            submit(lane, parallelism(), null);
        }
        List<Disturbance> disturbances = new ArrayList<>();
        for (int number = 1; number <= options.times(); number++) {
            if (System.nanoTime() - start > options.limit().toNanos()) {
                notes.accept("the time is over after " + (number - 1) + " of " + options.times());
                break;
            }
            disturbances.add(step(number));
        }
        Map<String, Long> residuals = new LinkedHashMap<>();
        Map<String, Long> messages = new LinkedHashMap<>();
        for (Lane lane : options.lanes()) {
            LaneFeed feed = Objects.requireNonNull(feeds.get(lane));
            feed.finish(END_LIMIT);
            messages.put(lane.label(), feed.handed());
        }
        for (Lane lane : options.lanes()) {
            Path last = cancel(lane);
            notes.accept(lane.label() + ": the input ends; from " + last.getFileName() + " to its end");
            residuals.put(
                    lane.label() + " " + DISTURBED,
                    finish(lane, DISTURBED, last.toUri().toString()));
            residuals.put(lane.label() + " " + QUIET, finish(lane, QUIET, null));
        }
        List<Finding> further = new ArrayList<>();
        for (Lane lane : options.lanes()) {
            further.addAll(verify(lane));
        }
        if (options.sabotage() != null) {
            spoil(options.sabotage());
            notes.accept("spoilt: " + options.sabotage());
        }
        further.addAll(0, compare());
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        return new DrillReport(disturbances, further, residuals, messages, seconds);
    }

    private void up() throws Exception {
        prepare();
        BrokerState state =
                new BrokerProcess(home).start(EmbeddedBroker.ANY_PORT).state();
        broker = state.address();
        try (Admin admin = KafkaClients.connect(broker)) {
            for (Lane lane : options.lanes()) {
                Topics.ensure(admin, lane.topic(), Lane.PARTITIONS, Topics.INPUT_CONFIGS);
            }
        }
        Map<String, String> settings = new TreeMap<>();
        // Processes that live for seconds gain nothing from the optimizing compiler.
        for (String kind : List.of("jobmanager", "taskmanager", "client")) {
            settings.put("env.java.opts." + kind, "-XX:TieredStopAtLevel=1");
        }
        settings.putAll(clusterSettings());
        ClusterState started = cluster.up(new LocalFlinkCluster.Options(
                        2, slots(), 0, "local", options.backend(), options.zooKeeper(), "off", settings, true, null))
                .state();
        api = JobManagerApi.of(started);
        notes.accept("broker " + broker + ", cluster " + started.webUi() + ", files in " + options.directory());
    }

    private Disturbance step(int number) throws Exception {
        // Some of the trades now; the others flow while the moment comes.
        long from = (number - 1L) * options.messagesPerStep();
        feeds.values().forEach(feed -> feed.allow(from + options.messagesPerStep() / 2));
        awaitProgress("disturbance " + number, newest());
        AtomicBoolean hurry = new AtomicBoolean();
        Duration time = flow();
        int parts = (int) Math.max(FEED_STEPS / 2, time.toMillis() / FEED_PART_MILLIS);
        Thread flow = new Thread(
                () -> {
                    for (int part = 0; part <= parts; part++) {
                        long half = options.messagesPerStep() / 2;
                        long upTo = from + half + (options.messagesPerStep() - half) * part / parts;
                        feeds.values().forEach(feed -> feed.allow(upTo));
                        if (!hurry.get()) {
                            LockSupport.parkNanos(time.toNanos() / parts);
                        }
                    }
                },
                "drill-flow");
        flow.start();
        Done done = disturb(number);
        hurry.set(flowEndsWithDisturbance());
        awaitProgress(done.what(), newest());
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - done.startNanos());
        flow.join();
        feeds.values().forEach(LaneFeed::check);
        notes.accept(number + "/" + options.times() + " " + done.what() + ", " + done.when() + ": runs again after "
                + millis / 1000 + "." + millis % 1000 / 100 + " s");
        return new Disturbance(number, done.kind(), done.what(), done.when(), millis);
    }

    /** Waits until every job has a newer checkpoint and all its tasks run. */
    void awaitProgress(String what, Map<Lane, Long> before) {
        await(
                "recovery from " + what,
                RECOVERY_LIMIT,
                () -> jobs.entrySet().stream().allMatch(entry -> {
                    long has = number(entry.getValue());
                    if (has <= before.getOrDefault(entry.getKey(), 0L)) {
                        return false;
                    }
                    return api.job(entry.getValue())
                            .filter(JobManagerApi.Job::runs)
                            .isPresent();
                }));
    }

    /** The numbers of the newest complete checkpoints. */
    Map<Lane, Long> newest() {
        Map<Lane, Long> newest = new EnumMap<>(Lane.class);
        jobs.forEach((lane, job) -> newest.put(lane, number(job)));
        return newest;
    }

    /** The number of the newest complete checkpoint of a job, 0 for none. */
    long number(String job) {
        return cluster.newestCheckpoint(job)
                .map(path -> Long.parseLong(path.getFileName().toString().substring("chk-".length())))
                .orElse(0L);
    }

    /** Waits for a condition that lasts for a moment only, and returns within a millisecond or so. */
    void awaitSoon(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > SOON_NANOS) {
                // The jobs are asked once in a while only: asking takes longer than the moment.
                AtomicBoolean came = new AtomicBoolean();
                await(what, limit.minusNanos(SOON_NANOS), () -> {
                    long round = System.nanoTime();
                    while (System.nanoTime() - round < SOON_NANOS && !came.get()) {
                        came.set(condition.getAsBoolean());
                        LockSupport.parkNanos(SHORT_NANOS);
                    }
                    return came.get();
                });
                return;
            }
            LockSupport.parkNanos(SHORT_NANOS);
        }
    }

    /** Waits for a condition, and fails with what the jobs say where it does not come. */
    void await(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (interruption.requested()) {
                throw new CommandFailure(
                        dev.candlewick.local.cli.ExitCode.INTERRUPTED, "interrupted", null, null, null);
            }
            for (Map.Entry<Lane, String> job : jobs.entrySet()) {
                if (api.job(job.getValue())
                        .filter(seen -> seen.state().equals("FAILED"))
                        .isPresent()) {
                    throw failed(job.getKey(), what);
                }
            }
            if (System.nanoTime() - start > limit.toNanos()) {
                throw CommandFailure.jobFailed(
                        what + " must come within " + limit.toSeconds() + " s, did not",
                        options.directory().toString(),
                        "read cluster/logs and kafka/broker.log there",
                        null);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private CommandFailure failed(Lane lane, String what) {
        return CommandFailure.jobFailed(
                "the job of lane " + lane.label() + " must survive, failed while waiting for " + what + ": "
                        + api.failure(Objects.requireNonNull(jobs.get(lane))).orElse("unknown"),
                options.directory().toString(),
                "read cluster/logs there",
                null);
    }

    /** Submits the disturbed job of a lane, detached; it is the lane's job from now on. */
    String submit(Lane lane, int parallelism, @Nullable String from) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("run", "-d"));
        if (from != null) {
            arguments.addAll(List.of("-s", from));
        }
        arguments.addAll(job(lane, DISTURBED, parallelism, "never"));
        String id = flink(arguments).jobId();
        if (id == null) {
            throw CommandFailure.jobFailed("flink run must tell the job's id, did not", lane.label(), null, null);
        }
        jobs.put(lane, id);
        return id;
    }

    /** Runs a lane's job to the end of the input and takes the residual of its double entry. */
    long finish(Lane lane, String run, @Nullable String from) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("run"));
        if (from != null) {
            arguments.addAll(List.of("-s", from));
        }
        arguments.addAll(job(lane, run, parallelism(), "latest"));
        String id = Objects.requireNonNull(flink(arguments).jobId());
        URI address = URI.create(ClusterState.running(home).orElseThrow().webUi());
        Configuration client = new Configuration();
        client.set(RestOptions.ADDRESS, address.getHost());
        client.set(RestOptions.PORT, address.getPort());
        try (RestClusterClient<StandaloneClusterId> rest =
                new RestClusterClient<>(client, StandaloneClusterId.getInstance())) {
            Object rows = rest.getAccumulators(JobID.fromHexString(id), Drill.class.getClassLoader())
                    .get(30, TimeUnit.SECONDS)
                    .get(LedgerFunction.ACCUMULATOR);
            List<LedgerRow> ledger = new ArrayList<>();
            ((List<?>) Objects.requireNonNull(rows)).forEach(row -> ledger.add((LedgerRow) row));
            return Ledger.residual(ledger);
        }
    }

    /** What follows {@code flink run}: the jar and the job's arguments. */
    List<String> job(Lane lane, String run, int parallelism, String until) {
        String name = group(lane, run);
        boolean disturbed = run.equals(DISTURBED);
        Path jar = disturbed ? Objects.requireNonNull(jars.get(lane)) : options.jar();
        List<String> arguments = new ArrayList<>(List.of(jar.toString(), "--kafka.bootstrap.servers", broker));
        // An option may be given once.
        Map<String, String> settings = new TreeMap<>();
        for (String setting : List.of(
                "source.topic=" + (run.equals(CLEAN) ? cleanTopic(lane) : lane.topic()),
                "source.until=" + until,
                "source.idle-timeout=off",
                "topic.prefix=" + prefix(lane, run),
                "kafka.group.id=" + name,
                "output.lake=" + lake(lane, run),
                "parallelism=" + parallelism,
                "max-parallelism=16",
                "live=off",
                "restart.attempts=" + (20 + 10 * options.times()),
                "checkpoint.interval=" + options.checkpointMillis() + "ms")) {
            settings.put(setting.substring(0, setting.indexOf('=')), setting);
        }
        if (disturbed) {
            changes.getOrDefault(lane, List.of())
                    .forEach(setting -> settings.put(setting.substring(0, setting.indexOf('=')), setting));
        }
        settings.values().forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments;
    }

    /** Where a copy of a lane's trades without what a fault has put between them may stand. */
    static String cleanTopic(Lane lane) {
        return "clean." + lane.topic();
    }

    /** The consumer group, after which transactions are named. */
    static String group(Lane lane, String run) {
        return lane.label() + "-" + run;
    }

    /**
     * Lets a lane's job be another one from its next submission on.
     *
     * @param settings of the job, {@code key=value}
     */
    void change(Lane lane, Path jar, List<String> settings) {
        jars.put(lane, jar);
        changes.put(lane, List.copyOf(settings));
    }

    /** What the topics of a run begin with. */
    static String prefix(Lane lane, String run) {
        return run + "." + lane.label() + ".";
    }

    private Path lake(Lane lane, String run) {
        return options.directory().resolve("lake-" + lane.label() + "-" + run);
    }

    /** Calls Flink's command line, which must succeed. */
    FlinkCommandLine.Result flink(List<String> arguments) throws Exception {
        FlinkCommandLine.Result result = tryFlink(arguments);
        if (result.exitCode() != 0) {
            throw CommandFailure.jobFailed(
                    "flink " + arguments.get(0) + " must succeed, ended with " + result.exitCode() + ":"
                            + System.lineSeparator() + lastOutput,
                    flinkErrors().toString(),
                    "read the logs in " + options.directory(),
                    null);
        }
        return result;
    }

    /** Calls Flink's command line, which may fail. */
    FlinkCommandLine.Result tryFlink(List<String> arguments) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FlinkCommandLine.Result result = new FlinkCommandLine(home)
                .run(
                        arguments,
                        options.directory(),
                        environment,
                        out,
                        ProcessBuilder.Redirect.appendTo(flinkErrors().toFile()));
        lastOutput = out.toString(StandardCharsets.UTF_8);
        return result;
    }

    /** The standard error of all calls of Flink's command line. */
    Path flinkErrors() {
        return options.directory().resolve("flink-cli.err");
    }

    /** What the last call of Flink's command line has written. */
    String lastOutput() {
        return lastOutput;
    }

    private String lastOutput = "";

    private Path cancel(Lane lane) throws Exception {
        String job = Objects.requireNonNull(jobs.remove(lane));
        flink(List.of("cancel", job));
        await(
                "the end of job " + job,
                END_LIMIT,
                () -> api.job(job).filter(JobManagerApi.Job::isOver).isPresent());
        return cluster.newestCheckpoint(job)
                .orElseThrow(() ->
                        CommandFailure.dataMismatch("a cancelled job must leave its checkpoint, left none", job, null));
    }

    /** The topics of final records that begin with a prefix. */
    List<String> outputs(String prefix) {
        OutputTopics topics = new OutputTopics(prefix);
        List<String> names = new ArrayList<>(topics.all(Intervals.DEFAULT));
        names.remove(topics.live());
        return names;
    }

    List<ConsumerRecord<byte[], byte[]>> committed(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        CommittedMessages.read(broker, topic, interruption, records::add);
        return records;
    }

    /** Spoils what the first lane has written. */
    void spoil(Sabotage sabotage) throws Exception {
        Lane lane = options.lanes().get(0);
        sabotage.apply(
                broker, committed(prefix(lane, DISTURBED) + "candles.1m"), LakeCatalog.open(lake(lane, DISTURBED)));
    }

    /** Compares all outputs, also more than once. */
    List<Finding> compare() {
        List<Finding> findings = new ArrayList<>();
        for (Lane lane : options.lanes()) {
            String prefix = prefix(lane, DISTURBED);
            for (String topic : outputs(prefix)) {
                String output = topic.substring(prefix.length());
                List<ConsumerRecord<byte[], byte[]>> disturbed = committed(topic);
                List<ConsumerRecord<byte[], byte[]>> quiet = committed(prefix(lane, QUIET) + output);
                boolean revised = output.startsWith("candles.") || output.startsWith("vwap.");
                findings.add(
                        lane.lastRevisions() && revised
                                ? TopicComparison.lastRevisions(lane.label(), output, disturbed, quiet)
                                : TopicComparison.bytes(lane.label(), output, disturbed, quiet));
            }
            findings.addAll(compareLakes(lane));
        }
        return findings;
    }

    private List<Finding> compareLakes(Lane lane) {
        Map<String, List<String>> examples = new HashMap<>();
        Map<String, LakeDiff.Counts> counts;
        try {
            counts = LakeDiff.compareLakes(
                    LakeCatalog.open(lake(lane, DISTURBED)),
                    LakeCatalog.open(lake(lane, QUIET)),
                    lane.lastRevisions(),
                    ROWS_SHOWN,
                    difference -> examples.computeIfAbsent(difference.table(), name -> new ArrayList<>())
                            .add(difference.kind() + " " + difference.key() + " " + difference.column() + " "
                                    + difference.left() + " | " + difference.right()));
        } catch (LakeException e) {
            return List.of(new Finding(lane.label(), "lake", 1, 1, 0, 0, List.of(String.valueOf(e.getMessage()))));
        }
        List<Finding> findings = new ArrayList<>();
        counts.forEach((table, count) -> findings.add(new Finding(
                lane.label(),
                "lake:" + table,
                count.equal() + count.changed() + count.onlyRight(),
                count.onlyRight() + count.changed(),
                count.onlyLeft(),
                0,
                examples.getOrDefault(table, List.of()))));
        return findings;
    }

    /** How the drill is done. */
    Options options() {
        return options;
    }

    /** Chance, by the seed. */
    Random random() {
        return random;
    }

    /** The lanes' jobs. */
    Map<Lane, String> jobs() {
        return Collections.unmodifiableMap(jobs);
    }

    /** Address of the broker. */
    String broker() {
        return broker;
    }

    /** The cluster. */
    LocalFlinkCluster cluster() {
        return cluster;
    }

    /** Where jobs keep their checkpoints. */
    Path checkpoints() {
        return cluster.checkpoints("");
    }

    /** What is to be told to people. */
    void note(String text) {
        notes.accept(text);
    }

    /** When any of the jobs was last restarted by Flink, in milliseconds since the epoch; 0 for never. */
    long lastFailureMillis() {
        return jobs.values().stream()
                .mapToLong(job -> api.lastFailureMillis(job).orElse(0L))
                .max()
                .orElse(0);
    }

    /** Whether every task of every job runs. */
    boolean allRun() {
        return jobs.values().stream()
                .allMatch(job -> api.job(job).filter(JobManagerApi.Job::runs).isPresent());
    }

    /** The process that holds the broker. */
    ProcessMark brokerProcess() {
        return BrokerState.running(home)
                .map(state -> new ProcessMark(state.pid(), state.processStartMillis()))
                .orElseThrow();
    }

    /** Starts the broker where it was. */
    void brokerUp() {
        int port = Integer.parseInt(broker.substring(broker.lastIndexOf(':') + 1));
        long start = System.nanoTime();
        while (true) {
            try {
                new BrokerProcess(home).start(port);
                return;
            } catch (CommandFailure e) {
                // On a busy machine it may not be ready in its time; the jobs wait longer than that.
                if (System.nanoTime() - start > RECOVERY_LIMIT.toNanos()) {
                    throw e;
                }
            }
        }
    }

    /** What the cluster runs now. */
    Optional<ClusterState> clusterState() {
        return ClusterState.running(home);
    }

    @Override
    public void close() {
        feeds.values().forEach(LaneFeed::close);
        cluster.down();
        new BrokerProcess(home).stop();
        interruption.close();
    }
}
