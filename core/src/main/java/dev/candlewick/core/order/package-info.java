/**
 * The one total order of trades that decides open and close: event time, sequence, id, place, price, size.
 *
 * <p>Nothing but the JDK may be imported here; arrival must play no part.
 */
@NullMarked
package dev.candlewick.core.order;

import org.jspecify.annotations.NullMarked;
