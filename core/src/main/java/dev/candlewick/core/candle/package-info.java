/**
 * The accumulator of a candle: exact, mergeable in any order, with an order-free digest.
 *
 * <p>Nothing but the JDK may be imported here; no {@code double} may appear.
 */
@NullMarked
package dev.candlewick.core.candle;

import org.jspecify.annotations.NullMarked;
