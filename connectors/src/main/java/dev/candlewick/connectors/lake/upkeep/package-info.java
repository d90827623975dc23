/**
 * Keeps lakes in order, beside the jobs that write them: compaction, repair, retention, backup and restore.
 *
 * <p>Plain file operations under the lake's lock; every one of them can be killed at any step. No job class and no wall
 * clock may be imported: the time comes from the caller.
 */
@NullMarked
package dev.candlewick.connectors.lake.upkeep;

import org.jspecify.annotations.NullMarked;
