/**
 * Sending trades to Kafka: the records of files, textually and without judging them, because validation belongs to the
 * job; and simulated ones.
 *
 * <p>Must not import Flink.
 */
@NullMarked
package dev.candlewick.local.produce;

import org.jspecify.annotations.NullMarked;
