package dev.candlewick.core.reconcile;

/** Where a value was seen. */
public enum Side {
    /** The last revision of its key that was committed to its Kafka topic. */
    TOPIC,
    /** The last revision of its key in the lake's table. */
    LAKE,
    /** What the same operators make today of the archived trades. */
    TRUTH
}
