package dev.candlewick.local.savepoint;

import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.SourceConfiguration;
import dev.candlewick.jobs.streaming.StreamingGraph;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.job.JobArguments;
import dev.candlewick.local.job.LocalFlink;
import dev.candlewick.savepoints.LogSource;
import dev.candlewick.savepoints.Savepoint;
import dev.candlewick.savepoints.SavepointException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/** Base of the savepoint commands: finds what the user named, and turns failures into messages. */
abstract class SavepointTool extends CandlewickCommand {
    /** Does the work. */
    abstract ExitCode work() throws Exception;

    @Override
    protected final ExitCode run() throws Exception {
        try {
            return work();
        } catch (SavepointException e) {
            throw new CommandFailure(ExitCode.DATA_MISMATCH, String.valueOf(e.getMessage()), null, e.fix(), e);
        } catch (ConfigurationException | LakeException e) {
            throw LocalFlink.explain(e);
        }
    }

    /** The configuration of a job that is not started here, so without a broker. */
    final ResolvedConfiguration configuration(JobArguments job) {
        return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                .commandLine(job.arguments(List.of()))
                .environment(context().environment())
                .workingDirectory(context().workingDirectory())
                .build());
    }

    /** The sources of a job in their order. */
    static List<LogSource> sources(ResolvedConfiguration config) {
        Map<SourceConfiguration, Pattern> subscriptions = StreamingGraph.subscriptions(config);
        return config.sources().stream()
                .map(source -> new LogSource(
                        source.name(),
                        Objects.requireNonNull(subscriptions.get(source)),
                        config.feedRules(source),
                        source.outOfOrderness().toNanos()))
                .toList();
    }

    /** The savepoint that the user named. */
    final Savepoint open(String text) {
        return Savepoint.open(location(text));
    }

    /** A path as the user wrote it, or a URI. */
    final String location(String text) {
        if (text.contains(":/")) {
            return text;
        }
        try {
            return context().resolve(Path.of(text)).toString();
        } catch (InvalidPathException e) {
            throw CommandFailure.usage("path must be one of this file system or a URI, was '" + text + "'", null, null);
        }
    }
}
