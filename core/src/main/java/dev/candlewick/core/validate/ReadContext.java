package dev.candlewick.core.validate;

import dev.candlewick.core.model.Trade;

/**
 * Where and when one message was read; a mutable carrier that a reader fills again and again.
 *
 * <p>The read position says where this run read the message. The place is where the trade stood in its first log: the
 * reader gives the one to use where the message carries none, or, with {@link #placeCarried}, one that was carried
 * beside the message (Kafka headers) and wins over everything (design section 3).
 */
public final class ReadContext {
    /** Which source of this run's list: topic or file ordinal. */
    public int readSource;
    /** Kafka partition, or 0 for a file. */
    public int readPartition;
    /** Kafka offset, or the ordinal of the file's data line. */
    public long readOffset;

    /** The place's partition where the message carries none, or the carried one. */
    public int placePartition;
    /** The place's position where the message carries none, or the carried one. */
    public long placePosition;
    /** Whether the place was carried beside the message and so wins over one inside it. */
    public boolean placeCarried;

    /** The log's own time in nanoseconds (a Kafka record's timestamp), or {@link Trade#TIME_ABSENT}. */
    public long ingestTimeNanos = Trade.TIME_ABSENT;
    /** Whether the broker set that time (LogAppendTime) and not the sender. */
    public boolean logAppendTime;

    /**
     * The largest event time of the valid trades read earlier from this partition, or {@link Trade#TIME_ABSENT}; given
     * only by readers that hold it in their own checkpointed state (files), as the rule TIME_JUMP needs.
     */
    public long partitionMarkNanos = Trade.TIME_ABSENT;

    /** Sets a message of a Kafka partition whose place is where it was read; the log's time and the mark are absent. */
    public ReadContext readFromLog(int source, int partition, long offset) {
        readSource = source;
        readPartition = partition;
        readOffset = offset;
        placePartition = partition;
        placePosition = offset;
        placeCarried = false;
        ingestTimeNanos = Trade.TIME_ABSENT;
        logAppendTime = false;
        partitionMarkNanos = Trade.TIME_ABSENT;
        return this;
    }

    /**
     * Sets a data line of a file: the place's partition is the file's ordinal.
     *
     * @param fileOrdinal the file's position among the run's files
     * @param lineOrdinal the data line's position in the file, from 0
     * @param markNanos largest event time of the valid trades before it, or {@link Trade#TIME_ABSENT}
     */
    public ReadContext readFromFile(int fileOrdinal, long lineOrdinal, long markNanos) {
        readSource = fileOrdinal;
        readPartition = 0;
        readOffset = lineOrdinal;
        placePartition = fileOrdinal;
        placePosition = lineOrdinal;
        placeCarried = false;
        ingestTimeNanos = Trade.TIME_ABSENT;
        logAppendTime = false;
        partitionMarkNanos = markNanos;
        return this;
    }
}
