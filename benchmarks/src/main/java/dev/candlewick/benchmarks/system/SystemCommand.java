package dev.candlewick.benchmarks.system;

import dev.candlewick.benchmarks.compare.CandleSummary;
import dev.candlewick.benchmarks.peers.Contender;
import dev.candlewick.benchmarks.profile.FlameGraph;
import dev.candlewick.benchmarks.profile.HotFrames;
import dev.candlewick.benchmarks.report.BenchReport;
import dev.candlewick.benchmarks.report.ReportFile;
import dev.candlewick.benchmarks.run.Cores;
import dev.candlewick.benchmarks.run.MachineOptions;
import dev.candlewick.benchmarks.run.RunResult;
import dev.candlewick.benchmarks.workload.FilledTopic;
import dev.candlewick.benchmarks.workload.TradeWorkload;
import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The whole system beside its peers over one pre-filled topic, in turns; what they published must be equal.
 *
 * <p>Candles of all six intervals are compared after each run, see {@link CandleSummary}, and each interval must hold every
 * distinct trade once. A peer that fails is named and left out; a failure of Candlewick is a failure of the command.
 */
@Command(
        name = "system",
        description = {
            "Trades a second and processor time of the whole job beside a textbook Flink job, Flink SQL, Kafka Streams, and"
                    + " two limits: a consumer that decodes, and a plain loop over decoded trades.",
            "",
            "All read the same topic, leave out copies by id and write candles of 1s to 15m with their VWAP; the candles must"
                    + " be equal. Runs alternate, each in a process of its own, the broker on the same cores."
        })
