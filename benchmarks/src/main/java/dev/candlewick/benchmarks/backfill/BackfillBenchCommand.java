package dev.candlewick.benchmarks.backfill;

import dev.candlewick.benchmarks.profile.HotFrames;
import dev.candlewick.benchmarks.report.BenchReport;
import dev.candlewick.benchmarks.report.ReportFile;
import dev.candlewick.benchmarks.run.Cores;
import dev.candlewick.benchmarks.workload.TradeWorkload;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stored days made again in both modes, beside DuckDB over the same files, in one run. */
@Command(
        name = "backfill",
        description = {
            "Measure how many stored trades a second are made into candles again, bounded STREAMING and BATCH, beside DuckDB"
                    + " over the same files.",
            "",
            "Each backfill is a process of its own. The rate counts the day's trades over the time of the jobs, which also"
                    + " read lead-ins and lead-outs; wall seconds hold the start of the process and the publication too."
        })
public final class BackfillBenchCommand extends CandlewickCommand {
    private static final List<String> FOUR = List.of("1m", "3m", "5m", "15m");
    private static final List<String> SIX = List.of("1s", "10s", "1m", "3m", "5m", "15m");
    private static final String SUFFIX_SIX = "-six";
    private static final String SUFFIX_ALL = "-all";
    private static final String DUCKDB_SIX = "duckdb" + SUFFIX_SIX;
    private static final String FLINK_SQL = "flink-sql";
    private static final int HOT_LINES = 30;

    @Option(names = "--trades", paramLabel = "N", description = "Stored trades (default: ${DEFAULT-VALUE}).")
    private long trades = 6_000_000;

    @Option(names = "--symbols", paramLabel = "N", description = "Instruments (default: ${DEFAULT-VALUE}).")
    private int symbols = 500;

    @Option(names = "--days", paramLabel = "N", description = "Days they lie in (default: ${DEFAULT-VALUE}).")
    private int days = 3;

    @Option(
            names = "--runs",
            paramLabel = "N",
            description = "Of each, in turns; the median counts (default: ${DEFAULT-VALUE}).")
    private int runs = 1;

    @Option(names = "--heap", paramLabel = "SIZE", description = "Of each run's JVM (default: ${DEFAULT-VALUE}).")
    private String heap = "2g";

    @Option(names = "--cores", paramLabel = "N", description = "Cores for everything (default: ${DEFAULT-VALUE}).")
    private int cores = 2;

