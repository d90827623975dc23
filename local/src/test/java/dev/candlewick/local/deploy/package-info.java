/**
 * Holds the files for containers and Kubernetes against the rest of the repository: versions, commands, options, what must be
 * writable.
 *
 * <p>No container engine is needed; nothing here starts one.
 */
@NullMarked
package dev.candlewick.local.deploy;

import org.jspecify.annotations.NullMarked;
