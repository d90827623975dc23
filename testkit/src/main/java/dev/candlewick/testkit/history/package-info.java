/**
 * Seeded random trade histories, full of what breaks candle builders: ties, copies, conflicts, disorder, odd ids,
 * extreme decimals; and their CSV and JSON text.
 *
 * <p>It must not import {@code dev.candlewick.core}, Flink or Kafka: the histories feed the oracle, which is
 * independent of the product.
 */
@NullMarked
package dev.candlewick.testkit.history;

import org.jspecify.annotations.NullMarked;
