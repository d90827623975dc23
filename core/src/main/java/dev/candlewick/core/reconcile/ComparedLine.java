package dev.candlewick.core.reconcile;

/**
 * How many values of an interval were compared; immutable.
 *
 * @param group the interval's name, or {@code vwap}
 * @param truth values of the recomputation
 * @param lake values of the lake
 * @param topic values of the topic
 * @param equal values that are equal on all sides that were read
 */
public record ComparedLine(String group, long truth, long lake, long topic, long equal) {}
