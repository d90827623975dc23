/**
 * Input that is meant to break things: the golden tables of malformed messages, mutations of valid ones, and symbols that
 * no output may take at face value.
 *
 * <p>May import {@code dev.candlewick.core} and the JDK.
 */
@NullMarked
package dev.candlewick.testkit.hostile;

import org.jspecify.annotations.NullMarked;
