/**
 * The domain of Candlewick as pure functions: records, fixed point, the total order, accumulators, verdicts.
 *
 * <p>Only the JDK may be imported here. No Flink, no Kafka, no logging, no clock, and no {@code double} in state or
 * results: everything in this module must give the same bits in streaming, batch, replay and restart.
 */
@NullMarked
package dev.candlewick.core;

import org.jspecify.annotations.NullMarked;
