/**
 * Event time: nanoseconds since the epoch in UTC, window intervals and how they nest.
 *
 * <p>Nothing but the JDK may be imported here, and no clock may be read.
 */
@NullMarked
package dev.candlewick.core.time;

import org.jspecify.annotations.NullMarked;
