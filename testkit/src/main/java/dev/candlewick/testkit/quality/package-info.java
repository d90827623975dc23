/**
 * Quality events and reports of the product against those of the oracle.
 *
 * <p>Must not import any module but {@code dev.candlewick.core}.
 */
@NullMarked
package dev.candlewick.testkit.quality;

import org.jspecify.annotations.NullMarked;
