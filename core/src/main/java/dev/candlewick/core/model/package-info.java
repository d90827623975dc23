/**
 * The records that travel through Candlewick: what is read (trades, rejected and filtered messages) and what is
 * published (candles, rolling VWAP).
 *
 * <p>Nothing but the JDK may be imported here.
 */
@NullMarked
package dev.candlewick.core.model;

import org.jspecify.annotations.NullMarked;
