/** Tests of reconciliation through real brokers and lakes, with faults of known cause. */
@NullMarked
package dev.candlewick.local.reconcile;

import org.jspecify.annotations.NullMarked;
