/** The {@code savepoint} commands: what stands in a savepoint, what differs, whether a job can start from it. */
@NullMarked
package dev.candlewick.local.savepoint;

import org.jspecify.annotations.NullMarked;
