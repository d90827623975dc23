package dev.candlewick.core.reconcile;

/**
 * How the sides differ; a closed list of stable codes, one per key. What is missing somewhere goes before what differs.
 */
public enum DifferenceClass {
    /** The topic lacks a value that the recomputation has. */
    MISSING_IN_TOPIC,
    /** The lake's table lacks a value that the recomputation has. */
    MISSING_IN_LAKE,
    /** Neither side has a value that the recomputation has. */
    MISSING_IN_BOTH,
    /** The topic alone has a value that the recomputation lacks. */
    EXTRA_IN_TOPIC,
    /** The lake's table alone has a value that the recomputation lacks. */
    EXTRA_IN_LAKE,
    /** Every side that was read has a value that the recomputation lacks. */
    EXTRA_IN_BOTH,
    /** The topic's value differs from the recomputation, the lake's does not. */
    TOPIC_DIFFERS,
    /** The lake's value differs from the recomputation, the topic's does not. */
    LAKE_DIFFERS,
    /** Every side that was read differs from the recomputation. */
    BOTH_DIFFER;

    /** Whether a side lacks the value. */
    public boolean isMissing() {
        return this == MISSING_IN_TOPIC || this == MISSING_IN_LAKE || this == MISSING_IN_BOTH;
    }

    /** Whether only a side has the value, and the recomputation has none. */
    public boolean isExtra() {
        return this == EXTRA_IN_TOPIC || this == EXTRA_IN_LAKE || this == EXTRA_IN_BOTH;
    }
}
