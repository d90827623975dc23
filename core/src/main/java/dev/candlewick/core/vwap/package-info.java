/**
 * The rolling five-minute VWAP from exact per-second panes.
 *
 * <p>Nothing but the JDK may be imported here; sums are added and subtracted as integers, so nothing drifts.
 */
@NullMarked
package dev.candlewick.core.vwap;

import org.jspecify.annotations.NullMarked;
