/**
 * The edges: wire formats over the field parsers of core, Kafka and Parquet endpoints, simulator source.
 *
 * <p>Must not import {@code dev.candlewick.jobs}, {@code dev.candlewick.batch} or {@code dev.candlewick.local}.
 */
@NullMarked
package dev.candlewick.connectors;

import org.jspecify.annotations.NullMarked;
