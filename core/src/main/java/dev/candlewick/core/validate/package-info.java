/**
 * Stateless validation: from the fields of one message to a trade or a rejection with its code (design section 4.5).
 *
 * <p>Nothing but the JDK and other packages of this module may be imported here; no clock is read.
 */
@NullMarked
package dev.candlewick.core.validate;

import org.jspecify.annotations.NullMarked;
