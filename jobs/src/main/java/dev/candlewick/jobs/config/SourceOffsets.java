package dev.candlewick.jobs.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where reading starts or ends in the source topics (options {@code source.start-offsets} and {@code source.until}).
 *
 * @param kind what is meant
 * @param timestampMillis with {@link Kind#TIMESTAMP}: milliseconds since the epoch, else 0
 * @param offsets with {@link Kind#OFFSETS}: at least one, each partition once; else empty
 */
public record SourceOffsets(Kind kind, long timestampMillis, List<PartitionOffset> offsets) {
    /** Reading never ends. */
    public static final SourceOffsets NEVER = new SourceOffsets(Kind.NEVER, 0, List.of());
    /** From the first record that the topic holds. */
    public static final SourceOffsets EARLIEST = new SourceOffsets(Kind.EARLIEST, 0, List.of());
    /** The end of the topic as it is at the start of the job. */
    public static final SourceOffsets LATEST = new SourceOffsets(Kind.LATEST, 0, List.of());

    /** What is meant. */
    public enum Kind {
        /** No end. */
        NEVER,
        /** The beginning of the topic. */
        EARLIEST,
        /** The end of the topic at the start of the job. */
        LATEST,
        /** The first record with this broker time or a later one. */
        TIMESTAMP,
        /** An offset for each partition; as an end it is exclusive. */
        OFFSETS
    }

    /**
     * An offset in a partition.
     *
     * @param topic null where the job has one source topic only
     * @param partition 0 or more
     * @param offset 0 or more
     */
    public record PartitionOffset(@Nullable String topic, int partition, long offset) {
        @Override
        public String toString() {
            return (topic == null ? "" : topic + ':') + partition + ':' + offset;
        }
    }

    /** Copies the list. */
    public SourceOffsets {
        offsets = List.copyOf(offsets);
    }
}
