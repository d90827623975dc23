package dev.candlewick.benchmarks.firstlook;

import dev.candlewick.benchmarks.compare.CandleSummary;
import dev.candlewick.benchmarks.peers.Contender;
import dev.candlewick.benchmarks.peers.OutputTopics;
import dev.candlewick.benchmarks.profile.HotFrames;
import dev.candlewick.benchmarks.run.Cores;
import dev.candlewick.benchmarks.run.RunProcess;
import dev.candlewick.benchmarks.run.RunRequest;
import dev.candlewick.benchmarks.run.RunResult;
import dev.candlewick.benchmarks.workload.FilledTopic;
import dev.candlewick.benchmarks.workload.TopicFiller;
import dev.candlewick.benchmarks.workload.TradeWorkload;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.local.broker.BrokerProcess;
import dev.candlewick.local.broker.BrokerState;
import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The first look at speed: the same pre-filled topic read by a raw consumer loop, a textbook Flink job and the whole of
 * Candlewick, in turns, each run in a fresh process, broker included, on two cores.
 *
 * <p>Both jobs run with the same parallelism, heap, checkpoint interval and sink guarantee. What they published is
 * compared after each run: the candles of 1s, 1m and 5m must be equal in number and in high, low, volume, notional, VWAP and trades (see
 * {@link CandleSummary}), and each interval must hold every trade once.
 */
@Command(
        name = "first-look",
        description = "Trades a second of the whole job (profile candles), beside a raw consumer loop and a textbook"
                + " Flink job over the same topic.",
        footer = "%nRatios between runs of one invocation compare; absolute figures depend on the machine and on what"
                + " else it does (see cores_used).")
public final class FirstLookCommand extends CandlewickCommand {
    private static final List<String> COMPARED = List.of("1s", "1m", "5m");
    private static final int HOT_LINES = 25;

