package dev.candlewick.local.job;

import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.RequiredRights;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What a job would run with. */
@Command(
        name = "config",
        description = "The configuration of jobs; docs/configuration.md lists every option.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ConfigCommand.Show.class, ConfigCommand.Rights.class})
public final class ConfigCommand extends CandlewickCommand {

    @Override
    protected ExitCode run() {
        throw new ParameterException(spec().commandLine(), "config must have a command: show, rights");
    }

    private static ResolvedConfiguration resolved(CliContext context, JobArguments job, List<String> more) {
        try {
            return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                    .commandLine(job.arguments(more))
                    .environment(context.environment())
                    .workingDirectory(context.workingDirectory())
                    .build());
        } catch (ConfigurationException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), null, null, e);
        }
    }

    /** Prints every option with its value. */
    @Command(
            name = "show",
            description = {
                "Resolve the configuration as a job with these options would, and print every option with its value.",
                "",
                "Exit code 2 with every problem where it is not valid. Secrets are not shown."
            })
    public static final class Show extends CandlewickCommand {
        @Mixin
        private final JobArguments job = new JobArguments();

        @Option(names = "--origin", description = "Print where each value came from as well.")
        private boolean origin;

        @Option(names = "--given", description = "Leave out options that have their default.")
        private boolean given;

        @Option(names = "--kafka", paramLabel = "HOST:PORT", description = "The brokers.")
        private @Nullable String kafka;

        @Option(names = "--mode", paramLabel = "batch|streaming", description = "Flink's runtime mode.")
        private @Nullable String mode;

        @Option(names = "--input", paramLabel = "P", description = "File or folder of a bounded run.")
        private @Nullable String input;

        @Option(names = "--output", paramLabel = "LAKE", description = "Folder of the lake.")
        private @Nullable String output;

        @Option(names = "--sample", paramLabel = "N", description = "Only N whole instruments.")
        private @Nullable String sample;

        @Override
        protected ExitCode run() {
            ResolvedConfiguration configuration = resolve();
            List<Column> columns = new ArrayList<>(Column.texts("key", "value"));
            if (origin) {
                columns.add(Column.text("origin"));
            }
            try (Output.Table table = output().table(columns)) {
                configuration.origins().values().forEach(option -> {
                    if (given && option.isDefault()) {
                        return;
                    }
                    List<@Nullable Object> row = new ArrayList<>();
                    row.add(option.key());
                    row.add(option.value());
                    if (origin) {
                        row.add(option.origin());
                    }
                    table.row(row);
                });
            }
            note("profile: " + configuration.profileStamp());
            return ExitCode.OK;
        }

        private ResolvedConfiguration resolve() {
            List<String> more = new ArrayList<>();
            JobArguments.add(more, "--kafka", kafka);
            JobArguments.add(more, "--mode", mode);
            JobArguments.add(more, "--input", input);
            JobArguments.add(more, "--output", output);
            JobArguments.add(more, "--sample", sample);
            return resolved(context(), job, more);
        }
    }

    /** Prints what the streaming job must be allowed to do. */
    @Command(
            name = "rights",
            description = {
                "The rights that the streaming job with these options needs of a broker, and no other: as commands of Kafka's"
                        + " own kafka-acls.sh, or with -o json or csv as a table.",
            })
    public static final class Rights extends CandlewickCommand {
        @Mixin
        private final JobArguments job = new JobArguments();

        @Option(
                names = "--principal",
                paramLabel = "USER",
                defaultValue = "User:candlewick",
                description = "Whom they are for. Default: ${DEFAULT-VALUE}.")
        private String principal = "";

        @Option(
                names = "--kafka",
                paramLabel = "HOST:PORT",
                defaultValue = "localhost:9092",
                description = "The brokers. Default: ${DEFAULT-VALUE}.")
        private String kafka = "";

        @Override
        protected ExitCode run() {
            List<RequiredRights.Right> rights = RequiredRights.of(resolved(context(), job, List.of("--kafka", kafka)));
            if (output().format() == OutputFormat.TABLE) {
                String why = "";
                for (RequiredRights.Right right : rights) {
                    if (!right.why().equals(why)) {
                        why = right.why();
                        output().line("# " + why);
                    }
                    output().line("kafka-acls.sh --bootstrap-server " + kafka
                            + " --command-config admin.properties --add --allow-principal '" + principal + "' "
                            + right.arguments());
                }
                return ExitCode.OK;
            }
            try (Output.Table table =
                    output().table(Column.texts("resource", "name", "pattern", "operations", "why"))) {
                rights.forEach(right -> table.row(
                        right.resource(),
                        right.name(),
                        right.prefixed() ? "PREFIXED" : "LITERAL",
                        String.join(" ", right.operations()),
                        right.why()));
            }
            return ExitCode.OK;
        }
    }
}
