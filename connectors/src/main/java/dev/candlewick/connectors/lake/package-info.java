/**
 * The Parquet lake: its tables and columns, the sinks that write them, publication by manifests, and the catalog that
 * readers go by.
 *
 * <p>Sinks are Flink's; publication and catalog are plain file operations outside the job graph. Parquet classes stay
 * inside this package. Neither jobs nor a wall clock may be imported: what is to be written as the known-at time comes
 * from a {@link dev.candlewick.connectors.lake.NanosClock} that the caller gives.
 */
@NullMarked
package dev.candlewick.connectors.lake;

import org.jspecify.annotations.NullMarked;
