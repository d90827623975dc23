/**
 * Commands that keep a lake in order: publish, compact, repair, retain, backup, restore.
 *
 * <p>What they do is done by the lake's own classes; nothing here reads or writes a lake by itself.
 */
@NullMarked
package dev.candlewick.local.upkeep;

import org.jspecify.annotations.NullMarked;
