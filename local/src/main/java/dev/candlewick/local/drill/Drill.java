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
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
    private static final String DISTURBED = "disturbed";
    private static final String QUIET = "quiet";
    private static final long POLL_NANOS = Duration.ofMillis(20).toNanos();
    private static final Duration RECOVERY_LIMIT = Duration.ofMinutes(5);
    private static final Duration END_LIMIT = Duration.ofMinutes(5);
    private static final int FEED_STEPS = 20;
    private static final long FEED_PART_MILLIS = 200;
    private static final int ROWS_SHOWN = 3;

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
            @Nullable Sabotage sabotage) {}

    protected final Options options;
    protected final Random random;
    protected final CandlewickHome home;
    protected final LocalFlinkCluster cluster;
    protected final Map<Lane, String> jobs = new EnumMap<>(Lane.class);
    private final Map<Lane, LaneFeed> feeds = new EnumMap<>(Lane.class);
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

    /** Disturbs the jobs once; returns when what it did is done, not yet recovered. */
    protected abstract Done disturb(int number) throws Exception;

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
     * @param what to whom
     * @param when at which moment
     * @param startNanos when it began, of {@code System.nanoTime}
     */
    protected record Done(String what, String when, long startNanos) {}

    /** Runs the drill to its end. */
    final DrillReport run() throws Exception {
        if (!Files.isRegularFile(options.jar())) {
            throw CommandFailure.environment(
                    "the job jar must exist, was missing", options.jar().toString(), "mvn -DskipTests package", null);
        }
        up();
        long steps = options.times() + 1L;
        for (Lane lane : options.lanes()) {
            feeds.put(lane, new LaneFeed(broker, lane, options.seed(), steps * options.messagesPerStep()));
            jobs.put(lane, submit(lane, DISTURBED, parallelism(), "never", null));
        }
        List<Disturbance> disturbances = new ArrayList<>();
        for (int number = 1; number <= options.times(); number++) {
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
        if (options.sabotage() != null) {
            spoil(options.sabotage());
            notes.accept("spoilt: " + options.sabotage());
        }
        return new DrillReport(disturbances, compare(), residuals, messages);
    }

    private void up() throws IOException {
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
        ClusterState started = cluster.up(new LocalFlinkCluster.Options(
                        2, slots(), 0, "local", options.backend(), options.zooKeeper(), "off", settings, true))
                .state();
        api = new JobManagerApi(started.webUi());
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
        return new Disturbance(number, done.what(), done.when(), millis);
    }

    /** Waits until every job has a newer checkpoint and all its tasks run. */
    private void awaitProgress(String what, Map<Lane, Long> before) {
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
    protected final Map<Lane, Long> newest() {
        Map<Lane, Long> newest = new EnumMap<>(Lane.class);
        jobs.forEach((lane, job) -> newest.put(lane, number(job)));
        return newest;
    }

    private long number(String job) {
        return cluster.newestCheckpoint(job)
                .map(path -> Long.parseLong(path.getFileName().toString().substring("chk-".length())))
                .orElse(0L);
    }

    /** Waits for a condition, and fails with what the jobs say where it does not come. */
    protected final void await(String what, Duration limit, BooleanSupplier condition) {
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

    /** Submits a lane's job, detached. */
    protected final String submit(Lane lane, String run, int parallelism, String until, @Nullable String from)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of("run", "-d"));
        if (from != null) {
            arguments.addAll(List.of("-s", from));
        }
        arguments.addAll(job(lane, run, parallelism, until));
        String id = flink(arguments).jobId();
        if (id == null) {
            throw CommandFailure.jobFailed("flink run must tell the job's id, did not", lane.label(), null, null);
        }
        return id;
    }

    /** Runs a lane's job to the end of the input and takes the residual of its double entry. */
    private long finish(Lane lane, String run, @Nullable String from) throws Exception {
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

    private List<String> job(Lane lane, String run, int parallelism, String until) {
        String name = lane.label() + "-" + run;
        List<String> arguments =
                new ArrayList<>(List.of(options.jar().toString(), "--kafka.bootstrap.servers", broker));
        for (String setting : List.of(
                "source.topic=" + lane.topic(),
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
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    private static String prefix(Lane lane, String run) {
        return run + "." + lane.label() + ".";
    }

    private Path lake(Lane lane, String run) {
        return options.directory().resolve("lake-" + lane.label() + "-" + run);
    }

    /** Calls Flink's command line. */
    protected final FlinkCommandLine.Result flink(List<String> arguments) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Path err = options.directory().resolve("flink-cli.err");
        FlinkCommandLine.Result result = new FlinkCommandLine(home)
                .run(arguments, options.directory(), environment, out, ProcessBuilder.Redirect.appendTo(err.toFile()));
        lastOutput = out.toString(StandardCharsets.UTF_8);
        if (result.exitCode() != 0) {
            throw CommandFailure.jobFailed(
                    "flink " + arguments.get(0) + " must succeed, ended with " + result.exitCode() + ":"
                            + System.lineSeparator() + lastOutput,
                    err.toString(),
                    "read the logs in " + options.directory(),
                    null);
        }
        return result;
    }

    /** What the last call of Flink's command line has written. */
    protected String lastOutput = "";

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

    private List<String> outputs(String prefix) {
        OutputTopics topics = new OutputTopics(prefix);
        List<String> names = new ArrayList<>(topics.all(Intervals.DEFAULT));
        names.remove(topics.live());
        return names;
    }

    private List<ConsumerRecord<byte[], byte[]>> committed(String topic) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        CommittedMessages.read(broker, topic, interruption, records::add);
        return records;
    }

    /** Spoils what the first lane has written. */
    final void spoil(Sabotage sabotage) throws Exception {
        Lane lane = options.lanes().get(0);
        sabotage.apply(
                broker, committed(prefix(lane, DISTURBED) + "candles.1m"), LakeCatalog.open(lake(lane, DISTURBED)));
    }

    /** Compares all outputs, also more than once. */
    final List<Finding> compare() {
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

    /** The process that holds the broker. */
    protected final ProcessMark brokerProcess() {
        return BrokerState.running(home)
                .map(state -> new ProcessMark(state.pid(), state.processStartMillis()))
                .orElseThrow();
    }

    /** Starts the broker where it was. */
    protected final void brokerUp() {
        int port = Integer.parseInt(broker.substring(broker.lastIndexOf(':') + 1));
        new BrokerProcess(home).start(port);
    }

    /** What the cluster runs now. */
    protected final Optional<ClusterState> clusterState() {
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
