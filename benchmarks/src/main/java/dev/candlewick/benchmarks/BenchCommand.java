package dev.candlewick.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.candlewick.benchmarks.backfill.BackfillBenchCommand;
import dev.candlewick.benchmarks.core.CoreCommand;
import dev.candlewick.benchmarks.filter.DecodingCommand;
import dev.candlewick.benchmarks.filter.FilterCommand;
import dev.candlewick.benchmarks.report.BenchReport;
import dev.candlewick.benchmarks.report.Floors;
import dev.candlewick.benchmarks.report.ReportCommand;
import dev.candlewick.benchmarks.simulator.SimulatorCommand;
import dev.candlewick.benchmarks.state.StateBenchCommand;
import dev.candlewick.benchmarks.system.LatencyCommand;
import dev.candlewick.benchmarks.system.ScalingCommand;
import dev.candlewick.benchmarks.system.SystemCommand;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The measurements; found by the {@code candlewick} command through {@link java.util.ServiceLoader}.
 *
 * <p>Without a command of its own it runs a list of them one after the other, writes all their reports to one file and
 * judges their ratios by {@link Floors}: exit code 3 where one is missed.
 */
@Command(
        name = "bench",
        description = {
            "Measure speed on this machine, beside peers in the same run.",
            "",
            "Without a command: all of them but filter, simulator and state, with their defaults (hours), or short ones"
                    + " with --quick (some five minutes on two quiet cores). Exit code 3 where a ratio is under its floor."
        },
        synopsisSubcommandLabel = "[COMMAND]",
        subcommands = {
            SystemCommand.class,
            BackfillBenchCommand.class,
            DecodingCommand.class,
            CoreCommand.class,
            ScalingCommand.class,
            LatencyCommand.class,
            FilterCommand.class,
            SimulatorCommand.class,
            StateBenchCommand.class,
            ReportCommand.class
        })
public final class BenchCommand extends CandlewickCommand {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final List<String> QUICK = List.of(
            "system --trades 600000 --warm-up 300000 --symbols 200 --runs 3 --peer-runs 1 --heap 2g",
            "decoding --rounds 3 --round-millis 50",
            "core --forks 1 --rounds 2 --round-millis 100",
            "backfill --trades 500000 --symbols 100 --days 1 --contenders streaming,duckdb,flink-sql");

    private static final List<String> ALL = List.of(
            "system --profile candles --trades 10000000 --warm-up 15000000 --peers raw-decode,textbook,candlewick-equal",
            "system --profile candles --trades 3000000 --warm-up 1000000 --runs 3 --peer-runs 1"
                    + " --peers loop,flink-sql,kafka-streams,candlewick-equal",
            "system --profile full --peers textbook",
            "system --profile candles --format json --peers raw-decode,textbook --runs 5",
            "system --profile candles --backend rocksdb --peers textbook --runs 5 --peer-runs 2",
            "backfill --runs 5 --contenders streaming,batch,duckdb,streaming-six,batch-six,duckdb-six",
            "backfill --contenders streaming,flink-sql",
            "decoding",
            "core",
            "scaling",
            "latency");

    @Option(names = "--quick", description = "Short runs, floors of their own; ends in some five minutes.")
    private boolean quick;

    @Option(
            names = "--only",
            paramLabel = "NAME",
            split = ",",
            description = "Only these of the list: system, backfill, decoding, core, scaling, latency.")
    private List<String> only = List.of();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Where all reports and ratios go (default: ${DEFAULT-VALUE}).")
    private Path json = Path.of("bench.json");

    /** For the service loader. */
    public BenchCommand() {}

    @Override
    protected ExitCode run() throws IOException {
        List<String> chosen = (quick ? QUICK : ALL)
                .stream()
                        .filter(line -> only.isEmpty() || only.contains(line.split(" ")[0]))
                        .toList();
        if (chosen.isEmpty()) {
            throw CommandFailure.usage(
                    "only must name benchmarks of the list, was " + only, "--only", "for example --only system,core");
        }
        long start = System.nanoTime();
        List<JsonNode> reports = new ArrayList<>();
        for (String line : chosen) {
            note("bench " + line);
            reports.add(run(line));
        }
        return judge(reports, (System.nanoTime() - start) / 1e9);
    }

    private JsonNode run(String line) throws IOException {
        Path file = Files.createTempFile("candlewick-bench", ".json");
        try {
            List<String> arguments = new ArrayList<>(List.of("bench"));
            arguments.addAll(List.of(line.split(" ")));
            arguments.addAll(List.of("--json", file.toString()));
            int code = Main.run(context(), arguments.toArray(String[]::new));
            if (code != ExitCode.OK.code()) {
                ExitCode exit = List.of(ExitCode.values()).stream()
                        .filter(each -> each.code() == code)
                        .findFirst()
                        .orElse(ExitCode.INTERNAL);
                throw new CommandFailure(exit, "benchmark must end with 0, was " + code, "bench " + line, null, null);
            }
            return JSON.readTree(file.toFile());
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private ExitCode judge(List<JsonNode> reports, double seconds) throws IOException {
        Floors floors = Floors.load(quick);
        List<Map<String, Object>> ratios = new ArrayList<>();
        List<String> missed = new ArrayList<>();
        try (Output.Table table = output().table(
                        Column.text("ratio"),
                        Column.number("times"),
                        Column.number("floor"),
                        Column.text("met"),
                        Column.text("reason"))) {
            for (JsonNode report : reports) {
                for (Floors.Judged ratio : floors.judge(report)) {
                    Double floor = ratio.floor();
                    table.row(
                            ratio.name(),
                            String.format(Locale.ROOT, "%.2f", ratio.value()),
                            floor == null ? null : String.format(Locale.ROOT, "%.2f", floor),
                            floor == null ? "" : ratio.isMet() ? "yes" : "no",
                            ratio.reason());
                    ratios.add(line(ratio, floor));
                    if (!ratio.isMet()) {
                        missed.add(String.format(
                                Locale.ROOT, "%s must be at least %.2f, was %.2f", ratio.name(), floor, ratio.value()));
                    }
                }
            }
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("benchmark", "all");
        document.put("quick", quick);
        document.put("at", Instant.now().toString());
        document.put("seconds", Math.round(seconds));
        document.put("machine", BenchReport.machine());
        document.put("ratios", ratios);
        document.put("reports", reports);
        Path file = context().resolve(json);
        Files.writeString(
                file,
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(document) + System.lineSeparator(),
                StandardCharsets.UTF_8);
        note(String.format(Locale.ROOT, "%d ratios in %s, %.0f s", ratios.size(), file, seconds));
        if (!missed.isEmpty()) {
            throw CommandFailure.dataMismatch(
                    String.join("; ", missed), file.toString(), "repeat on a quiet machine; see docs/performance.md");
        }
        return ExitCode.OK;
    }

    private static Map<String, Object> line(Floors.Judged ratio, @Nullable Double floor) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("name", ratio.name());
        line.put("value", ratio.value());
        if (floor != null) {
            line.put("floor", floor);
            line.put("met", ratio.isMet());
            line.put("reason", ratio.reason());
        }
        return line;
    }
}
