package dev.candlewick.core.reconcile;

/**
 * Which generation of a partition was read; immutable.
 *
 * @param table the table's name
 * @param partition the partition's folder relative to the lake
 * @param generation its newest generation
 * @param rows rows that its manifest names
 */
public record GenerationRead(String table, String partition, long generation, long rows) {}
