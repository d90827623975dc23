package dev.candlewick.local.job;

import dev.candlewick.connectors.kafka.preflight.PreflightException;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import java.io.FileNotFoundException;
import java.nio.file.NoSuchFileException;
import org.apache.flink.client.program.ProgramInvocationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/** What a failed job says to people. */
public final class LocalFlink {
    private LocalFlink() {}

    /** What a failure of a job command means to the user. */
    public static CommandFailure explain(Exception failure) {
        if (failure instanceof CommandFailure known) {
            return known;
        }
        Throwable root = root(failure);
        @Nullable ConfigurationException bad = find(failure, ConfigurationException.class);
        if (bad != null) {
            return new CommandFailure(ExitCode.USAGE, String.valueOf(bad.getMessage()), null, null, failure);
        }
        @Nullable LakeException lake = find(failure, LakeException.class);
        if (lake != null && (!isInJob(failure) || lake.kind() == LakeException.Kind.MISMATCH)) {
            ExitCode code = switch (lake.kind()) {
                case USAGE -> ExitCode.USAGE;
                case MISMATCH -> ExitCode.DATA_MISMATCH;
                default -> ExitCode.ENVIRONMENT;
            };
            return new CommandFailure(code, String.valueOf(lake.getMessage()), null, null, failure);
        }
        @Nullable PreflightException broker = find(failure, PreflightException.class);
        if (broker != null) {
            return CommandFailure.environment(String.valueOf(broker.getMessage()), null, null, failure);
        }
        if (!isInJob(failure)) {
            if (root instanceof NoSuchFileException || root instanceof FileNotFoundException) {
                return new CommandFailure(
                        ExitCode.USAGE, "input must exist, was " + root.getMessage(), null, "check the path", failure);
            }
            if (root instanceof IllegalArgumentException || root instanceof java.io.IOException) {
                return new CommandFailure(ExitCode.USAGE, String.valueOf(root.getMessage()), null, null, failure);
            }
        }
        return CommandFailure.jobFailed(
                "the job must run, failed: " + message(root), null, "see the whole trace with -v", failure);
    }

    /** The deepest cause in one line. */
    static String message(Throwable failure) {
        Throwable root = root(failure);
        String text = String.valueOf(root.getMessage());
        return root instanceof SerializedThrowable
                        || text.startsWith(root.getClass().getName())
                ? text
                : root.getClass().getSimpleName() + ": " + text;
    }

    private static boolean isInJob(Throwable failure) {
        return find(failure, JobExecutionException.class) != null
                || find(failure, ProgramInvocationException.class) != null;
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }
}
