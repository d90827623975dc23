/**
 * The heart: what one instrument remembers and how trades and the watermark move it.
 *
 * <p>Nothing but the JDK may be imported here. The engine is driven by trades and watermarks only; it never reads a
 * clock and never knows whether it runs in streaming or batch.
 */
@NullMarked
package dev.candlewick.core.engine;

import org.jspecify.annotations.NullMarked;
