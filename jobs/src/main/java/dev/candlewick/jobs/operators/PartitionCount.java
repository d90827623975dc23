package dev.candlewick.jobs.operators;

/**
 * Counters of one partition as kept in list state.
 *
 * @param source name of the source, because its ordinal may change between runs
 * @param partition the partition as read
 * @param counters in the order of {@link dev.candlewick.core.ledger.Counter}
 */
public record PartitionCount(String source, int partition, long[] counters) {}
