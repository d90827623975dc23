/**
 * The streaming job: operators, pipeline, configuration, metrics and the streaming main.
 *
 * <p>Only {@code dev.candlewick.jobs.streaming} may import {@code dev.candlewick.connectors}; the operators see neither
 * connectors nor configuration nor a wall clock.
 */
@NullMarked
package dev.candlewick.jobs;

import org.jspecify.annotations.NullMarked;
