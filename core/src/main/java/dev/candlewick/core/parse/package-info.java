/**
 * Field parsers over byte slices: decimal text, 64-bit integers, UTF-8; exact and without allocation on success.
 *
 * <p>Nothing but the JDK may be imported here, and no {@code double} may appear.
 */
@NullMarked
package dev.candlewick.core.parse;

import org.jspecify.annotations.NullMarked;
