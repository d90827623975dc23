/**
 * What is measured: Candlewick's pipeline, and the peers that it is compared with.
 *
 * <p>All of them read the same topic with the same consumer settings and the same deserializer.
 */
@NullMarked
package dev.candlewick.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