    @Option(names = "--trades", paramLabel = "N", description = "Records to measure (default: ${DEFAULT-VALUE}).")
    private long trades = 10_000_000;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Further records in front of them, read before the clock starts; 0 measures compilation too"
                    + " (default: ${DEFAULT-VALUE}).")
    private long warmUp = 3_000_000;

    @Option(names = "--symbols", paramLabel = "N", description = "Instruments (default: ${DEFAULT-VALUE}).")
    private int symbols = 500;

    @Option(names = "--partitions", paramLabel = "N", description = "Of the topic (default: ${DEFAULT-VALUE}).")
    private int partitions = 4;

    @Option(
            names = "--skew",
            paramLabel = "S",
            description = "The n-th busiest symbol has a share of n^-S (default: ${DEFAULT-VALUE}).")
    private double skew = 0.8;

    @Option(
            names = "--candles-per-trade",
            paramLabel = "C",
            description = "Candles of 1s to 15m for each trade (default: ${DEFAULT-VALUE}).")
    private double candlesPerTrade = 0.03;

    @Option(
            names = "--copies",
            paramLabel = "SHARE",
            description = "Share of records that repeat another (default: ${DEFAULT-VALUE}).")
    private double copyShare = 0.005;

    @Option(names = "--seed", paramLabel = "N", description = "Of the generator (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--runs",
            paramLabel = "N",
            description = "Of each contender, in turns; the median counts (default: ${DEFAULT-VALUE}).")
    private int runs = 3;

    @Option(
            names = "--contenders",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Only these: raw, raw-decode, textbook, candlewick (default: these four), quality-off, quality-full,"
                            + " quality-pane, quality-mean.")
    private List<String> contenders =
            Contender.usual().stream().map(Contender::title).toList();

    @Option(names = "--cores", paramLabel = "N", description = "Cores for everything (default: ${DEFAULT-VALUE}).")
    private int cores = 2;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Of each run's JVM (default: ${DEFAULT-VALUE}).")
    private String heap = "3g";

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "SECONDS",
            description = "Of both jobs (default: ${DEFAULT-VALUE}).")
    private int checkpointSeconds = 10;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A further option of Candlewick, such as live=off; may be given again.")
    private List<String> settings = List.of();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Keep the filled topic here and use it again (default: removed at the end).")
    private @Nullable Path data;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to a file as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "One more run of candlewick with a flight recording in this file, and its hottest frames.")
    private @Nullable Path profile;

    @Option(names = "--check", description = "Exit with 3 if candlewick is slower than --floor times the textbook job.")
    private boolean check;

    @Option(names = "--floor", paramLabel = "RATIO", description = "For --check (default: ${DEFAULT-VALUE}).")
    private double floor = 3.0;

    private final List<RunResult> results = new ArrayList<>();
    private final Map<String, Map<String, CandleSummary>> published = new TreeMap<>();
    private final Map<String, Long> others = new TreeMap<>();
    private long candles;

    @Override
    protected ExitCode run() throws Exception {
        TradeWorkload workload = workload();
        List<Contender> chosen = chosen();
        Cores.bind(cores);
        Path logs = Files.createDirectories(context().home().directory().resolve("bench"));
        Path work = data == null
                ? logs.resolve("work-" + ProcessHandle.current().pid())
                : context().resolve(data);
        Files.createDirectories(work);
        RunProcess process = new RunProcess(Contender.Main.class, argumentFile(), heap, logs);
        BrokerProcess broker = new BrokerProcess(new CandlewickHome(work.resolve("home")));
        try (Interruption interruption = Interruption.watch(process::stop)) {
            try {
                BrokerState state = broker.start(EmbeddedBroker.ANY_PORT).state();
                measure(workload, chosen, state, work, process);
            } catch (CommandFailure e) {
                if (interruption.requested()) {
                    return ExitCode.INTERRUPTED;
                }
                throw e;
            } finally {
                broker.stop();
                if (data == null) {
                    deleteRecursively(work);
                }
            }
        }
        return check ? judge() : ExitCode.OK;
    }

    private TradeWorkload workload() {
        List<String> problems = new ArrayList<>();
        if (runs < 1) {
            problems.add("runs must be positive, was " + runs + " (example: --runs 3)");
        }
        if (warmUp < 0) {
            problems.add("warm-up must not be negative, was " + warmUp + " (example: --warm-up 3000000)");
        }
        if (cores < 1) {
            problems.add("cores must be positive, was " + cores + " (example: --cores 2)");
        }
        if (checkpointSeconds < 1) {
            problems.add("checkpoint-interval must be positive, was " + checkpointSeconds
                    + " (example: --checkpoint-interval 10)");
        }
        if (!heap.matches("[1-9][0-9]*[mg]")) {
            problems.add("heap must be a number with m or g, was " + heap + " (example: --heap 3g)");
        }
        TradeWorkload workload = null;
        try {
            workload = new TradeWorkload(seed, warmUp + trades, symbols, skew, candlesPerTrade, copyShare, partitions);
        } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        if (workload == null || !problems.isEmpty()) {
            throw CommandFailure.usage(String.join("; ", problems), null, "correct the options");
        }
        return workload;
    }

    private List<Contender> chosen() {
        try {
            return contenders.stream().map(Contender::ofTitle).distinct().toList();
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), "--contenders", "for example raw,candlewick");
        }
    }

    private @Nullable Path argumentFile() {
        Path root = context().root();
        Path file = root == null ? null : root.resolve("conf/java17.args");
        return file != null && Files.exists(file) ? file : null;
    }

    private void measure(
            TradeWorkload workload, List<Contender> chosen, BrokerState broker, Path work, RunProcess process)
            throws Exception {
        FilledTopic topic;
        try (Progress progress = progress("filling the topic", "trades", workload.records())) {
            topic = TopicFiller.fill(broker.address(), work, workload, WireFormat.BINARY, progress::advance);
        }
        note(String.format(
                Locale.ROOT,
                "topic %s: %,d records (%,d distinct trades, %,d copies), %d bytes each, %.0f s of event time",
                topic.topic(),
                workload.records(),
                topic.distinctTrades(),
                topic.copies(),
                topic.bytes() / workload.records(),
                (topic.lastNanos() - TradeWorkload.START_NANOS) / 1e9));
        for (int round = 1; round <= runs; round++) {
            for (Contender contender : chosen) {
                RunResult result = run(contender, round, topic, broker, work, process, null);
                results.add(result);
                note(String.format(
                        Locale.ROOT,
                        "run %d of %d: %-10s %,10.0f trades/s, %.1f s, %.2f cores used",
                        round,
                        runs,
                        contender.title(),
                        result.recordsPerSecond(),
                        result.seconds(),
                        result.coresUsed()));
            }
        }
        Path recording = profile == null ? null : context().resolve(profile);
        if (recording != null) {
            run(Contender.CANDLEWICK, runs + 1, topic, broker, work, process, recording);
        }
        report(topic, chosen);
        if (recording != null) {
            RunResult own = medians().get(Contender.CANDLEWICK);
            try (Output.Table table =
                    output().table(Column.text("kind"), Column.text("name"), Column.number("share"))) {
                // Of the runs without a recording, which counts the threads of the JVM itself too.
                if (own != null) {
                    own.threadNanos().entrySet().stream()
                            .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                            .limit(HOT_LINES)
                            .forEach(entry -> table.row(
                                    "cpu",
                                    entry.getKey(),
                                    round(100.0 * entry.getValue() / own.processorNanos(), 1) + " %"));
                }
                for (HotFrames.Line line : HotFrames.read(recording).top(HOT_LINES)) {
                    table.row(line.kind(), line.name(), round(100 * line.share(), 1) + " %");
                }
            }
        }
    }

    private RunResult run(
            Contender contender,
            int round,
            FilledTopic topic,
            BrokerState broker,
            Path work,
            RunProcess process,
            @Nullable Path recording)
            throws Exception {
        String prefix = "bench." + contender.title() + "." + Long.toHexString(System.nanoTime()) + ".";
        Path directory = Files.createDirectories(work.resolve("runs").resolve(contender.title() + "-" + round));
        List<String> outputs = outputs(contender, prefix);
        try (Admin admin = KafkaClients.connect(broker.address())) {
            for (String output : outputs) {
                Topics.ensure(admin, output, topic.workload().partitions(), Topics.INPUT_CONFIGS);
            }
            RunResult result = process.run(
                    new RunRequest(
                            contender.title(),
                            broker.address(),
                            topic.topic(),
                            "binary",
                            contender.isCandlewick()
                                    ? Intervals.DEFAULT.asList().stream()
                                            .map(Interval::name)
                                            .toList()
                                    : COMPARED,
                            topic.workload().partitions(),
                            topic.allRecords(),
                            warmUp,
                            topic.endWatermarkMillis(),
                            prefix,
                            cores,
                            checkpointSeconds * 1_000L,
                            "hashmap",
                            broker.pid(),
                            directory,
                            settings),
                    recording);
            verify(contender, prefix, outputs, topic, broker.address());
            if (!outputs.isEmpty()) {
                KafkaClients.get(admin.deleteTopics(outputs).all(), "deleting the output of a run");
            }
            return result;
        } finally {
            deleteRecursively(directory);
        }
    }

    private static List<String> outputs(Contender contender, String prefix) {
        if (contender.isCandlewick()) {
            return OutputTopics.ofCandlewick(prefix, Intervals.DEFAULT);
        }
        return contender.publishes() ? OutputTopics.ofPeer(prefix, COMPARED) : List.of();
    }

    /** Compares what a run published with the generator's count and with what the runs before it published. */
    private void verify(Contender contender, String prefix, List<String> outputs, FilledTopic topic, String broker) {
        long candlesNow = 0;
        for (String output : outputs) {
            String name = output.substring(prefix.length());
            if (!name.startsWith("candles.") || name.equals("candles.live")) {
                others.put(name, CandleSummary.count(broker, output));
                continue;
            }
            String interval = name.substring("candles.".length());
            CandleSummary summary = CandleSummary.of(broker, output);
            candlesNow += summary.candles();
            if (summary.trades() != topic.distinctTrades()) {
                throw CommandFailure.dataMismatch(
                        "candles of " + interval + " must hold " + topic.distinctTrades() + " trades, was "
                                + summary.trades(),
                        contender.title(),
                        null);
            }
            Map<String, CandleSummary> ofInterval = published.computeIfAbsent(interval, i -> new TreeMap<>());
            for (Map.Entry<String, CandleSummary> other : ofInterval.entrySet()) {
                if (!other.getValue().equals(summary)) {
                    throw CommandFailure.dataMismatch(
                            "candles of " + interval + " must be equal, was " + summary + " after " + other.getValue(),
                            contender.title() + " and " + other.getKey(),
                            null);
                }
            }
            ofInterval.put(contender.title(), summary);
        }
        if (contender == Contender.CANDLEWICK) {
            candles = candlesNow;
        }
    }

    private Map<Contender, RunResult> medians() {
        Map<Contender, RunResult> medians = new EnumMap<>(Contender.class);
        for (Contender contender : Contender.values()) {
            List<RunResult> own = results.stream()
                    .filter(result -> result.contender().equals(contender.title()))
                    .sorted(Comparator.comparingLong(RunResult::nanos))
                    .toList();
            if (!own.isEmpty()) {
                medians.put(contender, own.get(own.size() / 2));
            }
        }
        return medians;
    }

    private void report(FilledTopic topic, List<Contender> chosen) throws IOException {
        Map<Contender, RunResult> medians = medians();
        RunResult own = medians.get(Contender.CANDLEWICK);
        try (Output.Table table = output().table(
                        Column.text("contender"),
                        Column.number("runs"),
                        Column.number("trades_per_s"),
                        Column.number("slowest"),
                        Column.number("fastest"),
                        Column.number("candlewick_is"),
                        Column.number("seconds"),
                        Column.number("cpu_ns_per_trade"),
                        Column.number("broker_cpu_ns"),
                        Column.number("cores_used"),
                        Column.number("gc_ms"),
                        Column.number("wall_s"),
                        Column.text("what"))) {
            for (Map.Entry<Contender, RunResult> entry : medians.entrySet()) {
                RunResult result = entry.getValue();
                List<Double> rates = results.stream()
                        .filter(each -> each.contender().equals(result.contender()))
                        .map(RunResult::recordsPerSecond)
                        .sorted()
                        .toList();
                table.row(
                        result.contender(),
                        rates.size(),
                        Math.round(result.recordsPerSecond()),
                        Math.round(rates.get(0)),
                        Math.round(rates.get(rates.size() - 1)),
                        own == null
                                ? null
                                : round(own.recordsPerSecond() / result.recordsPerSecond(), 2)
                                                .toPlainString() + " x",
                        round(result.seconds(), 2),
                        Math.round(result.processorNanosPerRecord()),
                        Math.round(result.brokerProcessorNanosPerRecord()),
                        round(result.coresUsed(), 2),
                        result.collectionMillis(),
                        round(result.wallSeconds(), 1),
                        entry.getKey().description());
            }
        }
        note(String.format(
                Locale.ROOT,
                "equal: high, low, volume, notional, VWAP and trades of all candles of %s%s; checkpoints every %d s, exactly once",
                String.join(", ", COMPARED),
                published.isEmpty() ? " (no job ran)" : "",
                checkpointSeconds));
        if (candles > 0) {
            note(String.format(
                    Locale.ROOT,
                    "candlewick published %,d candles (%.4f for each trade); other records: %s",
                    candles,
                    (double) candles / topic.distinctTrades(),
                    others));
        }
        Path file = json;
        if (file != null) {
            writeJson(context().resolve(file), topic, chosen);
        }
    }

    private void writeJson(Path file, FilledTopic topic, List<Contender> chosen) throws IOException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("benchmark", "first-look");
        document.put("at", Instant.now().toString());
        document.put("java", Runtime.version().toString());
        document.put("cores", cores);
        document.put("heap", heap);
        document.put("checkpoint_interval_s", checkpointSeconds);
        document.put("settings", settings);
        Map<String, Object> workload = new LinkedHashMap<>();
        workload.put("seed", seed);
        workload.put("records", trades);
        workload.put("warm_up_records", warmUp);
        workload.put("copies", topic.copies());
        workload.put("symbols", symbols);
        workload.put("skew", skew);
        workload.put("partitions", partitions);
        workload.put("candles_per_trade", candlesPerTrade);
        workload.put("bytes", topic.bytes());
        document.put("workload", workload);
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("candles", candles);
        outcome.putAll(others);
        published.forEach((interval, summaries) -> summaries.forEach(
                (contender, summary) -> outcome.put("digest_" + interval + "_" + contender, summary.digest())));
        document.put("published", outcome);
        List<Map<String, Object>> all = new ArrayList<>();
        for (RunResult result : results) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("contender", result.contender());
            line.put("records", result.records());
            line.put("nanos", result.nanos());
            line.put("records_per_s", Math.round(result.recordsPerSecond()));
            line.put("processor_nanos", result.processorNanos());
            line.put("broker_processor_nanos", result.brokerProcessorNanos());
            line.put("gc_millis", result.collectionMillis());
            line.put("wall_nanos", result.wallNanos());
            line.put("thread_nanos", result.threadNanos());
            all.add(line);
        }
        document.put("runs", all);
        Map<Contender, RunResult> medians = medians();
        RunResult own = medians.get(Contender.CANDLEWICK);
        Map<String, Object> ratios = new LinkedHashMap<>();
        if (own != null) {
            chosen.forEach(contender -> ratios.put(
                    contender.title(),
                    round(own.nanos() == 0 ? 0 : ratio(medians, contender), 4).doubleValue()));
        }
        document.put("candlewick_is_times", ratios);
        Files.writeString(file, Output.json(document) + System.lineSeparator(), StandardCharsets.UTF_8);
    }

    private static double ratio(Map<Contender, RunResult> medians, Contender other) {
        RunResult own = medians.get(Contender.CANDLEWICK);
        RunResult peer = medians.get(other);
        return own == null || peer == null ? Double.NaN : own.recordsPerSecond() / peer.recordsPerSecond();
    }

    private ExitCode judge() {
        double ratio = ratio(medians(), Contender.TEXTBOOK);
        if (Double.isNaN(ratio)) {
            throw CommandFailure.usage(
                    "--check must have runs of candlewick and of textbook, was " + contenders, "--contenders", null);
        }
        if (ratio < floor) {
            throw CommandFailure.dataMismatch(
                    String.format(
                            Locale.ROOT,
                            "candlewick must be at least %.2f times as fast as the textbook job, was %.2f times",
                            floor,
                            ratio),
                    "bench first-look --check",
                    "repeat on a quiet machine; --profile shows where the time goes");
        }
        return ExitCode.OK;
    }

    private static BigDecimal round(double value, int decimals) {
        return BigDecimal.valueOf(value).setScale(decimals, RoundingMode.HALF_EVEN);
    }

    private static void deleteRecursively(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
