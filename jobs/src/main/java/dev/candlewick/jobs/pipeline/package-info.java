/**
 * The graph, built once for streaming and batch.
 *
 * <p>Neither Kafka nor Parquet nor the runtime mode may be imported or asked for here.
 */
@NullMarked
package dev.candlewick.jobs.pipeline;

import org.jspecify.annotations.NullMarked;
