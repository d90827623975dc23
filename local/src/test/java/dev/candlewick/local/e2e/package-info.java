/**
 * The whole system on a real broker: trades in through topics, candles out of them, over kills, restores and bad starts.
 *
 * <p>Everything may be imported here; nothing may import this package.
 */
package dev.candlewick.local.e2e;
