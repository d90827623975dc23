package dev.candlewick.local.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Which process is meant, also when its id has been given to another one since.
 *
 * @param pid the process id
 * @param startMillis when the process started, since the epoch
 */
public record ProcessMark(long pid, long startMillis) {

    /** Start times are computed from the uptime of the machine and move with its clock by a little. */
    private static final long START_TOLERANCE_MILLIS = 5_000;

    private static final long END_CHECK_NANOS = Duration.ofMillis(20).toNanos();

    /** The mark of a process that runs. */
    public static ProcessMark of(ProcessHandle process) {
        return new ProcessMark(process.pid(), startMillis(process));
    }

    /** The very process, if it still runs. */
    public Optional<ProcessHandle> find() {
        return ProcessHandle.of(pid)
                .filter(ProcessMark::runs)
                .filter(process -> Math.abs(startMillis(process) - startMillis) <= START_TOLERANCE_MILLIS);
    }

    /** Whether the very process still runs. */
    public boolean isAlive() {
        return find().isPresent();
    }

    /**
     * Asks the process to end, and kills it if it has not within the time; does nothing if it is gone.
     *
     * @return false if it runs still
     */
    public boolean end(Duration patience) {
        Optional<ProcessHandle> process = find();
        if (process.isEmpty()) {
            return true;
        }
        process.get().destroy();
        if (awaitEnd(patience)) {
            return true;
        }
        process.get().destroyForcibly();
        return awaitEnd(patience);
    }

    /** Waits until the process has ended; false if it runs still after the time. */
    public boolean awaitEnd(Duration patience) {
        long start = System.nanoTime();
        while (isAlive()) {
            if (System.nanoTime() - start > patience.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(END_CHECK_NANOS);
        }
        return true;
    }

    /**
     * True if the process can still do something. One that was killed counts as alive for Java until its parent has
     * asked for its end, and the first process of a container may never do so.
     */
    public static boolean runs(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "stat"), StandardCharsets.ISO_8859_1);
            // The name stands in brackets and may hold anything; the state is the letter behind it.
            int state = stat.lastIndexOf(')') + 2;
            return state >= stat.length() || "ZX".indexOf(stat.charAt(state)) < 0;
        } catch (IOException e) {
            // No such file system here, or gone meanwhile.
            return process.isAlive();
        }
    }

    /** When a process started, in milliseconds since the epoch; 0 where the system does not say. */
    public static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }
}
