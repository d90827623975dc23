/**
 * Reconciliation: the operators of the stream over the archive, compared with what topics and lake say.
 *
 * <p>The trade topic must not be read here, nor anything of the streaming main, the command line or tests imported.
 */
@NullMarked
package dev.candlewick.batch.reconcile;

import org.jspecify.annotations.NullMarked;