    @Option(
            names = "--contenders",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Of streaming, batch, duckdb, flink-sql, streaming-six, batch-six, duckdb-six, streaming-all, batch-all (default:"
                            + " ${DEFAULT-VALUE}); -six makes all six intervals and no quality rules, -all also the rolling"
                            + " VWAP and quality by default.")
    private List<String> contenders = List.of("streaming", "batch", "duckdb", "streaming-all");

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A further option of the backfills.")
    private List<String> settings = List.of();

    @Option(names = "--data", paramLabel = "DIR", description = "Keep the lake here and use it again.")
    private @Nullable Path data;

    @Option(
            names = "--profile",
            paramLabel = "FILE",
            description = "A flight recording of each backfill, the contender's name in front, and its hottest frames.")
    private @Nullable Path profile;

    @Mixin
    private ReportFile reportFile = new ReportFile();

    /** For the command line. */
    public BackfillBenchCommand() {}

    private record Line(
            String name, double seconds, double wall, double processor, long resident, long heap, String said) {}

    @Override
    protected ExitCode run() throws Exception {
        if (trades < 1_000 || symbols < 1 || days < 1 || days > 31 || runs < 1) {
            throw CommandFailure.usage(
                    "trades must be at least 1000, symbols and runs at least 1 and days 1 to 31, was " + trades + ", "
                            + symbols + ", " + runs + " and " + days,
                    null,
                    "for example --trades 6000000 --symbols 500 --days 3");
        }
        Cores.bind(cores);
        Path logs = Files.createDirectories(context().home().directory().resolve("bench"));
        Path work = data == null
                ? logs.resolve("backfill-" + ProcessHandle.current().pid())
                : context().resolve(data);
        Files.createDirectories(work);
        try {
            return measure(work, logs);
        } finally {
            if (data == null) {
                delete(work);
            }
        }
    }

    private ExitCode measure(Path work, Path logs) throws Exception {
        Path lake = work.resolve("lake-" + trades + "-" + symbols + "-" + days);
        if (!Files.exists(lake.resolve("runs/market/run.json"))) {
            delete(lake);
            TradeWorkload workload = StoredMarket.workload(1, trades, symbols, days);
            try (Progress progress = progress("writing the lake", "trades", trades)) {
                StoredMarket.write(lake, workload, progress::advance);
            }
        }
        LakeCatalog catalog = LakeCatalog.open(lake, 1);
        List<LocalDate> stored = catalog.manifests(dev.candlewick.connectors.lake.LakeTable.TRADES).stream()
                .map(manifest -> manifest.place().day())
                .sorted()
                .toList();
        note(String.format(
                Locale.ROOT,
                "%,d trades of %d symbols in %d days, %.1f bytes each",
                trades,
                symbols,
                stored.size(),
                (double) StoredMarket.bytes(lake.resolve("trades")) / trades));
        Map<String, List<Line>> measured = new LinkedHashMap<>();
        Path duck = Files.createDirectories(work.resolve("duckdb"));
        for (int run = 1; run <= runs; run++) {
            for (String contender : contenders) {
                Line line;
                if (contender.equals("duckdb") || contender.equals(DUCKDB_SIX)) {
                    line = duckDb(contender, catalog, duck);
                } else if (contender.equals(FLINK_SQL)) {
                    line = flinkSql(lake, work, logs);
                } else {
                    line = backfill(contender, lake, stored, work, logs);
                }
                measured.computeIfAbsent(contender, c -> new ArrayList<>()).add(line);
                note(String.format(
                        Locale.ROOT,
                        "run %d of %d: %-14s %,10.0f trades/s",
                        run,
                        runs,
                        line.name(),
                        trades / line.seconds()));
            }
        }
        List<Line> lines = new ArrayList<>(measured.values().stream()
                .map(ofContender -> ofContender.stream()
                        .sorted(Comparator.comparingDouble(Line::seconds))
                        .toList()
                        .get(ofContender.size() / 2))
                .toList());
        compare(lines, work, duck);
        print(lines);
        report(lines, measured);
        return ExitCode.OK;
    }

    private static List<String> intervals(String contender) {
        return contender.endsWith(SUFFIX_SIX) ? SIX : FOUR;
    }

    private Line duckDb(String contender, LakeCatalog catalog, Path folder) throws Exception {
        try (DuckDbCandles duck = new DuckDbCandles(cores, "4GB", folder)) {
            double before = processorSeconds();
            double seconds = duck.compute(catalog, intervals(contender), folder) / 1e9;
            return new Line(contender, seconds, seconds, processorSeconds() - before, -1, -1, "");
        }
    }

    private Line flinkSql(Path lake, Path work, Path logs) throws Exception {
        Path output = work.resolve("out-" + FLINK_SQL);
        delete(output);
        BackfillProcess.Took took = BackfillProcess.run(
                FlinkSqlCandles.class,
                argumentFile(),
                heap,
                logs.resolve("backfill-" + FLINK_SQL + ".log"),
                null,
                List.of(
                        lake.resolve("trades").toString(),
                        output.toString(),
                        Integer.toString(cores),
                        String.join(",", FOUR),
                        Long.toString(trades)));
        return new Line(
                FLINK_SQL,
                took.jobSeconds(),
                took.wallSeconds(),
                took.processorSeconds(),
                took.residentMebibytes(),
                took.heapMebibytes(),
                "no open and close");
    }

    private static double processorSeconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(duration -> duration.toMillis() / 1e3)
                .orElse(Double.NaN);
    }

    private Line backfill(String contender, Path lake, List<LocalDate> stored, Path work, Path logs) throws Exception {
        boolean all = contender.endsWith(SUFFIX_ALL);
        boolean six = contender.endsWith(SUFFIX_SIX);
        String mode = all || six ? contender.substring(0, contender.length() - SUFFIX_ALL.length()) : contender;
        Path output = work.resolve("out-" + contender);
        delete(output);
        List<String> arguments = new ArrayList<>(List.of(
                "backfill",
                "--lake",
                lake.toString(),
                "--output",
                output.toString(),
                "--from",
                stored.get(0).toString(),
                "--to",
                stored.get(stored.size() - 1).toString(),
                "--mode",
                mode,
                "--set",
                "parallelism=" + cores));
        if (six) {
            arguments.addAll(List.of("--set", "vwap.emit=off", "--set", "quality=off"));
        } else if (!all) {
            arguments.addAll(List.of("--intervals", String.join(",", FOUR), "--set", "vwap.emit=off"));
        }
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        Path recording = profile == null
                ? null
                : context().resolve(profile).resolveSibling(contender + "-" + profile.getFileName());
        BackfillProcess.Took took = BackfillProcess.run(
                Main.class, argumentFile(), heap, logs.resolve("backfill-" + contender + ".log"), recording, arguments);
        if (recording != null) {
            for (HotFrames.Line line : HotFrames.read(recording).top(HOT_LINES)) {
                note(String.format(Locale.ROOT, "%-8s %5.1f %% %s", line.kind(), 100 * line.share(), line.name()));
            }
        }
        return new Line(
                contender,
                took.jobSeconds(),
                took.wallSeconds(),
                took.processorSeconds(),
                took.residentMebibytes(),
                took.heapMebibytes(),
                String.format(Locale.ROOT, "read %,d", took.read()));
    }

