/**
 * Reading flight recordings of measured runs.
 *
 * <p>Must not import Flink or Kafka.
 */
@NullMarked
package dev.candlewick.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
