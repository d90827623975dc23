/**
 * Event time at the sources: per-partition watermarks of valid trades.
 *
 * <p>Must not import {@code dev.candlewick.jobs}.
 */
@NullMarked
package dev.candlewick.connectors.time;

import org.jspecify.annotations.NullMarked;
