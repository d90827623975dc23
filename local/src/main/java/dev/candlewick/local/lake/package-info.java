/**
 * Reading a lake with SQL: views, the canonical dump of the comparable outputs, and the difference of two dumps.
 *
 * <p>DuckDB stays inside this package. Nothing here writes to a lake.
 */
@NullMarked
package dev.candlewick.local.lake;

import org.jspecify.annotations.NullMarked;
