/** How large the state of the job is, and how long it takes to save and to restore it. */
@NullMarked
package dev.candlewick.benchmarks.state;

import org.jspecify.annotations.NullMarked;
