/**
 * Keyed state in the layouts that older versions wrote, so that tests can hand it to the code of today.
 *
 * <p>Nothing but the JDK and {@code core.state} may be imported here.
 */
@NullMarked
package dev.candlewick.testkit.state;

import org.jspecify.annotations.NullMarked;
