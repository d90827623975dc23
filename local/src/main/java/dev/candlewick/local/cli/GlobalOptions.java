package dev.candlewick.local.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Options that every command takes, before or after its name. */
public final class GlobalOptions {

    @Option(
            names = "-o",
            scope = ScopeType.INHERIT,
            paramLabel = "table|json|csv",
            description = "Format of the results (default: table).")
    @Nullable
    OutputFormat format;

    @Option(
            names = {"-v", "--verbose"},
            scope = ScopeType.INHERIT,
            description = "Log what happens, and print stack traces.")
    boolean verbose;

    @Option(
            names = {"-q", "--quiet"},
            scope = ScopeType.INHERIT,
            description = "Results and errors only.")
    boolean quiet;

    @Option(
            names = "--progress",
            negatable = true,
            scope = ScopeType.INHERIT,
            description = "Show progress or not (default: only if standard error is a terminal).")
    @Nullable
    Boolean progress;

    /** Format of the results. */
    public OutputFormat format() {
        return format == null ? OutputFormat.TABLE : format;
    }

    /** True if the user asked for logs and stack traces. */
    public boolean verbose() {
        return verbose;
    }

    /** True if the user wants results and errors only. */
    public boolean quiet() {
        return quiet;
    }
}
