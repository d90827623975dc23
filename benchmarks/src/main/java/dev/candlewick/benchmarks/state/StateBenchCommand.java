package dev.candlewick.benchmarks.state;

import dev.candlewick.benchmarks.report.ReportFile;
import dev.candlewick.benchmarks.workload.FilledTopic;
import dev.candlewick.benchmarks.workload.TopicFiller;
import dev.candlewick.benchmarks.workload.TradeGenerator;
import dev.candlewick.benchmarks.workload.TradeWorkload;
import dev.candlewick.core.engine.EngineOutput;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.MarketEngine;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.broker.BrokerProcess;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.cluster.FlinkCommandLine;
import dev.candlewick.local.cluster.JobManagerApi;
import dev.candlewick.local.cluster.LocalFlinkCluster;
import dev.candlewick.savepoints.Savepoint;
import dev.candlewick.savepoints.SavepointContents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How large the job's state is and how long checkpoints, savepoints and restores take, on a cluster of real processes.
 *
 * <p>The topic is filled first with trades that follow each other at the given rate of event time; the job reads it as fast
 * as it can. State goes by event time, so it is that of the rate; checkpoints are taken under a load that is the most
 * the machine can do. At the end of the topic nothing is closed: the state there is measured, saved and restored.
 */
@Command(
        name = "state",
        description =
                "Bytes of state for each symbol, interval and id, checkpoints, savepoints and restores, for a rate"
                        + " of trades, on a cluster of real processes.",
        footer = "%nBytes depend on the input alone; durations on the machine and on what else it does.")
public final class StateBenchCommand extends CandlewickCommand {
    /** The default of crypto feeds, which this job has. */
    private static final long OUT_OF_ORDERNESS_MILLIS = 1_000;

    private static final Duration LIMIT = Duration.ofMinutes(40);
    private static final long POLL_NANOS = Duration.ofMillis(100).toNanos();

    @Option(names = "--symbols", paramLabel = "N", description = "Instruments (default: ${DEFAULT-VALUE}).")
    private int symbols = 10_000;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Trades a second of event time, over all symbols (default: ${DEFAULT-VALUE}).")
    private double rate = 20_000;

    @Option(names = "--lateness", paramLabel = "D", description = "allowed-lateness (default: ${DEFAULT-VALUE}).")
    private String lateness = "30s";

    @Option(
            names = "--conflict-horizon",
            paramLabel = "D",
            description = "conflict.horizon (default: ${DEFAULT-VALUE}).")
    private String conflictHorizon = "60s";

    @Option(
            names = "--backend",
            paramLabel = "rocksdb|heap",
            description = "Where keyed state lives (default: ${DEFAULT-VALUE}).")
    private String backend = "rocksdb";

    @Option(
            names = "--seconds",
            paramLabel = "N",
            description = "Of event time; the rolling VWAP is full after 331 (default: ${DEFAULT-VALUE}).")
    private int seconds = 360;

    @Option(names = "--parallelism", paramLabel = "P,P…", split = ",", description = "One run each (default: 1,2).")
    private List<Integer> parallelisms = List.of(1, 2);

