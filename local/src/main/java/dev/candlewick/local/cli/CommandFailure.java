package dev.candlewick.local.cli;

import org.jspecify.annotations.Nullable;

/**
 * A command cannot do what it was asked: printed as one readable message, without a stack trace unless {@code -v}.
 *
 * <p>{@code what} says what is wrong (by the pattern {@code <what> must <rule>, was <value>} where it fits),
 * {@code where} the file, option or address, {@code fix} what the user can do. The exit code is the contract.
 */
public final class CommandFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;
    private final String what;
    private final @Nullable String where;
    private final @Nullable String fix;

    /**
     * Creates a failure.
     *
     * @param exitCode how the process ends
     * @param what what is wrong, one sentence
     * @param where file, option or address, or null if {@code what} says it
     * @param fix what to do about it, or null if nothing better than the message is known
     * @param cause shown with {@code -v} only
     */
    public CommandFailure(
            ExitCode exitCode, String what, @Nullable String where, @Nullable String fix, @Nullable Throwable cause) {
        super(message(what, where, fix), cause);
        this.exitCode = exitCode;
        this.what = what;
        this.where = where;
        this.fix = fix;
    }

    /** A wrong option, argument or configuration. */
    public static CommandFailure usage(String what, @Nullable String where, @Nullable String fix) {
        return new CommandFailure(ExitCode.USAGE, what, where, fix, null);
    }

    /** Something around the command is missing or broken. */
    public static CommandFailure environment(
            String what, @Nullable String where, @Nullable String fix, @Nullable Throwable cause) {
        return new CommandFailure(ExitCode.ENVIRONMENT, what, where, fix, cause);
    }

    /** Published data is not what it must be. */
    public static CommandFailure dataMismatch(String what, @Nullable String where, @Nullable String fix) {
        return new CommandFailure(ExitCode.DATA_MISMATCH, what, where, fix, null);
    }

    /** A Flink job failed. */
    public static CommandFailure jobFailed(
            String what, @Nullable String where, @Nullable String fix, @Nullable Throwable cause) {
        return new CommandFailure(ExitCode.JOB_FAILED, what, where, fix, cause);
    }

    /** How the process ends. */
    public ExitCode exitCode() {
        return exitCode;
    }

    /** What is wrong. */
    public String what() {
        return what;
    }

    /** File, option or address. */
    public @Nullable String where() {
        return where;
    }

    /** What to do about it. */
    public @Nullable String fix() {
        return fix;
    }

    private static String message(String what, @Nullable String where, @Nullable String fix) {
        StringBuilder text = new StringBuilder(what);
        if (where != null) {
            text.append(" (").append(where).append(')');
        }
        if (fix != null) {
            text.append(System.lineSeparator()).append("  fix: ").append(fix);
        }
        return text.toString();
    }
}
