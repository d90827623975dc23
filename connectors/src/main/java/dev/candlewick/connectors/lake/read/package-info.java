/**
 * Reads the lake's Parquet files, and anybody's Parquet files of trades, row by row without an object for each value.
 *
 * <p>Pages are checked by their checksums and bounded in size; row groups outside a time range are not read. Must not
 * import {@code dev.candlewick.jobs}.
 */
@NullMarked
package dev.candlewick.connectors.lake.read;

import org.jspecify.annotations.NullMarked;
