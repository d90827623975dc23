package dev.candlewick.local;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Logs;
import dev.candlewick.local.cli.OutputClosedException;
import dev.candlewick.local.cluster.FlinkCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code candlewick} command. */
public final class Main {

    /** Read before anything is parsed: the logs are set up only once. */
    private static final Set<String> VERBOSE = Set.of("-v", "--verbose");

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        // Named, because a library's own configuration would win over one that must be found.
        if (System.getProperty(Logs.PROPERTY) == null) {
            System.setProperty(Logs.PROPERTY, Logs.CONFIGURATION);
        }
        if (System.getProperty(Logs.EXCEPTIONS_PROPERTY) == null
                && Stream.of(arguments).noneMatch(VERBOSE::contains)) {
            System.setProperty(Logs.EXCEPTIONS_PROPERTY, "none");
        }
        int code = run(CliContext.system(), arguments);
        System.exit(code);
    }

    /**
     * Runs one command in the given surroundings.
     *
     * @return the exit code, see {@link ExitCode}
     */
    public static int run(CliContext context, String... arguments) {
        int code = commandLine(context).execute(passingOn(arguments));
        context.out().flush();
        return code;
    }

    /** Keeps what stands behind {@code flink} from being read here: every option there is Flink's or its program's. */
    static String[] passingOn(String... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals("-o")) {
                i++;
            } else if (!arguments[i].startsWith("-")) {
                if (!arguments[i].equals(FlinkCommand.NAME)) {
                    return arguments;
                }
                List<String> all = new ArrayList<>(List.of(arguments));
                all.add(i + 1, "--");
                return all.toArray(String[]::new);
            }
        }
        return arguments;
    }

    /** All commands, with their output and errors bound to a context; for one call. */
    public static CommandLine commandLine(CliContext context) {
        Candlewick root = new Candlewick(context);
        CommandLine commandLine = new CommandLine(root);
        // Commands of modules that this one must not see, such as the benchmarks: whatever is on the class path.
        ServiceLoader.load(CandlewickCommand.class).forEach(commandLine::addSubcommand);
        commandLine
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setAbbreviatedOptionsAllowed(false)
                .setOut(new PrintWriter(context.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(context.err(), true, StandardCharsets.UTF_8))
                .setParameterExceptionHandler((e, args) -> usageError(context, e))
                .setExecutionExceptionHandler((e, command, parsed) -> failure(context, root, e));
        commandLine.setExecutionStrategy(parsed -> {
            if (root.options().verbose()) {
                Configurator.setRootLevel(Level.INFO);
            }
            return new CommandLine.RunLast().execute(parsed);
        });
        return commandLine;
    }

    private static int usageError(CliContext context, ParameterException error) {
        CommandLine command = error.getCommandLine();
        // A misspelled option often is a required one: that it is missing is only the consequence.
        List<String> unknown = error instanceof MissingParameterException ? command.getUnmatchedArguments() : List.of();
        ParameterException cause = unknown.isEmpty() ? error : new UnmatchedArgumentException(command, unknown);
        context.err().println("error: " + cause.getMessage());
        if (cause instanceof UnmatchedArgumentException unmatched) {
            List<String> suggestions = unmatched.getSuggestions();
            if (!suggestions.isEmpty()) {
                context.err().println("  did you mean: " + String.join(", ", suggestions) + "?");
            } else if (!command.getSubcommands().isEmpty()) {
                context.err()
                        .println("  commands: "
                                + String.join(", ", command.getSubcommands().keySet()));
            }
        }
        context.err().println("  fix: see " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE.code();
    }

    private static int failure(CliContext context, CandlewickCommand.Root root, Exception error) {
        if (error instanceof OutputClosedException) {
            return ExitCode.OK.code();
        }
        context.out().flush();
        if (error instanceof CommandFailure failure) {
            context.err().println("error: " + failure.getMessage());
            if (root.options().verbose()) {
                Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                cause.printStackTrace(context.err());
            }
            return failure.exitCode().code();
        }
        context.err().println("internal error: " + error);
        if (root.options().verbose()) {
            error.printStackTrace(context.err());
        } else {
            context.err().println("  fix: run it again with -v and report the stack trace");
        }
        return ExitCode.INTERNAL.code();
    }
}
