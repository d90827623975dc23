/**
 * What stands in a savepoint, what differs between two, whether a job can start from one, and what must be rewritten where
 * it cannot: over Flink's own metadata and state backends, without a running job.
 *
 * <p>{@code dev.candlewick.batch}, {@code dev.candlewick.local} and the mains may not be imported here.
 */
@NullMarked
package dev.candlewick.savepoints;

import org.jspecify.annotations.NullMarked;
