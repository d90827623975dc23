package dev.candlewick.core.model;

/**
 * A message that is not a valid trade, with its reason, its original bytes and where it was read.
 *
 * @param reason the stable code
 * @param message what must hold and what was found, in the form {@code <what> must <rule>, was <value>}
 * @param raw the original bytes, unchanged; empty for a null value
 * @param eventTimeNanos the event time where it was readable, else {@link Trade#TIME_ABSENT}
 * @param receiveTimeNanos the receive time where it was readable, else {@link Trade#TIME_ABSENT}
 * @param ingestTimeNanos the log's own time, else {@link Trade#TIME_ABSENT}
 * @param readSource which source of this run's list it was read from
 * @param readPartition the partition as read
 * @param readOffset the offset as read
 */
public record Rejected(
        Reason reason,
        String message,
        byte[] raw,
        long eventTimeNanos,
        long receiveTimeNanos,
        long ingestTimeNanos,
        int readSource,
        int readPartition,
        long readOffset) {}
