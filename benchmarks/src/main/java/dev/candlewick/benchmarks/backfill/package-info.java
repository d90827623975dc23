/**
 * How fast stored days are made again, in both modes, beside DuckDB over the same files.
 *
 * <p>Runs the {@code candlewick} command in processes of its own; may import everything.
 */
@NullMarked
package dev.candlewick.benchmarks.backfill;

import org.jspecify.annotations.NullMarked;
