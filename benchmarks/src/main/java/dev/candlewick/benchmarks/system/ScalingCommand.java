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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How the whole job behaves when one thing grows: instruments, skew, lateness, horizon of conflicts, backend, slots.
 *
 * <p>One thing at a time changes from a base. Candles for each trade stay the same, so that more instruments mean more
 * event time and not more work for each trade. State is the largest completed checkpoint of a run.
 */
@Command(
        name = "scaling",
        description = {
            "Speed, processor time and state of the whole job by number of symbols, skew, lateness, conflict horizon, state"
                    + " backend and slots, each changed alone.",
            "",
            "Base: 1,000 symbols, Zipf, lateness and horizon 10 s, heap, 2 slots. State is that of the largest checkpoint."
        })
public final class ScalingCommand extends CandlewickCommand {
    private static final double ZIPF = 1.0;
    private static final double UNIFORM = 0.0;

    /** One run. */
    private record Point(
            String name, int symbols, double skew, String lateness, String horizon, String backend, int slots) {}

    @Option(names = "--trades", paramLabel = "N", description = "Records to measure (default: ${DEFAULT-VALUE}).")
    private long trades = 3_000_000;

    @Option(names = "--warm-up", paramLabel = "N", description = "Records in front (default: ${DEFAULT-VALUE}).")
    private long warmUp = 1_000_000;

    @Option(names = "--runs", paramLabel = "N", description = "Of each; the median counts (default: ${DEFAULT-VALUE}).")
    private int runs = 1;

    @Option(
            names = "--symbols",
            paramLabel = "N",
            split = ",",
            description = "Numbers of instruments (default: ${DEFAULT-VALUE}).")
    private List<Integer> symbols = List.of(10, 100, 1_000, 10_000);

    @Option(
            names = "--latenesses",
            paramLabel = "TIME",
            split = ",",
            description = "Of allowed-lateness and of conflict.horizon (default: ${DEFAULT-VALUE}).")
    private List<String> latenesses = List.of("10s", "1m", "10m");

    @Option(
            names = "--base-symbols",
            paramLabel = "N",
            description = "Instruments where something else changes (default: ${DEFAULT-VALUE}).")
    private int baseSymbols = 1_000;

    @Option(names = "--candles-per-trade", paramLabel = "C", description = "(default: ${DEFAULT-VALUE}).")
    private double candlesPerTrade = 0.1;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Option(names = "--checkpoint-interval", paramLabel = "SECONDS", description = "(default: ${DEFAULT-VALUE}).")
    private int checkpointSeconds = 2;

    @Mixin
    private ReportFile reportFile = new ReportFile();

    /** For the command line. */
    public ScalingCommand() {}

