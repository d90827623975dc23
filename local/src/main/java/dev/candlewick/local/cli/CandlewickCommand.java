package dev.candlewick.local.cli;

import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Base of all commands: gives them their surroundings, output and progress.
 *
 * <p>A command is a subclass with picocli's {@code @Command}, listed in the root command's {@code subcommands}. It
 * returns an {@link ExitCode}, and throws {@link CommandFailure} for everything the user can do something about.
 */
@SuppressWarnings("UnusedVariable") // help is read by picocli
public abstract class CandlewickCommand implements Callable<Integer> {

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help message and exit.")
    private boolean help;

    /** Does the work. */
    protected abstract ExitCode run() throws Exception;

    @Override
    public final Integer call() throws Exception {
        NotifyOption notification = notification();
        MetricsOption metrics = metrics();
        if (notification == null && metrics == null) {
            return run().code();
        }
        Instant started = Instant.now();
        // What is thrown below is a fault of the program, unless it says otherwise.
        ExitCode exit = ExitCode.INTERNAL;
        try {
            exit = run();
            return exit.code();
        } catch (CommandFailure e) {
            exit = e.exitCode();
            tell(notification, String.valueOf(e.getMessage()));
            throw e;
        } catch (Exception e) {
            tell(notification, e.toString());
            throw e;
        } finally {
            if (metrics != null) {
                metrics.write(context(), spec.name(), Instant.now(), exit);
            }
            if (notification != null) {
                notification.send(context(), spec.name(), started, exit);
            }
        }
    }

    /** The option {@code --notify} of a command that has it; null for others. */
    protected @Nullable NotifyOption notification() {
        return null;
    }

    /** The option {@code --metrics} of a command that has it; null for others. */
    protected @Nullable MetricsOption metrics() {
        return null;
    }

    private static void tell(@Nullable NotifyOption notification, String problem) {
        if (notification != null) {
            notification.problem(problem);
        }
    }

    /** The command as picocli sees it. */
    protected final CommandSpec spec() {
        return spec;
    }

    /** The process around the command. */
    protected final CliContext context() {
        return root().context();
    }

    /** The options that every command takes. */
    protected final GlobalOptions options() {
        return root().options();
    }

    /** Where results go. */
    protected final Output output() {
        return new Output(context().out(), options().format());
    }

    /** Tells the user something on standard error, unless {@code -q}. */
    protected final void note(String text) {
        if (!options().quiet()) {
            context().err().println(text);
        }
    }

    /**
     * Starts a progress display on standard error, which may show nothing; close it before writing results.
     *
     * @param task what is done
     * @param unit what is counted
     * @param total how many there are, or −1 if unknown
     */
    protected final Progress progress(String task, String unit, long total) {
        return Progress.start(context(), options(), task, unit, total);
    }

    private Root root() {
        return (Root) spec.root().userObject();
    }

    /** What the root command provides to all others. */
    public interface Root {
        /** The process around the command. */
        CliContext context();

        /** The options that every command takes. */
        GlobalOptions options();
    }
}