    @Option(names = "--partitions", paramLabel = "N", description = "Of the topic (default: ${DEFAULT-VALUE}).")
    private int partitions = 4;

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "SECONDS",
            description = "Of the job (default: ${DEFAULT-VALUE}).")
    private int checkpointSeconds = 10;

    @Option(
            names = "--process-memory",
            paramLabel = "SIZE",
            description = "Of the TaskManager, as Flink takes it (default: ${DEFAULT-VALUE}).")
    private String processMemory = "3g";

    @Option(names = "--seed", paramLabel = "N", description = "Of the generator (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(names = "--jar", paramLabel = "JAR", description = "The job jar (default: that of this installation).")
    private @Nullable Path jar;

    @Mixin
    private ReportFile reportFile = new ReportFile();

    @Option(
            names = "--no-cluster",
            description = "Only bytes, which need none: the operator's engine in this process, by the same settings.")
    private boolean noCluster;

    private final List<Map<String, @Nullable Object>> results = new ArrayList<>();

    @Override
    protected ExitCode run() throws Exception {
        TradeWorkload workload = workload();
        if (noCluster) {
            results.add(bytesAlone(workload));
            report(true);
            return ExitCode.OK;
        }
        Path jobJar = jobJar();
        Path work = Files.createDirectories(context()
                .home()
                .directory()
                .resolve("bench")
                .resolve("state-" + ProcessHandle.current().pid()));
        CandlewickHome home = new CandlewickHome(work);
        LocalFlinkCluster cluster = new LocalFlinkCluster(home, context().root());
        BrokerProcess broker = new BrokerProcess(home);
        try (Interruption interruption = Interruption.watch(cluster::down)) {
            try {
                String address = broker.start(EmbeddedBroker.ANY_PORT).state().address();
                FilledTopic topic;
                try (Progress progress = progress("filling the topic", "trades", workload.records())) {
                    topic = TopicFiller.fillOpen(address, workload, progress::advance);
                }
                for (int parallelism : parallelisms) {
                    measure(home, cluster, interruption, address, topic, jobJar, parallelism);
                    report(false);
                }
            } finally {
                cluster.down();
                broker.stop();
                delete(work);
            }
        }
        report(true);
        return ExitCode.OK;
    }

    /** What the engine of the keyed operator remembers at the end, by the settings of the job. */
    private Map<String, @Nullable Object> bytesAlone(TradeWorkload workload) throws IOException {
        EngineSettings settings = ResolvedConfiguration.resolve(ConfigurationSources.builder()
                        .commandLine(
                                "--set", "allowed-lateness=" + lateness, "--set", "conflict.horizon=" + conflictHorizon)
                        .build())
                .engineSettings();
        MarketEngine engine = new MarketEngine(settings, NOWHERE);
        TradeGenerator generator = new TradeGenerator(workload);
        InstrumentState[] states = new InstrumentState[symbols];
        long highNanos = Long.MIN_VALUE;
        long watermarkMillis = Long.MIN_VALUE;
        for (Trade trade = generator.next(); trade != null; trade = generator.next()) {
            InstrumentState state = states[generator.symbol()];
            if (state == null) {
                state = engine.newState(trade.instrument);
                states[generator.symbol()] = state;
            }
            if (watermarkMillis >= engine.nextDueMillis(state)) {
                engine.advance(state, watermarkMillis);
            }
            engine.process(state, trade, watermarkMillis);
            highNanos = Math.max(highNanos, trade.eventTimeNanos);
            watermarkMillis = Math.floorDiv(highNanos, 1_000_000L) - OUT_OF_ORDERNESS_MILLIS - 1;
        }
        Parts parts = new Parts();
        for (InstrumentState state : states) {
            if (state != null) {
                engine.advance(state, watermarkMillis);
                parts.add(state);
            }
        }
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        result.put("parallelism", "any");
        result.put("symbols", symbols);
        result.put("trades_per_second_of_event_time", rate);
        result.put("allowed_lateness", lateness);
        result.put("conflict_horizon", conflictHorizon);
        result.put("seconds", seconds);
        parts.into(result);
        return result;
    }

    private static final EngineOutput NOWHERE = new EngineOutput() {
        @Override
        public void candle(Candle candle) {}

        @Override
        public void vwap(VwapRow row) {}

        @Override
        public void event(QualityEvent event) {}

        @Override
        public void report(MinuteReport report) {}
    };

    /** Bytes and counts of many instruments. */
    private static final class Parts {
        private final Map<String, Long> bytes = new LinkedHashMap<>();
        private long instruments;
        private long ids;
        private long writtenIds;
        private long windows;
        private long panes;

        void add(InstrumentState state) throws IOException {
            state.bytesByPart().forEach((part, size) -> bytes.merge(part, size, Long::sum));
            instruments++;
            ids += state.idCount();
            writtenIds += state.liveIdCount();
            windows += state.windowCount();
            panes += state.paneCount();
        }

        void into(Map<String, @Nullable Object> result) {
            long all = bytes.values().stream().mapToLong(Long::longValue).sum();
            result.put("instruments", instruments);
            result.put("held_ids", ids);
            result.put("written_ids", writtenIds);
            result.put("windows", windows);
            result.put("vwap_panes", panes);
            result.put("state_bytes", all);
            result.put("state_bytes_per_symbol", ratio(all, instruments));
            bytes.forEach((part, size) -> result.put("state_bytes_per_symbol_" + part, ratio(size, instruments)));
            result.put("state_bytes_per_written_id", ratio(bytes.getOrDefault("ids", 0L), writtenIds));
            result.put("state_bytes_per_vwap_pane", ratio(bytes.getOrDefault("vwap", 0L), panes));
        }
    }

    private TradeWorkload workload() {
        if (seconds < 1
                || seconds > 3_600
                || !(rate >= 1 && rate <= 1e6)
                || checkpointSeconds < 1
                || parallelisms.stream().anyMatch(p -> p < 1 || p > 64)) {
            throw CommandFailure.usage(
                    "seconds must lie in 1..3600, rate in 1..1000000, parallelism in 1..64 and checkpoint-interval be"
                            + " positive, was " + seconds + ", " + rate + ", " + parallelisms + ", "
                            + checkpointSeconds,
                    null,
                    "for example --seconds 360 --rate 20000 --parallelism 1,2");
        }
        try {
            return TradeWorkload.ofRate(seed, (long) (rate * seconds), symbols, rate, partitions);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), null, "correct the options");
        }
    }

    private Path jobJar() throws IOException {
        if (jar != null) {
            return context().resolve(jar);
        }
        Path root = context().root();
        String property = System.getProperty(CliContext.ROOT_PROPERTY);
        Path target = (root != null
                        ? root
                        : property != null ? Path.of(property) : context().workingDirectory())
                .resolve("jobs/target");
        if (Files.isDirectory(target)) {
            try (Stream<Path> files = Files.list(target)) {
                Path found = files.filter(file -> file.getFileName().toString().matches("candlewick-jobs-.*-all\\.jar"))
                        .findFirst()
                        .orElse(null);
                if (found != null) {
                    return found;
                }
            }
        }
        throw CommandFailure.environment(
                "the job jar must be built, was not", target.toString(), "mvn -DskipTests package", null);
    }

    private void measure(
            CandlewickHome home,
            LocalFlinkCluster cluster,
            Interruption interruption,
            String broker,
            FilledTopic topic,
            Path jobJar,
            int parallelism)
            throws Exception {
        Map<String, String> settings = new HashMap<>();
        settings.put("taskmanager.memory.process.size", processMemory);
        ClusterState state = cluster.up(new LocalFlinkCluster.Options(
                        1, parallelism, 0, "local", backend, null, "off", settings, true, null))
                .state();
        JobManagerApi api = JobManagerApi.of(state);
        String group = "bench-state-" + parallelism;
        String job = submit(home, broker, topic.topic(), group, jobJar, parallelism, null);
        JobRest rest = new JobRest(state.webUi(), job);
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        results.add(result);
        result.put("parallelism", parallelism);
        result.put("backend", backend);
        result.put("symbols", symbols);
        result.put("trades_per_second_of_event_time", rate);
        result.put("allowed_lateness", lateness);
        result.put("conflict_horizon", conflictHorizon);
        result.put("seconds", seconds);

        try (Admin admin = KafkaClients.connect(broker);
                Progress progress =
                        progress("reading", "trades", topic.workload().records())) {
            long[] first = {0, 0};
            long[] last = {0, 0};
            await(interruption, api, job, "the end of the topic", () -> {
                long read = read(admin, group);
                if (read > last[0]) {
                    last[0] = read;
                    last[1] = System.nanoTime();
                    if (first[0] == 0) {
                        first[0] = read;
                        first[1] = last[1];
                    }
                    progress.advanceTo(read);
                }
                return read >= topic.workload().records();
            });
            result.put(
                    "trades_per_second_read",
                    last[1] == first[1] ? null : Math.round((last[0] - first[0]) * 1e9 / (last[1] - first[1])));
        }
        Map<String, String> points = new LinkedHashMap<>();
        Map<String, Long> savepointMillis = new LinkedHashMap<>();
        List<JobRest.Checkpoint> all = List.of();
        for (String form : List.of("CANONICAL", "NATIVE")) {
            String location = rest.savepoint(
                    form, home.directory().resolve("savepoints").toUri().toString());
            points.put(form.toLowerCase(Locale.ROOT), location);
            all = rest.checkpointsUntilSavepoint(points.size());
            savepointMillis.put(form.toLowerCase(Locale.ROOT), newest(all, true).millis());
        }
        List<JobRest.Checkpoint> loaded = all.stream()
                .filter(checkpoint -> !checkpoint.savepoint() && checkpoint.stateBytes() > 0)
                .toList();
        List<Long> durations =
                loaded.stream().map(JobRest.Checkpoint::millis).sorted().toList();
        List<Long> written =
                loaded.stream().map(JobRest.Checkpoint::writtenBytes).sorted().toList();
        long alignment = 0;
        for (JobRest.Checkpoint checkpoint : loaded) {
            alignment = Math.max(alignment, rest.alignmentMillis(checkpoint.id()));
        }
        result.put("checkpoints", loaded.size());
        result.put("checkpoint_ms_p50", middle(durations));
        result.put("checkpoint_ms_max", durations.isEmpty() ? null : durations.get(durations.size() - 1));
        result.put("checkpoint_alignment_ms_max", alignment);
        result.put(
                "checkpoint_bytes_full",
                loaded.isEmpty() ? null : newest(loaded, false).stateBytes());
        result.put("checkpoint_bytes_incremental_p50", middle(written));
        for (Map.Entry<String, String> point : points.entrySet()) {
            result.put(
                    point.getKey() + "_savepoint_bytes",
                    Savepoint.open(path(point.getValue())).bytes());
            result.put(point.getKey() + "_savepoint_ms", savepointMillis.get(point.getKey()));
        }
        rest.cancel();
        awaitOver(interruption, api, job);
        cluster.newestCheckpoint(job)
                .ifPresent(point -> points.put("checkpoint", point.toUri().toString()));
        contents(path(String.valueOf(points.get("canonical"))), result);
        for (Map.Entry<String, String> point : points.entrySet()) {
            String restored = submit(home, broker, topic.topic(), group, jobJar, parallelism, point.getValue());
            await(
                    interruption,
                    api,
                    restored,
                    "a restored job",
                    () -> api.job(restored).filter(JobManagerApi.Job::runs).isPresent());
            JobRest again = new JobRest(state.webUi(), restored);
            result.put("restore_ms_from_" + point.getKey(), again.restoreMillis());
            again.cancel();
            awaitOver(interruption, api, restored);
        }
        cluster.down();
    }

    private static JobRest.Checkpoint newest(List<JobRest.Checkpoint> all, boolean savepoint) {
        return all.stream()
                .filter(one -> one.savepoint() == savepoint)
                .reduce((older, newer) -> newer)
                .orElseThrow();
    }

    private static String path(String location) {
        return location.startsWith("file:")
                ? Path.of(java.net.URI.create(location)).toString()
                : location;
    }

    private static @Nullable Long middle(List<Long> sorted) {
        return sorted.isEmpty() ? null : sorted.get(sorted.size() / 2);
    }

    private static long read(Admin admin, String group) {
        return KafkaClients.get(
                        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
                        "reading what the job has read")
                .values()
                .stream()
                .mapToLong(offset -> offset == null ? 0 : offset.offset())
                .sum();
    }

    /** What stands in the state, by its parts. */
    private static void contents(String savepoint, Map<String, @Nullable Object> result) {
        Parts parts = new Parts();
        var totals = new SavepointContents(Savepoint.open(savepoint))
                .forEachInstrument((key, state, timers) -> parts.add(state));
        parts.into(result);
        result.put("timers", totals.timers());
    }

    private static @Nullable Double ratio(long bytes, long count) {
        return count == 0 ? null : Math.round(10.0 * bytes / count) / 10.0;
    }

    private String submit(
            CandlewickHome home,
            String broker,
            String topic,
            String group,
            Path jobJar,
            int parallelism,
            @Nullable String from)
            throws Exception {
        List<String> arguments = new ArrayList<>(List.of("run", "-d"));
        if (from != null) {
            arguments.addAll(List.of("-s", from));
        }
        arguments.addAll(List.of(jobJar.toString(), "--kafka.bootstrap.servers", broker));
        for (String setting : List.of(
                "source.topic=" + topic,
                "format=binary",
                "kafka.group.id=" + group,
                "topic.prefix=" + group + ".",
                "allowed-lateness=" + lateness,
                "conflict.horizon=" + conflictHorizon,
                "state.backend=" + (backend.equals("heap") ? "hashmap" : backend),
                "parallelism=" + parallelism,
                "live=off",
                "source.idle-timeout=off",
                "checkpoint.interval=" + checkpointSeconds + "s")) {
            arguments.addAll(List.of("--set", setting));
        }
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Path err = home.directory().resolve("flink-cli.err");
        FlinkCommandLine.Result result = new FlinkCommandLine(home)
                .run(arguments, home.directory(), environment, out, ProcessBuilder.Redirect.appendTo(err.toFile()));
        if (result.exitCode() != 0 || result.jobId() == null) {
            throw CommandFailure.jobFailed(
                    "flink run must succeed, ended with " + result.exitCode() + ": "
                            + out.toString(StandardCharsets.UTF_8) + Files.readString(err),
                    null,
                    null,
                    null);
        }
        return result.jobId();
    }

    private static void awaitOver(Interruption interruption, JobManagerApi api, String job) {
        await(
                interruption,
                api,
                "",
                "the end of job " + job,
                () -> api.job(job).filter(JobManagerApi.Job::isOver).isPresent());
    }

    private static void await(
            Interruption interruption, JobManagerApi api, String job, String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (interruption.requested()) {
                throw new CommandFailure(ExitCode.INTERRUPTED, "interrupted", null, null, null);
            }
            if (api.job(job).filter(seen -> seen.state().equals("FAILED")).isPresent()) {
                throw CommandFailure.jobFailed(
                        "the job must run until " + what + ", failed: "
                                + api.failure(job).orElse("unknown"),
                        null,
                        null,
                        null);
            }
            if (System.nanoTime() - start > LIMIT.toNanos()) {
                throw CommandFailure.jobFailed(
                        what + " must come within " + LIMIT.toMinutes() + " min, did not", null, null, null);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private void report(boolean last) throws IOException {
        Path file = reportFile.in(context());
        if (file != null) {
            Files.writeString(
                    file,
                    Output.json(Map.of("processors", Runtime.getRuntime().availableProcessors(), "runs", results))
                            + "\n");
        }
        if (!last) {
            return;
        }
        List<Column> columns = new ArrayList<>(List.of(Column.text("figure")));
        results.forEach(result -> columns.add(Column.number("parallelism_" + result.get("parallelism"))));
        try (Output.Table table = output().table(columns)) {
            for (String figure : results.get(0).keySet()) {
                List<@Nullable Object> row = new ArrayList<>();
                row.add(figure);
                results.forEach(result -> row.add(result.get(figure)));
                table.row(row);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(tree)) {
            all = new ArrayList<>(walk.sorted(Comparator.reverseOrder()).toList());
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }
}
