/**
 * How the fields of keyed state become bytes: what a part writes is said once, in terms of counts, numbers and words, and read
 * in either layout, the compact one of today or the fixed one of older versions.
 *
 * <p>Nothing but the JDK may be imported here; what the fields mean is their owners' affair.
 */
@NullMarked
package dev.candlewick.core.state;

import org.jspecify.annotations.NullMarked;
