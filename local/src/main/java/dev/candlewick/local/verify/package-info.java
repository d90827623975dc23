/**
 * The witness of another kind: recomputes what a lake holds from its archived trades, in SQL, and compares.
 *
 * <p>Nothing of the engine may be imported here, neither accumulators nor order nor hash: what is checked must not be
 * checked by itself. Settings are read from {@code run.json}.
 */
@NullMarked
package dev.candlewick.local.verify;

import org.jspecify.annotations.NullMarked;
