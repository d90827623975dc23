/**
 * The backfill: published days of a lake made again from its trades, one bounded job a day, into one new version.
 *
 * <p>The trade topic may not be read here, and nothing of {@code dev.candlewick.local} imported.
 */
@NullMarked
package dev.candlewick.batch.backfill;

import org.jspecify.annotations.NullMarked;
