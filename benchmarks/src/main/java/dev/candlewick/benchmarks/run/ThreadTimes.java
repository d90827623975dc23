package dev.candlewick.benchmarks.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Processor time of this process by kind of thread, compiler and collector threads included, as Linux counts it.
 *
 * <p>Kinds are thread names without numbers, of which Linux keeps 15 characters. Threads that have ended are missing.
 */
final class ThreadTimes {
    private static final Path TASKS = Path.of("/proc/self/task");
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;
    /** Linux counts in 1/100 s towards programs, whatever the kernel uses itself. */
    private static final long TICK_NANOS = 10_000_000;

    private ThreadTimes() {}

    /** Nanoseconds by kind; empty where the system does not tell. */
    static Map<String, Long> now() {
        Map<String, Long> times = new TreeMap<>();
        if (!Files.isDirectory(TASKS)) {
            return times;
        }
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                add(task, times);
            }
        } catch (IOException e) {
            return Map.of();
        }
        return times;
    }

    private static void add(Path task, Map<String, Long> into) {
        String stat;
        try {
            stat = Files.readString(task.resolve("stat"), StandardCharsets.UTF_8);
        } catch (IOException e) {
            // The thread has just ended.
            return;
        }
        int open = stat.indexOf('(');
        int close = stat.lastIndexOf(')');
        String[] fields = stat.substring(close + 2).split(" ");
        long ticks = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
        String kind = stat.substring(open + 1, close).replaceAll("[#\\d]+", "").strip();
        into.merge(kind, ticks * TICK_NANOS, Long::sum);
    }
}
