/**
 * What an instrument remembers of accepted trades to know copies, conflicts and suspects; compact and exact in time.
 *
 * <p>Nothing but the JDK may be imported here; entries expire by event time only.
 */
@NullMarked
package dev.candlewick.core.dedup;

import org.jspecify.annotations.NullMarked;
