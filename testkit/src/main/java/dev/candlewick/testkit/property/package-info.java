/**
 * Runs a property over many seeds and names the seed that fails.
 *
 * <p>It must not import {@code dev.candlewick.core}, Flink or Kafka, so that every module can use it.
 */
@NullMarked
package dev.candlewick.testkit.property;

import org.jspecify.annotations.NullMarked;