    @Override
    protected ExitCode run() throws Exception {
        if (runs < 1 || checkpointSeconds < 1) {
            throw CommandFailure.usage(
                    "runs and checkpoint-interval must be positive, was " + runs + " and " + checkpointSeconds,
                    null,
                    "for example --runs 1");
        }
        Cores.bind(machine.cores());
        BenchReport report = new BenchReport("scaling")
                .parameter("trades", trades)
                .parameter("warm_up", warmUp)
                .parameter("candles_per_trade", candlesPerTrade)
                .parameter("cores", machine.cores())
                .parameter("heap", machine.heap())
                .parameter("checkpoint_interval_s", checkpointSeconds);
        try (Contest contest = Contest.open(context(), null, machine.heap());
                Interruption interruption = Interruption.watch(contest::stop);
                Output.Table table = output().table(
                                Column.text("changed"),
                                Column.number("trades_per_s"),
                                Column.number("cpu_ns"),
                                Column.number("cores_used"),
                                Column.number("gc_ms"),
                                Column.number("checkpoint_mb"),
                                Column.number("state_bytes_per_symbol_and_interval"),
                                Column.number("event_time_s"))) {
            try {
                measure(contest, report, table);
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

    private List<Point> points() {
        List<Point> points = new ArrayList<>();
        for (int number : symbols) {
            points.add(new Point(number + " symbols, zipf", number, ZIPF, "10s", "10s", "hashmap", 2));
            points.add(new Point(number + " symbols, uniform", number, UNIFORM, "10s", "10s", "hashmap", 2));
        }
        for (String time : latenesses) {
            points.add(new Point("lateness " + time, baseSymbols, ZIPF, time, "10s", "hashmap", 2));
            points.add(new Point("horizon " + time, baseSymbols, ZIPF, "10s", time, "hashmap", 2));
        }
        points.add(new Point("heap", baseSymbols, ZIPF, "10s", "10s", "hashmap", 2));
        points.add(new Point("rocksdb", baseSymbols, ZIPF, "10s", "10s", "rocksdb", 2));
        points.add(new Point("1 slot", baseSymbols, ZIPF, "10s", "10s", "hashmap", 1));
        points.add(new Point("2 slots", baseSymbols, ZIPF, "10s", "10s", "hashmap", 2));
        return points;
    }

    private void measure(Contest contest, BenchReport report, Output.Table table) throws Exception {
        FilledTopic topic = null;
        for (Point point : points()) {
            TradeWorkload workload =
                    new TradeWorkload(1, warmUp + trades, point.symbols(), point.skew(), candlesPerTrade, 0.005, 4);
            if (topic == null || !topic.workload().equals(workload)) {
                if (topic != null) {
                    contest.drop(topic);
                }
                try (Progress progress = progress("filling the topic", "trades", workload.records())) {
                    topic = contest.fill(workload, WireFormat.BINARY, progress::advance);
                }
            }
            Contest.Rules rules = new Contest.Rules(
                    point.slots(),
                    checkpointSeconds,
                    point.backend(),
                    warmUp,
                    List.of("allowed-lateness=" + point.lateness(), "conflict.horizon=" + point.horizon()));
            List<RunResult> results = new ArrayList<>();
            for (int run = 0; run < runs; run++) {
                Contest.Outcome outcome = contest.run(Contender.CANDLEWICK, topic, rules);
                long expected = topic.distinctTrades();
                outcome.candles().forEach((interval, summary) -> {
                    if (summary.trades() != expected) {
                        throw CommandFailure.dataMismatch(
                                "candles of " + interval + " must hold " + expected + " trades, was "
                                        + summary.trades(),
                                point.name(),
                                null);
                    }
                });
                results.add(outcome.result());
            }
            print(point, results, topic, report, table);
        }
    }

    private static double median(List<RunResult> results, java.util.function.ToDoubleFunction<RunResult> of) {
        double[] values = results.stream().mapToDouble(of).toArray();
        Arrays.sort(values);
        return BenchReport.median(values);
    }

    private void print(
            Point point, List<RunResult> results, FilledTopic topic, BenchReport report, Output.Table table) {
        double rate = median(results, RunResult::recordsPerSecond);
        double processor =
                median(results, each -> each.processorNanosPerRecord() + each.brokerProcessorNanosPerRecord());
        double state = median(results, each -> each.stateBytes());
        double each = state / point.symbols() / Contest.INTERVALS.size();
        double seconds = (topic.lastNanos() - TradeWorkload.START_NANOS) / 1e9;
        note(String.format(
                Locale.ROOT, "%-22s %,10.0f trades/s, %,6.0f ns of processor for each", point.name(), rate, processor));
        table.row(
                point.name(),
                Math.round(rate),
                Math.round(processor),
                String.format(Locale.ROOT, "%.2f", median(results, RunResult::coresUsed)),
                Math.round(median(results, result -> result.collectionMillis())),
                String.format(Locale.ROOT, "%.2f", state / 1e6),
                Math.round(each),
                Math.round(seconds));
        Map<String, Object> further = new LinkedHashMap<>();
        further.put("processor_ns", processor);
        further.put("cores_used", median(results, RunResult::coresUsed));
        further.put("checkpoint_bytes", state);
        further.put("state_bytes_per_symbol_and_interval", each);
        further.put("event_time_s", seconds);
        report.figure(
                point.name(),
                "trades/s",
                results.stream().mapToDouble(RunResult::recordsPerSecond).toArray(),
                further);
    }
}