    private void compare(List<Line> lines, Path work, Path duck) throws Exception {
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            if (!line.name().startsWith("duckdb") && contenders.contains(peer(line.name()))) {
                try (DuckDbCandles database = new DuckDbCandles(cores, "4GB", duck)) {
                    Path output = work.resolve("out-" + line.name());
                    long differences = line.name().equals(FLINK_SQL)
                            ? database.differencesOfSql(output, FOUR, duck)
                            : database.differences(LakeCatalog.open(output), intervals(line.name()), duck);
                    if (differences != 0) {
                        throw CommandFailure.dataMismatch(
                                "candles must be those of DuckDB, " + differences + " were not", line.name(), null);
                    }
                    lines.set(
                            i,
                            new Line(
                                    line.name(),
                                    line.seconds(),
                                    line.wall(),
                                    line.processor(),
                                    line.resident(),
                                    line.heap(),
                                    line.said() + ", " + differences + " candles differ from DuckDB's"));
                }
            }
        }
    }

    /** What a contender is measured by: DuckDB over the same intervals, or over four where there are quality rules too. */
    private static String peer(String contender) {
        return contender.endsWith(SUFFIX_SIX) ? DUCKDB_SIX : "duckdb";
    }

    private void print(List<Line> lines) {
        try (Output.Table table = output().table(
                        Column.text("contender"),
                        Column.number("trades_per_second"),
                        Column.number("seconds"),
                        Column.number("wall_seconds"),
                        Column.number("of_duckdb"),
                        Column.number("cpu_seconds"),
                        Column.number("trades_per_cpu_second"),
                        Column.number("resident_mib"),
                        Column.number("heap_held_mib"),
                        Column.text("notes"))) {
            for (Line line : lines) {
                double peer = lines.stream()
                        .filter(other -> other.name().equals(peer(line.name())))
                        .mapToDouble(Line::seconds)
                        .findFirst()
                        .orElse(Double.NaN);
                table.row(
                        line.name(),
                        Math.round(trades / line.seconds()),
                        String.format(Locale.ROOT, "%.1f", line.seconds()),
                        String.format(Locale.ROOT, "%.1f", line.wall()),
                        Double.isNaN(peer) ? null : String.format(Locale.ROOT, "%.2f", peer / line.seconds()),
                        String.format(Locale.ROOT, "%.1f", line.processor()),
                        Math.round(trades / line.processor()),
                        line.resident() < 0 ? null : line.resident(),
                        line.heap() < 0 ? null : line.heap(),
                        line.said());
            }
        }
    }

    private void report(List<Line> lines, Map<String, List<Line>> measured) throws IOException {
        BenchReport report = new BenchReport("backfill")
                .parameter("trades", trades)
                .parameter("symbols", symbols)
                .parameter("days", days)
                .parameter("heap", heap)
                .parameter("cores", cores)
                .parameter("runs", runs)
                .parameter("intervals", FOUR)
                .parameter("settings", settings);
        Line own = lines.stream()
                .filter(line -> line.name().equals("streaming"))
                .findFirst()
                .orElse(null);
        for (Line line : lines) {
            Map<String, Object> further = new LinkedHashMap<>();
            further.put("seconds", line.seconds());
            further.put("wall_s", line.wall());
            further.put("processor_s", line.processor());
            further.put("trades_per_processor_s", trades / line.processor());
            further.put("resident_mib", line.resident());
            further.put("heap_held_mib", line.heap());
            further.put("what", line.said());
            report.figure(
                    line.name(),
                    "trades/s",
                    measured.getOrDefault(line.name(), List.of(line)).stream()
                            .mapToDouble(each -> trades / each.seconds())
                            .toArray(),
                    further);
            boolean isOther = line.name().endsWith(SUFFIX_ALL) || line.name().endsWith(SUFFIX_SIX);
            if (own != null && !line.equals(own) && !isOther) {
                report.ratio("speed/" + line.name(), line.seconds() / own.seconds());
                // A backfill's processor time is of its whole process; a peer inside this one has no start.
                report.ratio("processor/" + line.name(), line.processor() / own.processor());
            }
        }
        reportSix(report, lines);
        if (contenders.contains("duckdb")) {
            report.note("no candle differs from DuckDB's; of flink-sql without open and close, which it does not make");
        }
        report.note("processor time is that of the whole process with the start of JVM and Flink, but for duckdb, which"
                + " runs in the process of the benchmark");
        reportFile.write(report, context());
    }

    /** Six intervals and nothing else on both sides: DuckDB beside the faster mode. */
    private static void reportSix(BenchReport report, List<Line> lines) {
        Line duck = null;
        Line faster = null;
        for (Line line : lines) {
            if (line.name().equals(DUCKDB_SIX)) {
                duck = line;
            } else if (line.name().endsWith(SUFFIX_SIX) && (faster == null || line.seconds() < faster.seconds())) {
                faster = line;
            }
        }
        if (duck != null && faster != null) {
            report.ratio("six.speed/duckdb", duck.seconds() / faster.seconds());
            report.ratio("six.processor/duckdb", duck.processor() / faster.processor());
        }
    }

    private @Nullable Path argumentFile() {
        Path root = context().root();
        Path file = root == null ? null : root.resolve("conf/java17.args");
        return file != null && Files.exists(file) ? file : null;
    }

    private static void delete(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(root)) {
            walk.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
