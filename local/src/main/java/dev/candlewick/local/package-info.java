/**
 * The {@code candlewick} command: embedded broker, local cluster, query.
 *
 * <p>May import everything. No other module may import it, and none of its jars may enter a job jar.
 */
@NullMarked
package dev.candlewick.local;

import org.jspecify.annotations.NullMarked;
