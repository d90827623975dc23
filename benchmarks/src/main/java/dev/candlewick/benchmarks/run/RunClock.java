package dev.candlewick.benchmarks.run;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.Writer;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The stopwatch of a run's process, and the processor time of it and of the broker at the same two instants.
 *
 * <p>A loop starts it when it was handed the records of the warm-up (its first ones if there is none), and stops it when it has been handed its last; for jobs see
 * {@link JobClock}. There is one clock for each process, because Flink makes the parts of a job itself; all methods may
 * be called from any thread.
 */
public final class RunClock {
    private static final CountDownLatch DONE = new CountDownLatch(1);

    private static @Nullable RunRequest request;
    private static @Nullable Instants start;
    private static @Nullable Instants end;
    private static long stateBytes;

    /** What the machine's counters show at one moment. */
    private record Instants(
            long records,
            long nanos,
            long processorNanos,
            long brokerProcessorNanos,
            long collectionMillis,
            Map<String, Long> threads) {
        static Instants now(long records, long brokerPid) {
            long collections = 0;
            for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
                collections += Math.max(0, collector.getCollectionTime());
            }
            return new Instants(
                    records,
                    System.nanoTime(),
                    ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime(),
                    ProcessHandle.of(brokerPid)
                            .flatMap(process -> process.info().totalCpuDuration())
                            .map(time -> time.toNanos())
                            .orElse(0L),
                    collections,
                    ThreadTimes.now());
        }
    }

    private RunClock() {}

    /** Prepares the clock of this process. */
    public static synchronized void prepare(RunRequest asked) {
        request = asked;
    }

    /**
     * Tells how many records were read so far. The clock starts with the first call that passes the warm-up; records are
     * counted from there.
     */
    public static synchronized void read(long records) {
        if (start == null && records > 0 && records >= asked().warmUpRecords()) {
            start = Instants.now(records, asked().brokerPid());
        }
    }

    /** Tells how large a checkpoint was; the largest is kept. */
    public static synchronized void checkpointed(long bytes) {
        stateBytes = Math.max(stateBytes, bytes);
    }

    /** All records were processed; only the first call counts. */
    public static synchronized void processedAll() {
        if (end == null) {
            end = Instants.now(asked().records(), asked().brokerPid());
            DONE.countDown();
        }
    }

    /** Waits until everything is processed; false if it takes longer than the limit. */
    public static boolean await(long millis) throws InterruptedException {
        return DONE.await(millis, TimeUnit.MILLISECONDS);
    }

    /** Writes the answer for the process that asked. */
    public static synchronized void writeResult() throws IOException {
        Instants from = start;
        Instants to = end;
        if (from == null || to == null) {
            throw new IllegalStateException("run must have read and processed its records, had not");
        }
        Properties properties = new Properties();
        properties.setProperty("records", Long.toString(to.records() - from.records()));
        properties.setProperty("nanos", Long.toString(to.nanos() - from.nanos()));
        properties.setProperty("processorNanos", Long.toString(to.processorNanos() - from.processorNanos()));
        properties.setProperty(
                "brokerProcessorNanos", Long.toString(to.brokerProcessorNanos() - from.brokerProcessorNanos()));
        properties.setProperty("collectionMillis", Long.toString(to.collectionMillis() - from.collectionMillis()));
        properties.setProperty("stateBytes", Long.toString(stateBytes));
        to.threads().forEach((kind, nanos) -> {
            long spent = nanos - from.threads().getOrDefault(kind, 0L);
            if (spent > 0) {
                properties.setProperty(RunResult.THREAD + kind, Long.toString(spent));
            }
        });
        try (Writer writer = Files.newBufferedWriter(asked().resultFile(), StandardCharsets.UTF_8)) {
            properties.store(writer, null);
        }
    }

    /** What this process was asked for. */
    static synchronized RunRequest asked() {
        RunRequest prepared = request;
        if (prepared == null) {
            throw new IllegalStateException("clock must be prepared before the run starts, was not");
        }
        return prepared;
    }
}
