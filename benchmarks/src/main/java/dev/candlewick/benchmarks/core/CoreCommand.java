package dev.candlewick.benchmarks.core;

import dev.candlewick.benchmarks.report.BenchReport;
import dev.candlewick.benchmarks.report.ReportFile;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Single operations of the core, by JMH with its profiler of allocation. */
@Command(
        name = "core",
        description =
                "Nanoseconds and bytes allocated for each operation of the core: accumulator, order, dedup set, digest,"
                        + " quality rules, and the whole engine for one trade (JMH).")
public final class CoreCommand extends CandlewickCommand {
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    @Option(names = "--forks", paramLabel = "N", description = "Fresh JVMs for each (default: ${DEFAULT-VALUE}).")
    private int forks = 2;

    @Option(names = "--rounds", paramLabel = "N", description = "Measured in each JVM (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--round-millis",
            paramLabel = "N",
            description = "Length of a round; as long is warmed up three times (default: ${DEFAULT-VALUE}).")
    private int roundMillis = 1_000;

    @Option(
            names = "--only",
            paramLabel = "REGEX",
            description = "Operations by a regular expression, such as dedup (default: all).")
    private String only = "";

    @Mixin
    private ReportFile reportFile = new ReportFile();

    /** For the command line. */
    public CoreCommand() {}

    @Override
    protected ExitCode run() throws Exception {
        Path log = Files.createDirectories(context().home().directory().resolve("bench"))
                .resolve("core.log");
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include(CoreBenchmark.class.getSimpleName() + "\\..*" + only)
                        .forks(forks)
                        .warmupIterations(3)
                        .warmupTime(TimeValue.milliseconds(roundMillis))
                        .measurementIterations(rounds)
                        .measurementTime(TimeValue.milliseconds(roundMillis))
                        .jvmArgsAppend("-Xmx512m", "-XX:+UseParallelGC")
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.NORMAL)
                        .output(log.toString())
                        .build())
                .run();
        BenchReport report = new BenchReport("core")
                .parameter("forks", forks)
                .parameter("rounds", rounds)
                .parameter("round_millis", roundMillis);
        try (Output.Table table = output().table(
                        Column.text("operation"),
                        Column.number("ns"),
                        Column.number("error"),
                        Column.number("bytes_allocated"))) {
            for (RunResult result : results) {
                Result<?> primary = result.getPrimaryResult();
                String name = result.getParams().getBenchmark();
                name = name.substring(name.lastIndexOf('.') + 1);
                double bytes = result.getSecondaryResults().values().stream()
                        .filter(secondary -> secondary.getLabel().endsWith(ALLOCATION))
                        .mapToDouble(Result::getScore)
                        .findFirst()
                        .orElse(0);
                double[] rounds = result.getBenchmarkResults().stream()
                        .flatMap(fork -> fork.getIterationResults().stream())
                        .map(IterationResult::getPrimaryResult)
                        .mapToDouble(Result::getScore)
                        .toArray();
                table.row(
                        name,
                        String.format(java.util.Locale.ROOT, "%.1f", primary.getScore()),
                        Double.isNaN(primary.getScoreError())
                                ? null
                                : String.format(java.util.Locale.ROOT, "%.1f", primary.getScoreError()),
                        String.format(java.util.Locale.ROOT, "%.2f", bytes));
                report.figure(name, "ns", rounds, Map.of("bytes_allocated", bytes));
            }
        }
        reportFile.write(report, context());
        return ExitCode.OK;
    }
}
