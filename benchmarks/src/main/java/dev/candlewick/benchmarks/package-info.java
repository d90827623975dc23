/**
 * Microbenchmarks, end-to-end measurements and the peers they are compared with.
 *
 * <p>May import everything. Nothing here is shipped.
 */
@NullMarked
package dev.candlewick.benchmarks;

import org.jspecify.annotations.NullMarked;
