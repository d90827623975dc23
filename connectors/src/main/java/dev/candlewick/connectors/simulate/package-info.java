/**
 * The simulated market on the wire: its messages in every format, and as a source of a job.
 *
 * <p>What is said here comes from {@code core.simulate}; nothing of jobs may be imported.
 */
@NullMarked
package dev.candlewick.connectors.simulate;

import org.jspecify.annotations.NullMarked;
