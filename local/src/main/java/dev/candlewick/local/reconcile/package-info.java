/**
 * The command {@code reconcile}: what it reads, how it prints, and the alerts that it sends.
 *
 * <p>Tests may not be imported here.
 */
@NullMarked
package dev.candlewick.local.reconcile;

import org.jspecify.annotations.NullMarked;
