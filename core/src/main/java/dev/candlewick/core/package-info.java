/**
 * The domain: fixed point, total order, accumulators, candles, VWAP, quality rules, deduplication, simulator.
 *
 * <p>Pure JDK. Must not import Flink, Kafka, a logging library or anything that reads a clock, and must not hold
 * {@code double} or {@code float} in state or results.
 */
@NullMarked
package dev.candlewick.core;

import org.jspecify.annotations.NullMarked;
