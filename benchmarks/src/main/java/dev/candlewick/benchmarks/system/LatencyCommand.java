package dev.candlewick.benchmarks.system;

import dev.candlewick.benchmarks.peers.Contender;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How long after a trade its open candle is seen, and how long after the end of a window its candle, under half of the load
 * that the job can take.
 *
 * <p>Live: from the broker's append time of a trade to the broker's append time of the first record on {@code candles.live}
 * that holds it; both are the same clock, in milliseconds. Final: from the end of the window, on the clock that event times
 * are made by, to the append of the candle, and to its being visible to a consumer of committed records, which is a
 * checkpoint later. The producer and both consumers run on the same cores.
 */
@Command(
        name = "latency",
        description = {
            "Latency under half load: from the append of a trade to candles.live, and from the end of a window to its final"
                    + " candle; p50, p99 and p99.9.",
            "",
            "The rate is half of what the job reads from a full topic in a run before, or --rate."
        })
public final class LatencyCommand extends CandlewickCommand {
    private static final int PARTITIONS = 4;
    private static final int TAIL_SECONDS = 4;
    private static final int END_SECONDS = 20;
    /** The option's default, which no run changes. */
    private static final long OUT_OF_ORDERNESS_NANOS = 1_000_000_000L;

    private static final long END_DISTANCE_MILLIS = 1_500;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "Trades a second; 0 measures (default: ${DEFAULT-VALUE}).")
    private long rate;

    @Option(names = "--load", paramLabel = "SHARE", description = "Of what was measured (default: ${DEFAULT-VALUE}).")
    private double load = 0.5;

    @Option(names = "--seconds", paramLabel = "N", description = "Measured (default: ${DEFAULT-VALUE}).")
    private int seconds = 60;

    @Option(
            names = "--warm-up-seconds",
            paramLabel = "N",
            description =
                    "In front: start of the job, what piled up meanwhile, compilation (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds = 40;

    @Option(names = "--symbols", paramLabel = "N", description = "Instruments (default: ${DEFAULT-VALUE}).")
    private int symbols = 200;

    @Option(names = "--peak-trades", paramLabel = "N", description = "To measure the rate (default: ${DEFAULT-VALUE}).")
    private long peakTrades = 3_000_000;

    @Option(
            names = "--profile",
            paramLabel = "NAME",
            description = "Of Candlewick: candles or full (default: ${DEFAULT-VALUE}).")
    private String profile = "candles";

    @Option(
            names = "--checkpoint-interval",
            paramLabel = "SECONDS",
            description = "Final candles are visible with the checkpoint behind them (default: ${DEFAULT-VALUE}).")
    private int checkpointSeconds = 10;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A further option of Candlewick.")
    private List<String> settings = List.of();

    @Mixin
    private ReportFile reportFile = new ReportFile();

    /** For the command line. */
    public LatencyCommand() {}

    @Override
    protected ExitCode run() throws Exception {
        if (rate < 0
                || rate > 5_000_000
                || seconds < 1
                || warmUpSeconds < 1
                || symbols < 1
                || !(load > 0 && load <= 1)) {
            throw CommandFailure.usage(
                    "rate must lie in 0..5000000, seconds, warm-up-seconds and symbols be positive and load lie in 0..1",
                    null,
                    "for example --rate 200000 --seconds 60");
        }
        Contender own = switch (profile) {
            case "candles" -> Contender.CANDLEWICK;
            case "full" -> Contender.CANDLEWICK_FULL;
            default ->
                throw CommandFailure.usage(
                        "profile must be candles or full, was " + profile, "--profile", "for example --profile full");
        };
        Cores.bind(machine.cores());
        try (Contest contest = Contest.open(context(), null, machine.heap());
                Interruption interruption = Interruption.watch(contest::stop)) {
            try {
                long chosen = rate > 0 ? rate : Math.max(1, Math.round(load * peak(contest, own)));
                measure(contest, own, chosen);
            } catch (CommandFailure e) {
                if (interruption.requested()) {
                    return ExitCode.INTERRUPTED;
                }
                throw e;
            }
        }
        return ExitCode.OK;
    }

    private double peak(Contest contest, Contender own) throws Exception {
        TradeWorkload workload = new TradeWorkload(1, peakTrades + peakTrades / 2, symbols, 0, 0.03, 0.005, PARTITIONS);
        FilledTopic topic;
        try (Progress progress = progress("filling the topic", "trades", workload.records())) {
            topic = contest.fill(workload, WireFormat.BINARY, progress::advance);
        }
        double peak = contest.run(
                        own, topic, new Contest.Rules(2, checkpointSeconds, "hashmap", peakTrades / 2, settings))
                .result()
                .recordsPerSecond();
        contest.drop(topic);
        note(String.format(Locale.ROOT, "from a full topic: %,.0f trades/s", peak));
        return peak;
    }

    private void measure(Contest contest, Contender own, long chosen) throws Exception {
        String prefix = Contest.prefix(own);
        String topic = prefix + "trades";
        List<String> outputs = contest.createOutputs(own, prefix, PARTITIONS);
        contest.createTopics(List.of(topic), PARTITIONS);
        long startNanos = (System.currentTimeMillis() / 1_000 + 1) * 1_000_000_000L;
        LiveFeed feed = new LiveFeed(startNanos, chosen, warmUpSeconds + seconds + TAIL_SECONDS, symbols, PARTITIONS);
        Contest.Input input = new Contest.Input(
                topic, WireFormat.BINARY, PARTITIONS, feed.trades(), feed.endNanos() / 1_000_000 - END_DISTANCE_MILLIS);
        LiveObserver live =
                new LiveObserver(contest.broker(), partitions(List.of(prefix + "candles.live")), "read_uncommitted");
        LiveObserver committed = new LiveObserver(
                contest.broker(),
                partitions(outputs.stream()
                        .filter(name -> Contest.INTERVALS.stream()
                                .anyMatch(interval -> name.equals(prefix + "candles." + interval)))
                        .toList()),
                "read_committed");
        ExecutorService threads = Executors.newFixedThreadPool(3);
        RunResult result;
        try {
            List<Future<?>> started = new ArrayList<>();
            started.add(CompletableFuture.runAsync(live, threads));
            started.add(CompletableFuture.runAsync(committed, threads));
            started.add(CompletableFuture.runAsync(() -> feed.run(contest.broker(), topic), threads));
            result = contest.run(own, input, new Contest.Rules(2, checkpointSeconds, "hashmap", 0, settings), prefix);
            live.stop();
            committed.stop();
            for (Future<?> each : started) {
                each.get();
            }
        } finally {
            live.stop();
            committed.stop();
            threads.shutdownNow();
            // The feed must have let go of the broker before that is stopped.
            threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
        }
        long fromNanos = startNanos + warmUpSeconds * 1_000_000_000L;
        long toNanos = fromNanos + seconds * 1_000_000_000L;
        BenchReport report = new BenchReport("latency." + profile)
                .parameter("rate", chosen)
                .parameter("seconds", seconds)
                .parameter("symbols", symbols)
                .parameter("checkpoint_interval_s", checkpointSeconds)
                .parameter("cores", machine.cores())
                .parameter("settings", settings);
        Map<String, Latencies> all = new LinkedHashMap<>();
        all.put("trade appended -> candles.live appended", live(feed, live, fromNanos, toNanos));
        Latencies appended = new Latencies();
        Latencies visible = new Latencies();
        Latencies behind = new Latencies();
        for (LiveObserver.Seen seen : committed.seen()) {
            if (seen.revision() == 0 && seen.endNanos() > fromNanos && seen.endNanos() <= toNanos) {
                appended.add(seen.appendMillis() - seen.endNanos() / 1_000_000);
                visible.add(seen.visibleMillis() - seen.endNanos() / 1_000_000);
                behind.add(seen.appendMillis() - feed.appendedBeforeMillis(seen.endNanos() + OUT_OF_ORDERNESS_NANOS));
            }
        }
        all.put("window end -> final candle appended", appended);
        all.put("trade that moves the watermark there appended -> final candle appended", behind);
        all.put("window end -> final candle committed and read", visible);
        try (Output.Table table = output().table(
                        Column.text("latency"),
                        Column.number("p50_ms"),
                        Column.number("p99_ms"),
                        Column.number("p99.9_ms"),
                        Column.number("max_ms"),
                        Column.number("samples"))) {
            all.forEach((name, latencies) -> print(name, latencies, table, report));
        }
        String said = String.format(
                Locale.ROOT,
                "%,d trades/s, %.2f cores used by job and broker (producer and consumers besides); out-of-orderness 1 s is"
                        + " part of every final candle, and up to a checkpoint interval of %d s of a committed one",
                chosen,
                result.coresUsed(),
                checkpointSeconds);
        note(said);
        report.note(said);
        reportFile.write(report, context());
    }

    private static List<TopicPartition> partitions(List<String> topics) {
        return topics.stream()
                .flatMap(name -> IntStream.range(0, PARTITIONS).mapToObj(p -> new TopicPartition(name, p)))
                .toList();
    }

    private Latencies live(LiveFeed feed, LiveObserver observer, long fromNanos, long toNanos) {
        Map<String, List<LiveObserver.Seen>> bySymbol = new HashMap<>();
        for (LiveObserver.Seen seen : observer.seen()) {
            bySymbol.computeIfAbsent(seen.symbol(), symbol -> new ArrayList<>()).add(seen);
        }
        Latencies latencies = new Latencies();
        for (int symbol = 0; symbol < symbols; symbol++) {
            List<LiveObserver.Seen> records = bySymbol.getOrDefault(LiveFeed.symbol(symbol), List.of());
            int[] next = {0};
            feed.forEachSampled(symbol, (eventTimeNanos, appendMillis) -> {
                while (next[0] < records.size() && records.get(next[0]).newestNanos() < eventTimeNanos) {
                    next[0]++;
                }
                if (eventTimeNanos >= fromNanos && eventTimeNanos < toNanos && next[0] < records.size()) {
                    latencies.add(records.get(next[0]).appendMillis() - appendMillis);
                }
            });
        }
        return latencies;
    }

    private static void print(String name, Latencies latencies, Output.Table table, BenchReport report) {
        if (latencies.count() == 0) {
            throw CommandFailure.jobFailed(
                    "latency must have samples, had none: " + name,
                    null,
                    "give the job more time to start with --warm-up-seconds, or a lower --rate",
                    null);
        }
        table.row(
                name,
                latencies.quantile(0.5),
                latencies.quantile(0.99),
                latencies.quantile(0.999),
                latencies.quantile(1),
                latencies.count());
        report.figure(
                name,
                "ms",
                new double[] {latencies.quantile(0.5)},
                Map.of(
                        "p99",
                        latencies.quantile(0.99),
                        "p99_9",
                        latencies.quantile(0.999),
                        "max",
                        latencies.quantile(1),
                        "samples",
                        latencies.count()));
    }
}
