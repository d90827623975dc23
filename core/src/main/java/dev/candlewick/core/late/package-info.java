/**
 * Lateness decided by the log: one high-water mark for each partition as read.
 *
 * <p>Nothing but the JDK may be imported here; no clock and no watermark of a runtime plays a part.
 */
@NullMarked
package dev.candlewick.core.late;

import org.jspecify.annotations.NullMarked;
