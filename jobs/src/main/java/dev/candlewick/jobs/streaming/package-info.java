/**
 * The streaming main: the graph between Kafka and Kafka, and what is checked before it starts.
 *
 * <p>This is the only package of the module that imports {@code dev.candlewick.connectors}.
 */
@NullMarked
package dev.candlewick.jobs.streaming;

import org.jspecify.annotations.NullMarked;