public final class SystemCommand extends CandlewickCommand {
    private static final List<Contender> PEERS = List.of(
            Contender.RAW_DECODE,
            Contender.LOOP,
            Contender.TEXTBOOK,
            Contender.FLINK_SQL,
            Contender.KAFKA_STREAMS,
            Contender.CANDLEWICK_EQUAL);
    private static final int HOT_LINES = 25;
    private static final Set<Contender> LIMITS = Set.of(Contender.RAW, Contender.RAW_DECODE, Contender.LOOP);

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "Of Candlewick: candles (no archive, no outliers) or full (default: ${DEFAULT-VALUE}).")
    private String profile = "candles";

    @Option(
            names = "--peers",
            paramLabel = "NAME",
            split = ",",
            description = "Of raw, raw-decode, loop, textbook, flink-sql, flink-sql-cascade, kafka-streams,"
                    + " kafka-streams-unlogged (default: ${DEFAULT-VALUE}).")
    private List<String> peers = PEERS.stream().map(Contender::title).toList();

    @Option(
            names = "--format",
            paramLabel = "NAME",
            description = "Of the trades: binary, json, avro or csv (default: ${DEFAULT-VALUE}).")
    private String format = "binary";

    @Option(names = "--trades", paramLabel = "N", description = "Records to measure (default: ${DEFAULT-VALUE}).")
    private long trades = 5_000_000;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description = "Further records in front, read before the clock starts (default: ${DEFAULT-VALUE}).")
    private long warmUp = 1_500_000;

    @Option(
            names = "--runs",
            paramLabel = "N",
            description = "Of each, in turns; the median counts (default: ${DEFAULT-VALUE}).")
    private int runs = 5;

    @Option(
            names = "--peer-runs",
            paramLabel = "N",
            description = "Of each job beside Candlewick, in the first turns (default: as many as --runs).")
    private @Nullable Integer peerRuns;

    @Option(
            names = "--backend",
            paramLabel = "NAME",
            description = "Of keyed state: hashmap or rocksdb (default: ${DEFAULT-VALUE}).")
    private String backend = "hashmap";

    @Option(names = "--symbols", paramLabel = "N", description = "Instruments (default: ${DEFAULT-VALUE}).")
    private int symbols = 500;

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
            names = "--orders",
            paramLabel = "N",
            description = "Messages about orders in front of each trade, as in a firehose; --trades and --warm-up count"
                    + " trades, rates all messages (default: ${DEFAULT-VALUE}).")
    private int orders;

    @Option(names = "--slots", paramLabel = "N", description = "Parallelism of every job (default: ${DEFAULT-VALUE}).")
    private int slots = 2;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "SECONDS",
            description = "Of all jobs, and of commits of Kafka Streams (default: ${DEFAULT-VALUE}).")
    private int checkpointSeconds = 10;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A further option of Candlewick.")
    private List<String> settings = List.of();

    @Option(names = "--data", paramLabel = "DIR", description = "Keep the filled topic here and use it again.")
    private @Nullable Path data;

    @Option(
            names = "--record",
            paramLabel = "FILE",
            description =
                    "One more run of Candlewick with a flight recording in this file: prints its hottest frames, and"
                            + " writes a flame graph beside it, FILE.svg.")
    private @Nullable Path record;

    @Mixin
    private ReportFile reportFile = new ReportFile();

    private final Map<Contender, List<Contest.Outcome>> outcomes = new EnumMap<>(Contender.class);
    private final Map<String, Map<String, CandleSummary>> published = new TreeMap<>();
    private final Map<Contender, String> failed = new EnumMap<>(Contender.class);

    /** For the command line. */
    public SystemCommand() {}

    @Override
    protected ExitCode run() throws Exception {
        Contender own = own();
        List<Contender> chosen = chosen(own);
        TradeWorkload workload = workload();
        WireFormat wire = wireFormat();
        Cores.bind(machine.cores());
        BenchReport report = new BenchReport("system." + (orders > 0 ? "firehose." : "") + profile);
        try (Contest contest =
                        Contest.open(context(), data == null ? null : context().resolve(data), machine.heap());
                Interruption interruption = Interruption.watch(contest::stop)) {
            try {
                FilledTopic topic;
                try (Progress progress = progress("filling the topic", "trades", workload.records())) {
                    topic = contest.fill(workload, wire, progress::advance);
                }
                describe(report, topic);
                measure(contest, own, chosen, topic);
                print(report, own, chosen, topic);
                if (record != null) {
                    record(contest, own, topic, context().resolve(record));
                }
            } catch (CommandFailure e) {
                if (interruption.requested()) {
                    return ExitCode.INTERRUPTED;
                }
                throw e;
            }
        }
        reportFile.write(report, context());
        return ExitCode.OK;
    }

    private Contender own() {
        return switch (profile) {
            case "candles" -> Contender.CANDLEWICK;
            case "full" -> Contender.CANDLEWICK_FULL;
            default ->
                throw CommandFailure.usage(
                        "profile must be candles or full, was " + profile, "--profile", "for example --profile full");
        };
    }

    private List<Contender> chosen(Contender own) {
        Set<Contender> chosen = new LinkedHashSet<>();
        try {
            peers.stream()
                    .filter(name -> !name.isEmpty() && !name.equals("none"))
                    .map(Contender::ofTitle)
                    .forEach(chosen::add);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), "--peers", "for example textbook,flink-sql");
        }
        chosen.add(own);
        return List.copyOf(chosen);
    }

    private TradeWorkload workload() {
        List<String> problems = new ArrayList<>();
        if (runs < 1 || peerRuns != null && peerRuns < 1) {
            problems.add("runs must be positive, was " + runs + (peerRuns == null ? "" : " and " + peerRuns)
                    + " (example: --runs 5)");
        }
        if (warmUp < 0) {
            problems.add("warm-up must not be negative, was " + warmUp + " (example: --warm-up 1000000)");
        }
        if (slots < 1 || machine.cores() < 1 || checkpointSeconds < 1) {
            problems.add("slots, cores and checkpoint-interval must be positive, was " + slots + ", " + machine.cores()
                    + ", " + checkpointSeconds + " (example: --slots 2)");
        }
        if (!backend.equals("hashmap") && !backend.equals("rocksdb")) {
            problems.add("backend must be hashmap or rocksdb, was " + backend + " (example: --backend rocksdb)");
        }
        try {
            TradeWorkload workload = new TradeWorkload(
                    1, warmUp + trades, symbols, skew, candlesPerTrade, 0.005, Math.max(4, slots), orders);
            if (problems.isEmpty()) {
                return workload;
            }
        } catch (IllegalArgumentException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        throw CommandFailure.usage(String.join("; ", problems), null, "correct the options");
    }

    private WireFormat wireFormat() {
        try {
            return WireFormat.ofOption(format);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), "--format", "for example --format json");
        }
    }

    private void describe(BenchReport report, FilledTopic topic) {
        note(String.format(
                Locale.ROOT,
                "topic: %,d messages, %,d of them trades (%,d copies) of %d symbols, %d bytes each, %.0f s of event time",
                topic.workload().messages(),
                topic.workload().records(),
                topic.copies(),
                symbols,
                topic.bytes() / topic.workload().messages(),
                (topic.lastNanos() - TradeWorkload.START_NANOS) / 1e9));
        report.parameter("profile", profile)
                .parameter("format", format)
                .parameter("trades", trades)
                .parameter("warm_up", warmUp)
                .parameter("copies", topic.copies())
                .parameter("bytes_per_message", topic.bytes() / topic.workload().messages())
                .parameter("orders_per_trade", orders)
                .parameter("symbols", symbols)
                .parameter("skew", skew)
                .parameter("candles_per_trade", candlesPerTrade)
                .parameter("partitions", topic.workload().partitions())
                .parameter("backend", backend)
                .parameter("slots", slots)
                .parameter("cores", machine.cores())
                .parameter("heap", machine.heap())
                .parameter("checkpoint_interval_s", checkpointSeconds)
                .parameter("settings", settings);
    }

    private void measure(Contest contest, Contender own, List<Contender> chosen, FilledTopic topic) throws Exception {
        Contest.Rules rules = rules();
        for (int round = 1; round <= runs; round++) {
            for (Contender contender : chosen) {
                boolean isPeer = !contender.isCandlewick() && !LIMITS.contains(contender);
                if (failed.containsKey(contender) || isPeer && peerRuns != null && round > peerRuns) {
                    continue;
                }
                Contest.Outcome outcome;
                try {
                    outcome = contest.run(contender, topic, rules);
                } catch (CommandFailure e) {
                    if (!isPeer || e.exitCode() != ExitCode.JOB_FAILED) {
                        throw e;
                    }
                    failed.put(
                            contender,
                            String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
                    note(contender.title() + " did not finish: " + e.getMessage());
                    continue;
                }
                verify(contender, outcome, topic);
                outcomes.computeIfAbsent(contender, c -> new ArrayList<>()).add(outcome);
                RunResult result = outcome.result();
                note(String.format(
                        Locale.ROOT,
                        "run %d of %d: %-15s %,10.0f " + unit()
                                + ", %,6.0f ns of processor for each, %.1f s, %.2f cores used",
                        round,
                        runs,
                        contender.title(),
                        result.recordsPerSecond(),
                        result.processorNanosPerRecord() + result.brokerProcessorNanosPerRecord(),
                        result.seconds(),
                        result.coresUsed()));
            }
        }
    }

    /** What is counted; the same for all contenders. */
    private String unit() {
        return orders > 0 ? "messages/s" : "trades/s";
    }

    private Contest.Rules rules() {
        return new Contest.Rules(slots, checkpointSeconds, backend, warmUp * (1 + orders), settings);
    }

    /** Tells where the time goes: threads from the runs without a recording, which has threads of its own. */
    private void record(Contest contest, Contender own, FilledTopic topic, Path file) throws Exception {
        contest.record(own, topic, rules(), file);
        RunResult measured = outcomes.getOrDefault(own, List.of()).get(0).result();
        try (Output.Table table = output().table(Column.text("kind"), Column.text("name"), Column.number("share"))) {
            measured.threadNanos().entrySet().stream()
                    .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                    .limit(HOT_LINES)
                    .forEach(entry -> table.row(
                            "cpu", entry.getKey(), percent((double) entry.getValue() / measured.processorNanos())));
            for (HotFrames.Line line : HotFrames.read(file).top(HOT_LINES)) {
                table.row(line.kind(), line.name(), percent(line.share()));
            }
        }
        Path graph = file.resolveSibling(file.getFileName() + ".svg");
        FlameGraph.read(file).write(graph, own.title() + ", profile " + profile + ", " + format + ", " + backend);
        note("flame graph: " + graph);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private void verify(Contender contender, Contest.Outcome outcome, FilledTopic topic) {
        if (contender.publishes() && !outcome.candles().keySet().containsAll(Contest.INTERVALS)) {
            throw CommandFailure.dataMismatch(
                    "candles must be of " + Contest.INTERVALS + ", was "
                            + outcome.candles().keySet(),
                    contender.title(),
                    null);
        }
        outcome.candles().forEach((interval, summary) -> {
            if (summary.trades() != topic.distinctTrades()) {
                throw CommandFailure.dataMismatch(
                        "candles of " + interval + " must hold " + topic.distinctTrades() + " trades, was "
                                + summary.trades(),
                        contender.title(),
                        null);
            }
            Map<String, CandleSummary> ofInterval = published.computeIfAbsent(interval, i -> new TreeMap<>());
            ofInterval.forEach((other, theirs) -> {
                if (!theirs.digest().equals(summary.digest())) {
                    throw CommandFailure.dataMismatch(
                            "candles of " + interval + " must be equal, was " + summary + " after " + theirs,
                            contender.title() + " and " + other,
                            null);
                }
            });
            ofInterval.put(contender.title(), summary);
        });
    }

    private double median(Contender contender, java.util.function.ToDoubleFunction<RunResult> of) {
        double[] values = values(contender, of);
        java.util.Arrays.sort(values);
        return BenchReport.median(values);
    }

    private double[] values(Contender contender, java.util.function.ToDoubleFunction<RunResult> of) {
        return outcomes.getOrDefault(contender, List.of()).stream()
                .map(Contest.Outcome::result)
                .mapToDouble(of)
                .toArray();
    }

    private static double processor(RunResult result) {
        return result.processorNanosPerRecord() + result.brokerProcessorNanosPerRecord();
    }

    private void print(BenchReport report, Contender own, List<Contender> chosen, FilledTopic topic) {
        try (Output.Table table = output().table(
                        Column.text("contender"),
                        Column.number("runs"),
                        Column.number(orders > 0 ? "messages_per_s" : "trades_per_s"),
                        Column.number("slowest"),
                        Column.number("fastest"),
                        Column.number("candlewick_is"),
                        Column.number("by_processor"),
                        Column.number("cpu_ns"),
                        Column.number("broker_cpu_ns"),
                        Column.number("cores_used"),
                        Column.number("gc_ms"),
                        Column.number("checkpoint_mb"),
                        Column.text("what"))) {
            for (Contender contender : chosen) {
                if (!outcomes.containsKey(contender)) {
                    continue;
                }
                double[] rates = values(contender, RunResult::recordsPerSecond);
                java.util.Arrays.sort(rates);
                double rate = BenchReport.median(rates);
                double bySpeed = median(own, RunResult::recordsPerSecond) / rate;
                double byProcessor =
                        median(contender, SystemCommand::processor) / median(own, SystemCommand::processor);
                double stateBytes = median(contender, result -> result.stateBytes());
                table.row(
                        contender.title(),
                        rates.length,
                        Math.round(rate),
                        Math.round(rates[0]),
                        Math.round(rates[rates.length - 1]),
                        times(bySpeed),
                        times(byProcessor),
                        Math.round(median(contender, RunResult::processorNanosPerRecord)),
                        Math.round(median(contender, RunResult::brokerProcessorNanosPerRecord)),
                        String.format(Locale.ROOT, "%.2f", median(contender, RunResult::coresUsed)),
                        Math.round(median(contender, result -> result.collectionMillis())),
                        String.format(Locale.ROOT, "%.1f", stateBytes / 1e6),
                        contender.description());
                Map<String, Object> further = new LinkedHashMap<>();
                further.put("processor_ns", median(contender, RunResult::processorNanosPerRecord));
                further.put("broker_processor_ns", median(contender, RunResult::brokerProcessorNanosPerRecord));
                further.put("processor_s", median(contender, result -> result.processorNanos() / 1e9));
                further.put("broker_processor_s", median(contender, result -> result.brokerProcessorNanos() / 1e9));
                further.put("seconds", median(contender, RunResult::seconds));
                further.put("cores_used", median(contender, RunResult::coresUsed));
                further.put("gc_millis", median(contender, result -> result.collectionMillis()));
                further.put("checkpoint_bytes", stateBytes);
                further.put("what", contender.description());
                report.figure(contender.title(), unit(), rates, further);
                if (contender != own) {
                    report.ratio("speed/" + contender.title(), bySpeed);
                    report.ratio("processor/" + contender.title(), byProcessor);
                }
                if (!contender.isCandlewick() && outcomes.containsKey(Contender.CANDLEWICK_EQUAL)) {
                    report.ratio(
                            "equal-work.speed/" + contender.title(),
                            median(Contender.CANDLEWICK_EQUAL, RunResult::recordsPerSecond) / rate);
                    report.ratio(
                            "equal-work.processor/" + contender.title(),
                            median(contender, SystemCommand::processor)
                                    / median(Contender.CANDLEWICK_EQUAL, SystemCommand::processor));
                }
            }
        }
        Contest.Outcome last = outcomes.getOrDefault(own, List.of()).get(0);
        say(
                report,
                "equal between all that publish candles: high, low, volume, notional, VWAP and trades of each candle of "
                        + String.join(", ", Contest.INTERVALS)
                        + "; not compared: open and close, which the peers take by arrival");
        say(
                report,
                String.format(
                        Locale.ROOT,
                        "candlewick published %,d candles (%.4f for each trade) and besides %s, which no peer makes",
                        last.candleCount(),
                        (double) last.candleCount() / topic.distinctTrades(),
                        last.others()));
        failed.forEach((contender, reason) -> say(report, contender.title() + " did not finish: " + reason));
    }

    private void say(BenchReport report, String text) {
        note(text);
        report.note(text);
    }

    private static String times(double ratio) {
        return String.format(Locale.ROOT, "%.2f x", ratio);
    }
}
