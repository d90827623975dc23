/**
 * Reading back what a job has published: committed candles and VWAP rows of their topics as values to compare.
 *
 * <p>Neither jobs nor the command line may be imported here.
 */
@NullMarked
package dev.candlewick.connectors.kafka.published;

import org.jspecify.annotations.NullMarked;
