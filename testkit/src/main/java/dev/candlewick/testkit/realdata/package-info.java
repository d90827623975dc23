/**
 * Readers of the real trade sets with third-party bars, which live beside the repository and never in it.
 *
 * <p>It must not import {@code dev.candlewick.core}, Flink or Kafka: the rows go to the oracle and to the product
 * alike.
 */
@NullMarked
package dev.candlewick.testkit.realdata;

import org.jspecify.annotations.NullMarked;
