/**
 * What benchmarks say: one form of JSON for all of them, the floors, and tables made of it.
 *
 * <p>Must not import Flink or Kafka.
 */
@NullMarked
package dev.candlewick.benchmarks.report;

import org.jspecify.annotations.NullMarked;
