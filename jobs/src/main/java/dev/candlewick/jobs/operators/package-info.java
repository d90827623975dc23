/**
 * Thin Flink shells over {@code dev.candlewick.core}: stamp, market data, outlet and ledger, with their serializers, state
 * descriptors and uids.
 *
 * <p>Neither connectors nor configuration nor a wall clock may be imported here; only {@link
 * dev.candlewick.jobs.operators.LiveTap}, {@link dev.candlewick.jobs.operators.GatherWait} and a metric go
 * by processing time, through Flink's own service, and nothing final depends on them. Uids, state names and key
 * selectors are constants that the savepoint tools share.
 */
@NullMarked
package dev.candlewick.jobs.operators;

import org.jspecify.annotations.NullMarked;
