/**
 * What single operations of the core cost, in nanoseconds and in bytes allocated, measured by JMH.
 *
 * <p>Must not import Flink or Kafka.
 */
@NullMarked
package dev.candlewick.benchmarks.core;

import org.jspecify.annotations.NullMarked;
