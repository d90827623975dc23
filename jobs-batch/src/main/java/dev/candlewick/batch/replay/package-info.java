/**
 * The bounded run over files: the graph of the streaming job between a file source and a lake.
 *
 * <p>The trade topic may not be read here, and nothing of {@code dev.candlewick.local} imported.
 */
@NullMarked
package dev.candlewick.batch.replay;

import org.jspecify.annotations.NullMarked;
