/**
 * What a heal would write, decided from a reconciliation: which values, with which revisions, which are left alone and
 * why, and whether it is too much to go on.
 *
 * <p>Nothing but the JDK and other packages of the core may be imported: no Flink, no Kafka, no Parquet and no clock.
 */
@NullMarked
package dev.candlewick.core.heal;

import org.jspecify.annotations.NullMarked;
