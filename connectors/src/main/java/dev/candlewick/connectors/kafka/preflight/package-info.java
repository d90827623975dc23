/**
 * What is asked of a broker before a job starts: reachable, topics there, transaction timeout in range.
 *
 * <p>{@code dev.candlewick.jobs} may not be imported here.
 */
@NullMarked
package dev.candlewick.connectors.kafka.preflight;

import org.jspecify.annotations.NullMarked;
