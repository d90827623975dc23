package dev.candlewick.benchmarks.run;

import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;

/** Binds this process, and so all that it starts, to the first cores of the machine. */
public final class Cores {
    private Cores() {}

    /**
     * Binds to the given number of cores where the machine has more.
     *
     * @throws CommandFailure where it has fewer, or cannot be bound
     */
    public static void bind(int cores) throws IOException, InterruptedException {
        int available = Runtime.getRuntime().availableProcessors();
        if (available < cores) {
            throw CommandFailure.environment(
                    "the machine must have " + cores + " cores, was " + available,
                    null,
                    "choose fewer with --cores; figures on other numbers of cores do not compare",
                    null);
        }
        if (available == cores) {
            return;
        }
        // All threads of this process, because a new process inherits from the thread that starts it.
        Process taskset;
        try {
            taskset = new ProcessBuilder(
                            "taskset",
                            "--all-tasks",
                            "--cpu-list",
                            "--pid",
                            "0-" + (cores - 1),
                            Long.toString(ProcessHandle.current().pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw failure(cores, e);
        }
        if (taskset.waitFor() != 0) {
            throw failure(cores, null);
        }
    }

    private static CommandFailure failure(int cores, @org.jspecify.annotations.Nullable IOException cause) {
        return CommandFailure.environment(
                "the measurement must be bound to " + cores + " cores, could not be (taskset)",
                null,
                "install taskset (Debian, Ubuntu: util-linux), or start the command under a limit to that many cores",
                cause);
    }
}
