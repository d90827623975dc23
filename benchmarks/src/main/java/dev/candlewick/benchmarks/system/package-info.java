/**
 * The whole system beside its peers: over one topic, in turns, by scale, and under half of the load.
 *
 * <p>Measured code runs in processes of its own (package {@code peers}); must not import Flink.
 */
@NullMarked
package dev.candlewick.benchmarks.system;

import org.jspecify.annotations.NullMarked;
