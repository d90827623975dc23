package dev.candlewick.connectors.lake.upkeep;

import dev.candlewick.connectors.lake.rows.StoredRow;

/**
 * A row that is being sorted.
 *
 * @param row the row
 * @param file the ordinal of the file that it came from
 */
record SortedRow(StoredRow row, int file) {}
