/**
 * Comparing published values with their recomputation: the differ, drift in exact integers, and the cause of a
 * difference found from evidence.
 *
 * <p>Nothing but the JDK and other packages of the core may be imported: no Flink, no Kafka, no Parquet and no clock.
 */
@NullMarked
package dev.candlewick.core.reconcile;

import org.jspecify.annotations.NullMarked;
