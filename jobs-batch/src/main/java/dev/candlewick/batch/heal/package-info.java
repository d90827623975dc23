/**
 * Heals: what a plan says is written to the topics and the lake, and recorded.
 *
 * <p>Must not read the trade topic and must not import {@code dev.candlewick.local}.
 */
@NullMarked
package dev.candlewick.batch.heal;

import org.jspecify.annotations.NullMarked;
