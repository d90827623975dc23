package dev.candlewick.jobs.operators;

/**
 * High-water mark of one partition as kept in union list state.
 *
 * @param source name of the source, because its ordinal may change between runs
 * @param partition the partition as read
 * @param markNanos largest event time of a valid trade read from it
 */
public record PartitionMark(String source, int partition, long markNanos) {}
