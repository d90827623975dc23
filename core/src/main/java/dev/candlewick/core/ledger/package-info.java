/**
 * The double entry: every message read is found again as filtered, rejected, duplicate, late or accepted, and every
 * accepted trade in one candle of each interval.
 *
 * <p>Nothing but the JDK may be imported here.
 */
@NullMarked
package dev.candlewick.core.ledger;

import org.jspecify.annotations.NullMarked;
