package dev.candlewick.benchmarks.workload;

import dev.candlewick.connectors.format.WireFormat;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * A topic that holds a workload, and what is known of its content.
 *
 * @param topic its name
 * @param workload what it holds
 * @param format of the records
 * @param copies how many of the records repeat another
 * @param bytes of the values, without keys and Kafka's own
 * @param lastNanos no event time is later, but for the markers
 * @param markers how many marker records stand at the end, one in each partition
 */
public record FilledTopic(
        String topic, TradeWorkload workload, WireFormat format, long copies, long bytes, long lastNanos, int markers) {

    /** How long after the last trade the markers stand in event time; longer than any window. */
    static final long MARKER_DISTANCE_NANOS = 3_600_000_000_000L;

    /** Trades that a job accepts: all but copies and markers. */
    public long distinctTrades() {
        return workload.records() - copies;
    }

    /** All records with the markers. */
    public long allRecords() {
        return workload.messages() + markers;
    }

    /** The event time of the markers. */
    public long markerNanos() {
        return lastNanos + MARKER_DISTANCE_NANOS;
    }

    /**
     * A watermark that passed this was sent behind the last trade of every partition: it lies between the last trade and
     * the markers, at least half an hour away from both.
     */
    public long endWatermarkMillis() {
        return (lastNanos + MARKER_DISTANCE_NANOS / 2) / 1_000_000;
    }

    /** Remembers the content beside the broker's data. */
    void write(Path file) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("topic", topic);
        properties.setProperty("workload", workload.toString());
        properties.setProperty("format", format.optionName());
        properties.setProperty("copies", Long.toString(copies));
        properties.setProperty("bytes", Long.toString(bytes));
        properties.setProperty("lastNanos", Long.toString(lastNanos));
        properties.setProperty("markers", Integer.toString(markers));
        try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            properties.store(writer, null);
        }
    }

    /** The topic that was filled earlier with the same workload, or null. */
    static @Nullable FilledTopic read(Path file, TradeWorkload workload, WireFormat format) throws IOException {
        if (!Files.exists(file)) {
            return null;
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        if (!workload.toString().equals(properties.getProperty("workload"))
                || !format.optionName().equals(properties.getProperty("format"))) {
            return null;
        }
        return new FilledTopic(
                properties.getProperty("topic"),
                workload,
                format,
                Long.parseLong(properties.getProperty("copies")),
                Long.parseLong(properties.getProperty("bytes")),
                Long.parseLong(properties.getProperty("lastNanos")),
                Integer.parseInt(properties.getProperty("markers")));
    }
}
