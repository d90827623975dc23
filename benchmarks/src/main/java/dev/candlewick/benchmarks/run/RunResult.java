package dev.candlewick.benchmarks.run;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * What one run took; see {@link RunClock} for what is measured.
 *
 * @param contender what ran
 * @param records how many it read in the measured time
 * @param nanos from the end of the warm-up to the last record processed
 * @param processorNanos of the run's process in that time, over all cores
 * @param brokerProcessorNanos of the broker in that time
 * @param collectionMillis of garbage collection in that time
 * @param stateBytes of the largest checkpoint of the run; 0 where there was none
 * @param threadNanos processor time by kind of thread, see {@link ThreadTimes}; empty where the system does not tell
 * @param wallNanos from the start of the process to its end, with start-up, last commit and shutdown
 */
public record RunResult(
        String contender,
        long records,
        long nanos,
        long processorNanos,
        long brokerProcessorNanos,
        long collectionMillis,
        long stateBytes,
        Map<String, Long> threadNanos,
        long wallNanos) {

    static final String THREAD = "thread:";

    private static final double NANOS_PER_SECOND = 1e9;

    static RunResult read(Path file, String contender, long wallNanos) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        Map<String, Long> threads = new TreeMap<>();
        for (String name : properties.stringPropertyNames()) {
            if (name.startsWith(THREAD)) {
                threads.put(name.substring(THREAD.length()), Long.parseLong(properties.getProperty(name)));
            }
        }
        return new RunResult(
                contender,
                Long.parseLong(properties.getProperty("records")),
                Long.parseLong(properties.getProperty("nanos")),
                Long.parseLong(properties.getProperty("processorNanos")),
                Long.parseLong(properties.getProperty("brokerProcessorNanos")),
                Long.parseLong(properties.getProperty("collectionMillis")),
                Long.parseLong(properties.getProperty("stateBytes")),
                threads,
                wallNanos);
    }

    /** Records a second. */
    public double recordsPerSecond() {
        return records * NANOS_PER_SECOND / nanos;
    }

    /** Measured time in seconds. */
    public double seconds() {
        return nanos / NANOS_PER_SECOND;
    }

    /** Wall time of the whole process in seconds. */
    public double wallSeconds() {
        return wallNanos / NANOS_PER_SECOND;
    }

    /** Processor time of the run for each record, in nanoseconds; hardly depends on what else the machine does. */
    public double processorNanosPerRecord() {
        return (double) processorNanos / records;
    }

    /** Processor time of the broker for each record, in nanoseconds. */
    public double brokerProcessorNanosPerRecord() {
        return (double) brokerProcessorNanos / records;
    }

    /** How many cores run and broker had on average; well below those of the machine means that others took the rest. */
    public double coresUsed() {
        return (double) (processorNanos + brokerProcessorNanos) / nanos;
    }
}
