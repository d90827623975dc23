package dev.candlewick.local.savepoint;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.StateBackendType;
import dev.candlewick.jobs.operators.Arrival;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.job.JobArguments;
import dev.candlewick.local.job.LocalCluster;
import dev.candlewick.local.job.LocalFlink;
import dev.candlewick.savepoints.ArchivedLog;
import dev.candlewick.savepoints.SavepointBootstrap;
import dev.candlewick.savepoints.SavepointException;
import dev.candlewick.savepoints.SavepointMigration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the savepoint of a job that has read a lake's log up to some offsets. */
@Command(
        name = "bootstrap",
        description = {
            "Write a savepoint from a lake, and the offsets at which a job goes on: with both a new job starts as if it had"
                    + " run all along.",
            "The job's own operators read the archived trades and rejected messages in the order of their log. The options"
                    + " are those of the job that is to start; its intervals may be others than those of the lake.",
            "Exit code 3: the lake does not hold the whole log."
        })
final class SavepointBootstrapCommand extends SavepointTool {
    private static final Pattern OFFSET = Pattern.compile("([A-Za-z0-9._-]{1,249}):([0-9]{1,9})[=:]([0-9]{1,18})");
    private static final Pattern FILE = Pattern.compile("source\\.start-offsets:\\s*\"?([^\"#]*)\"?\\s*");

    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(
            names = "--lake",
            paramLabel = "P",
            required = true,
            description = "The lake that a streaming job has written with archive=on, or P@version.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            required = true,
            description = "Where the savepoint goes: a directory that is missing or empty.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private Path out;

    @Option(
            names = "--start-offsets",
            paramLabel = "FILE",
            description = "Where the offsets go, a configuration file for the job (default: "
                    + SavepointMigration.START_OFFSETS + " in the savepoint).")
    private @Nullable Path startOffsets;

    @Option(
            names = "--at",
            paramLabel = "FILE|T:P=N,…",
            description =
                    "The offset at which each partition ends, exclusive: a list, or a file as --start-offsets writes it"
                            + " (default: all that the lake holds).")
    private @Nullable String at;

    @Option(
            names = "--holes",
            paramLabel = "refuse|filtered|unread",
            defaultValue = "refuse",
            description =
                    "What an offset is that the lake does not hold: a message that is lost, one of another type that"
                            + " the job counts as filtered, or none at all, such as the marker of a transaction (default:"
                            + " ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String holes;

    @Override
    ExitCode work() throws Exception {
        ResolvedConfiguration config = configuration(job);
        Path savepoint = context().resolve(out);
        Path offsets = startOffsets == null
                ? savepoint.resolve(SavepointMigration.START_OFFSETS)
                : context().resolve(startOffsets);
        SavepointBootstrap.Request request = new SavepointBootstrap.Request(
                LakeCatalog.parse(resolved(lake)),
                sources(config),
                config.pipelineSettings(config.sourceTopics(), false, false).over(Arrival.LOG, false),
                config.parallelism(),
                config.get(CandlewickOptions.STATE_BACKEND) == StateBackendType.ROCKSDB,
                config.idleTimeout().orElse(null),
                at == null ? null : offsets(at),
                holes(),
                Runtime.getRuntime().maxMemory() / 8,
                savepoint,
                offsets);
        SavepointBootstrap.Result result;
        try (LocalCluster cluster = LocalCluster.headless(config.parallelism())) {
            result = SavepointBootstrap.run(request, cluster::environment, this::note);
        } catch (SavepointException e) {
            throw e;
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
        try (Output.Table table = output().table(
                        Column.text("topic"),
                        Column.number("partition"),
                        Column.number("from_offset"),
                        Column.number("next_offset"),
                        Column.number("messages"),
                        Column.number("missing"))) {
            result.partitions()
                    .forEach(partition -> table.row(
                            partition.id().topic(),
                            partition.id().partition(),
                            partition.first(),
                            partition.end(),
                            partition.messages(),
                            partition.missing()));
        }
        note(result.messages() + " messages read"
                + (result.watermarkMillis() == Long.MIN_VALUE
                        ? "; a partition holds time back, so no window has closed"
                        : ", time has reached " + Instant.ofEpochMilli(result.watermarkMillis())));
        note("wrote " + savepoint + " and " + offsets);
        return ExitCode.OK;
    }

    /** A lake as the user wrote it, perhaps with a version behind it. */
    private String resolved(String text) {
        return context().resolve(Path.of(text)).toString();
    }

    private ArchivedLog.Holes holes() {
        try {
            return ArchivedLog.Holes.valueOf(holes.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage(
                    "--holes must be refuse, filtered or unread, was '" + holes + "'", null, "--holes refuse");
        }
    }

    private Map<ArchivedLog.TopicPartition, Long> offsets(String text) throws IOException {
        String list = text;
        Path file = context().resolve(Path.of(text));
        if (Files.isRegularFile(file)) {
            list = Files.readAllLines(file).stream()
                    .map(FILE::matcher)
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1))
                    .findFirst()
                    .orElseThrow(() -> CommandFailure.usage(
                            "a file of offsets must have a line source.start-offsets: \"topic:partition:offset,…\", had"
                                    + " none",
                            file.toString(),
                            null));
        }
        Map<ArchivedLog.TopicPartition, Long> offsets = new TreeMap<>();
        for (String part : list.split(",", -1)) {
            Matcher matcher = OFFSET.matcher(part.strip());
            if (!matcher.matches()) {
                throw CommandFailure.usage(
                        "--at must be a list of topic:partition=offset or a file with one, was '" + part + "'",
                        null,
                        "--at trades:0=1500,trades:1=1420");
            }
            ArchivedLog.TopicPartition id =
                    new ArchivedLog.TopicPartition(matcher.group(1), Integer.parseInt(matcher.group(2)));
            if (offsets.put(id, Long.parseLong(matcher.group(3))) != null) {
                throw CommandFailure.usage("--at must name a partition once, was " + id + " twice", null, null);
            }
        }
        return offsets;
    }
}
