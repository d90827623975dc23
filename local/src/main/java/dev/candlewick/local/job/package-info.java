/**
 * The commands that run jobs in this process: replay, run, demo.
 *
 * <p>May import everything; nothing may import it but the root command.
 */
@NullMarked
package dev.candlewick.local.job;

import org.jspecify.annotations.NullMarked;
