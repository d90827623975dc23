package dev.candlewick.local.savepoint;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingLake;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.savepoints.NewJob;
import dev.candlewick.savepoints.SavepointVerification;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells whether a job can start from a savepoint. */
@Command(
        name = "verify",
        description = {
            "Tell whether a job can start from a savepoint, before anything is stopped: its files, uids, states,"
                    + " serializers, parallelism, and the settings that stand in state.",
            "Nothing runs, and neither broker nor lake is touched.",
            "Exit code 0: it can. 3: it cannot, or would not go on as it was; the reasons are printed."
        })
final class SavepointVerifyCommand extends SavepointTool {
    @Parameters(index = "0", paramLabel = "P", description = "A savepoint or checkpoint.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String path;

    @Option(
            names = "--jar",
            paramLabel = "JAR",
            description = "The jar of the new job, with classes of its own (default: the job of this installation).")
    private @Nullable String jar;

    @Option(names = "--config", paramLabel = "F", description = "The configuration file that the job starts with.")
    private @Nullable String config;

    @Option(names = "--feed", paramLabel = "N", description = "The feed profile that the job starts with.")
    private @Nullable String feed;

    @Option(names = "--set", paramLabel = "K=V", description = "An option of the job; may be repeated.")
    private List<String> settings = new ArrayList<>();

    @Override
    ExitCode work() throws Exception {
        List<String> arguments = new ArrayList<>();
        if (config != null) {
            arguments.addAll(List.of("--config", location(config)));
        }
        if (feed != null) {
            arguments.addAll(List.of("--feed", feed));
        }
        // Asked for by every job, and never called: an address that stands in the configuration is as good as another.
        if (settings.stream().noneMatch(setting -> setting.startsWith("kafka.bootstrap.servers="))) {
            arguments.addAll(List.of("--set", "kafka.bootstrap.servers=localhost:9092"));
        }
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        List<SavepointVerification.Finding> findings;
        try (NewJob job = jar == null ? ofThisInstallation(arguments) : NewJob.ofJar(location(jar), arguments)) {
            findings = SavepointVerification.verify(location(path), job);
        } catch (ConfigurationException e) {
            throw CommandFailure.usage(String.valueOf(e.getMessage()), null, null);
        }
        if (!findings.isEmpty()) {
            try (Output.Table table =
                    output().table(Column.text("finding"), Column.text("operator"), Column.text("text"))) {
                findings.stream()
                        .sorted(java.util.Comparator.comparing(SavepointVerification.Finding::severity))
                        .forEach(finding -> table.row(
                                finding.severity().name().toLowerCase(Locale.ROOT),
                                finding.operator(),
                                finding.text()));
            }
        }
        boolean restorable = SavepointVerification.isRestorable(findings);
        note(restorable ? "the job can start from this savepoint" : "the job must not be started from this savepoint");
        return restorable ? ExitCode.OK : ExitCode.DATA_MISMATCH;
    }

    private NewJob ofThisInstallation(List<String> arguments) {
        ResolvedConfiguration resolved = StreamingJob.resolve(
                CommandLineArguments.parse(arguments.toArray(String[]::new)),
                Map.copyOf(context().environment()));
        StreamExecutionEnvironment environment = new StreamExecutionEnvironment();
        environment.configure(StreamingStart.flinkConfiguration(resolved));
        StreamingGraph.build(environment, resolved, StreamingLake.planned(resolved));
        return NewJob.of(
                environment.getStreamGraph(false),
                new NewJob.Settings(
                        resolved.intervals(),
                        "consolidated".equals(resolved.asMap().get("scope")),
                        resolved.sources().stream()
                                .map(SourceConfiguration::name)
                                .toList()));
    }
}
