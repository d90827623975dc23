/**
 * One measured run in a process of its own: what it is asked, how it keeps time, what it answers.
 *
 * <p>Must not import the peers.
 */
@NullMarked
package dev.candlewick.benchmarks.run;

import org.jspecify.annotations.NullMarked;
