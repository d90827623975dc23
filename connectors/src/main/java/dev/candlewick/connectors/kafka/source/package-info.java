/**
 * Reading topics: Flink's Kafka source, so that a restored job ends where this run is to end.
 *
 * <p>{@code dev.candlewick.jobs} may not be imported here.
 */
@NullMarked
package dev.candlewick.connectors.kafka.source;

import org.jspecify.annotations.NullMarked;
