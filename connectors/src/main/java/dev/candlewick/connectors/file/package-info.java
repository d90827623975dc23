/**
 * Reads trade files as a bounded Flink source: one file is one split and one read partition, read in order.
 *
 * <p>Must not import {@code dev.candlewick.jobs}.
 */
@NullMarked
package dev.candlewick.connectors.file;

import org.jspecify.annotations.NullMarked;
