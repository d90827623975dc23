/**
 * The bounded job: the same graph over files and the lake, reconciliation, heal and backfill.
 *
 * <p>Must not read the trade topic and must not import {@code dev.candlewick.local}.
 */
@NullMarked
package dev.candlewick.batch;

import org.jspecify.annotations.NullMarked;
