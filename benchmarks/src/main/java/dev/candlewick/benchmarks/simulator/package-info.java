/** How fast the simulated market is made and written. */
@NullMarked
package dev.candlewick.benchmarks.simulator;

import org.jspecify.annotations.NullMarked;
