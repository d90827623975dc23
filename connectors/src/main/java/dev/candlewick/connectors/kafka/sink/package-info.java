/**
 * What leaves to Kafka: one exactly-once sink for all final topics with a verdict on restored transactions, and the live
 * sink outside any transaction.
 *
 * <p>{@code dev.candlewick.jobs} may not be imported here.
 */
@NullMarked
package dev.candlewick.connectors.kafka.sink;

import org.jspecify.annotations.NullMarked;
