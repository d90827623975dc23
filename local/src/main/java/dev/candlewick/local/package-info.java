/**
 * The {@code candlewick} command: entry point and root of the command tree.
 *
 * <p>May import everything. No other module may import it, and none of its jars may enter a job jar.
 */
@NullMarked
package dev.candlewick.local;

import org.jspecify.annotations.NullMarked;
