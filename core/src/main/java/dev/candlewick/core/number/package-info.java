/**
 * Exact arithmetic: scaled 64-bit decimals, 128-bit sums and their text forms.
 *
 * <p>Nothing but the JDK may be imported here, and no binary floating point may appear.
 */
@NullMarked
package dev.candlewick.core.number;

import org.jspecify.annotations.NullMarked;
