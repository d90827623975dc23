/**
 * Rows of lake files as they are stored, column by column and without meaning: for copying, merging and sorting files.
 *
 * <p>What reads trades or candles as values belongs elsewhere; no job class may be imported.
 */
@NullMarked
package dev.candlewick.connectors.lake.rows;

import org.jspecify.annotations.NullMarked;
