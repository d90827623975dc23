/**
 * The oracle: the contract of candles, VWAP, duplicates, lateness and flags, written down a second time in the
 * plainest way (sorting, collections, {@link java.math.BigDecimal}), so that the job can be compared with it.
 *
 * <p>It must not import {@code dev.candlewick.core}, Flink or Kafka: two readings of the contract that share code
 * share their mistakes.
 */
@NullMarked
package dev.candlewick.testkit.oracle;

import org.jspecify.annotations.NullMarked;
