package dev.candlewick.jobs.operators;

/**
 * A count of one metric and its labels as kept in list state.
 *
 * @param name metric and labels, joined by a dot, as {@code late.IDLE}
 * @param value not negative
 */
public record NamedCount(String name, long value) {}
