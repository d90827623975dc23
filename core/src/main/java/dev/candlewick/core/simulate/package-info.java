/**
 * A made-up market whose truth is known: message n of a seed, the faults it carries, and what must become of it.
 *
 * <p>Every value is a pure function of settings, seed and position, in integers. Nothing but the JDK and other packages of
 * this module may be imported here; no clock is read and nothing is logged.
 */
@NullMarked
package dev.candlewick.core.simulate;

import org.jspecify.annotations.NullMarked;
